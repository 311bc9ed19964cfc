/** Level 2: an API key vouches for a request, by an HMAC over all of it (docs.polymarket.com/trading/manage-orders). */
import { Redacted, Schema } from "effect"
import { createHmac, timingSafeEqual } from "node:crypto"

const secretText = (what: string, pattern: RegExp) =>
  Schema.Redacted(
    Schema.String.pipe(Schema.maxLength(256), Schema.pattern(pattern, { message: () => `expected ${what}` }))
  )

/** An API key: its name, the HMAC's key and a passphrase; who has all three can trade. */
export const ApiCredentials = Schema.Struct({
  apiKey: secretText("an API key in printable characters", /^[\x21-\x7e]+$/),
  secret: secretText("a secret in base64", /^[A-Za-z0-9+/_-]+={0,2}$/),
  passphrase: secretText("a passphrase in printable characters", /^[\x21-\x7e]+$/)
})
export type ApiCredentials = typeof ApiCredentials.Type

/** What the HMAC covers. */
export interface SignedRequest {
  /** Unix seconds, in digits. */
  readonly timestamp: string
  /** In capitals. */
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** The very text that is sent; empty where there is none. */
  readonly body: string
}

/** The request's HMAC-SHA256 in base64 with - and _; the secret is base64 of either alphabet, padded or not. */
export const l2Signature = (secret: Redacted.Redacted<string>, request: SignedRequest): string =>
  createHmac("sha256", Buffer.from(Redacted.value(secret), "base64"))
    .update(request.timestamp + request.method + request.path + request.body)
    .digest("base64")
    .replaceAll("+", "-")
    .replaceAll("/", "_")

/** Is this the request's signature? Takes the same time for every wrong one of the right length. */
export const isL2Signature = (
  secret: Redacted.Redacted<string>,
  request: SignedRequest,
  signature: string
): boolean => {
  const [expected, given] = [Buffer.from(l2Signature(secret, request)), Buffer.from(signature)]
  return expected.length === given.length && timingSafeEqual(expected, given)
}

type L2Header = "POLY_ADDRESS" | "POLY_SIGNATURE" | "POLY_TIMESTAMP" | "POLY_API_KEY" | "POLY_PASSPHRASE"

/** The headers of a request of the account's owner, in the order the official client sends them. */
export const l2Headers = (
  address: string,
  credentials: ApiCredentials,
  request: SignedRequest
): Readonly<Record<L2Header, string>> => ({
  POLY_ADDRESS: address,
  POLY_SIGNATURE: l2Signature(credentials.secret, request),
  POLY_TIMESTAMP: request.timestamp,
  POLY_API_KEY: Redacted.value(credentials.apiKey),
  POLY_PASSPHRASE: Redacted.value(credentials.passphrase)
})
