import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { microShares, priceTicks } from "../../src/domain/money.ts"
import type { Ladder } from "../../src/recordings/format.ts"
import {
  applyChanges,
  changesOf,
  isBestFirst,
  isCrossed,
  onTick,
  spread
} from "../../src/recordings/ladder.ts"
import { makeDefects } from "../../src/recordings/defects.ts"
import { type Top, joinTops } from "../../src/recordings/tops.ts"

const side = fc.constantFrom("bids" as const, "asks" as const)

const ladderOf = (which: "bids" | "asks") =>
  fc
    .dictionary(fc.integer({ min: 1, max: 40 }).map(String), fc.integer({ min: 1, max: 9 }), { maxKeys: 12 })
    .map(
      (levels): Ladder =>
        Object.entries(levels)
          .map(([price, size]) => [priceTicks(Number(price) * 35), microShares(size)] as const)
          .toSorted(([a], [b]) => (which === "bids" ? b - a : a - b))
    )

const sum = (levels: Ladder): number => levels.reduce((total, [, size]) => total + size, 0)

describe("ladder", () => {
  it.prop(
    "applyChanges – undoes changesOf",
    [side.chain((which) => fc.tuple(fc.constant(which), ladderOf(which), ladderOf(which)))],
    ([[which, before, after]]) => {
      expect(applyChanges(which, before, changesOf(which, before, after))).toEqual(after)
      expect(changesOf(which, after, after)).toEqual([])
    }
  )

  it.prop(
    "onTick – never makes a book better for who trades against it",
    [side.chain((which) => fc.tuple(fc.constant(which), ladderOf(which)))],
    ([[which, levels]]) => {
      const moved = onTick(which, levels)
      expect(isBestFirst(which, moved)).toBe(true)
      expect(moved.every(([price]) => price % 100 === 0 && price > 0 && price < 10_000)).toBe(true)
      for (const [limit] of moved) {
        const reachable = (all: Ladder) =>
          sum(all.filter(([price]) => (which === "bids" ? price >= limit : price <= limit)))
        expect(reachable(moved)).toBeLessThanOrEqual(reachable(levels))
      }
    }
  )

  it.prop(
    "spread – offers no more than was recorded",
    [side, fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 0, max: 10_000_000_000 })],
    ([which, best, liquidity]) => {
      const levels = spread(which, priceTicks(best), microShares(liquidity))
      expect(sum(levels)).toBeLessThanOrEqual(liquidity)
      expect(isBestFirst(which, levels)).toBe(true)
      expect(levels.every(([, size]) => size % 10_000 === 0)).toBe(true)
    }
  )
})

const best = fc.option(
  fc.record({
    priceTicks: fc.integer({ min: 1, max: 99 }).map((cents) => priceTicks(cents * 100)),
    sizeMicroShares: fc.integer({ min: 1, max: 1000 }).map(microShares)
  }),
  { nil: undefined }
)
const top: fc.Arbitrary<Top> = fc
  .record({ bid: best, ask: best })
  .filter(({ ask, bid }) => ask === undefined || bid === undefined || bid.priceTicks < ask.priceTicks)

describe("joinTops", () => {
  it.prop(
    "joinTops – is no better on either side than either request showed, and never crossed",
    [top, top],
    ([up, down]) => {
      const { ask, bid } = joinTops(up, down, makeDefects())
      if (bid !== undefined) {
        expect(bid.priceTicks).toBeLessThanOrEqual(up.bid?.priceTicks ?? -1)
        expect(bid.priceTicks + (down.ask?.priceTicks ?? 10_001)).toBeLessThanOrEqual(10_000)
        expect(bid.sizeMicroShares).toBeLessThanOrEqual(down.ask?.sizeMicroShares ?? -1)
      }
      if (ask !== undefined) {
        expect(ask.priceTicks).toBeGreaterThanOrEqual(up.ask?.priceTicks ?? 10_001)
        expect(ask.priceTicks + (down.bid?.priceTicks ?? -1)).toBeGreaterThanOrEqual(10_000)
      }
      const asLadder = (level: typeof bid): Ladder =>
        level === undefined ? [] : [[level.priceTicks, level.sizeMicroShares]]
      expect(isCrossed(asLadder(bid), asLadder(ask))).toBe(false)
    }
  )
})
