/** An account's orders and trades; polymarket.md §3.2. */
import { OrderId } from "../../../domain/order.ts"
import type { OrderRecord } from "../../engine/state.ts"
import type { World } from "../../world/world.ts"
import { orderJson } from "../shapes/order.ts"
import { orderRecordOf, tradeJson } from "../shapes/trade.ts"
import { ORDER_NOT_FOUND, failure, json } from "./answers.ts"
import { type Caller, readAs } from "./authentication.ts"
import { accountsOf, openOrdersOf } from "./callers-accounts.ts"
import { type Row, page } from "./paging.ts"
import { type Route, get } from "./routing.ts"

/** `created_at` is a number of seconds here; on the user channel it is a text. */
const openOrder = (order: OrderRecord) => ({
  ...orderJson(order),
  created_at: Math.floor(order.createdAtMs / 1_000)
})

const digits = (value: number): string => String(value).padStart(16, "0")

const matches = (query: URLSearchParams, name: string, value: string): boolean => {
  const wanted = query.get(name)
  return wanted === null || wanted === "" || wanted.toLowerCase() === value.toLowerCase()
}

const orders = readAs((world, _, caller, { request: { query }, rest }) => {
  const found = openOrdersOf(world, caller).filter(
    (order) =>
      matches(query, "id", order.orderId) &&
      matches(query, "market", order.conditionId) &&
      matches(query, "asset_id", order.tokenId)
  )
  const rows = found.map(
    (order): Row => ({
      key: `${digits(order.createdAtMs)}|${order.orderId}`,
      body: openOrder(order)
    })
  )
  return page(rows, query, rest.settings.pageSize)
})

const order = readAs((world, _, caller, { param }) => {
  const found = param === "" ? undefined : orderRecordOf(world.engine, OrderId.make(param.toLowerCase()))
  return found !== undefined && accountsOf(world, caller).includes(found.account)
    ? json(openOrder(found))
    : ORDER_NOT_FOUND
})

/** REST tells a trade's status with its prefix, the user channel without (@polymarket/bindings, shared.ts). */
const prefixed = (trade: NonNullable<ReturnType<typeof tradeJson>>) => ({
  ...trade,
  status: `TRADE_STATUS_${trade.status}`,
  transaction_hash: trade.transaction_hash ?? ""
})
type TradeBody = ReturnType<typeof prefixed>

/** One row for each trade, as its taker where both sides are the caller's. */
const ownTrades = (world: World, caller: Caller, query: URLSearchParams): ReadonlyArray<TradeBody> => {
  const accounts = accountsOf(world, caller)
  const records = [...world.engine.state.markets.values()].filter((record) =>
    matches(query, "market", record.market.conditionId)
  )
  return records.flatMap((record) =>
    [...record.trades.values()].flatMap((trade) => {
      if (!matches(query, "id", trade.tradeId)) return []
      const own = trade.rows.filter(({ account }) => accounts.includes(account))
      const row = own.find(({ role }) => role === "taker") ?? own[0]
      const body = row && tradeJson(world.engine, record, trade, row.role)
      return body === undefined ? [] : [prefixed(body)]
    })
  )
}

/** Seconds of a query; undefined where there are none, NaN where they are no number. */
const secondsIn = (query: URLSearchParams, name: string): number | undefined => {
  const text = query.get(name)
  if (text === null || text === "") return undefined
  return /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN
}

/** Newest first: ids count on, so the key counts down. */
const newestFirst = (tradeId: string): string =>
  digits(Number.MAX_SAFE_INTEGER - Number.parseInt(tradeId.slice(-12), 16))

const trades = readAs((world, _, caller, { request: { query }, rest }) => {
  const [before = Number.MAX_SAFE_INTEGER, after = 0] = [
    secondsIn(query, "before"),
    secondsIn(query, "after")
  ]
  if (Number.isNaN(before) || Number.isNaN(after)) return failure(400, "Invalid trade params payload")
  const found = ownTrades(world, caller, query).filter(
    (trade) =>
      matches(query, "maker_address", trade.maker_address) &&
      matches(query, "asset_id", trade.asset_id) &&
      Number(trade.match_time) <= before &&
      Number(trade.match_time) >= after
  )
  const rows = found.map((body): Row => ({ key: newestFirst(body.id), body }))
  return page(rows, query, rest.settings.pageSize)
})

/** No order of the first generation ever rested here. */
const preMigrationOrders = readAs((_world, _nowMs, _caller, { request, rest }) =>
  page([], request.query, rest.settings.pageSize)
)

export const accountDataRoutes: ReadonlyArray<Route> = [
  get("/data/orders", orders),
  get("/data/order/:", order),
  get("/data/trades", trades),
  get("/data/pre-migration-orders", preMigrationOrders)
]
