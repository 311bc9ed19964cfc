/** Ladders of price levels, best first: onto the market's tick, differences, and their sanity. */
import {
  type MicroShares,
  type PriceTicks,
  TICKS_PER_USD,
  ZERO_SHARES,
  addShares,
  microShares,
  priceTicks
} from "../domain/money.ts"
import type { Ladder, RecordedLevel } from "./format.ts"

export type BookSide = "bids" | "asks"

/** $0.01, the tick of up/down markets; near 0 and 1 the venue goes on in $0.001, which a recorded window does not. */
export const TICK_SIZE_TICKS = 100

/** The price on the tick that is worse for whoever trades against it: bids go down, asks go up. */
const worsePrice = (side: BookSide, price: PriceTicks): number => {
  const below = price - (price % TICK_SIZE_TICKS)
  return side === "bids" || below === price ? below : below + TICK_SIZE_TICKS
}

/** Puts levels (best first) on the tick; those that fall on 0 or 1 dollar vanish, those that meet are added up. */
export const onTick = (side: BookSide, levels: Ladder): Ladder => {
  const kept: Array<RecordedLevel> = []
  for (const level of levels) {
    const [price, size] = level
    const moved = worsePrice(side, price)
    const last = kept.at(-1)
    if (moved <= 0 || moved >= TICKS_PER_USD || size === 0) continue
    if (last !== undefined && last[0] === moved) kept[kept.length - 1] = [last[0], addShares(last[1], size)]
    else kept.push(moved === price ? level : [priceTicks(moved), size])
  }
  return kept
}

export const isOffTick = (levels: Ladder): boolean => levels.some(([price]) => price % TICK_SIZE_TICKS !== 0)

const LEVELS_IN_LIQUIDITY = 5
/** The venue's size step, 0.01 share. */
const SIZE_STEP_MICRO_SHARES = 10_000

/**
 * A ladder from a best price and the sum of the five best levels: a fifth, rounded down to 0.01 share, on each of five levels
 * one tick apart. The true best level may hold more or less; never is more offered in all than was recorded.
 */
export const spread = (side: BookSide, best: PriceTicks, liquidity: MicroShares): Ladder => {
  const fifth = Math.floor(liquidity / LEVELS_IN_LIQUIDITY)
  const size = microShares(fifth - (fifth % SIZE_STEP_MICRO_SHARES))
  const away = side === "bids" ? -TICK_SIZE_TICKS : TICK_SIZE_TICKS
  return Array.from({ length: LEVELS_IN_LIQUIDITY }, (_, index) => best + index * away)
    .filter((price) => price > 0 && price < TICKS_PER_USD && size > 0)
    .map((price) => [priceTicks(price), size] as const)
}

/** True where a bid is at or above an ask. */
export const isCrossed = (bids: Ladder, asks: Ladder): boolean => {
  const bid = bids[0]
  const ask = asks[0]
  return bid !== undefined && ask !== undefined && bid[0] >= ask[0]
}

const isBetter = (side: BookSide, a: number, b: number): boolean => (side === "bids" ? a > b : a < b)

/** True where each level is worse than the one before and holds something. */
export const isBestFirst = (side: BookSide, levels: Ladder): boolean =>
  levels.every(([price, size], index) => {
    const before = levels[index - 1]
    return size > 0 && (before === undefined || isBetter(side, before[0], price))
  })

/** What to tell so that `before` becomes `after`: levels with their new size, 0 where one is gone; best first. */
export const changesOf = (side: BookSide, before: Ladder, after: Ladder): Ladder => {
  const changes: Array<RecordedLevel> = []
  let old = 0
  let now = 0
  while (old < before.length || now < after.length) {
    const was = before[old]
    const is = after[now]
    if (is === undefined || (was !== undefined && isBetter(side, was[0], is[0]))) {
      if (was !== undefined) changes.push([was[0], ZERO_SHARES])
      old += 1
    } else if (was === undefined || isBetter(side, is[0], was[0])) {
      changes.push(is)
      now += 1
    } else {
      if (was[1] !== is[1]) changes.push(is)
      old += 1
      now += 1
    }
  }
  return changes
}

/** The inverse of {@link changesOf}; both arguments are best first. */
export const applyChanges = (side: BookSide, before: Ladder, changes: Ladder): Ladder => {
  if (changes.length === 0) return before
  const after: Array<RecordedLevel> = []
  let old = 0
  for (const change of changes) {
    for (
      let level = before[old];
      level !== undefined && isBetter(side, level[0], change[0]);
      level = before[old]
    ) {
      after.push(level)
      old += 1
    }
    if (before[old]?.[0] === change[0]) old += 1
    if (change[1] > 0) after.push(change)
  }
  return after.concat(before.slice(old))
}
