/** Books and prices, for everybody. */
import { Either } from "effect"
import { TICKS_PER_USD } from "../../../domain/money.ts"
import { formatScaled } from "../../../domain/decimal.ts"
import type { World } from "../../world/world.ts"
import type { WireResponse } from "../wire.ts"
import { INVALID_SIDE, INVALID_TOKEN, NO_ORDERBOOK, json } from "./answers.ts"
import { type Item, itemsOf } from "./batches.ts"
import { priceText, bookJson } from "../shapes/book.ts"
import {
  type Instrument,
  instrumentOf,
  isTokenText,
  isTrading,
  lastTradeOf,
  recordOf,
  touchOf
} from "./market-lookup.ts"
import { type Handler, type Route, get, post, read } from "./routing.ts"

const NO_PRICE = "0"
/** What the venue states where nothing has traded yet. */
const NO_TRADE_PRICE = "0.5"

const bookOf = (world: World, { market, tokenId }: Instrument) => {
  const record = recordOf(world, market)
  return record !== undefined && isTrading(record) ? bookJson(world.engine, record, tokenId) : undefined
}

/** BUY asks for the best bid, SELL for the best ask (openapi of the CLOB). */
const priceOf = (world: World, instrument: Instrument, side: string): string | undefined => {
  const { ask, bid } = touchOf(world, instrument)
  if (side !== "BUY" && side !== "SELL") return undefined
  const level = side === "BUY" ? bid : ask
  return level === undefined ? NO_PRICE : priceText(level.priceTicks)
}

const midpointOf = (world: World, instrument: Instrument): string | undefined => {
  const { ask, bid } = touchOf(world, instrument)
  return ask === undefined || bid === undefined
    ? undefined
    : formatScaled((ask.priceTicks + bid.priceTicks) * 5, TICKS_PER_USD * 10)
}

const spreadOf = (world: World, instrument: Instrument): string | undefined => {
  const { ask, bid } = touchOf(world, instrument)
  return ask === undefined || bid === undefined
    ? undefined
    : formatScaled(ask.priceTicks - bid.priceTicks, TICKS_PER_USD)
}

/** An answer about the token that the query names. */
const aboutToken = (
  tell: (world: World, instrument: Instrument, query: URLSearchParams) => WireResponse
): Handler =>
  read((world, _, { request }) => {
    const text = request.query.get("token_id") ?? ""
    if (!isTokenText(text)) return INVALID_TOKEN
    const instrument = instrumentOf(world, text)
    return instrument === undefined ? NO_ORDERBOOK : tell(world, instrument, request.query)
  })

const orNoBook = (body: unknown): WireResponse => (body === undefined ? NO_ORDERBOOK : json(body))

/** An object of tokens and what is to be told of each; tokens without are left out. */
const byToken = (
  world: World,
  items: ReadonlyArray<Item>,
  tell: (instrument: Instrument, item: Item) => unknown
): Record<string, unknown> =>
  Object.fromEntries(
    items.flatMap((item) => {
      const instrument = isTokenText(item.token_id) ? instrumentOf(world, item.token_id) : undefined
      const told = instrument && tell(instrument, item)
      return told === undefined ? [] : [[item.token_id, told]]
    })
  )

const manyTokens = (tell: (world: World, items: ReadonlyArray<Item>) => WireResponse): Handler =>
  read((world, _, { request }) =>
    Either.match(itemsOf(request.body), {
      onLeft: (refusal) => refusal,
      onRight: (items) => tell(world, items)
    })
  )

const queried = (query: URLSearchParams): ReadonlyArray<Item> => {
  const sides = (query.get("sides") ?? "").split(",")
  return (query.get("token_ids") ?? "")
    .split(",")
    .slice(0, 500)
    .map((token_id, index) => ({ token_id, side: sides[index] }))
}

const tellPrices = (world: World, items: ReadonlyArray<Item>): WireResponse => {
  if (items.some(({ side }) => side !== "BUY" && side !== "SELL")) return INVALID_SIDE
  const prices: Record<string, Record<string, string>> = {}
  for (const { side = "", token_id } of items) {
    const instrument = isTokenText(token_id) ? instrumentOf(world, token_id) : undefined
    const price = instrument && priceOf(world, instrument, side)
    if (price !== undefined) prices[token_id] = { ...prices[token_id], [side]: price }
  }
  return json(prices)
}

const tellLastTrades = (world: World, items: ReadonlyArray<Item>): WireResponse =>
  json(
    items.flatMap(({ token_id }) => {
      const instrument = isTokenText(token_id) ? instrumentOf(world, token_id) : undefined
      const last = instrument && lastTradeOf(world, instrument)
      return last === undefined ? [] : [{ token_id, ...last }]
    })
  )

const tellMidpoints = (world: World, items: ReadonlyArray<Item>): WireResponse =>
  json(byToken(world, items, (instrument) => midpointOf(world, instrument)))

export const bookRoutes: ReadonlyArray<Route> = [
  get(
    "/book",
    aboutToken((world, instrument) => orNoBook(bookOf(world, instrument)))
  ),
  post(
    "/books",
    manyTokens((world, items) => json(Object.values(byToken(world, items, (one) => bookOf(world, one)))))
  ),
  get(
    "/price",
    aboutToken((world, instrument, query) => {
      const price = priceOf(world, instrument, query.get("side") ?? "")
      return price === undefined ? INVALID_SIDE : json({ price })
    })
  ),
  get(
    "/prices",
    read((world, _, { request }) => tellPrices(world, queried(request.query)))
  ),
  post("/prices", manyTokens(tellPrices)),
  get(
    "/midpoint",
    aboutToken((world, instrument) => {
      const mid = midpointOf(world, instrument)
      return mid === undefined ? NO_ORDERBOOK : json({ mid })
    })
  ),
  get(
    "/midpoints",
    read((world, _, { request }) => tellMidpoints(world, queried(request.query)))
  ),
  post("/midpoints", manyTokens(tellMidpoints)),
  get(
    "/spread",
    aboutToken((world, instrument) => {
      const spread = spreadOf(world, instrument)
      return spread === undefined ? NO_ORDERBOOK : json({ spread })
    })
  ),
  post(
    "/spreads",
    manyTokens((world, items) => json(byToken(world, items, (one) => spreadOf(world, one))))
  ),
  get(
    "/last-trade-price",
    aboutToken((world, instrument) =>
      json(lastTradeOf(world, instrument) ?? { price: NO_TRADE_PRICE, side: "" })
    )
  ),
  get(
    "/last-trades-prices",
    read((world, _, { request }) => tellLastTrades(world, queried(request.query)))
  ),
  post("/last-trades-prices", manyTokens(tellLastTrades))
]
