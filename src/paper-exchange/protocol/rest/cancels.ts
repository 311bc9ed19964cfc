/** Cancels: of one order, of many, of all, of a market's; polymarket.md §3.2. */
import { Effect, Either, ParseResult, Schema } from "effect"
import { OrderId } from "../../../domain/order.ts"
import type { PersistenceError } from "../../../ports/persistence.ts"
import type { OrderRecord } from "../../engine/state.ts"
import type { WireResponse } from "../wire.ts"
import { failure, json } from "./answers.ts"
import { type Caller, actAs } from "./authentication.ts"
import { accountsOf, openOrdersOf } from "./callers-accounts.ts"
import { parseBody } from "./json-body.ts"
import type { Rest } from "./options.ts"
import { cancelPhaseAnswer } from "./phase-answers.ts"
import { type Call, type Route, del } from "./routing.ts"

const MAX_CANCELS = 1_000

const OrderIdText = Schema.String.pipe(Schema.pattern(/^0x[0-9a-fA-F]{1,64}$/))
const decodeOne = ParseResult.decodeUnknownEither(Schema.Struct({ orderID: OrderIdText }))
const decodeMany = ParseResult.decodeUnknownEither(Schema.Array(OrderIdText))
const decodeMarket = ParseResult.decodeUnknownEither(
  Schema.Struct({ market: Schema.optional(Schema.String), asset_id: Schema.optional(Schema.String) })
)

type Answer = Effect.Effect<WireResponse, PersistenceError>

/** Asks every account of the caller about its own orders; what none of them has is asked of the first. */
const cancel = (rest: Rest, caller: Caller, orderIds: ReadonlyArray<string>): Answer =>
  Effect.gen(function* () {
    const wanted = new Set(orderIds.map((text) => OrderId.make(text.toLowerCase())))
    const owners = yield* rest.keeper.now((world) => {
      const accounts = accountsOf(world, caller)
      const { finishedOrders, openOrders } = world.engine.state
      const ownerOf = (orderId: OrderId) =>
        (openOrders.get(orderId) ?? finishedOrders.get(orderId))?.account ?? caller.address
      return accounts.map((account) => ({
        account,
        ids: [...wanted].filter((orderId) => {
          const owner = ownerOf(orderId)
          return accounts.includes(owner) ? owner === account : account === caller.address
        })
      }))
    })
    const canceled: Array<string> = []
    const notCanceled: Array<[string, string]> = []
    for (const { account, ids } of owners.filter(({ ids: own }) => own.length > 0)) {
      const outcome = yield* rest.keeper.cancel(account, ids)
      canceled.push(...outcome.cancelled)
      notCanceled.push(...outcome.notCancelled)
    }
    return json({ canceled, not_canceled: Object.fromEntries(notCanceled) })
  })

const cancelWhere = (rest: Rest, caller: Caller, isMeant: (order: OrderRecord) => boolean): Answer =>
  Effect.flatMap(
    rest.keeper.now((world) => openOrdersOf(world, caller).filter(isMeant)),
    (orders) =>
      cancel(
        rest,
        caller,
        orders.map(({ orderId }) => orderId)
      )
  )

const whileAllowed = (act: (caller: Caller, call: Call) => Answer) =>
  actAs((caller, call, nowMs) => {
    const closed = cancelPhaseAnswer(call.rest.conditions.phase(nowMs))
    return closed === undefined ? act(caller, call) : Effect.succeed(closed)
  })

const decoded = <A>(body: string, decode: (json: unknown) => Either.Either<A, unknown>): A | undefined =>
  Either.getOrUndefined(Either.flatMap(parseBody(body), (parsed) => Either.mapLeft(decode(parsed), () => "")))

const INVALID_ORDER_ID = failure(400, "Invalid orderID")

const one = whileAllowed((caller, { request, rest }) => {
  const body = decoded(request.body, decodeOne)
  return body === undefined ? Effect.succeed(INVALID_ORDER_ID) : cancel(rest, caller, [body.orderID])
})

const many = whileAllowed((caller, { request, rest }) => {
  const ids = decoded(request.body, decodeMany)
  if (ids === undefined) return Effect.succeed(INVALID_ORDER_ID)
  return ids.length > MAX_CANCELS
    ? Effect.succeed(failure(400, `Too many orders in payload, max allowed: ${MAX_CANCELS}`))
    : cancel(rest, caller, ids)
})

const ofMarket = whileAllowed((caller, { request, rest }) => {
  const body = decoded(request.body, decodeMarket)
  const [market = "", token = ""] = [body?.market, body?.asset_id]
  if (market === "" && token === "") return Effect.succeed(failure(400, "Invalid order params payload"))
  return cancelWhere(
    rest,
    caller,
    ({ conditionId, tokenId }) =>
      (market === "" || conditionId === market.toLowerCase()) && (token === "" || tokenId === token)
  )
})

/** All orders of these credentials. */
const all = whileAllowed((caller, { rest }) =>
  cancelWhere(rest, caller, ({ owner }) => owner === caller.apiKey)
)

export const cancelRoutes: ReadonlyArray<Route> = [
  del("/order", one),
  del("/orders", many),
  del("/cancel-all", all),
  del("/cancel-market-orders", ofMarket)
]
