/**
 * Volatility of a spot price: an exponentially weighted mean of squared log returns, each scaled by the seconds it
 * spans, so that a gap in the feed is neither a jump nor a calm.
 */
import type { SpotPrice } from "./money.ts"

export interface VolatilitySettings {
  /** Age in seconds at which an observation counts half. */
  readonly halfLifeSeconds: number
  /** Least time between two samples, in seconds. */
  readonly returnSeconds: number
  /** Clamps of the answer, in units of 1e-9 per square root of a second. */
  readonly minPerSqrtSecondE9: number
  readonly maxPerSqrtSecondE9: number
}

/** Immutable estimate: relative variance per second, and the last sample. */
export interface Volatility {
  readonly variancePerSecond: number
  readonly sample: { readonly price: SpotPrice; readonly atMs: number } | undefined
}

/** One return never weighs more than this many sampling steps, however long the gap it spans. */
const MAX_WEIGHT_STEPS = 3

/** The estimate before any return is seen. */
export const priorVolatility = (perSqrtSecondE9: number): Volatility => ({
  variancePerSecond: (perSqrtSecondE9 / 1e9) ** 2,
  sample: undefined
})

/** Takes in a price. Prices come in time order; one sooner than `returnSeconds` after the last sample is passed by. */
export const observePrice = (
  settings: VolatilitySettings,
  state: Volatility,
  price: SpotPrice,
  atMs: number
): Volatility => {
  if (state.sample === undefined) return { ...state, sample: { price, atMs } }
  const seconds = (atMs - state.sample.atMs) / 1000
  if (seconds < settings.returnSeconds) return state
  const squared = Math.log(price / state.sample.price) ** 2 / seconds
  const observed = Math.min(squared, (settings.maxPerSqrtSecondE9 / 1e9) ** 2)
  const weighed = Math.min(seconds, settings.returnSeconds * MAX_WEIGHT_STEPS)
  const keep = 0.5 ** (weighed / settings.halfLifeSeconds)
  return {
    variancePerSecond: keep * state.variancePerSecond + (1 - keep) * observed,
    sample: { price, atMs }
  }
}

/** The estimate in whole units of 1e-9 per square root of a second, within the clamps. */
export const volatilityPerSqrtSecondE9 = (settings: VolatilitySettings, state: Volatility): number =>
  Math.min(
    settings.maxPerSqrtSecondE9,
    Math.max(settings.minPerSqrtSecondE9, Math.round(Math.sqrt(state.variancePerSecond) * 1e9))
  )
