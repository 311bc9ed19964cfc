/** API credentials: derived from the exchange's seed, the address and its nonce, so that nothing secret is stored. */
import { Redacted } from "effect"
import { createHmac, timingSafeEqual } from "node:crypto"

export interface Credentials {
  /** A UUID. */
  readonly apiKey: string
  /** Base64 with - and _, padded. */
  readonly secret: Redacted.Redacted<string>
  readonly passphrase: Redacted.Redacted<string>
}

const part = (seed: string, what: string, address: string, nonce: string): Buffer =>
  createHmac("sha256", seed).update(`${what}|${address}|${nonce}`).digest()

const uuidOf = (bytes: Buffer): string => {
  const hex = bytes.toString("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The credentials of an address (in lower case) and a nonce. */
export const credentialsOf = (seed: string, address: string, nonce: string): Credentials => ({
  apiKey: uuidOf(part(seed, "key", address, nonce)),
  secret: Redacted.make(
    part(seed, "secret", address, nonce).toString("base64").replaceAll("+", "-").replaceAll("/", "_")
  ),
  passphrase: Redacted.make(part(seed, "passphrase", address, nonce).toString("hex"))
})

export type CredentialsOf = (address: string, nonce: string) => Credentials

export const credentialsFrom =
  (seed: string): CredentialsOf =>
  (address, nonce) =>
    credentialsOf(seed, address, nonce)

/** Takes the same time for every wrong text of the right length. */
export const isSecret = (secret: Redacted.Redacted<string>, given: string): boolean => {
  const [a, b] = [Buffer.from(Redacted.value(secret)), Buffer.from(given)]
  return a.length === b.length && timingSafeEqual(a, b)
}
