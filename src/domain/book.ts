/** One instrument's bids and asks. */
import type { MicroShares, PriceTicks } from "./money.ts"
import { TICKS_PER_USD, complement } from "./money.ts"
import type { TokenId } from "./window.ts"

/** All that rests at one price. */
export interface Level {
  readonly priceTicks: PriceTicks
  readonly sizeMicroShares: MicroShares
}

/** Bids and asks of one instrument, **best first** in both (the venue's wire has the best last). */
export interface Book {
  readonly tokenId: TokenId
  readonly bids: ReadonlyArray<Level>
  readonly asks: ReadonlyArray<Level>
  /** The market's tick as the venue tells it with the book: it becomes finer near $0 and $1. Undefined where it does not. */
  readonly tickSizeTicks?: PriceTicks | undefined
  /** The venue's stamp, Unix milliseconds. */
  readonly eventTimeMs: number
  /** When it reached us, by our clock. */
  readonly receivedAtMs: number
}

export const bestBid = (book: Book): Level | undefined => book.bids[0]
export const bestAsk = (book: Book): Level | undefined => book.asks[0]

const mirrorLevel = (level: Level): Level => ({ ...level, priceTicks: complement(level.priceTicks) })

/** The same liquidity seen from the complementary token: its asks are our bids at 1 − p. */
export const mirrorBook = (book: Book, tokenId: TokenId): Book => ({
  ...book,
  tokenId,
  bids: book.asks.map(mirrorLevel),
  asks: book.bids.map(mirrorLevel)
})

/** Why a book may not be traded on. */
export type BookDefect = "missing" | "no-bids" | "no-asks" | "crossed" | "stale"

/**
 * The first defect of a book at `nowMs`, or undefined where an entry may rely on it. A best bid at $0, a best ask at $1 and
 * a best level of no size stand for an empty side, as recordings and placeholders write it.
 */
export const bookDefect = (
  book: Book | undefined,
  nowMs: number,
  maxAgeMs: number
): BookDefect | undefined => {
  if (book === undefined) return "missing"
  const bid = bestBid(book)
  const ask = bestAsk(book)
  if (bid === undefined || bid.priceTicks === 0 || bid.sizeMicroShares === 0) return "no-bids"
  if (ask === undefined || ask.priceTicks === TICKS_PER_USD || ask.sizeMicroShares === 0) return "no-asks"
  if (bid.priceTicks >= ask.priceTicks) return "crossed"
  return nowMs - book.receivedAtMs <= maxAgeMs ? undefined : "stale"
}
