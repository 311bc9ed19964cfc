/** What the parts of the window-manager share. */
import { Effect, Either, Option, type Ref } from "effect"
import type { Exchange } from "../../ports/exchange.ts"
import type { Persistence } from "../../ports/persistence.ts"
import type { Settings } from "./settings.ts"
import type { Watch } from "./watch.ts"

/** Questions to the venue at one time. */
export const CONCURRENCY = 8

export interface Keeper {
  readonly exchange: typeof Exchange.Service
  readonly persistence: typeof Persistence.Service
  readonly settings: typeof Settings.Type
  readonly watch: Ref.Ref<Watch>
}

/** Logs a failure that is not raised, since another is, or since it must not stop what succeeded. */
export const logFailure = (operation: string, error: unknown): Effect.Effect<void> =>
  Effect.logWarning("window_step_failed", { operation }, error)

/** Does each, whatever becomes of the others; left is the first failure, and the rest are logged here. */
export const forEachOnItsOwn = <A, E>(
  operation: string,
  items: ReadonlyArray<A>,
  one: (item: A) => Effect.Effect<void, E>
): Effect.Effect<Option.Option<E>> =>
  Effect.gen(function* () {
    const results = yield* Effect.forEach(items, (item) => Effect.either(one(item)), {
      concurrency: CONCURRENCY
    })
    const [first, ...others] = results.filter(Either.isLeft)
    for (const { left } of others) yield* logFailure(operation, left)
    return Option.map(Option.fromNullable(first), ({ left }) => left)
  })
