/** Asking for the resolutions of windows that ended. */
import { Clock, Effect, Option, Ref } from "effect"
import { type Keeper, forEachOnItsOwn, logFailure } from "./keeper.ts"
import { askAgain, askLater, dueForResolution, learnResolution, unsettled } from "./watch.ts"

/** `resolutions` of the window-manager: all that are known and not settled in our books yet. */
export const resolutions = (keeper: Keeper) =>
  Effect.gen(function* () {
    const { exchange, settings, watch } = keeper
    const nowMs = yield* Clock.currentTimeMillis
    const due = dueForResolution(yield* Ref.get(watch), nowMs, settings.resolutionsPerCall)
    const failure = yield* forEachOnItsOwn("resolution", due, (window) =>
      Effect.gen(function* () {
        yield* Ref.update(watch, (current) => askAgain(current, window.slug, nowMs))
        const resolution = yield* exchange.resolution(window)
        yield* Ref.update(watch, (current) =>
          resolution === undefined
            ? askLater(current, window.slug, nowMs, settings.resolutionRetryMs)
            : learnResolution(current, resolution)
        )
      })
    )
    const found = unsettled(yield* Ref.get(watch))
    if (Option.isNone(failure)) return found
    // What is known now must be settled now: one window the venue cannot tell of never holds the others up.
    if (found.length === 0) return yield* failure.value
    yield* logFailure("resolution", failure.value)
    return found
  })
