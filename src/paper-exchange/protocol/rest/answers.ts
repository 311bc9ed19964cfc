/** Answers as the venue writes them: JSON, and where something is wrong `{"error": text}`. */
import type { WireResponse } from "../wire.ts"

const JSON_TYPE = { "content-type": "application/json" }

export const json = (
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {}
): WireResponse => ({ status, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) })

/** Where nothing is said but that it is done. */
export const empty = (): WireResponse => ({ status: 200, headers: JSON_TYPE, body: "" })

export const failure = (
  status: number,
  error: string,
  more: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {}
): WireResponse => json({ error, ...more }, status, headers)

/** The venue's own words (docs.polymarket.com/resources/error-codes); those of orders are in the engine's texts. */
export const UNAUTHORIZED = failure(401, "Unauthorized/Invalid api key")
export const INVALID_L1 = failure(401, "Invalid L1 Request headers")
export const INVALID_PAYLOAD = failure(400, "Invalid payload")
export const TOO_MANY_ITEMS = failure(400, "Payload exceeds the limit")
export const INVALID_TOKEN = failure(400, "Invalid token id")
export const INVALID_SIDE = failure(400, "Invalid side")
export const INVALID_MARKET = failure(400, "Invalid market")
export const MARKET_NOT_FOUND = failure(404, "market not found")
export const NO_ORDERBOOK = failure(404, "No orderbook exists for the requested token id")
export const ORDER_NOT_FOUND = failure(404, "Order not found")
export const NOT_FOUND = failure(404, "Not Found")
export const METHOD_NOT_ALLOWED = failure(405, "Method Not Allowed")
export const BODY_TOO_LARGE = failure(413, "Payload Too Large")
export const INTERNAL_ERROR = failure(500, "Internal server error")
