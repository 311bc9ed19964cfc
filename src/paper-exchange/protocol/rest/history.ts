/** Prices over time: what a token last traded at, minute by minute; and a window's own two prices. */
import { Option } from "effect"
import { SPOT_UNITS_PER_USD, TICKS_PER_USD } from "../../../domain/money.ts"
import { INVALID_MARKET, failure, json } from "./answers.ts"
import { instrumentOf, isTokenText, recordOf } from "./market-lookup.ts"
import { type Route, get, read } from "./routing.ts"

const MINUTE_MS = 60_000

const INTERVAL_MINUTES: Readonly<Record<string, number>> = {
  "1h": 60,
  "6h": 360,
  "1d": 1_440,
  "1w": 10_080,
  "1m": 43_200,
  max: Number.POSITIVE_INFINITY,
  all: Number.POSITIVE_INFINITY
}

/** From and to, Unix seconds; undefined where the query says neither an interval nor both ends. */
const spanOf = (query: URLSearchParams, nowMs: number): readonly [number, number] | undefined => {
  const nowS = Math.floor(nowMs / 1_000)
  const minutes = INTERVAL_MINUTES[query.get("interval") ?? ""]
  if (minutes !== undefined) return [nowS - minutes * 60, nowS]
  const [startTs, endTs] = [Number(query.get("startTs") ?? "x"), Number(query.get("endTs") ?? "x")]
  return Number.isFinite(startTs) && Number.isFinite(endTs) ? [startTs, endTs] : undefined
}

const pricesHistory = read((world, nowMs, { request: { query } }) => {
  const token = query.get("market") ?? ""
  const instrument = isTokenText(token) ? instrumentOf(world, token) : undefined
  if (instrument === undefined) return INVALID_MARKET
  const span = spanOf(query, nowMs)
  const fidelity = Number(query.get("fidelity") ?? 1)
  if (span === undefined || !Number.isInteger(fidelity) || fidelity < 1)
    return failure(400, "invalid filters: 'startTs' and 'endTs', or 'interval' is needed")
  const points = (recordOf(world, instrument.market)?.minutePrices ?? []).filter(
    ({ minute }) => minute % fidelity === 0 && minute * 60 >= span[0] && minute * 60 <= span[1]
  )
  return json({
    history: points.map(({ minute, upTicks }) => ({
      t: (minute * MINUTE_MS) / 1_000,
      p: (instrument.outcome === "Up" ? upTicks : TICKS_PER_USD - upTicks) / TICKS_PER_USD
    }))
  })
})

const dollars = (price: number | undefined): number | null =>
  price === undefined ? null : price / SPOT_UNITS_PER_USD

/** The prices a window is about, as the venue's own pages are told them; the only place that tells them before its end. */
const cryptoPrice = read((world, nowMs, { request: { query } }) => {
  const [startMs, endMs] = [
    Date.parse(query.get("eventStartTime") ?? ""),
    Date.parse(query.get("endDate") ?? "")
  ]
  const market = [...world.markets.values()].find(
    (each) => each.asset === query.get("symbol") && each.startMs === startMs && each.endMs === endMs
  )
  if (market === undefined) return failure(404, "not found")
  const closePrice = Option.getOrUndefined(world.resolutions.get(market.slug)?.closePrice ?? Option.none())
  return json({
    openPrice: dollars(world.pricesToBeat.get(market.conditionId)),
    closePrice: dollars(closePrice),
    timestamp: nowMs,
    completed: closePrice !== undefined,
    incomplete: false,
    cached: false
  })
})

export const historyRoutes: ReadonlyArray<Route> = [
  get("/prices-history", pricesHistory),
  get("/api/crypto/crypto-price", cryptoPrice)
]
