/** Orders: their identity, their sending, their cancelling. */
import { Array as Arr, Clock, Effect, Option, Random } from "effect"
import type { Intent, OrderId, OrderIdentity } from "../../domain/order.ts"
import type { CancelOutcome, ExchangeError } from "../../ports/exchange.ts"
import type { Venue, VenuePlace } from "../../ports/venue.ts"
import { signedAmounts } from "../../protocol/amounts.ts"
import { POLYGON_EXCHANGE, orderIdOf, orderStruct } from "./digest.ts"
import { outcomeOfSending, refused, unknown } from "./outcome.ts"
import { answerWithin, boundedBy } from "./request.ts"
import type { Settings } from "./settings.ts"

/** Orders in one cancel request (docs.polymarket.com, changelog of 2026-06-15). */
const MAX_CANCELS_PER_REQUEST = 1000

const venuePlaceOf = (intent: Intent, orderId: OrderId): VenuePlace => ({
  orderId,
  conditionId: intent.conditionId,
  tokenId: intent.tokenId,
  side: intent.side,
  orderType: intent.orderType,
  priceTicks: intent.priceTicks,
  sizeMicroShares: signedAmounts(intent).sizeMicroShares,
  postOnly: intent.postOnly,
  expiresAtMs: intent.expiresAtMs
})

/** The methods of the exchange that are about orders. */
export const makeOrders = (venue: typeof Venue.Service, settings: typeof Settings.Type) => {
  const bounded = boundedBy(settings.requestTimeoutMs)
  const cancelChunk = (orderIds: ReadonlyArray<OrderId>) => bounded("cancel", venue.cancel(orderIds))
  return {
    identify: (intent: Intent): Effect.Effect<OrderIdentity> =>
      Effect.gen(function* () {
        const salt = yield* Random.nextIntBetween(1, Number.MAX_SAFE_INTEGER)
        const timestampMs = yield* Clock.currentTimeMillis
        const chosen = { salt, timestampMs }
        const orderId = orderIdOf(POLYGON_EXCHANGE, venue.orderAccount, intent, chosen)
        const struct = orderStruct(venue.orderAccount, intent, chosen)
        return yield* venue.sign(venuePlaceOf(intent, orderId), struct).pipe(
          Effect.map((signedOrder) => ({ orderId, ...chosen, signedOrder })),
          Effect.catchAll((error) =>
            Effect.as(Effect.logError("order_not_signed", error), { orderId, ...chosen })
          ),
          Effect.annotateLogs({ module: "polymarket", orderId })
        )
      }),
    place: (intent: Intent, { orderId, signedOrder }: OrderIdentity) => {
      if (signedOrder === undefined) return Effect.succeed(refused(orderId, "not sent: it is not signed"))
      const sent = Effect.exit(venue.place(venuePlaceOf(intent, orderId), signedOrder))
      return Effect.map(
        answerWithin(settings.orderTimeoutMs, sent),
        Option.match({
          onSome: (exit) => outcomeOfSending(orderId, exit),
          onNone: () => unknown(orderId, `no answer within ${settings.orderTimeoutMs} ms`)
        })
      )
    },
    cancel: (orderIds: ReadonlyArray<OrderId>): Effect.Effect<CancelOutcome, ExchangeError> =>
      Effect.forEach(Arr.chunksOf(orderIds, MAX_CANCELS_PER_REQUEST), cancelChunk).pipe(
        Effect.map((outcomes) => ({
          cancelled: outcomes.flatMap((outcome) => outcome.cancelled),
          notCancelled: new Map(outcomes.flatMap((outcome) => [...outcome.notCancelled]))
        }))
      ),
    takeUpdates: venue.takeUpdates,
    newsStreams: venue.newsStreams,
    beat: venue.beat,
    order: (orderId: OrderId) => bounded("order", venue.order(orderId)),
    openOrders: bounded("openOrders", venue.openOrders)
  }
}
