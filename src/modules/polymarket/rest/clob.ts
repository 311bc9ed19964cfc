/** The CLOB over REST: every request trading, reconciliation and discovery need, byte for byte the official client's. */
import { Effect, Either, Redacted, Schema } from "effect"
import type { OrderId, Side } from "../../../domain/order.ts"
import type { SignatureType } from "../../../domain/signed-order.ts"
import type { ConditionId, TokenId } from "../../../domain/window.ts"
import type { ExchangeError } from "../../../ports/exchange.ts"
import type { ApiCredentials } from "../../../protocol/l2.ts"
import { type OrderRequest, orderBody, ordersBody } from "../../../protocol/wire-order.ts"
import { errorOf } from "../request.ts"
import {
  WireBalance,
  WireBook,
  WireBooks,
  WireCancelled,
  WireClobMarket,
  WireClosedOnly,
  WireHeartbeat,
  WireNegRisk,
  WireOrder,
  WireTickSize,
  WireTime,
  WireTrade,
  WireVersion
} from "../wire/clob.ts"
import { readJson } from "../wire/json.ts"
import { failureOf } from "./answer.ts"
import type { Ask } from "./ask.ts"
import { type OrderAnswer, orderAnswer, orderAnswers } from "./order-answer.ts"
import type { Call, Sign, Transport } from "./transport.ts"

type Query = ReadonlyArray<readonly [string, string]>

const get = (endpoint: Call["endpoint"], path: string, query: Query = []): Call => ({
  service: "clob",
  endpoint,
  method: "GET",
  path,
  query
})

const write = (
  endpoint: Call["endpoint"],
  method: "POST" | "DELETE",
  path: string,
  body?: string,
  cost?: number
): Call => ({
  service: "clob",
  endpoint,
  method,
  path,
  ...(body === undefined ? {} : { body }),
  ...(cost === undefined ? {} : { cost })
})

const given = (fields: Readonly<Record<string, string | undefined>>): Query =>
  Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))

/** What needs no key. */
export const publicClob = (ask: Ask) => ({
  time: ask.one("time", get("clob", "/time"), WireTime),
  version: Effect.map(ask.one("version", get("clob", "/version"), WireVersion), ({ version }) => version),
  book: (tokenId: TokenId) => ask.maybe("book", get("book", "/book", [["token_id", tokenId]]), WireBook),
  books: (tokenIds: ReadonlyArray<TokenId>) =>
    ask.one(
      "books",
      write("books", "POST", "/books", JSON.stringify(tokenIds.map((tokenId) => ({ token_id: tokenId })))),
      WireBooks
    ),
  market: (conditionId: ConditionId) =>
    ask.maybe("clobMarket", get("clob", `/clob-markets/${encodeURIComponent(conditionId)}`), WireClobMarket),
  tickSize: (tokenId: TokenId) =>
    Effect.map(
      ask.maybe("tickSize", get("tickSize", "/tick-size", [["token_id", tokenId]]), WireTickSize),
      (answer) => answer?.minimum_tick_size
    ),
  negRisk: (tokenId: TokenId) =>
    Effect.map(
      ask.maybe("negRisk", get("clob", "/neg-risk", [["token_id", tokenId]]), WireNegRisk),
      (answer) => answer?.neg_risk
    )
})
export type PublicClob = ReturnType<typeof publicClob>

/** An order ready to be sent: its id, and all that its body says. */
export interface Signed {
  readonly orderId: OrderId
  readonly side: Side
  readonly request: OrderRequest
}

/** Which trades are asked for; times are Unix seconds. */
export interface TradeQuery {
  readonly id?: string
  readonly makerAddress?: string
  readonly conditionId?: ConditionId
  readonly after?: number
}

/** What an update of the balance's cache answers is of no interest, and may be empty. */
const readHeartbeat = readJson(WireHeartbeat)
const readExpected = readJson(Schema.Struct({ heartbeat_id: Schema.String }))

export interface KeyOwner {
  readonly credentials: ApiCredentials
  readonly sign: Sign
  readonly signatureType: SignatureType
}

const orderRequests = (transport: Transport, { sign }: KeyOwner) => ({
  /** Sends one order, once. */
  place: ({ orderId, request, side }: Signed): Effect.Effect<OrderAnswer> =>
    Effect.map(transport.send(write("order", "POST", "/order", orderBody(request)), sign), (sent) =>
      orderAnswer(orderId, side, sent)
    ),
  /** Sends up to 15 orders in one request, once. */
  placeMany: (orders: ReadonlyArray<Signed>): Effect.Effect<ReadonlyArray<OrderAnswer>> =>
    Effect.map(
      transport.send(
        write("orders", "POST", "/orders", ordersBody(orders.map(({ request }) => request)), orders.length),
        sign
      ),
      (sent) => orderAnswers(orders, sent)
    )
})

const cancelRequests = (ask: Ask, { sign }: KeyOwner) => {
  const cancel = (operation: string, call: Call) => ask.one(operation, call, WireCancelled, sign)
  return {
    cancelOne: (orderId: OrderId) =>
      cancel("cancel", write("cancel", "DELETE", "/order", JSON.stringify({ orderID: orderId }))),
    cancelMany: (orderIds: ReadonlyArray<OrderId>) =>
      cancel(
        "cancel",
        write("cancelMany", "DELETE", "/orders", JSON.stringify(orderIds), Math.max(1, orderIds.length))
      ),
    cancelAll: cancel("cancelAll", write("cancelAll", "DELETE", "/cancel-all")),
    cancelMarket: (which: { readonly market?: ConditionId; readonly asset_id?: TokenId }) =>
      cancel("cancelMarket", write("cancelMarket", "DELETE", "/cancel-market-orders", JSON.stringify(which)))
  }
}

const beat = (ask: Ask, sign: Sign, id: string): Effect.Effect<string, ExchangeError> =>
  Effect.gen(function* () {
    const call = write("clob", "POST", "/v1/heartbeats", JSON.stringify({ heartbeat_id: id }))
    const answer = yield* ask.answer("heartbeat", call, sign)
    if (answer.status === 200 || answer.status === 201) {
      return yield* Either.mapBoth(readHeartbeat(answer.text), {
        onLeft: ({ message }) => errorOf("heartbeat", { _tag: "Undecodable" }, message),
        onRight: ({ heartbeat_id }) => heartbeat_id
      })
    }
    const expected = answer.status === 400 ? readExpected(answer.text) : undefined
    if (expected !== undefined && Either.isRight(expected) && expected.right.heartbeat_id !== id) {
      return yield* beat(ask, sign, expected.right.heartbeat_id)
    }
    const { message, reason } = failureOf(answer)
    return yield* errorOf("heartbeat", reason, message)
  })

/** What an API key may do. */
export const privateClob = (transport: Transport, ask: Ask, owner: KeyOwner) => {
  const { sign, signatureType } = owner
  const balanceQuery = (tokenId?: TokenId): Query =>
    given({
      asset_type: tokenId === undefined ? "COLLATERAL" : "CONDITIONAL",
      token_id: tokenId,
      signature_type: String(signatureType)
    })
  return {
    apiKey: Redacted.value(owner.credentials.apiKey),
    ...orderRequests(transport, owner),
    ...cancelRequests(ask, owner),
    order: (orderId: OrderId) =>
      ask.maybe("order", get("ledger", `/data/order/${encodeURIComponent(orderId)}`), WireOrder, sign),
    openOrders: (conditionId?: ConditionId) =>
      ask.all(
        "openOrders",
        get("openOrders", "/data/orders", given({ market: conditionId })),
        WireOrder,
        sign
      ),
    trades: ({ after, conditionId, id, makerAddress }: TradeQuery) =>
      ask.all(
        "trades",
        get(
          "trades",
          "/data/trades",
          given({
            id,
            maker_address: makerAddress,
            market: conditionId,
            after: after === undefined ? undefined : String(after)
          })
        ),
        WireTrade,
        sign
      ),
    /** Dollars, or shares of a token, in millionths. */
    balance: (tokenId?: TokenId) =>
      Effect.map(
        ask.one("balance", get("balance", "/balance-allowance", balanceQuery(tokenId)), WireBalance, sign),
        ({ balance }) => balance
      ),
    /** Has the venue read the chain again; what it answers is of no interest. */
    refreshBalance: (tokenId?: TokenId): Effect.Effect<void, ExchangeError> =>
      Effect.flatMap(
        ask.answer(
          "refreshBalance",
          get("balanceUpdate", "/balance-allowance/update", balanceQuery(tokenId)),
          sign
        ),
        (answer) => {
          if (answer.status >= 200 && answer.status < 300) return Effect.void
          const { message, reason } = failureOf(answer)
          return Effect.fail(errorOf("refreshBalance", reason, message))
        }
      ),
    closedOnly: Effect.map(
      ask.one("closedOnly", get("clob", "/auth/ban-status/closed-only"), WireClosedOnly, sign),
      ({ closed_only }) => closed_only
    ),
    /** Says that we are alive; the answer is the id of the next beat. A wrong id is told the right one, and goes on with it. */
    heartbeat: (id: string) => beat(ask, sign, id)
  }
}
export type PrivateClob = ReturnType<typeof privateClob>
