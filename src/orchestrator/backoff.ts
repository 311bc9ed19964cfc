/** How long to wait before trying again, by the error's category. */
import { Duration, Effect, Option, Schedule } from "effect"
import type { Handling } from "./policy.ts"

/** No single wait is longer than this, whatever the venue says or the exponent grows to. */
const LONGEST_WAIT_MS = 60_000
/** Waits that the venue asked for (rate limit, maintenance) before a step counts as failed all the same. */
const VENUE_WAITS = 60

/** On virtual time a fraction of a millisecond would stay in every later stamp, and the journal takes whole ones only. */
const wholeMs = (ms: number): Duration.Duration => Duration.millis(Math.min(Math.round(ms), LONGEST_WAIT_MS))

/** `retryBackoffMs` doubling each time, ± 20 %, in whole milliseconds, at most `maxRetryAttempts` times. */
export const retrySchedule = (settings: {
  readonly retryBackoffMs: number
  readonly maxRetryAttempts: number
}) =>
  Schedule.exponential(Duration.millis(settings.retryBackoffMs)).pipe(
    Schedule.jittered,
    Schedule.modifyDelay((_, delay) => wholeMs(Duration.toMillis(delay))),
    Schedule.intersect(Schedule.recurs(settings.maxRetryAttempts))
  )

/** The waits of one failing step or fiber, from its first failure to its recovery. */
export interface Backoff {
  /** Waits as the category asks; false where there is no further try. */
  readonly wait: (handling: Handling) => Effect.Effect<boolean>
}

type RetryDriver = Schedule.ScheduleDriver<unknown, unknown, never>

export const makeBackoff = (settings: {
  readonly retryBackoffMs: number
  readonly maxRetryAttempts: number
}): Effect.Effect<Backoff> =>
  Effect.map(Schedule.driver(retrySchedule(settings)), (driver) => backoffOn(driver))

const backoffOn = (driver: RetryDriver): Backoff => {
  let venueWaits = 0
  return {
    wait: (handling) => {
      switch (handling.category) {
        case "transient":
          return Effect.map(Effect.option(driver.next(undefined)), Option.isSome)
        case "rate-limited":
        case "maintenance":
          if (++venueWaits > VENUE_WAITS) return Effect.succeed(false)
          return Effect.as(Effect.sleep(wholeMs(Math.max(1, handling.retryAfterMs))), true)
        case "ambiguous":
        case "refused":
        case "fatal":
          return Effect.succeed(false)
      }
    }
  }
}
