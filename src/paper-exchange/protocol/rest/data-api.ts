/** What the Data API tells of a user: the subset that reconciliation needs; polymarket.md §3.4. */
import { MICROS, TICKS_PER_USD } from "../../../domain/money.ts"
import { parseAddress } from "../../../protocol/address.ts"
import type { World } from "../../world/world.ts"
import { tradeJson } from "../shapes/trade.ts"
import { failure, json } from "./answers.ts"
import { type Position, positionsOf } from "./holdings.ts"
import { OUTCOMES, outcomePrices, titleOf } from "./outcomes.ts"
import { type Call, type Handler, type Route, get, read } from "./routing.ts"
import { isoDay } from "./time-text.ts"

const MAX_LIMIT = 500
const MAX_OFFSET = 10_000

const whole = (query: URLSearchParams, name: string, fallback: number, most: number): number | undefined => {
  const value = Number(query.get(name) ?? fallback)
  return Number.isInteger(value) && value >= 0 && value <= most ? value : undefined
}

/** Answers with a page of rows about the account that the query names. */
const aboutUser = (rows: (world: World, account: string, call: Call) => ReadonlyArray<unknown>): Handler =>
  read((world, _, call) => {
    const { query } = call.request
    const user = parseAddress(query.get("user") ?? "")
    if (user === undefined) return failure(400, "required query param 'user' not provided")
    const [limit, offset] = [whole(query, "limit", 100, MAX_LIMIT), whole(query, "offset", 0, MAX_OFFSET)]
    if (limit === undefined || offset === undefined) return failure(400, "invalid limit or offset")
    return json(rows(world, user.toLowerCase(), call).slice(offset, offset + limit))
  })

const percent = (part: number, of: number): number => (of === 0 ? 0 : (100 * part) / of)

const names = ({ outcome, record, tokenId }: Position, account: string) => {
  const { market } = record
  const isUp = outcome === "Up"
  return {
    proxyWallet: parseAddress(account),
    asset: tokenId,
    conditionId: market.conditionId,
    title: titleOf(market),
    slug: market.slug,
    icon: "",
    eventSlug: market.slug,
    outcome,
    outcomeIndex: isUp ? 0 : 1,
    oppositeOutcome: OUTCOMES[isUp ? 1 : 0],
    oppositeAsset: isUp ? market.downTokenId : market.upTokenId,
    endDate: isoDay(market.endMs),
    negativeRisk: false
  }
}

const priceOf = (world: World, { outcome, record }: Position): number =>
  Number(outcomePrices(world, record.market)[outcome === "Up" ? 0 : 1])

const averageOf = ({ bought, cost }: Position): number => (bought === 0 ? 0 : cost / bought)

const openPosition = (world: World, position: Position, account: string) => {
  const [size, avgPrice, curPrice] = [position.size / MICROS, averageOf(position), priceOf(world, position)]
  const [initialValue, currentValue] = [size * avgPrice, size * curPrice]
  const realizedPnl = position.realized / MICROS
  return {
    ...names(position, account),
    size,
    avgPrice,
    initialValue,
    currentValue,
    cashPnl: currentValue - initialValue,
    percentPnl: percent(currentValue - initialValue, initialValue),
    totalBought: position.bought / MICROS,
    realizedPnl,
    percentRealizedPnl: percent(realizedPnl, position.cost / MICROS),
    curPrice,
    redeemable: position.record.phase === "resolved",
    mergeable: false
  }
}

const flag = (query: URLSearchParams, name: string): boolean | undefined => {
  const text = query.get(name)
  return text === null ? undefined : text === "true"
}

const isAsked = (query: URLSearchParams, { record }: Position): boolean => {
  const market = query.get("market")
  return market === null || market.split(",").includes(record.market.conditionId)
}

const positions = aboutUser((world, account, { request: { query } }) => {
  const threshold = Number(query.get("sizeThreshold") ?? 1) * MICROS
  const redeemable = flag(query, "redeemable")
  return positionsOf(world, account)
    .filter((position) => position.size > 0 && position.size >= threshold && isAsked(query, position))
    .filter((position) => redeemable === undefined || redeemable === (position.record.phase === "resolved"))
    .map((position) => openPosition(world, position, account))
})

const closedPositions = aboutUser((world, account, { request: { query } }) =>
  positionsOf(world, account)
    .filter((position) => position.size === 0 && position.bought > 0 && isAsked(query, position))
    .map((position) => ({
      ...names(position, account),
      avgPrice: averageOf(position),
      totalBought: position.bought / MICROS,
      realizedPnl: position.realized / MICROS,
      curPrice: priceOf(world, position),
      timestamp: Math.floor(position.lastMs / 1_000)
    }))
)

const value = read((world, _, { request }) => {
  const user = parseAddress(request.query.get("user") ?? "")
  if (user === undefined) return failure(400, "required query param 'user' not provided")
  const worth = positionsOf(world, user.toLowerCase()).reduce(
    (sum, position) => sum + (position.size / MICROS) * priceOf(world, position),
    0
  )
  return json([{ user, value: worth }])
})

/** The account's side of its trades, newest first. */
const userTrades = (world: World, account: string) =>
  [...world.engine.state.markets.values()]
    .flatMap((record) =>
      [...record.trades.values()].flatMap((trade) =>
        trade.rows
          .filter((row) => row.account === account && trade.status !== "failed")
          .map((row) => ({ record, trade, row }))
      )
    )
    .toSorted((a, b) => b.trade.matchedAtMs - a.trade.matchedAtMs)

const trades = aboutUser((world, account) =>
  userTrades(world, account).map(({ record, row, trade }) => ({
    proxyWallet: parseAddress(account),
    side: row.side,
    asset: row.tokenId,
    conditionId: record.market.conditionId,
    size: row.sizeMicroShares / MICROS,
    price: row.priceTicks / TICKS_PER_USD,
    timestamp: Math.floor(trade.matchedAtMs / 1_000),
    title: titleOf(record.market),
    slug: record.market.slug,
    eventSlug: record.market.slug,
    outcome: row.tokenId === record.market.upTokenId ? OUTCOMES[0] : OUTCOMES[1],
    outcomeIndex: row.tokenId === record.market.upTokenId ? 0 : 1,
    transactionHash: tradeJson(world.engine, record, trade, row.role)?.transaction_hash ?? ""
  }))
)

export const dataApiRoutes: ReadonlyArray<Route> = ["/data-api", ""].flatMap((base) => [
  get(`${base}/positions`, positions),
  get(`${base}/closed-positions`, closedPositions),
  get(`${base}/value`, value),
  get(`${base}/trades`, trades)
])
