/** What an answer means that is not what was hoped for: docs.polymarket.com/resources/error-codes, /trading/matching-engine. */
import { Either } from "effect"
import type { ExchangeReason } from "../../../ports/exchange.ts"
import { WireError } from "../wire/clob.ts"
import { readJson } from "../wire/json.ts"

/** How a request ended. */
export type Sent =
  | {
      readonly _tag: "Answered"
      readonly status: number
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string | undefined>>
      readonly text: string
    }
  /** It never left: nothing can have come of it. */
  | { readonly _tag: "NotSent"; readonly reason: ExchangeReason; readonly message: string }
  /** It left, or may have, and no whole answer came. */
  | { readonly _tag: "Lost"; readonly message: string }
export type Answered = Extract<Sent, { readonly _tag: "Answered" }>

export interface Failure {
  readonly reason: ExchangeReason
  readonly message: string
}

const MAX_WORDS = 300
/** Shortest and longest wait that is taken from an answer. */
const MIN_WAIT_MS = 1_000
const MAX_WAIT_MS = 600_000
const RATE_LIMIT_WAIT_MS = 10_000
const RESTART_WAIT_MS = 2_000
const RESTRICTED_WAIT_MS = 30_000

const readError = readJson(WireError)

/** What a refusal says, out of whichever form it has. */
export interface Words {
  readonly form: "json" | "html" | "text"
  readonly message: string
  readonly code: string
  readonly retryAfterMs: number | undefined
}

/** The edge in front of the venue answers in pages for people. */
const isPage = (text: string): boolean => /^\s*<(!doctype|html)/i.test(text)

export const wordsOf = (text: string): Words => {
  if (isPage(text)) {
    const title = /<title>([^<]{1,200})/i.exec(text)?.[1]?.trim()
    return {
      form: "html",
      message: `a web page${title === undefined ? "" : `: ${title}`}`,
      code: "",
      retryAfterMs: undefined
    }
  }
  const read = readError(text)
  if (Either.isRight(read)) {
    const { code, error, errorMsg, error_msg, message, retry_after_seconds } = read.right
    const seconds = retry_after_seconds
    return {
      form: "json",
      message: (error ?? error_msg ?? errorMsg ?? message ?? "").slice(0, MAX_WORDS),
      code: code === undefined ? "" : String(code),
      retryAfterMs: seconds !== undefined && seconds >= 0 ? bounded(seconds * 1000) : undefined
    }
  }
  return { form: "text", message: text.trim().slice(0, MAX_WORDS), code: "", retryAfterMs: undefined }
}

const bounded = (waitMs: number): number => Math.min(Math.max(Math.ceil(waitMs), MIN_WAIT_MS), MAX_WAIT_MS)

/** The header `Retry-After` in its form of seconds. */
export const retryAfterOf = (headers: Answered["headers"]): number | undefined => {
  const text = headers["retry-after"]
  return text !== undefined && /^\d{1,6}(\.\d+)?$/.test(text.trim())
    ? bounded(Number(text) * 1000)
    : undefined
}

const maintenance = (retryAfterMs: number): ExchangeReason => ({ _tag: "Maintenance", retryAfterMs })

/** The venue's restricted modes, by their words: batch answers have nothing else. */
export const restrictedMode = (message: string, code = ""): boolean =>
  code === "post_only_mode" ||
  /post-only mode: only post-only orders/i.test(message) ||
  /trading is currently (cancel-only|disabled)/i.test(message) ||
  /^service not ready$/i.test(message)

/** Why an answer is no good, by its status and words. */
export const failureOf = (answer: Answered): Failure => {
  const { headers, status } = answer
  const words = wordsOf(answer.text)
  const waitMs = retryAfterOf(headers) ?? words.retryAfterMs
  const message = `HTTP ${status}${words.message === "" ? "" : `: ${words.message}`}`
  const of = (reason: ExchangeReason): Failure => ({ reason, message })
  if (status === 429) return of({ _tag: "RateLimited", retryAfterMs: waitMs ?? RATE_LIMIT_WAIT_MS })
  if (status === 425) return of(maintenance(waitMs ?? RESTART_WAIT_MS))
  if (restrictedMode(words.message, words.code)) return of(maintenance(waitMs ?? RESTRICTED_WAIT_MS))
  if (status === 401) return of({ _tag: "AuthFailed" })
  if (status === 403) {
    // Not our key is refused, but our address: by the edge, which keeps whole regions out.
    return words.form === "html"
      ? { reason: { _tag: "Unavailable" }, message: `${message}: the venue's edge keeps this address out` }
      : of({ _tag: "Refused" })
  }
  if (status >= 300 && status < 400) {
    return { reason: { _tag: "Unavailable" }, message: `${message}: a redirect, which is never followed` }
  }
  if (status === 408 || status >= 500) return of({ _tag: "Unavailable" })
  return status >= 400 ? of({ _tag: "Refused" }) : of({ _tag: "Undecodable" })
}
