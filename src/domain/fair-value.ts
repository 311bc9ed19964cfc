/**
 * What an outcome of a window is worth: the probability that it wins. The settling price is modelled as today's
 * price plus a normal random walk without drift. Probabilities are statistics, so binary floats may hold them.
 */
import type { SpotPrice } from "./money.ts"
import { MICROS } from "./money.ts"
import { normalCdf } from "./normal.ts"
import type { SettlementRule } from "./settlement.ts"
import type { Outcome } from "./window.ts"

/** An asset's price at a whole second. */
export interface SecondPrice {
  readonly atMs: number
  readonly price: SpotPrice
}

export interface FairValueInput {
  readonly rule: SettlementRule
  readonly endMs: number
  /** The settling value at the window's start, from the same source as `price`. */
  readonly priceToBeat: SpotPrice
  readonly price: SpotPrice
  /** When `price` was observed: uncertainty counts from here, not from now, so that a lagging feed is no certainty. */
  readonly observedAtMs: number
  /** Standard deviation of the relative price change over one second, in units of 1e-9. */
  readonly volatilityPerSqrtSecondE9: number
  /** Whole-second prices up to `observedAtMs`, oldest first. */
  readonly last60s: ReadonlyArray<SecondPrice>
}

/** The settling value as it looks now, in {@link SpotPrice} units: its mean above the price to beat, its deviation. */
export interface SettlementForecast {
  readonly meanGap: number
  readonly deviation: number
}

const SECOND_MS = 1000

/**
 * The whole seconds whose prices are averaged: the `lookbackSeconds` last ones before the end, oldest first. The
 * stream's exact sampling is not published (docs.polymarket.com/market-data/chainlink-twap); a shift by a few
 * seconds moves the probability by less than a cent except at the very end.
 */
export const averagedSeconds = (endMs: number, lookbackSeconds: number): ReadonlyArray<number> =>
  Array.from({ length: lookbackSeconds }, (_, index) => endMs - (lookbackSeconds - index) * SECOND_MS)

/** The newest known price at or before each second, else the oldest known, else the current one. */
const observedGaps = (input: FairValueInput, seconds: ReadonlyArray<number>): number => {
  let next = 0
  let price = input.last60s[0]?.price ?? input.price
  let sum = 0
  for (const second of seconds) {
    for (let known = input.last60s[next]; known !== undefined && known.atMs <= second; ) {
      price = known.price
      next += 1
      known = input.last60s[next]
    }
    sum += price - input.priceToBeat
  }
  return sum
}

/**
 * Variance, in seconds of the walk's own, of the sum of the walk at `count` whole seconds of which the first is
 * `firstSeconds` away: ΣΣ min(tᵢ, tⱼ) = count²·first + (count−1)·count·(2·count−1)/6. Divided by count² this
 * tends to first + count/3.
 */
const sumVarianceSeconds = (firstSeconds: number, count: number): number =>
  count * count * firstSeconds + ((count - 1) * count * (2 * count - 1)) / 6

const averageForecast = (
  input: FairValueInput,
  lookbackSeconds: number,
  sigma: number
): SettlementForecast => {
  const seconds = averagedSeconds(input.endMs, lookbackSeconds)
  const future = seconds.filter((second) => second > input.observedAtMs)
  const first = future[0]
  const fixed = observedGaps(input, seconds.slice(0, seconds.length - future.length))
  const open = future.length * (input.price - input.priceToBeat)
  const variance =
    first === undefined ? 0 : sumVarianceSeconds((first - input.observedAtMs) / SECOND_MS, future.length)
  return {
    meanGap: (fixed + open) / lookbackSeconds,
    deviation: (sigma * Math.sqrt(variance)) / lookbackSeconds
  }
}

const instantForecast = (input: FairValueInput, sigma: number): SettlementForecast => {
  const secondsLeft = (input.endMs - input.observedAtMs) / SECOND_MS
  if (secondsLeft > 0) {
    return { meanGap: input.price - input.priceToBeat, deviation: sigma * Math.sqrt(secondsLeft) }
  }
  return { meanGap: observedGaps(input, [input.endMs]), deviation: 0 }
}

/** Mean and deviation of the settling value by the window's rule; part of an average may be fixed already. */
export const settlementForecast = (input: FairValueInput): SettlementForecast => {
  const sigma = (Math.max(0, input.volatilityPerSqrtSecondE9) / 1e9) * input.price
  return input.rule._tag === "ChainlinkTwap"
    ? averageForecast(input, input.rule.lookbackSeconds, sigma)
    : instantForecast(input, sigma)
}

/** Probability that the window ends Up. With nothing left to chance a tie is Up. */
export const probabilityUp = (input: FairValueInput): number => {
  const { deviation, meanGap } = settlementForecast(input)
  if (deviation === 0) return meanGap >= 0 ? 1 : 0
  return normalCdf(meanGap / deviation)
}

/** An outcome's share of `probabilityOfUp` in whole millionths, rounded down: against whoever would buy it. */
export const outcomeProbabilityMicros = (probabilityOfUp: number, outcome: Outcome): number =>
  Math.floor((outcome === "Up" ? probabilityOfUp : 1 - probabilityOfUp) * MICROS)
