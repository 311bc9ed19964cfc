/** How long to wait before trying again, by the error's category. */
import { Duration, Effect, Option, Schedule } from "effect"
import type { Handling } from "./policy.ts"

/** No single wait is longer than this, whatever the venue says or the exponent grows to. */
const LONGEST_WAIT_MS = 60_000
/** Waits that the venue asked for (rate limit, maintenance) before a step counts as failed all the same. */
const VENUE_WAITS = 60

/** `retryBackoffMs` doubling each time, ± 20 %, at most `maxRetryAttempts` times. */
export const retrySchedule = (settings: {
  readonly retryBackoffMs: number
  readonly maxRetryAttempts: number
}) =>
  Schedule.exponential(Duration.millis(settings.retryBackoffMs)).pipe(
    Schedule.jittered,
    Schedule.modifyDelay((_, delay) => Duration.min(delay, Duration.millis(LONGEST_WAIT_MS))),
    Schedule.intersect(Schedule.recurs(settings.maxRetryAttempts))
  )

/** Whether there is a further try at all after a first failure. */
export const isTriedAgain = (
  { category }: Handling,
  settings: { readonly maxRetryAttempts: number }
): boolean =>
  category === "rate-limited" ||
  category === "maintenance" ||
  (category === "transient" && settings.maxRetryAttempts > 0)

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
          return Effect.as(
            Effect.sleep(Duration.millis(Math.min(Math.max(1, handling.retryAfterMs), LONGEST_WAIT_MS))),
            true
          )
        case "ambiguous":
        case "refused":
        case "fatal":
          return Effect.succeed(false)
      }
    }
  }
}
