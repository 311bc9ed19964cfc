/** Sizes that rest at every cent of a side, and how they are shown as levels. */
import type { PCGRandom } from "effect/Utils"
import type { Level } from "../../domain/book.ts"
import { type MicroShares, type PriceTicks, microShares, priceTicks } from "../../domain/money.ts"
import { LEVEL_SHARES } from "./calibration.ts"
import { type Quantiles, pick, quantileAt } from "./chance.ts"

/** Lowest and highest price of a market with a tick of $0.01, in cents. */
export const MIN_CENTS = 1
export const MAX_CENTS = 99
/** A level's size is kept as its rank among such sizes, so that it stays itself while the best price wanders. */
const RANKS = 1024
const REDRAWN_PER_BOOK = 3

const PRICES: ReadonlyArray<PriceTicks> = Array.from({ length: 101 }, (_, cents) => priceTicks(cents * 100))
/** A price of whole cents. */
export const centsPrice = (cents: number): PriceTicks => PRICES[cents] ?? priceTicks(cents * 100)

/** Shares as millionths in steps of 0.01 share, the venue's size step. */
export const sizeOf = (shares: number): MicroShares => microShares(Math.round(shares * 100) * 10_000)

const sizesOf = (table: Quantiles): ReadonlyArray<MicroShares> =>
  Array.from({ length: RANKS }, (_, rank) => sizeOf(quantileAt(table, (rank + 0.5) / RANKS)))
const SIZES: ReadonlyArray<ReadonlyArray<MicroShares>> = LEVEL_SHARES.map(sizesOf)

/** The rank of the size at every cent, by index cents − 1. */
export type Ladder = Array<number>

export const makeLadder = (chance: PCGRandom): Ladder =>
  Array.from({ length: MAX_CENTS }, () => pick(chance, RANKS))

/** Some sizes change: a few within reach of the best price, and the best itself every other time. */
export const stirLadder = (ladder: Ladder, bestCents: number, direction: 1 | -1, chance: PCGRandom): void => {
  for (let redrawn = 0; redrawn < REDRAWN_PER_BOOK; redrawn++) {
    const index = bestCents - 1 + direction * pick(chance, 12)
    if (index >= 0 && index < MAX_CENTS) ladder[index] = pick(chance, RANKS)
  }
  if (pick(chance, 2) === 0 && bestCents >= MIN_CENTS && bestCents <= MAX_CENTS) {
    ladder[bestCents - 1] = pick(chance, RANKS)
  }
}

/** The size at so many cents from the best. */
export const levelSize = (ladder: Ladder, cents: number, distance: number): MicroShares =>
  SIZES[Math.min(distance, SIZES.length - 1)]?.[ladder[cents - 1] ?? 0] ?? microShares(0)

/** Levels from the best on, downwards (−1, bids) or upwards (1, asks); none where the best is outside the price range. */
export const levelsFrom = (
  ladder: Ladder,
  bestCents: number,
  direction: 1 | -1,
  most: number
): ReadonlyArray<Level> => {
  const levels: Array<Level> = []
  for (let distance = 0; distance < most; distance++) {
    const cents = bestCents + direction * distance
    if (cents < MIN_CENTS || cents > MAX_CENTS) break
    levels.push({ priceTicks: centsPrice(cents), sizeMicroShares: levelSize(ladder, cents, distance) })
  }
  return levels
}
