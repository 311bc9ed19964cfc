/** What the module's health says while the client works, but not fully. */
import { Duration, Effect } from "effect"
import type { ModuleHost } from "../../ports/module-host.ts"

const LOOK_EVERY_MS = 1_000

/** Looks every second and tells what changed; `problem` says what is wrong, or undefined where nothing is. */
export const tellCondition = (
  host: Pick<typeof ModuleHost.Service, "degraded" | "ready">,
  problem: Effect.Effect<string | undefined>
): Effect.Effect<never> => {
  let last: string | undefined
  return Effect.sleep(Duration.millis(LOOK_EVERY_MS)).pipe(
    Effect.zipRight(problem),
    Effect.flatMap((now) => {
      if (now === last) return Effect.void
      last = now
      return now === undefined ? host.ready : host.degraded(now)
    }),
    Effect.forever
  )
}
