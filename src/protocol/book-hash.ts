/** The token that tells one state of a book from another, in answers and events. */
import { createHash } from "node:crypto"

/**
 * SHA-1 of a book's compact JSON with an empty `hash`, in the order its keys stand in; a book without `hash` gets it last.
 * The venue's order is market, asset_id, timestamp, hash, bids, asks, min_order_size, tick_size, neg_risk, last_trade_price
 * (Polymarket/py-clob-client-v2, utilities.py).
 */
export const bookHash = (book: Readonly<Record<string, unknown>>): string =>
  createHash("sha1")
    .update(JSON.stringify({ ...book, hash: "" }))
    .digest("hex")
