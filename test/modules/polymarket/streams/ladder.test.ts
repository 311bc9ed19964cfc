import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import type { Level } from "../../../../src/domain/book.ts"
import { microShares, priceTicks } from "../../../../src/domain/money.ts"
import { Ladder } from "../../../../src/modules/polymarket/streams/ladder.ts"

/** The rule in the plainest words: at every price the newest word holds, and a snapshot is a word on all prices. */
class Plain {
  readonly last = new Map<number, { readonly size: number; readonly stampMs: number }>()
  floorMs = 0

  set(price: number, size: number, stampMs: number): boolean {
    if (stampMs < Math.max(this.floorMs, this.last.get(price)?.stampMs ?? 0)) return false
    this.last.set(price, { size, stampMs })
    return true
  }

  replace(levels: ReadonlyArray<Level>, stampMs: number): boolean {
    if (stampMs < this.floorMs) return false
    this.floorMs = stampMs
    for (const [price, word] of this.last) if (word.stampMs <= stampMs) this.last.delete(price)
    for (const { priceTicks: price, sizeMicroShares: size } of levels) {
      if ((this.last.get(price)?.stampMs ?? 0) <= stampMs) this.last.set(price, { size, stampMs })
    }
    return true
  }

  levels(side: "bids" | "asks"): ReadonlyArray<Level> {
    return [...this.last]
      .filter(([, { size }]) => size > 0)
      .map(([price, { size }]) => ({ priceTicks: priceTicks(price), sizeMicroShares: microShares(size) }))
      .toSorted((a, b) => (side === "bids" ? b.priceTicks - a.priceTicks : a.priceTicks - b.priceTicks))
  }
}

const price = fc.oneof(fc.integer({ min: 1, max: 9_999 }), fc.integer({ min: 1, max: 8 }))
const size = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1_000 }))
const stamp = fc.integer({ min: 1, max: 40 })
const level = fc.record({ priceTicks: price.map(priceTicks), sizeMicroShares: size.map(microShares) })
const word = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("set" as const), price, size, stamp }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("replace" as const),
      levels: fc.uniqueArray(level, { selector: (each) => each.priceTicks, maxLength: 12 }),
      stamp
    })
  },
  { weight: 1, arbitrary: fc.constant({ kind: "clear" as const }) }
)

describe("Ladder", () => {
  it.each(["bids", "asks"] as const)(
    "%s – whatever comes in whatever order, every price has its newest word",
    (side) => {
      fc.assert(
        fc.property(fc.array(word, { maxLength: 60 }), (words) => {
          const ladder = new Ladder(side)
          let plain = new Plain()
          for (const each of words) {
            if (each.kind === "set") {
              expect(ladder.set(each.price, each.size, each.stamp)).toBe(
                plain.set(each.price, each.size, each.stamp)
              )
            } else if (each.kind === "replace") {
              expect(ladder.replace(each.levels, each.stamp)).toBe(plain.replace(each.levels, each.stamp))
            } else {
              ladder.clear()
              plain = new Plain()
            }
            expect(ladder.levels()).toEqual(plain.levels(side))
            expect(ladder.best).toBe(plain.levels(side)[0]?.priceTicks ?? -1)
          }
        })
      )
    }
  )
})
