/** Price levels in the Up token's prices, and the queue at each. */
import { TICKS_PER_USD, type PriceTicks, ZERO_SHARES, complement, microShares } from "../../domain/money.ts"
import type { OrderId, Side } from "../../domain/order.ts"
import type { Outcome } from "../../domain/window.ts"
import type { MarketRecord, PriceLevel } from "./state.ts"

export type BookSide = "bids" | "asks"

export const oppositeSide = (side: BookSide): BookSide => (side === "bids" ? "asks" : "bids")

/** BUY Down at p is SELL Up at 1 − p, and the other way round: one book for both tokens. */
export const bookSideOf = (side: Side, outcome: Outcome): BookSide =>
  (side === "BUY") === (outcome === "Up") ? "bids" : "asks"

/** A token's price in the Up token's prices; it is its own inverse. */
export const mirrorPrice = (outcome: Outcome, price: PriceTicks): PriceTicks =>
  outcome === "Up" ? price : complement(price)

/** Would somebody with this limit trade with a level of that side? */
export const reaches = (levelSide: BookSide, levelPrice: number, limit: number): boolean =>
  levelSide === "asks" ? levelPrice <= limit : levelPrice >= limit

export const findLevel = (
  record: MarketRecord,
  side: BookSide,
  priceTicks: PriceTicks
): PriceLevel | undefined => record[side].find((level) => level.priceTicks === priceTicks)

/** The level at a price; an empty one is put in its place where there was none. */
export const levelAt = (record: MarketRecord, side: BookSide, priceTicks: PriceTicks): PriceLevel => {
  const levels = record[side]
  const index = levels.findIndex((level) => reaches(side, priceTicks, level.priceTicks))
  const found = index < 0 ? undefined : levels[index]
  if (found !== undefined && found.priceTicks === priceTicks) return found
  const level: PriceLevel = {
    priceTicks,
    shownMicroShares: ZERO_SHARES,
    consumedMicroShares: ZERO_SHARES,
    queue: []
  }
  levels.splice(index < 0 ? levels.length : index, 0, level)
  return level
}

const matters = (level: PriceLevel): boolean => level.queue.length > 0 || level.shownMicroShares > 0

/** Drops a level that holds nothing and remembers nothing. */
export const pruneLevel = (record: MarketRecord, side: BookSide, level: PriceLevel): void => {
  if (!matters(level)) record[side].splice(record[side].indexOf(level), 1)
}

/** Drops all such levels. */
export const pruneLevels = (record: MarketRecord): void => {
  if (!record.bids.every(matters)) record.bids = record.bids.filter(matters)
  if (!record.asks.every(matters)) record.asks = record.asks.filter(matters)
}

/** Is there anything to trade with on this side, up to the limit? */
export const crossesBook = (record: MarketRecord, restingSide: BookSide, limit: number): boolean => {
  const best = record[restingSide].find((level) => level.queue.length > 0)
  return best !== undefined && reaches(restingSide, best.priceTicks, limit)
}

/** New liquidity of others joins at the back of the queue. */
export const pushExternal = (level: PriceLevel, size: number): void => {
  const last = level.queue.at(-1)
  if (last !== undefined && last._tag === "External")
    last.sizeMicroShares = microShares(last.sizeMicroShares + size)
  else if (size > 0) level.queue.push({ _tag: "External", sizeMicroShares: microShares(size) })
}

/** Takes others' liquidity out of the queue: a trade takes from the front, a cancel (conservatively) from the back. */
export const takeExternal = (level: PriceLevel, size: number, from: "front" | "back"): void => {
  let left = size
  const queue = from === "front" ? level.queue : level.queue.toReversed()
  for (const entry of queue) {
    if (left === 0) break
    if (entry._tag !== "External") continue
    const taken = Math.min(left, entry.sizeMicroShares)
    entry.sizeMicroShares = microShares(entry.sizeMicroShares - taken)
    left -= taken
  }
  level.queue = level.queue.filter((entry) => entry._tag === "Own" || entry.sizeMicroShares > 0)
}

export const removeOwn = ({ queue }: PriceLevel, orderId: OrderId): void => {
  const index = queue.findIndex((entry) => entry._tag === "Own" && entry.orderId === orderId)
  if (index >= 0) queue.splice(index, 1)
}

/** Prices a share can trade at: above $0 and below $1. */
export const isTradablePrice = (ticks: number): boolean => ticks > 0 && ticks < TICKS_PER_USD
