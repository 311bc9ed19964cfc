import { describe, expect, it } from "@effect/vitest"
import { Either, FastCheck as fc, Option, Schema } from "effect"
import { outcomeOf, settlementRuleOf } from "../../../src/domain/settlement.ts"
import { spotPrice } from "../../../src/domain/money.ts"
import { INTERVAL_MS } from "../../../src/domain/window.ts"
import type { Level } from "../../../src/domain/book.ts"
import type { MarketEvent } from "../../../src/paper-exchange/market-source.ts"
import { SimulatorSettings } from "../../../src/paper-exchange/simulator/settings.ts"
import { makeSimulatedMarket } from "../../../src/paper-exchange/simulator/simulated-market.ts"
import type { VenueMarket } from "../../../src/ports/venue.ts"
import { eventsUntil } from "./statistics.ts"

const settingsOf = Schema.decodeUnknownSync(SimulatorSettings)
const defaults = settingsOf({})
const MINUTE_MS = 60_000
const only = <Tag extends MarketEvent["_tag"]>(events: ReadonlyArray<MarketEvent>, tag: Tag) =>
  events.filter((event): event is Extract<MarketEvent, { readonly _tag: Tag }> => event._tag === tag)

const seeds = fc.integer({ min: 0, max: 1_000_000 })
const oddStarts = fc.integer({ min: 0, max: 899 }).map((second) => defaults.startMs + second * 1000)
const runs = { fastCheck: { numRuns: 10 } }

const conditionOf = (event: MarketEvent): string | undefined =>
  event._tag === "Spot" || event._tag === "Average"
    ? undefined
    : event._tag === "Listed"
      ? event.market.conditionId
      : event._tag === "Resolved"
        ? event.resolution.conditionId
        : event.conditionId

describe("simulated events", () => {
  it.prop(
    "take – come at the time that was announced, never back in time",
    [seeds, oddStarts],
    ([seed, startMs]) => {
      const source = makeSimulatedMarket(settingsOf({ startMs }), seed)
      expect(source.nextAtMs()).toBe(startMs)
      let last = startMs - 1
      for (let turn = 0; turn < 1_000; turn++) {
        const at = source.nextAtMs() ?? Number.NaN
        expect(at).toBeGreaterThan(last)
        expect(source.take().filter((event) => event.atMs !== at)).toEqual([])
        last = at
      }
    },
    runs
  )

  it.prop(
    "Book – sorted, uncrossed, on the cent and the hundredth of a share",
    [seeds],
    ([seed]) => {
      const books = only([...eventsUntil(defaults, seed, 8 * MINUTE_MS)], "Book")
      expect(books.length).toBeGreaterThan(1_500)
      const onGrid = (level: Level) =>
        level.priceTicks % 100 === 0 &&
        level.priceTicks >= 100 &&
        level.priceTicks <= 9_900 &&
        level.sizeMicroShares % 10_000 === 0 &&
        level.sizeMicroShares > 0
      const defective = books.filter((book) => {
        const levels = [...book.bids.toReversed(), ...book.asks]
        const rises = levels.every(
          (level, i) => i === 0 || level.priceTicks > (levels[i - 1]?.priceTicks ?? 0)
        )
        const fits = Math.max(book.bids.length, book.asks.length) <= defaults.levelsPerSide
        return !(rises && fits && levels.every(onGrid))
      })
      expect(defective).toEqual([])
    },
    runs
  )

  it.prop(
    "windows – each is listed first, closes at its end, is silent afterwards, resolves once",
    [seeds, oddStarts],
    ([seed, startMs]) => {
      const settings = settingsOf({ startMs, assets: ["BTC", "ETH"], bookIntervalMs: 1000 })
      const events = [...eventsUntil(settings, seed, 22 * MINUTE_MS)]
      const listed = new Map(
        only(events, "Listed").map((event) => [event.market.conditionId as string, event.market])
      )
      const ended = new Map<string, number>()
      const seen = new Set<string>()
      const misplaced: Array<MarketEvent> = []
      for (const event of events) {
        const id = conditionOf(event)
        if (id === undefined) continue
        if (seen.has(id) === (event._tag === "Listed")) misplaced.push(event)
        seen.add(id)
        const endMs = listed.get(id)?.endMs ?? Number.NaN
        if (event._tag === "Closed") {
          if (event.atMs !== endMs) misplaced.push(event)
          ended.set(id, 0)
        } else if (event._tag === "Resolved") {
          if (event.atMs !== endMs + settings.resolveDelayMs) misplaced.push(event)
          ended.set(id, (ended.get(id) ?? 10) + 1)
        } else if (ended.has(id)) misplaced.push(event)
      }
      expect(misplaced).toEqual([])
      for (const [id, market] of listed) {
        if (market.endMs + settings.resolveDelayMs < startMs + 22 * MINUTE_MS) expect(ended.get(id)).toBe(1)
      }
    },
    runs
  )

  it.prop(
    "Listed – windows tile the time from the start on, under the venue's terms",
    [seeds, oddStarts],
    ([seed, startMs]) => {
      const markets = only(
        [...eventsUntil(settingsOf({ startMs, bookIntervalMs: 1000 }), seed, 21 * MINUTE_MS)],
        "Listed"
      ).map((event) => event.market)
      for (const interval of ["5m", "15m"] as const) {
        const starts = markets
          .filter((market) => market.interval === interval)
          .map((market) => market.startMs)
        expect(starts[0]).toBe(Math.floor(startMs / INTERVAL_MS[interval]) * INTERVAL_MS[interval])
        starts.forEach((start, i) => expect(start).toBe((starts[0] ?? 0) + i * INTERVAL_MS[interval]))
        expect(starts.at(-1)).toBeGreaterThan(startMs + 30 * MINUTE_MS - INTERVAL_MS[interval])
      }
      const ids = markets.flatMap((market: VenueMarket) => [market.upTokenId, market.downTokenId])
      expect(new Set(ids).size).toBe(ids.length)
      for (const market of markets) {
        expect(market.slug).toBe(`btc-updown-${market.interval}-${market.startMs / 1000}`)
        expect(market.conditionId).toMatch(/^0x[0-9a-f]{64}$/)
        expect(market.upTokenId).toMatch(/^[1-9]\d{76}$/)
        const rule = settlementRuleOf({ ...market, config: market.settlementConfig })
        expect(rule).toEqual(Either.right({ _tag: "ChainlinkTwap", lookbackSeconds: 60 }))
      }
    },
    runs
  )

  it.prop(
    "Resolved – follows the 60-second averages of the published prices; the price to beat is the first",
    [seeds],
    ([seed]) => {
      const settings = settingsOf({ bookIntervalMs: 1000, assets: ["BTC", "SOL"] })
      const events = [...eventsUntil(settings, seed, 17 * MINUTE_MS)]
      const price = new Map(
        only(events, "Spot").map((spot) => [`${spot.asset} ${spot.observedAtMs}`, spot.price])
      )
      const toBeat = new Map(only(events, "PriceToBeat").map((event) => [event.conditionId, event]))
      const listed = new Map(only(events, "Listed").map((event) => [event.market.conditionId, event.market]))
      const resolved = only(events, "Resolved").map((event) => event.resolution)
      expect(resolved).toHaveLength(8)
      for (const resolution of resolved) {
        const market = listed.get(resolution.conditionId)
        expect(market).toBeDefined()
        if (market === undefined) continue
        const average = (atMs: number) => {
          const prices = Array.from(
            { length: 60 },
            (_, k) => price.get(`${market.asset} ${atMs - (k + 1) * 1000}`) ?? Number.NaN
          )
          return spotPrice(Math.round(prices.reduce((sum, value) => sum + value, 0) / 60))
        }
        const [open, close] = [average(market.startMs), average(market.endMs)]
        expect(resolution.openPrice).toEqual(Option.some(open))
        expect(resolution.closePrice).toEqual(Option.some(close))
        expect(resolution.outcome).toBe(outcomeOf(open, close))
        expect(toBeat.get(resolution.conditionId)).toMatchObject({
          price: open,
          atMs: market.startMs + settings.priceToBeatDelayMs
        })
      }
    },
    runs
  )

  it.prop(
    "Spot – every second once, in order, late as set, with two minutes of history at the start",
    [seeds, oddStarts],
    ([seed, startMs]) => {
      const spots = only(
        [...eventsUntil(settingsOf({ startMs, bookIntervalMs: 1000 }), seed, 2 * MINUTE_MS)],
        "Spot"
      )
      const seconds = spots.map((spot) => spot.observedAtMs)
      expect(seconds.filter((second, i) => second !== (seconds[0] ?? 0) + i * 1000)).toEqual([])
      expect(startMs - (seconds[0] ?? startMs)).toBeGreaterThanOrEqual(119_000)
      const fresh = spots.filter((spot) => spot.observedAtMs > startMs)
      expect(
        fresh.every((spot) => spot.atMs - spot.observedAtMs >= 900 && spot.atMs - spot.observedAtMs <= 2_000)
      ).toBe(true)
    },
    runs
  )

  it.prop(
    "Taker – trades only while its window trades, at a price on the cent near the touch",
    [seeds],
    ([seed]) => {
      const touch = new Map<string, readonly [number, number]>()
      let count = 0
      const defective: Array<MarketEvent> = []
      for (const event of eventsUntil(defaults, seed, 6 * MINUTE_MS)) {
        if (event._tag === "Book") {
          touch.set(event.conditionId, [event.bids[0]?.priceTicks ?? 0, event.asks[0]?.priceTicks ?? 10_000])
        }
        if (event._tag !== "Taker") continue
        count++
        const [bid, ask] = touch.get(event.conditionId) ?? [Number.NaN, Number.NaN]
        const beyond = event.side === "BUY" ? event.priceTicks - ask : bid - event.priceTicks
        if ((beyond !== 0 && beyond !== 100) || event.sizeMicroShares % 10_000 !== 0) defective.push(event)
      }
      expect(defective).toEqual([])
      expect(count).toBeGreaterThan(500)
    },
    runs
  )
})
