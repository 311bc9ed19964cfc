/** Discovery of markets: the subset of Gamma that traders of windows need; polymarket.md §3.3. */
import { Option } from "effect"
import { MICROS, SPOT_UNITS_PER_USD, TICKS_PER_USD } from "../../../domain/money.ts"
import { INTERVAL_MS, WindowSlug } from "../../../domain/window.ts"
import type { VenueMarket } from "../../../ports/venue.ts"
import type { World } from "../../world/world.ts"
import type { WireResponse } from "../wire.ts"
import { failure, json } from "./answers.ts"
import { instrumentOf, isTrading, lastTradeOf, recordOf, touchOf } from "./market-lookup.ts"
import { LEGACY_FEE_BPS } from "./market-info.ts"
import type { RestSettings } from "./options.ts"
import { OUTCOMES, outcomePrices, titleOf } from "./outcomes.ts"
import { type Row, pageOf } from "./paging.ts"
import { type Call, type Handler, type Route, get, read } from "./routing.ts"
import { isoDay, isoSeconds } from "./time-text.ts"

const NOT_FOUND = failure(404, "not found", { type: "not found error" })

/** Numbers as the venue gives its ids: digits, made from the condition. */
const idOf = ({ conditionId }: VenueMarket): string => String(Number.parseInt(conditionId.slice(2, 10), 16))

const SOURCES: Readonly<Record<VenueMarket["interval"], (asset: string) => string>> = {
  "5m": (asset) => `https://data.chain.link/streams/${asset.toLowerCase()}-usd`,
  "15m": (asset) => `https://data.chain.link/streams/${asset.toLowerCase()}-usd`,
  "1h": (asset) => `https://www.binance.com/en/trade/${asset}_USDT`
}

const touch = (world: World, market: VenueMarket) => {
  const instrument = instrumentOf(world, market.upTokenId)
  const { ask, bid } =
    instrument === undefined ? { ask: undefined, bid: undefined } : touchOf(world, instrument)
  const [bestBid, bestAsk] = [
    (bid?.priceTicks ?? 0) / TICKS_PER_USD,
    (ask?.priceTicks ?? 10_000) / TICKS_PER_USD
  ]
  const last = instrument && lastTradeOf(world, instrument)
  return {
    bestBid,
    bestAsk,
    spread: ((ask?.priceTicks ?? TICKS_PER_USD) - (bid?.priceTicks ?? 0)) / TICKS_PER_USD,
    lastTradePrice: last === undefined ? 0 : Number(last.price)
  }
}

const terms = (market: VenueMarket) => ({
  orderPriceMinTickSize: market.tickSizeTicks / TICKS_PER_USD,
  orderMinSize: market.minSizeMicroShares / MICROS,
  negRisk: false,
  feesEnabled: market.fees.rateMicros > 0,
  feeType: market.fees.rateMicros > 0 ? "crypto_fees_v2" : null,
  feeSchedule: {
    exponent: market.fees.exponent,
    rate: market.fees.rateMicros / MICROS,
    takerOnly: market.fees.takerOnly,
    rebateRate: 0.2
  },
  makerBaseFee: market.fees.rateMicros > 0 ? LEGACY_FEE_BPS : 0,
  takerBaseFee: market.fees.rateMicros > 0 ? LEGACY_FEE_BPS : 0,
  secondsDelay: 0
})

const cryptoConfig = (market: VenueMarket) => ({
  cryptoMarketConfig: {
    id: idOf(market),
    asset: market.asset.toLowerCase(),
    duration: market.interval,
    twapEnabled: market.settlementConfig?.twapEnabled ?? false,
    twapLookbackSeconds: market.settlementConfig?.twapLookbackSeconds ?? 0
  }
})

const marketJson = (world: World, market: VenueMarket) => {
  const resolution = world.resolutions.get(market.slug)
  return {
    id: idOf(market),
    question: titleOf(market),
    conditionId: market.conditionId,
    slug: market.slug,
    resolutionSource: SOURCES[market.interval](market.asset),
    startDate: isoSeconds(market.startMs - INTERVAL_MS[market.interval]),
    endDate: isoSeconds(market.endMs),
    endDateIso: isoDay(market.endMs),
    eventStartTime: isoSeconds(market.startMs),
    description: titleOf(market),
    outcomes: JSON.stringify(OUTCOMES),
    outcomePrices: JSON.stringify(outcomePrices(world, market)),
    clobTokenIds: JSON.stringify([market.upTokenId, market.downTokenId]),
    active: true,
    closed: resolution !== undefined,
    archived: false,
    restricted: true,
    marketMakerAddress: "",
    enableOrderBook: true,
    acceptingOrders: isTrading(recordOf(world, market)),
    acceptingOrdersTimestamp: isoSeconds(market.startMs - INTERVAL_MS[market.interval]),
    ...(resolution === undefined
      ? {}
      : { closedTime: isoSeconds(resolution.resolvedAtMs), umaResolutionStatus: "resolved" }),
    resolvedBy: null,
    ...terms(market),
    ...touch(world, market),
    ...(market.settlementConfig === undefined ? {} : cryptoConfig(market))
  }
}

const dollars = (price: Option.Option<number>): number | null =>
  Option.match(price, { onNone: () => null, onSome: (value) => value / SPOT_UNITS_PER_USD })

/** Both prices are told only a while after the window's end. */
const metadata = (world: World, market: VenueMarket, nowMs: number, { lateFieldsAfterMs }: RestSettings) => {
  const resolution = world.resolutions.get(market.slug)
  return resolution === undefined || nowMs < market.endMs + lateFieldsAfterMs
    ? {}
    : {
        eventMetadata: {
          priceToBeat: dollars(resolution.openPrice),
          finalPrice: dollars(resolution.closePrice)
        }
      }
}

const eventJson = (world: World, market: VenueMarket, nowMs: number, settings: RestSettings) => ({
  id: idOf(market),
  ticker: market.slug,
  slug: market.slug,
  title: titleOf(market),
  description: titleOf(market),
  resolutionSource: SOURCES[market.interval](market.asset),
  startDate: isoSeconds(market.startMs - INTERVAL_MS[market.interval]),
  endDate: isoSeconds(market.endMs),
  startTime: isoSeconds(market.startMs),
  active: true,
  closed: world.resolutions.has(market.slug),
  archived: false,
  enableOrderBook: true,
  negRisk: false,
  ...metadata(world, market, nowMs, settings),
  markets: [marketJson(world, market)]
})

type Show = (world: World, market: VenueMarket, nowMs: number, settings: RestSettings) => unknown

/** A market with the event it is the only market of. */
const marketWithEvent: Show = (world, market, nowMs, settings) => {
  const { markets: _, ...event } = eventJson(world, market, nowMs, settings)
  return { ...marketJson(world, market), events: [event] }
}

const bySlug = (show: Show): Handler =>
  read((world, nowMs, { param, rest }) => {
    const market = param === "" ? undefined : world.markets.get(WindowSlug.make(param))
    return market === undefined ? NOT_FOUND : json(show(world, market, nowMs, rest.settings))
  })

/** Closed markets are left out unless they are asked for, or named. */
const isWanted = (world: World, market: VenueMarket, query: URLSearchParams): boolean => {
  const [slugs, conditions] = [query.getAll("slug"), query.getAll("condition_ids")]
  if (slugs.length > 0 && !slugs.includes(market.slug)) return false
  if (conditions.length > 0 && !conditions.includes(market.conditionId)) return false
  const tokens = query.getAll("clob_token_ids")
  const isOwn = (token: string) => token === market.upTokenId || token === market.downTokenId
  if (tokens.length > 0 && !tokens.some(isOwn)) return false
  const closed = query.get("closed")
  if (closed === null && slugs.length > 0) return true
  return world.resolutions.has(market.slug) === (closed === "true")
}

const rowsOf = (world: World, { request, rest }: Call, nowMs: number, show: Show): ReadonlyArray<Row> =>
  [...world.markets.values()]
    .filter((market) => isWanted(world, market, request.query))
    .map((market) => ({
      key: `${String(market.startMs).padStart(15, "0")}|${market.conditionId}`,
      body: show(world, market, nowMs, rest.settings)
    }))

const limitOf = (query: URLSearchParams, most: number): number => {
  const limit = Number(query.get("limit") ?? 20)
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, most) : most
}

const list = (show: Show, most: number): Handler =>
  read((world, nowMs, call) => {
    const { query } = call.request
    const offset = Number(query.get("offset") ?? 0)
    if (!Number.isInteger(offset) || offset < 0) return failure(422, "invalid offset")
    const rows = rowsOf(world, call, nowMs, show)
    return json(rows.slice(offset, offset + limitOf(query, most)).map(({ body }) => body))
  })

const keyset = (name: string, show: Show, most: number): Handler =>
  read((world, nowMs, call): WireResponse => {
    const { query } = call.request
    if (query.has("offset")) return failure(422, "offset is not supported")
    const found = pageOf(
      rowsOf(world, call, nowMs, show),
      query.get("after_cursor") ?? "",
      limitOf(query, most)
    )
    if (found === undefined) return failure(422, "invalid after_cursor")
    return json({ [name]: found.rows, ...(found.next === undefined ? {} : { next_cursor: found.next }) })
  })

const MAX_MARKETS = 100
const MAX_EVENTS = 500

export const gammaRoutes: ReadonlyArray<Route> = [
  ...["/gamma", ""].flatMap((base) => [
    get(`${base}/markets/slug/:`, bySlug(marketWithEvent)),
    get(`${base}/events/slug/:`, bySlug(eventJson)),
    get(`${base}/events`, list(eventJson, MAX_EVENTS)),
    get(`${base}/events/keyset`, keyset("events", eventJson, MAX_EVENTS)),
    get(`${base}/markets/keyset`, keyset("markets", marketWithEvent, MAX_MARKETS))
  ]),
  get("/gamma/markets", list(marketWithEvent, MAX_MARKETS))
]
