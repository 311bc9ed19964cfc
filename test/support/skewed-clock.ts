/** A machine whose wall clock somebody puts forward and back; the monotonic clock and all sleep go on as they did. */
import { type Clock, Effect } from "effect"

/** Runs with a clock like the one that is there; `putBy` puts its wall time off by so many milliseconds. */
export const withSkewedClock = <A, E, R>(
  body: (putBy: (skewMs: number) => void) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.clockWith((clock) => {
    let skewMs = 0
    // Made of the clock that is there, which may be able to do more than a clock must.
    const skewed: Clock.Clock = Object.assign(Object.create(clock) as Clock.Clock, {
      unsafeCurrentTimeMillis: () => clock.unsafeCurrentTimeMillis() + skewMs,
      currentTimeMillis: Effect.map(clock.currentTimeMillis, (nowMs) => nowMs + skewMs)
    })
    return Effect.withClock(
      body((by) => void (skewMs = by)),
      skewed
    )
  })
