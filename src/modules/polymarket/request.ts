/** Requests to the venue: every one is bounded. */
import { Deferred, Effect, Fiber, Option } from "effect"
import { ExchangeError, type ExchangeReason } from "../../ports/exchange.ts"

export const errorOf = (operation: string, reason: ExchangeReason, message: string): ExchangeError =>
  new ExchangeError({ module: "polymarket", operation, message, reason })

/** Ends a request at the bound, even one that cannot be interrupted. */
export const boundedBy =
  (timeoutMs: number) =>
  <A>(operation: string, request: Effect.Effect<A, ExchangeError>): Effect.Effect<A, ExchangeError> =>
    request.pipe(
      Effect.disconnect,
      Effect.timeoutFail({
        duration: timeoutMs,
        onTimeout: () => errorOf(operation, { _tag: "Unavailable" }, `no answer within ${timeoutMs} ms`)
      })
    )

/**
 * An answer, or none at the bound, also where nothing may be interrupted: an order is sent in such a place, and there a
 * plain time-out would wait for the request that it cannot end. What is asked goes on by itself until it is interrupted.
 */
export const answerWithin = <A>(
  timeoutMs: number,
  request: Effect.Effect<A>
): Effect.Effect<Option.Option<A>> =>
  Effect.gen(function* () {
    const answer = yield* Deferred.make<Option.Option<A>>()
    const tell = (found: Effect.Effect<Option.Option<A>>) =>
      Effect.forkDaemon(Effect.interruptible(Effect.intoDeferred(found, answer)))
    const asking = yield* tell(Effect.asSome(request))
    const timer = yield* tell(Effect.as(Effect.sleep(timeoutMs), Option.none()))
    return yield* Effect.ensuring(
      Deferred.await(answer),
      Effect.zipRight(Fiber.interruptFork(asking), Fiber.interruptFork(timer))
    )
  })
