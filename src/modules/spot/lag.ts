/** How far the stamps of a source are behind a clock that nobody puts. */

/**
 * The least lag that is remembered grows by so much of the time that passes: where the source puts its own clock back by
 * ten seconds, its prices count as new again after some minutes.
 */
const FORGOTTEN = 0.02

export interface Lag {
  /** A price with this stamp came now. */
  readonly take: (observedAtMs: number, monotonicMs: number) => void
  /** How much later it is than when a price with this stamp comes at its fastest. */
  readonly behindMs: (observedAtMs: number, monotonicMs: number) => number
}

export const makeLag = (): Lag => {
  let leastMs: number | undefined
  let takenAtMs = 0
  const leastAt = (monotonicMs: number): number =>
    leastMs === undefined
      ? Number.POSITIVE_INFINITY
      : leastMs + Math.max(0, monotonicMs - takenAtMs) * FORGOTTEN
  return {
    take: (observedAtMs, monotonicMs) => {
      leastMs = Math.min(leastAt(monotonicMs), monotonicMs - observedAtMs)
      takenAtMs = monotonicMs
    },
    behindMs: (observedAtMs, monotonicMs) => Math.max(0, monotonicMs - observedAtMs - leastAt(monotonicMs))
  }
}
