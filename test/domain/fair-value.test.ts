import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import {
  type FairValueInput,
  type SecondPrice,
  averagedSeconds,
  outcomeProbabilityMicros,
  probabilityUp,
  settlementForecast
} from "../../src/domain/fair-value.ts"
import { type SpotPrice, spotPrice } from "../../src/domain/money.ts"
import type { SettlementRule } from "../../src/domain/settlement.ts"
import { gaussians } from "./gaussian.ts"

const END_MS = 1_790_000_100_000
const STRIKE = spotPrice(6_330_000_000_000)
const SIGMA_E9 = 95_000
const TWAP_60: SettlementRule = { _tag: "ChainlinkTwap", lookbackSeconds: 60 }
const TWAP_30: SettlementRule = { _tag: "ChainlinkTwap", lookbackSeconds: 30 }
const INSTANT: SettlementRule = { _tag: "ChainlinkSpot" }

/** The last minute before `atMs`, walking back from `price` by a fixed wave. */
const minuteBefore = (atMs: number, price: number): ReadonlyArray<SecondPrice> => {
  const newest = Math.floor(atMs / 1000)
  return Array.from({ length: 60 }, (_, index) => {
    const second = newest - 59 + index
    return { atMs: second * 1000, price: spotPrice(Math.round(price * (1 + 0.0002 * Math.sin(second / 7)))) }
  })
}

const input = (
  rule: SettlementRule,
  msLeft: number,
  gapMicros: number,
  volatilityPerSqrtSecondE9 = SIGMA_E9
): FairValueInput => {
  const price = spotPrice(Math.round(STRIKE * (1 + gapMicros / 1e6)))
  const observedAtMs = END_MS - msLeft
  return {
    rule,
    endMs: END_MS,
    priceToBeat: STRIKE,
    price,
    observedAtMs,
    volatilityPerSqrtSecondE9,
    last60s: minuteBefore(observedAtMs, price)
  }
}

/** Plays the rest of the window out second by second, with factors instead of sums, and settles it by its rule. */
const simulatedUp = (value: FairValueInput, seed: number, paths: number): number => {
  const gaussian = gaussians(seed)
  const sigma = value.volatilityPerSqrtSecondE9 / 1e9
  const seconds = new Map(value.last60s.map(({ atMs, price }) => [atMs, Number(price)]))
  const lookback = value.rule._tag === "ChainlinkTwap" ? value.rule.lookbackSeconds : 0
  let wins = 0
  for (let path = 0; path < paths; path += 1) {
    const walked = new Map<number, number>()
    let price: number = value.price
    let atMs = value.observedAtMs
    while (atMs < value.endMs) {
      const next = (Math.floor(atMs / 1000) + 1) * 1000
      price *= 1 + sigma * Math.sqrt((next - atMs) / 1000) * gaussian()
      walked.set(next, price)
      atMs = next
    }
    const at = (ms: number) => walked.get(ms) ?? seconds.get(ms) ?? Number.NaN
    let settled = at(value.endMs)
    if (lookback > 0) {
      settled = 0
      for (let back = 1; back <= lookback; back += 1) settled += at(value.endMs - back * 1000) / lookback
    }
    if (settled >= value.priceToBeat) wins += 1
  }
  return wins / paths
}

describe("probabilityUp", () => {
  it.each([
    [TWAP_60, 200_000, 800],
    [TWAP_60, 90_300, -500],
    [TWAP_60, 61_000, 300],
    [TWAP_60, 60_000, -200],
    [TWAP_60, 59_400, 250],
    [TWAP_60, 30_500, -120],
    [TWAP_60, 12_000, 60],
    [TWAP_60, 3_700, -30],
    [TWAP_30, 120_000, 400],
    [TWAP_30, 17_250, -150],
    [INSTANT, 150_000, 900],
    [INSTANT, 20_500, -250],
    [INSTANT, 700, 40]
  ])("Monte Carlo – %o with %i ms left and a gap of %i millionths", (rule, msLeft, gapMicros) => {
    const value = input(rule, msLeft, gapMicros)
    const paths = 4_000
    const expected = probabilityUp(value)
    const simulated = simulatedUp(value, msLeft + gapMicros, paths)
    const standardError = Math.sqrt((expected * (1 - expected)) / paths)
    expect(Math.abs(simulated - expected)).toBeLessThan(4 * standardError + 0.002)
  })

  const rule = fc.constantFrom(TWAP_60, TWAP_30, INSTANT)
  const msLeft = fc.integer({ min: 1, max: 3_600_000 })
  const gap = fc.integer({ min: -5_000, max: 5_000 })
  const sigma = fc.integer({ min: 0, max: 1_000_000 })

  it.prop("range – a probability, whatever the window", [rule, msLeft, gap, sigma], ([r, ms, g, s]) => {
    const up = probabilityUp(input(r, ms, g, s))
    expect(up).toBeGreaterThanOrEqual(0)
    expect(up).toBeLessThanOrEqual(1)
  })

  it.prop(
    "spot – a higher price is never less likely to end Up",
    [rule, msLeft, gap, sigma, fc.nat(1_000)],
    ([r, ms, g, s, more]) => {
      const low = input(r, ms, g, s)
      const high = { ...low, price: spotPrice(low.price + more * 1_000_000) }
      expect(probabilityUp(high) + 1e-12).toBeGreaterThanOrEqual(probabilityUp(low))
    }
  )

  it.prop(
    "strike – a higher price to beat is never more likely beaten",
    [rule, msLeft, gap, sigma, fc.nat(1_000)],
    ([r, ms, g, s, more]) => {
      const low = input(r, ms, g, s)
      const high = { ...low, priceToBeat: spotPrice(low.priceToBeat + more * 1_000_000) }
      expect(probabilityUp(high)).toBeLessThanOrEqual(probabilityUp(low) + 1e-15)
    }
  )

  it.prop(
    "symmetry – mirrored about the price to beat, Up and Down change places",
    [rule, msLeft, gap, fc.integer({ min: 1, max: 1_000_000 })],
    ([r, ms, g, s]) => {
      const value = input(r, ms, g, s)
      const mirror = (price: SpotPrice): SpotPrice => spotPrice(2 * STRIKE - price)
      const forecast = settlementForecast(value)
      const mirrored = settlementForecast({
        ...value,
        price: mirror(value.price),
        last60s: value.last60s.map(({ atMs, price }) => ({ atMs, price: mirror(price) }))
      })
      expect(mirrored.meanGap + forecast.meanGap).toBe(0)
      expect(mirrored.deviation / mirror(value.price)).toBeCloseTo(forecast.deviation / value.price, 15)
    }
  )

  it.prop("no volatility – the outcome is certain, and a tie is Up", [rule, msLeft], ([r, ms]) => {
    const still = (price: SpotPrice): FairValueInput => ({
      ...input(r, ms, 0, 0),
      price,
      last60s: minuteBefore(END_MS - ms, STRIKE).map(({ atMs }) => ({ atMs, price }))
    })
    expect(probabilityUp(still(STRIKE))).toBe(1)
    expect(probabilityUp(still(spotPrice(STRIKE - 1)))).toBe(0)
  })

  it("time – at the price to beat it is even, and certainty grows towards the end", () => {
    expect(probabilityUp(input(INSTANT, 300_000, 0))).toBe(0.5)
    const left = [300_000, 150_000, 75_000, 30_000, 5_000, 100]
    const above = left.map((ms) => probabilityUp(input(INSTANT, ms, 300)))
    expect(above).toEqual(above.toSorted((a, b) => a - b))
    expect(above.at(-1)).toBeGreaterThan(0.9999)
  })

  it("average – in its last seconds a spike moves little of what is fixed already", () => {
    const below = spotPrice(STRIKE - 2_000_000_000)
    const observedAtMs = END_MS - 4_000
    const value: FairValueInput = {
      ...input(TWAP_60, 4_000, 0),
      price: spotPrice(STRIKE + 5_000_000_000),
      last60s: minuteBefore(observedAtMs, STRIKE).map(({ atMs }) => ({ atMs, price: below }))
    }
    expect(probabilityUp(value)).toBe(0)
    expect(probabilityUp({ ...value, rule: INSTANT })).toBeGreaterThan(0.99)
  })

  it("average – all seconds seen: exactly the mean decides, a tie is Up", () => {
    const seconds = averagedSeconds(END_MS, 60)
    const seen = (last: number): FairValueInput => ({
      ...input(TWAP_60, 1_000, 0),
      last60s: seconds.map((atMs, index) => ({
        atMs,
        price: spotPrice(STRIKE + (index === 59 ? last : index % 2 === 0 ? 7 : -7))
      }))
    })
    expect(probabilityUp(seen(-7))).toBe(1)
    expect(probabilityUp(seen(-8))).toBe(0)
  })

  it("average – a missing second has the price before it", () => {
    const value = input(TWAP_60, 20_000, 100)
    const sparse = value.last60s.filter((_, index) => index % 3 === 0)
    const carried = value.last60s.map(({ atMs }, index) => ({
      atMs,
      price: sparse[Math.floor(index / 3)]?.price ?? value.price
    }))
    expect(settlementForecast({ ...value, last60s: sparse })).toEqual(
      settlementForecast({ ...value, last60s: carried })
    )
  })

  it("average – of a minute to come the deviation tends to √(T − 60 + 20) as the steps get fine", () => {
    const { deviation } = settlementForecast(input(TWAP_60, 600_000, 0))
    const inSeconds = (deviation / (STRIKE * SIGMA_E9 * 1e-9)) ** 2
    // Brute force over all pairs of averaged seconds: the covariance of a walk is the earlier time.
    let pairs = 0
    for (let i = 540; i < 600; i += 1) for (let j = 540; j < 600; j += 1) pairs += Math.min(i, j) / 3600
    expect(inSeconds).toBeCloseTo(pairs, 6)
    expect(Math.abs(inSeconds - 560)).toBeLessThan(1)
  })
})

describe("averagedSeconds", () => {
  it("span – the whole seconds before the end, the end not among them", () => {
    const seconds = averagedSeconds(END_MS, 30)
    expect(seconds).toHaveLength(30)
    expect(seconds[0]).toBe(END_MS - 30_000)
    expect(seconds.at(-1)).toBe(END_MS - 1_000)
  })
})

describe("outcomeProbabilityMicros", () => {
  it.prop(
    "rounding – never in favour of a buyer of both",
    [fc.double({ min: 0, max: 1, noNaN: true })],
    ([up]) => {
      const [a, b] = [outcomeProbabilityMicros(up, "Up"), outcomeProbabilityMicros(up, "Down")]
      expect(Number.isInteger(a) && Number.isInteger(b)).toBe(true)
      expect(a / 1e6).toBeLessThanOrEqual(up)
      expect(b / 1e6).toBeLessThanOrEqual(1 - up)
      expect(a + b).toBeGreaterThanOrEqual(999_998)
    }
  )
})
