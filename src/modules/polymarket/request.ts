/** Requests to the venue: every one is bounded. */
import { Effect } from "effect"
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
