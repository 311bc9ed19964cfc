/** Background fibers: supervised, started again, never unseen. */
import { Cause, Duration, Effect, Exit, type Scope } from "effect"
import { type Backoff, makeBackoff } from "./backoff.ts"
import { ExecutionLoopError } from "./errors.ts"
import type { Site, Supervisor } from "./supervisor.ts"

/** A fiber that ran this long counts as healthy again: its next failure begins a new backoff. */
const HEALTHY_AFTER_MS = 60_000
/** Wait between tries once the configured retries are used up. */
const LAST_RESORT_WAIT_MS = 60_000

/**
 * Runs an effect that should never end for as long as its module is up. However it ends, the policy hears of it; where
 * the error is not fatal it is started again, with backoff.
 */
export const runSupervised = <E, R>(
  supervisor: Supervisor,
  site: Site,
  effect: Effect.Effect<unknown, E, R>
): Effect.Effect<void, never, Exclude<R, Scope.Scope>> =>
  Effect.gen(function* () {
    let backoff: Backoff | undefined
    const healthyAgain = Effect.zipRight(
      Effect.sleep(Duration.millis(HEALTHY_AFTER_MS)),
      Effect.suspend(() => {
        backoff = undefined
        return supervisor.recovered(site)
      })
    )
    for (;;) {
      const watched =
        backoff === undefined ? effect : Effect.zipRight(Effect.forkScoped(healthyAgain), effect)
      const exit = yield* Effect.exit(Effect.scoped(watched))
      backoff ??= yield* makeBackoff(supervisor.settings)
      const cause: Cause.Cause<unknown> = Exit.isFailure(exit) ? exit.cause : Cause.fail(ended(site))
      const handling = yield* supervisor.failed("background_fiber_failed", site, cause)
      if (handling.category === "fatal") return
      if (!(yield* backoff.wait(handling))) {
        yield* supervisor.gaveUp(site, Cause.pretty(cause).slice(0, 500))
        yield* Effect.sleep(LAST_RESORT_WAIT_MS)
      }
    }
  })

const ended = (site: Site): ExecutionLoopError =>
  new ExecutionLoopError({ ...site, reason: "FiberEnded", message: "the background fiber ended by itself" })
