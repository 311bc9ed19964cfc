/**
 * A market's tick becomes finer when its price comes near $0 or $1 (older pages of docs.polymarket.com, see polymarket.md §5.1:
 * past 0.96 or below 0.04, told as `tick_size_change`). It never becomes coarser again: orders may rest between the coarser
 * prices then, and those that rested before are on the finer ones, too.
 */
import { type PriceTicks, priceTicks } from "../../domain/money.ts"
import type { MarketRecord, PriceLevel } from "./state.ts"
import type { Turn } from "./turn.ts"

/** A market of this tick has the other one near the ends; no other change is known of the venue. */
const FINER: ReadonlyMap<PriceTicks, PriceTicks> = new Map([[priceTicks(100), priceTicks(10)]])
const LOW_TICKS = 400
const HIGH_TICKS = 9_600

const bestOf = (levels: ReadonlyArray<PriceLevel>): number | undefined =>
  levels.find(({ queue }) => queue.length > 0)?.priceTicks

/** The book's price in the Up token's prices: the middle, or the best of the one side there is. */
const priceOf = ({ asks, bids }: MarketRecord): number | undefined => {
  const bid = bestOf(bids)
  const ask = bestOf(asks)
  return bid === undefined || ask === undefined ? (bid ?? ask) : (bid + ask) / 2
}

const refine = (record: MarketRecord): void => {
  const finer = FINER.get(record.market.tickSizeTicks)
  if (finer === undefined || record.phase !== "open") return
  const price = priceOf(record)
  if (price === undefined || (price >= LOW_TICKS && price <= HIGH_TICKS)) return
  record.market = { ...record.market, tickSizeTicks: finer }
}

/** Gives the markets whose books changed the tick of their price. */
export const refineTicks = ({ signals, state }: Turn): void => {
  for (const conditionId of signals.books) {
    const record = state.markets.get(conditionId)
    if (record !== undefined) refine(record)
  }
}
