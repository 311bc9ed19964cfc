import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { spotPrice } from "../../src/domain/money.ts"
import {
  type VolatilitySettings,
  observePrice,
  priorVolatility,
  volatilityPerSqrtSecondE9
} from "../../src/domain/volatility.ts"
import { gaussians } from "./gaussian.ts"

const SETTINGS: VolatilitySettings = {
  halfLifeSeconds: 600,
  returnSeconds: 10,
  minPerSqrtSecondE9: 20_000,
  maxPerSqrtSecondE9: 1_000_000
}
const PRIOR_E9 = 50_000

interface Tick {
  readonly atMs: number
  readonly price: number
}

const walk = (seed: number, sigmaE9: number, seconds: number): ReadonlyArray<Tick> => {
  const gaussian = gaussians(seed)
  let price = 6.3e12
  return Array.from({ length: seconds }, (_, index) => {
    price *= Math.exp((sigmaE9 / 1e9) * gaussian())
    return { atMs: index * 1000, price: Math.round(price) }
  })
}

const estimate = (ticks: ReadonlyArray<Tick>, settings = SETTINGS): number =>
  volatilityPerSqrtSecondE9(
    settings,
    ticks.reduce(
      (state, { atMs, price }) => observePrice(settings, state, spotPrice(price), atMs),
      priorVolatility(PRIOR_E9)
    )
  )

/** About 87 samples of 10 s weigh in at a half-life of 600 s: the deviation's own error is 1/√(2·2·87) ≈ 5.4 %. */
const TOLERANCE = 4 * 0.054

describe("observePrice", () => {
  it.each([
    [1, 60_000],
    [2, 95_000],
    [3, 300_000]
  ])("truth – walk %i shows the volatility it was made with, %i", (seed, sigmaE9) => {
    expect(Math.abs(estimate(walk(seed, sigmaE9, 12_000)) / sigmaE9 - 1)).toBeLessThan(TOLERANCE)
  })

  it.each([1, 2, 3])("gaps – a feed that loses most of its ticks shows the same, seed %i", (seed) => {
    const chance = gaussians(seed + 100)
    const sparse = walk(seed, 95_000, 24_000).filter(({ atMs }) => chance() > 0.8 || atMs % 97_000 === 0)
    expect(Math.abs(estimate(sparse) / 95_000 - 1)).toBeLessThan(TOLERANCE)
  })

  it("prior – holds until a first return is seen", () => {
    expect(estimate([])).toBe(PRIOR_E9)
    expect(estimate(walk(1, 95_000, 10))).toBe(PRIOR_E9)
    expect(estimate(walk(1, 95_000, 11))).not.toBe(PRIOR_E9)
  })

  it("jump – one return never counts for more than the greatest volatility", () => {
    const calm = [0, 10, 20].map((second) => ({ atMs: second * 1000, price: 6.3e12 }))
    const doubled = estimate([...calm, { atMs: 30_000, price: 12.6e12 }])
    const capped = estimate(
      [...calm, { atMs: 30_000, price: 6.3e12 * Math.exp(0.001 * Math.sqrt(10)) }].map((tick) => ({
        ...tick,
        price: Math.round(tick.price)
      }))
    )
    expect(doubled).toBeGreaterThan(PRIOR_E9)
    expect(doubled).toBe(capped)
  })

  it("long gap – one return across an hour does not wipe out what was known", () => {
    const before = walk(5, 95_000, 6_000)
    const last = before.at(-1) ?? { atMs: 0, price: 1 }
    const after = estimate([...before, { atMs: last.atMs + 3_600_000, price: last.price }])
    expect(after / estimate(before)).toBeGreaterThan(0.97)
  })

  it.prop(
    "clamps – the answer is a whole number within them for any prices",
    [
      fc.array(fc.tuple(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 1e13 })), {
        maxLength: 40
      })
    ],
    ([steps]) => {
      let atMs = 0
      const ticks = steps.map(([ms, price]) => ({ atMs: (atMs += ms), price }))
      const answer = estimate(ticks)
      expect(Number.isInteger(answer)).toBe(true)
      expect(answer).toBeGreaterThanOrEqual(SETTINGS.minPerSqrtSecondE9)
      expect(answer).toBeLessThanOrEqual(SETTINGS.maxPerSqrtSecondE9)
    }
  )
})
