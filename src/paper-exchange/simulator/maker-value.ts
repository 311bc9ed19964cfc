/** What others believe a window is worth: the probability that it ends Up, from an older spot price. */
import { MOMENTUM, TREND_VARIANCE } from "./calibration.ts"
import { type SpotPath, estimatedVariance, priceAt } from "./spot-path.ts"

const LOOKBACK_SECONDS = 60

/**
 * Probability that a standard normal variable is at most `x`, by Abramowitz and Stegun 26.2.18: error below 0.00025, and
 * only +, × and ÷, so that it is the same on every machine.
 */
export const normalCdf = (x: number): number => {
  const y = Math.abs(x)
  const base = 1 + y * (0.196854 + y * (0.115194 + y * (0.000344 + y * 0.019527)))
  const square = base * base
  const tail = 0.5 / (square * square)
  return x < 0 ? tail : 1 - tail
}

/** Where the price goes from `seenMs` on: makers watch exchanges that lead the published price, so they see its momentum. */
const expectedPrice = (path: SpotPath, seenMs: number): number => {
  const last = priceAt(path, seenMs)
  return last + ((last - priceAt(path, seenMs - 1000)) * MOMENTUM) / (1 - MOMENTUM)
}

/** The average stamped `atMs` as it is expected at `seenMs`: prices seen so far, then the expected one for the rest. */
const expectedAverage = (path: SpotPath, atMs: number, seenMs: number): number => {
  const last = expectedPrice(path, seenMs)
  const fromMs = atMs - LOOKBACK_SECONDS * 1000
  if (seenMs < fromMs) return last
  let sum = 0
  for (let second = fromMs; second < atMs; second += 1000)
    sum += second <= seenMs ? priceAt(path, second) : last
  return sum / LOOKBACK_SECONDS
}

/**
 * Variance of the average at the end, in variances of one second: every second before the averaging minute counts
 * whole, the k-th from the end of the minute as (k/60)².
 */
const varianceSeconds = (secondsLeft: number): number => {
  const inside = Math.min(Math.max(secondsLeft - 1, 0), LOOKBACK_SECONDS)
  const squares = (inside * (inside + 1) * (2 * inside + 1)) / 6
  return Math.max(secondsLeft - 1 - LOOKBACK_SECONDS, 0) + squares / (LOOKBACK_SECONDS * LOOKBACK_SECONDS)
}

/**
 * Probability that the window ends Up for one who knows the prices up to the whole second `seenMs`. `openPrice` is
 * undefined while the window has not begun. `deviationFactor` is how far off his volatility estimate is.
 */
export const probabilityUp = (
  path: SpotPath,
  window: { readonly startMs: number; readonly endMs: number; readonly openPrice: number | undefined },
  seenMs: number,
  deviationFactor: number
): number => {
  const open = window.openPrice ?? expectedAverage(path, window.startMs, seenMs)
  const gap = expectedAverage(path, window.endMs, seenMs) - open
  const secondsLeft = (window.endMs - Math.max(seenMs, window.startMs)) / 1000
  const variance = varianceSeconds(secondsLeft) * estimatedVariance(path) * TREND_VARIANCE
  if (variance <= 0) return gap >= 0 ? 1 : 0
  return normalCdf(gap / (priceAt(path, seenMs) * deviationFactor * Math.sqrt(variance)))
}
