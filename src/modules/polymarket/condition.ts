/** What the module's health says while the client works, but not fully. */
import { Duration, Effect } from "effect"
import type { ModuleHost } from "../../ports/module-host.ts"

const LOOK_EVERY_MS = 1_000

export type Condition = Pick<typeof ModuleHost.Service, "degraded" | "ready">

/** Looks every second and tells what changed; `problem` says what is wrong, or undefined where nothing is. */
export const tellCondition = (
  host: Condition,
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

/** One module's health for several parts of it, by their names: it is well when all of them are. */
export const sharedCondition = (host: Condition): ((part: string) => Condition) => {
  const problems = new Map<string, string>()
  const tell = Effect.suspend(() =>
    problems.size === 0 ? host.ready : host.degraded([...problems.values()].join("; "))
  )
  return (part) => ({
    degraded: (reason) =>
      Effect.zipRight(
        Effect.sync(() => void problems.set(part, reason)),
        tell
      ),
    ready: Effect.zipRight(
      Effect.sync(() => void problems.delete(part)),
      tell
    )
  })
}
