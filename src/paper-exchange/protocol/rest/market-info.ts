/** Markets as the CLOB tells them, for everybody. */
import { createHash } from "node:crypto"
import { MICROS, TICKS_PER_USD } from "../../../domain/money.ts"

import type { VenueMarket } from "../../../ports/venue.ts"
import type { World } from "../../world/world.ts"
import type { WireResponse } from "../wire.ts"
import { INVALID_MARKET, INVALID_TOKEN, MARKET_NOT_FOUND, json } from "./answers.ts"
import {
  type Instrument,
  instrumentOf,
  isConditionText,
  isTokenText,
  isTrading,
  marketOf,
  recordOf
} from "./market-lookup.ts"
import { page } from "./paging.ts"
import { OUTCOMES, outcomePrices, titleOf } from "./outcomes.ts"
import { type Call, type Handler, type Route, get, read } from "./routing.ts"
import { isoSeconds } from "./time-text.ts"

/** What `/fee-rate` says on every market with fees: not the rate (py-clob-client-v2#107). */
export const LEGACY_FEE_BPS = 1_000

const acceptsOrders = (world: World, market: VenueMarket): boolean => isTrading(recordOf(world, market))

const feeBps = ({ fees }: VenueMarket): number => (fees.rateMicros === 0 ? 0 : LEGACY_FEE_BPS)

const tokensOf = (market: VenueMarket) => [
  { token_id: market.upTokenId, outcome: OUTCOMES[0] },
  { token_id: market.downTokenId, outcome: OUTCOMES[1] }
]

const compact = (world: World, market: VenueMarket) => ({
  gst: null,
  r: null,
  t: tokensOf(market).map(({ outcome, token_id }) => ({ t: token_id, o: outcome })),
  mos: market.minSizeMicroShares / MICROS,
  mts: market.tickSizeTicks / TICKS_PER_USD,
  mbf: feeBps(market),
  tbf: feeBps(market),
  rfqe: false,
  itode: market.takerHoldMs > 0,
  ibce: false,
  fd: { r: market.fees.rateMicros / MICROS, e: market.fees.exponent, to: market.fees.takerOnly },
  c: market.conditionId,
  nr: false,
  ao: acceptsOrders(world, market),
  aot: isoSeconds(market.startMs),
  sd: 0,
  cbos: false,
  oas: 0
})

/** The question's id is not the condition's; it is told for completeness and stands for nothing here. */
const questionId = (market: VenueMarket): string =>
  `0x${createHash("sha256").update(`question ${market.conditionId}`).digest("hex")}`

const pricedTokens = (world: World, market: VenueMarket) => {
  const [up, down] = outcomePrices(world, market)
  const winner = world.resolutions.get(market.slug)?.outcome
  const [first, second] = tokensOf(market)
  return [
    { ...first, price: Number(up), winner: winner === "Up" },
    { ...second, price: Number(down), winner: winner === "Down" }
  ]
}

const full = (world: World, market: VenueMarket) => ({
  enable_order_book: true,
  active: true,
  closed: world.resolutions.has(market.slug),
  archived: false,
  accepting_orders: acceptsOrders(world, market),
  accepting_order_timestamp: isoSeconds(market.startMs),
  minimum_order_size: market.minSizeMicroShares / MICROS,
  minimum_tick_size: market.tickSizeTicks / TICKS_PER_USD,
  condition_id: market.conditionId,
  question_id: questionId(market),
  question: titleOf(market),
  description: titleOf(market),
  market_slug: market.slug,
  end_date_iso: isoSeconds(market.endMs),
  game_start_time: null,
  seconds_delay: 0,
  fpmm: "",
  maker_base_fee: feeBps(market),
  taker_base_fee: feeBps(market),
  notifications_enabled: false,
  neg_risk: false,
  neg_risk_market_id: "",
  neg_risk_request_id: "",
  icon: "",
  image: "",
  rewards: { rates: null, min_size: 0, max_spread: 0 },
  is_50_50_outcome: false,
  tokens: pricedTokens(world, market),
  tags: ["Crypto", "Up or Down"]
})

const simplified = (world: World, market: VenueMarket) => ({
  condition_id: market.conditionId,
  rewards: { rates: null, min_size: 0, max_spread: 0 },
  tokens: pricedTokens(world, market),
  active: true,
  closed: world.resolutions.has(market.slug),
  archived: false,
  accepting_orders: acceptsOrders(world, market)
})

/** Windows by their start. */
const listingKey = ({ conditionId, startMs }: VenueMarket): string =>
  `${String(startMs).padStart(15, "0")}|${conditionId}`

/** Markets in the order of their beginning; sampled are those that take orders. */
const listOf = (show: typeof full | typeof simplified, onlyTrading: boolean): Handler =>
  read((world, _, { request, rest }) => {
    const markets = [...world.markets.values()].filter(
      (market) => !onlyTrading || acceptsOrders(world, market)
    )
    return page(
      markets.map((market) => ({ key: listingKey(market), body: show(world, market) })),
      request.query,
      rest.settings.pageSize
    )
  })

const ofCondition = (tell: (world: World, market: VenueMarket) => unknown): Handler =>
  read((world, _, { param }) => {
    if (!isConditionText(param)) return INVALID_MARKET
    const market = marketOf(world, param)
    return market === undefined ? MARKET_NOT_FOUND : json(tell(world, market))
  })

const tokenText = ({ param, request }: Call): string =>
  param === "" ? (request.query.get("token_id") ?? "") : param

const ofToken = (tell: (instrument: Instrument) => unknown): Handler =>
  read((world, _, call): WireResponse => {
    const text = tokenText(call)
    if (!isTokenText(text)) return INVALID_TOKEN
    const instrument = instrumentOf(world, text)
    return instrument === undefined ? MARKET_NOT_FOUND : json(tell(instrument))
  })

const tickSize = ofToken(({ market }) => ({ minimum_tick_size: market.tickSizeTicks / TICKS_PER_USD }))
const negRisk = ofToken(() => ({ neg_risk: false }))
const feeRate = ofToken(({ market }) => ({ base_fee: feeBps(market) }))
const marketByToken = ofToken(({ market }) => ({
  condition_id: market.conditionId,
  primary_token_id: market.upTokenId,
  secondary_token_id: market.downTokenId
}))

export const marketRoutes: ReadonlyArray<Route> = [
  get("/clob-markets/:", ofCondition(compact)),
  get("/markets/:", ofCondition(full)),
  get("/markets", listOf(full, false)),
  get("/simplified-markets", listOf(simplified, false)),
  get("/sampling-markets", listOf(full, true)),
  get("/sampling-simplified-markets", listOf(simplified, true)),
  get("/markets-by-token/:", marketByToken),
  get("/tick-size", tickSize),
  get("/tick-size/:", tickSize),
  get("/neg-risk", negRisk),
  get("/neg-risk/:", negRisk),
  get("/fee-rate", feeRate),
  get("/fee-rate/:", feeRate)
]
