/** One order on its way: held, signed, sent once, and its answer told for what it is. */
import { Effect, Either, Option } from "effect"
import { ZERO_SHARES } from "../../domain/money.ts"
import type { OrderId } from "../../domain/order.ts"
import type { OrderStruct, SigningTarget } from "../../domain/signed-order.ts"
import type { TokenId } from "../../domain/window.ts"
import type { ExchangeError, ExchangeReason } from "../../ports/exchange.ts"
import type { Signer } from "../../ports/signer.ts"
import type { VenuePlace, VenuePlaced } from "../../ports/venue.ts"
import { orderDomain } from "../../protocol/contracts.ts"
import { orderIdOf } from "../../protocol/order-hash.ts"
import { type SignedOrder, readSignedOrder, signedOrderText } from "../../protocol/wire-order.ts"
import { orderOf } from "./mapping/account.ts"
import { errorOf } from "./request.ts"
import type { PrivateClob } from "./rest/clob.ts"
import type { OrderAnswer } from "./rest/order-answer.ts"
import type { VenueTime } from "./rest/venue-time.ts"
import type { Standing } from "./start.ts"

const HELD_MS = 60_000

export interface PlacingParts {
  readonly clob: Pick<PrivateClob, "place" | "order" | "apiKey">
  readonly signer: typeof Signer.Service
  readonly target: SigningTarget
  readonly time: VenueTime
  readonly standing: Standing
  /** Called before an order leaves. */
  readonly watch: (orderId: OrderId) => Effect.Effect<void>
  /** Called where an order that left is surely not taken. */
  readonly notTaken: (orderId: OrderId) => Effect.Effect<void>
  /** The venue did not see shares that we have: it should look again. */
  readonly staleBalance: (tokenId: TokenId) => Effect.Effect<void>
}

const failure = (reason: ExchangeReason, message: string) => errorOf("place", reason, message)

/** Why an order is not sent at all; undefined where it may be. Buys open risk, sells close it. */
const heldBack = (order: VenuePlace, { standing, time }: PlacingParts): ExchangeError | undefined => {
  if (order.side === "SELL") return undefined
  if (standing.closedOnly)
    return failure({ _tag: "Refused" }, "not sent: the venue lets this account close positions only")
  return time.holdsEntries
    ? failure(
        { _tag: "Maintenance", retryAfterMs: HELD_MS },
        `not sent: the venue's clock is ${time.skew} ms ahead of ours, and beyond 5 s nothing is entered`
      )
    : undefined
}

/** What was refused before it left, or surely was not taken, leaves nothing behind: whatever the reason, it is a refusal. */
const notTaken = (reason: ExchangeReason, message: string): ExchangeError =>
  reason._tag === "RateLimited" || reason._tag === "Maintenance"
    ? failure(reason, message)
    : failure({ _tag: "Refused" }, message)

/** The venue has the order already: what became of it is asked for. What it does not tell now, it is asked again later. */
const lookUp = (orderId: OrderId, clob: PlacingParts["clob"]): Effect.Effect<VenuePlaced> =>
  Effect.gen(function* () {
    const there: VenuePlaced = { orderId, status: "duplicate", filledMicroShares: ZERO_SHARES }
    const found = yield* Effect.option(clob.order(orderId))
    if (Option.isNone(found) || found.value === undefined) return there
    const order = orderOf(found.value)
    if (Either.isLeft(order)) return there
    const { filledMicroShares, status } = order.right
    return status === "live" || status === "matched" ? { orderId, status, filledMicroShares } : there
  })

const told = (
  order: VenuePlace,
  answer: OrderAnswer,
  parts: PlacingParts
): Effect.Effect<VenuePlaced, ExchangeError> => {
  const { orderId } = order
  switch (answer._tag) {
    case "Accepted":
      return Effect.succeed({ orderId, status: answer.status, filledMicroShares: answer.filledMicroShares })
    case "There":
      return lookUp(orderId, parts.clob)
    case "Unknown":
      return Effect.fail(failure({ _tag: "OutcomeUnknown", orderId }, answer.message))
    case "NotTaken": {
      const error = Effect.zipRight(
        parts.notTaken(orderId),
        Effect.fail(notTaken(answer.reason, answer.message))
      )
      // Right after a buy the venue's cache of balances does not show the shares yet.
      return order.side === "SELL" && /not enough balance/i.test(answer.message)
        ? Effect.zipRight(parts.staleBalance(order.tokenId), error)
        : error
    }
  }
}

const notSent = (why: string) => failure({ _tag: "Refused" }, `not sent: ${why}`)

/** Signs orders, and none but the order of the id it is given: the id is computed again. */
export const makeSign =
  ({ signer, target }: Pick<PlacingParts, "signer" | "target">) =>
  (order: VenuePlace, struct: OrderStruct): Effect.Effect<string, ExchangeError> =>
    Effect.gen(function* () {
      if (orderIdOf(orderDomain(target), struct) !== order.orderId) {
        return yield* notSent("what would be signed is not the order of this id")
      }
      const signature = yield* Effect.mapError(signer.signOrder(target, struct), (error) =>
        notSent(error.message)
      )
      const expirationS = order.expiresAtMs === null ? 0 : Math.floor(order.expiresAtMs / 1000)
      return signedOrderText({ order: struct, signature, expirationS })
    })

/** The signed order of a text, if it is the order of this id: whatever was journalled, only that order may leave. */
const signedFor = (
  { orderId }: VenuePlace,
  text: string,
  { target }: PlacingParts
): Effect.Effect<SignedOrder, ExchangeError> =>
  Effect.gen(function* () {
    const signed = yield* Either.mapLeft(readSignedOrder(text), ({ message }) =>
      notSent(`the signed order cannot be read: ${message}`)
    )
    return orderIdOf(orderDomain(target), signed.order) === orderId
      ? signed
      : yield* notSent("what was signed is not the order of this id")
  })

/** Places orders that are signed. */
export const makePlace =
  (parts: PlacingParts) =>
  (order: VenuePlace, signedOrder: string): Effect.Effect<VenuePlaced, ExchangeError> =>
    Effect.gen(function* () {
      const held = heldBack(order, parts)
      if (held !== undefined) return yield* held
      const signed = yield* signedFor(order, signedOrder, parts)
      const { clob } = parts
      yield* parts.watch(order.orderId)
      const answer = yield* clob.place({
        orderId: order.orderId,
        side: order.side,
        request: {
          ...signed,
          owner: clob.apiKey,
          orderType: order.orderType,
          postOnly: order.postOnly,
          deferExec: false
        }
      })
      return yield* told(order, answer, parts)
    })
