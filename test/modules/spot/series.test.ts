import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { spotPrice } from "../../../src/domain/money.ts"
import { makeSeries, meanPrice } from "../../../src/modules/spot/series.ts"
import type { SpotTick } from "../../../src/ports/spot.ts"

const SETTINGS = {
  halfLifeSeconds: 600,
  returnSeconds: 10,
  minPerSqrtSecondE9: 20_000,
  maxPerSqrtSecondE9: 1_000_000
}
const EPOCH_MS = 1_790_000_000_000
const tick = (atMs: number, price: number): SpotTick => ({
  asset: "BTC",
  price: spotPrice(price),
  observedAtMs: EPOCH_MS + atMs
})
const seriesOf = (ticks: ReadonlyArray<SpotTick>) => {
  const series = makeSeries("BTC", SETTINGS, 95_000)
  const taken = ticks.filter((given) => series.take(given))
  return { series, taken }
}
const price = fc.integer({ min: 1_000, max: 9_000 })

describe("take", () => {
  const shuffled = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 120_000 }), price), { minLength: 1, maxLength: 40 })
    .map((raw) => raw.map(([atMs, given]) => tick(atMs - (atMs % 500), given)))

  it.prop(
    "order – takes what is newer than all before it, and is left as if the rest had never come",
    [shuffled],
    ([ticks]) => {
      const rising = ticks.filter(({ observedAtMs }, index) =>
        ticks.slice(0, index).every((before) => before.observedAtMs < observedAtMs)
      )
      const { series, taken } = seriesOf(ticks)
      expect(taken).toEqual(rising)
      expect(series.view()).toEqual(seriesOf(rising).series.view())
      expect(series.view()?.price).toBe(rising.at(-1)?.price)
    }
  )
})

describe("view", () => {
  const step = fc.tuple(
    fc.oneof(
      fc.integer({ min: 1, max: 8_000 }),
      fc.constantFrom(500, 1_000, 2_000),
      fc.integer({ min: 50_000, max: 90_000 })
    ),
    price
  )
  it.prop(
    "average – the mean over the last 60 whole seconds of the price then last seen",
    [fc.array(step, { minLength: 1, maxLength: 60 })],
    ([steps]) => {
      let atMs = 0
      const ticks = steps.map(([ms, given]) => tick((atMs += ms), given))
      const view = seriesOf(ticks).series.view()
      const last = Math.floor((EPOCH_MS + atMs) / 1000) * 1000
      const expected = Array.from({ length: 60 }, (_, index) => last - (59 - index) * 1000).flatMap(
        (second) => {
          const seen = ticks.findLast(({ observedAtMs }) => observedAtMs <= second)
          return seen === undefined ? [] : [{ atMs: second, price: seen.price }]
        }
      )
      expect(view?.last60s).toEqual(expected)
      const mean = expected.reduce((sum, known) => sum + known.price, 0) / expected.length
      expect(view?.average60s).toBe(expected.length === 0 ? view?.price : Math.floor(mean + 0.5))
    }
  )
})

describe("meanPrice", () => {
  it("large prices – are averaged exactly, half up", () => {
    const large = spotPrice(Number.MAX_SAFE_INTEGER)
    expect(meanPrice(Array.from({ length: 60 }, () => large))).toBe(large)
    expect(meanPrice([spotPrice(1), spotPrice(2)])).toBe(2)
    expect(meanPrice([])).toBeUndefined()
  })
})
