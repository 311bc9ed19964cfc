/** Where the client may go: the configured hosts, and never in the clear beyond this machine. */
import { Either } from "effect"

/** The base addresses of the venue's services, without a slash at the end. */
export interface Addresses {
  readonly clob: string
  readonly gamma: string
  readonly data: string
  readonly site: string
  readonly marketSocket: string
  readonly userSocket: string
  readonly priceSocket: string
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/
/** The embedded exchange in the same process: no network is used. */
export const IN_PROCESS_HOST = "embedded.exchange"

const isHere = (url: URL): boolean => LOOPBACK.test(url.hostname) || url.hostname === IN_PROCESS_HOST

const parsed = (text: string): URL | undefined => {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

/** What is wrong with an address that requests or sockets would go to; undefined where it is good. */
export const addressProblem = (text: string, kind: "http" | "ws"): string | undefined => {
  const url = parsed(text)
  if (url === undefined) return `${text}: no address`
  const [secure, open] = kind === "http" ? ["https:", "http:"] : ["wss:", "ws:"]
  if (url.protocol !== secure && url.protocol !== open) return `${text}: expected ${secure}//…`
  if (url.protocol === open && !isHere(url))
    return `${text}: only this machine may be reached without encryption, use ${secure}//…`
  if (url.username !== "" || url.password !== "") return `${text}: an address must not carry credentials`
  if (url.search !== "" || url.hash !== "") return `${text}: an address must end with its path`
  return undefined
}

/** The whole address of a request, where it stays within its base; left with the reason where it would not. */
export const within = (
  base: string,
  path: string,
  query: ReadonlyArray<readonly [string, string]>
): Either.Either<string, string> => {
  const root = parsed(base)
  const target = parsed(`${base}${path}`)
  if (root === undefined || target === undefined) return Either.left(`${base}${path}: no address`)
  const rootPath = root.pathname.replace(/\/$/, "")
  if (target.origin !== root.origin || target.search !== "" || target.hash !== "") {
    return Either.left(`${path} leads away from ${root.origin}`)
  }
  if (target.pathname !== `${rootPath}${path}`) return Either.left(`${path} leads away from ${base}`)
  const search =
    query.length === 0
      ? ""
      : `?${new URLSearchParams(query.map(([key, value]): [string, string] => [key, value])).toString()}`
  return Either.right(`${base}${path}${search}`)
}
