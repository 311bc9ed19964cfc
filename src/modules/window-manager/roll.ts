/** Finding windows, following their books, learning their prices to beat. */
import { Clock, Effect, Option, Ref } from "effect"
import type { Window } from "../../domain/window.ts"
import type { ExchangeError } from "../../ports/exchange.ts"
import type { PersistenceError } from "../../ports/persistence.ts"
import { type Keeper, forEachOnItsOwn, logFailure } from "./keeper.ts"
import { type Wanted, learnPrice, missed, prune, toFollow, track, wantedAt, withoutPrice } from "./watch.ts"

const search =
  ({ exchange, persistence, settings, watch }: Keeper, nowMs: number) =>
  (wanted: Wanted): Effect.Effect<void, ExchangeError | PersistenceError> => {
    const miss = (reason: string) =>
      Ref.modify(watch, (current) => {
        const { news, watch: next } = missed(current, wanted, reason, nowMs + settings.searchRetryMs)
        return [news, next] as const
      })
    return Effect.gen(function* () {
      const window = yield* exchange.findWindow(wanted.asset, wanted.interval, wanted.startMs)
      if (window === undefined) {
        yield* miss("not listed")
        return
      }
      yield* persistence.recordWindow(window)
      yield* Ref.update(watch, (current) => track(current, window))
      yield* Effect.logDebug("window_tracked", { slug: window.slug })
    }).pipe(
      // A refusal is about this window alone: it must neither stop the others nor count as a failure of the venue.
      Effect.catchIf(
        (error) => error._tag === "ExchangeError" && error.reason._tag === "Refused",
        (error) =>
          Effect.if(miss(error.message), {
            onTrue: () => Effect.logWarning("window_refused", { ...wanted, reason: error.message }),
            onFalse: () => Effect.void
          })
      ),
      Effect.asVoid
    )
  }

const learn =
  ({ exchange, watch }: Keeper) =>
  (window: Window) =>
    Effect.flatMap(exchange.priceToBeat(window), (price) =>
      price === undefined
        ? Effect.void
        : Ref.update(watch, (current) => learnPrice(current, window.slug, price))
    )

/** `roll` of the window-manager; where several things fail, the first is raised and the others are logged. */
export const roll = (keeper: Keeper): Effect.Effect<void, ExchangeError | PersistenceError> =>
  Effect.gen(function* () {
    const { exchange, settings, watch } = keeper
    const nowMs = yield* Clock.currentTimeMillis
    const before = yield* Ref.updateAndGet(watch, (current) => prune(current, nowMs))
    const notFound = yield* forEachOnItsOwn(
      "findWindow",
      wantedAt(before, settings, nowMs),
      search(keeper, nowMs)
    )
    const after = yield* Ref.get(watch)
    yield* exchange.follow(toFollow(after, nowMs))
    const noPrice = yield* forEachOnItsOwn("priceToBeat", withoutPrice(after, nowMs), learn(keeper))
    if (Option.isSome(notFound) && Option.isSome(noPrice)) yield* logFailure("priceToBeat", noPrice.value)
    yield* Option.match(
      Option.orElse(notFound, () => noPrice),
      {
        onNone: () => Effect.void,
        onSome: Effect.fail
      }
    )
  })
