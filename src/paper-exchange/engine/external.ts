/**
 * Others' liquidity, as the market's events tell it.
 *
 * Each event states the whole book of others. Per level we keep what was shown and how much of it our orders consumed,
 * and the rest is `shown − consumed`. Where an event shows
 * - the same size: nothing changes, so a repeated snapshot never refills what we took;
 * - more: only the increase is new; it joins at the back of the queue;
 * - less: the decrease leaves from the back (those behind us cancel first), and consumption is cut to what is shown;
 * - nothing: the level is gone and with it the memory of what we took.
 * Over any time we can thus take at most the size first shown plus all increases.
 */
import type { Level } from "../../domain/book.ts"
import { type PriceTicks, microShares, priceTicks } from "../../domain/money.ts"
import type { Side } from "../../domain/order.ts"
import {
  type BookSide,
  isTradablePrice,
  levelAt,
  oppositeSide,
  pruneLevels,
  pushExternal,
  takeExternal
} from "./levels.ts"
import { carryOut, planFills, plannedSize } from "./matching.ts"
import type { MarketRecord, PriceLevel } from "./state.ts"
import { type Turn, touch } from "./turn.ts"

type Sizes = Map<PriceTicks, number>

/** More than this at one level (a billion shares) is a recording's defect; it is cut. */
const MAX_LEVEL_MICRO_SHARES = 1e15

const sizesOf = (levels: ReadonlyArray<Level>): Sizes => {
  const sizes: Sizes = new Map()
  for (const { priceTicks: price, sizeMicroShares } of levels) {
    if (!isTradablePrice(price) || sizeMicroShares <= 0) continue
    sizes.set(price, Math.min((sizes.get(price) ?? 0) + sizeMicroShares, MAX_LEVEL_MICRO_SHARES))
  }
  return sizes
}

/** Levels of one event that cross each other are a defect of the recording: none of them can be traded with. */
const withoutCrossing = (bids: Sizes, asks: Sizes): void => {
  const bestBid = Math.max(...bids.keys())
  const bestAsk = Math.min(...asks.keys())
  if (bestBid < bestAsk) return
  for (const price of bids.keys()) if (price >= bestAsk) bids.delete(price)
  for (const price of asks.keys()) if (price <= bestBid) asks.delete(price)
}

const shrink = (level: PriceLevel, shown: number): void => {
  const consumed = Math.min(level.consumedMicroShares, shown)
  const before = level.shownMicroShares - level.consumedMicroShares
  takeExternal(level, before - (shown - consumed), "back")
  level.shownMicroShares = microShares(shown)
  level.consumedMicroShares = microShares(consumed)
}

/** The increase trades first with orders of ours that it crosses, at their prices; the rest joins the queue. */
const grow = (turn: Turn, record: MarketRecord, side: BookSide, price: PriceTicks, shown: number): void => {
  const known = record[side].find((level) => level.priceTicks === price)
  const increase = shown - (known?.shownMicroShares ?? 0)
  if (increase <= 0) return
  const fills = planFills(turn.state, record, oppositeSide(side), price, microShares(increase))
  carryOut(turn, record, "external", fills, oppositeSide(side))
  const traded = plannedSize(fills)
  const level = levelAt(record, side, price)
  level.shownMicroShares = microShares(shown)
  level.consumedMicroShares = microShares(level.consumedMicroShares + traded)
  pushExternal(level, increase - traded)
}

const pricesBestFirst = (side: BookSide, sizes: Sizes): ReadonlyArray<[PriceTicks, number]> =>
  [...sizes].toSorted(([a], [b]) => (side === "bids" ? b - a : a - b))

/** Takes in a whole book of others: first what left, then what came. */
export const applyBook = (
  turn: Turn,
  record: MarketRecord,
  bids: ReadonlyArray<Level>,
  asks: ReadonlyArray<Level>
): void => {
  const sizes = { bids: sizesOf(bids), asks: sizesOf(asks) }
  withoutCrossing(sizes.bids, sizes.asks)
  const sides: ReadonlyArray<BookSide> = ["bids", "asks"]
  for (const side of sides)
    for (const level of record[side]) {
      const shown = sizes[side].get(level.priceTicks) ?? 0
      if (shown < level.shownMicroShares) shrink(level, shown)
    }
  pruneLevels(record)
  for (const side of sides)
    for (const [price, shown] of pricesBestFirst(side, sizes[side])) grow(turn, record, side, price, shown)
  touch(turn, record)
}

/** Somebody else took, in the Up token's view: the queue is served from its front, best price first. */
export const applyTaker = (
  turn: Turn,
  record: MarketRecord,
  side: Side,
  price: PriceTicks,
  size: number
): void => {
  const restingSide: BookSide = side === "BUY" ? "asks" : "bids"
  const fills = planFills(turn.state, record, restingSide, priceTicks(price), microShares(size))
  carryOut(turn, record, "external", fills, restingSide)
  touch(turn, record)
}
