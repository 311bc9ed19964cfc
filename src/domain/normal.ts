/** The standard normal distribution. Statistics only: nothing here is money. */

const SQRT_TWO_PI = Math.sqrt(2 * Math.PI)

/** Beyond this many standard deviations the answer differs from 0 or 1 by less than 1e-15. */
const FLAT_BEYOND = 8

/**
 * Probability that a standard normal variable is at most `x`, to about 1e-15. Sums the series
 * 1/2 + φ(x)·(x + x³/3 + x⁵/(3·5) + …), Abramowitz and Stegun 26.2.11.
 */
export const normalCdf = (x: number): number => {
  if (x >= FLAT_BEYOND) return 1
  if (x <= -FLAT_BEYOND) return 0
  const square = x * x
  let term = x
  let sum = x
  for (let odd = 3; Math.abs(term) > Number.EPSILON * Math.abs(sum); odd += 2) {
    term *= square / odd
    sum += term
  }
  return Math.min(1, Math.max(0, 0.5 + (sum * Math.exp(-square / 2)) / SQRT_TWO_PI))
}
