import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, TestClock } from "effect"
import { microShares, priceTicks } from "../../../src/domain/money.ts"
import type { MarketEvent } from "../../../src/paper-exchange/market-source.ts"
import { listMarket } from "../../../src/paper-exchange/simulator/listing.ts"
import { START_MS, inFolder } from "../world/fixture.ts"
import { windowSlug } from "../world/slugs.ts"
import {
  NOBODY_IS_HELD,
  type OpenRest,
  type OrderWish,
  ask,
  openRest,
  opened,
  pass,
  runningMarket,
  scriptedMarket,
  withExchange
} from "./fixture.ts"

const FIRST = windowSlug("5m", START_MS)

const body = (exchange: OpenRest, target: string) =>
  Effect.map(ask(exchange, "GET", target), (answer) => answer.body)

const buyNow = (tokenId: string): OrderWish => ({
  tokenId,
  makerAmount: 10_000_000,
  takerAmount: 10_101_000,
  orderType: "FAK"
})

describe("Gamma", () => {
  it.effect("a market by its slug – has what a trader of windows needs, lists as texts of JSON", () =>
    withExchange((exchange) =>
      Effect.gen(function* () {
        const market = yield* runningMarket(exchange)
        const told = yield* body(exchange, `/markets/slug/${FIRST}`)
        expect(told).toMatchObject({
          id: expect.stringMatching(/^\d+$/),
          slug: FIRST,
          conditionId: market.conditionId,
          outcomes: '["Up","Down"]',
          clobTokenIds: JSON.stringify([market.upTokenId, market.downTokenId]),
          eventStartTime: "2026-09-01T00:00:00Z",
          endDate: "2026-09-01T00:05:00Z",
          active: true,
          closed: false,
          acceptingOrders: true,
          enableOrderBook: true,
          orderPriceMinTickSize: 0.01,
          orderMinSize: 5,
          negRisk: false,
          feesEnabled: true,
          feeType: "crypto_fees_v2",
          feeSchedule: { rate: 0.07, exponent: 1, takerOnly: true },
          makerBaseFee: 1_000,
          cryptoMarketConfig: { asset: "btc", twapEnabled: true, twapLookbackSeconds: 60 }
        })
        expect(told.bestBid).toBeLessThan(told.bestAsk)
        const [up, down] = JSON.parse(told.outcomePrices).map(Number)
        expect(up + down).toBeCloseTo(1)
        expect(up).toBeGreaterThanOrEqual(told.bestBid)
        expect(up).toBeLessThanOrEqual(told.bestAsk)
        expect(yield* body(exchange, `/gamma/markets/slug/${FIRST}`)).toEqual(told)
        expect(yield* body(exchange, `/gamma/markets?slug=${FIRST}`)).toEqual([told])
        const event = yield* body(exchange, `/events/slug/${FIRST}`)
        const { events: _, ...withoutEvents } = told
        expect(event).toMatchObject({ slug: FIRST, closed: false, markets: [withoutEvents] })
        expect(yield* body(exchange, `/events?slug=${FIRST}`)).toEqual([event])
        expect(yield* ask(exchange, "GET", "/markets/slug/btc-updown-5m-1")).toMatchObject({ status: 404 })
        expect(yield* body(exchange, "/events?slug=btc-updown-5m-1")).toEqual([])
      })
    )
  )

  it.effect("the tick – is told everywhere as the price has it, and outlives a restart", () =>
    inFolder((folder) => {
      const listed = listMarket("BTC", "5m", START_MS, 0)
      const { conditionId, upTokenId } = listed
      const book = (atMs: number, cents: number): MarketEvent => {
        const level = (price: number) => [
          { priceTicks: priceTicks(price * 100), sizeMicroShares: microShares(100_000_000) }
        ]
        return { _tag: "Book", atMs, conditionId, bids: level(cents - 1), asks: level(cents + 1) }
      }
      const events: ReadonlyArray<MarketEvent> = [
        { _tag: "Listed", atMs: START_MS, market: listed },
        book(START_MS + 1_000, 50),
        book(START_MS + 60_000, 97),
        book(START_MS + 120_000, 50)
      ]
      const told = (exchange: OpenRest) =>
        Effect.gen(function* () {
          const gamma = yield* body(exchange, `/markets/slug/${FIRST}`)
          const clob = yield* body(exchange, `/clob-markets/${conditionId}`)
          const full = yield* body(exchange, `/markets/${conditionId}`)
          const tick = yield* body(exchange, `/tick-size?token_id=${upTokenId}`)
          const shown = yield* body(exchange, `/book?token_id=${upTokenId}`)
          return [
            gamma.orderPriceMinTickSize,
            clob.mts,
            full.minimum_tick_size,
            tick.minimum_tick_size,
            Number(shown.tick_size)
          ]
        })
      const openAt = (since: number) =>
        openRest(folder, {
          source: scriptedMarket(
            START_MS,
            events.filter(({ atMs }) => atMs > since)
          )
        })
      return Effect.gen(function* () {
        yield* TestClock.setTime(START_MS + 20_000)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const exchange = yield* openAt(0)
            expect(yield* told(exchange)).toEqual([0.01, 0.01, 0.01, 0.01, 0.01])
            yield* pass(60_000)
            expect(yield* told(exchange)).toEqual([0.001, 0.001, 0.001, 0.001, 0.001])
          })
        )
        yield* Effect.scoped(
          Effect.gen(function* () {
            const exchange = yield* openAt(START_MS + 60_000)
            yield* pass(60_000)
            expect((yield* body(exchange, `/book?token_id=${upTokenId}`)).bids[0].price).toBe("0.49")
            expect(yield* told(exchange)).toEqual([0.001, 0.001, 0.001, 0.001, 0.001])
          })
        )
      })
    })
  )

  it.effect("a window's end – closes it to orders, then resolves it, and only later tells its prices", () =>
    withExchange((exchange) =>
      Effect.gen(function* () {
        const seen = Effect.gen(function* () {
          const market = yield* body(exchange, `/markets/slug/${FIRST}`)
          const { eventMetadata } = yield* body(exchange, `/events/slug/${FIRST}`)
          return { closed: market.closed, acceptingOrders: market.acceptingOrders, eventMetadata }
        })
        expect(yield* seen).toEqual({ closed: false, acceptingOrders: true })
        yield* TestClock.setTime(START_MS + 300_000)
        expect(yield* seen).toEqual({ closed: false, acceptingOrders: false })
        yield* pass(60_000)
        expect(yield* seen).toEqual({ closed: true, acceptingOrders: false })
        const resolved = yield* body(exchange, `/markets/slug/${FIRST}`)
        expect(resolved).toMatchObject({
          umaResolutionStatus: "resolved",
          closedTime: "2026-09-01T00:05:55Z"
        })
        expect(['["1","0"]', '["0","1"]']).toContain(resolved.outcomePrices)
        yield* pass(30_000)
        const { eventMetadata } = yield* seen
        expect(eventMetadata.finalPrice >= eventMetadata.priceToBeat).toBe(
          resolved.outcomePrices === '["1","0"]'
        )
        const page =
          "/api/crypto/crypto-price?symbol=BTC&eventStartTime=2026-09-01T00:00:00Z&endDate=2026-09-01T00:05:00Z"
        expect(yield* body(exchange, page)).toMatchObject({
          openPrice: eventMetadata.priceToBeat,
          closePrice: eventMetadata.finalPrice,
          completed: true
        })
        expect(yield* body(exchange, `/gamma/markets?closed=true`)).toMatchObject([{ slug: FIRST }])
        const open = yield* body(exchange, "/gamma/markets")
        expect(open.map(({ slug }: { slug: string }) => slug)).not.toContain(FIRST)
      })
    )
  )

  it.effect("keysets – list every market once, and know no offset", () =>
    withExchange((exchange) =>
      Effect.gen(function* () {
        const slugs: Array<string> = []
        for (let cursor = "", pages = 0; pages < 20; pages++) {
          const page = yield* body(
            exchange,
            `/gamma/markets/keyset?limit=2&after_cursor=${encodeURIComponent(cursor)}`
          )
          slugs.push(...page.markets.map(({ slug }: { slug: string }) => slug))
          if (page.next_cursor === undefined) break
          cursor = page.next_cursor
        }
        const all = exchange.keeper.world.markets
        expect(slugs.toSorted()).toEqual([...all.keys()].toSorted())
        for (const target of ["/gamma/markets/keyset?offset=1", "/gamma/events/keyset?after_cursor=x"])
          expect((yield* ask(exchange, "GET", target)).status).toBe(422)
      })
    )
  )
})

describe("the Data API", () => {
  it.effect("positions – what is held, at what it cost; after the window what was won is cash", () =>
    withExchange(
      (exchange) =>
        Effect.gen(function* () {
          const { market, trader } = yield* opened(exchange)
          const bought = (yield* trader.post(buyNow(market.upTokenId))).body
          const user = `user=${trader.address}`
          expect(yield* body(exchange, `/positions?${user}`)).toEqual([])
          yield* pass(10_000)
          const size = Number(bought.takingAmount)
          const [position] = yield* body(exchange, `/positions?${user}`)
          expect(position).toMatchObject({
            proxyWallet: trader.address,
            asset: market.upTokenId,
            conditionId: market.conditionId,
            size,
            outcome: "Up",
            outcomeIndex: 0,
            oppositeAsset: market.downTokenId,
            redeemable: false,
            negativeRisk: false
          })
          expect(position.avgPrice * size).toBeCloseTo(10, 4)
          expect(yield* body(exchange, `/positions?${user}&sizeThreshold=1000`)).toEqual([])
          expect(yield* body(exchange, `/positions?${user}&redeemable=true`)).toEqual([])
          expect(yield* body(exchange, `/positions?${user}&offset=1`)).toEqual([])
          expect(yield* body(exchange, `/value?${user}`)).toEqual([
            { user: trader.address, value: expect.closeTo(position.currentValue, 6) }
          ])
          const trades = yield* body(exchange, `/data-api/trades?${user}`)
          expect(trades.reduce((sum: number, trade: { size: number }) => sum + trade.size, 0)).toBeCloseTo(
            size,
            6
          )
          yield* TestClock.setTime(START_MS + 360_000)
          expect(yield* body(exchange, `/positions?${user}&sizeThreshold=0`)).toEqual([])
          const [closed] = yield* body(exchange, `/closed-positions?${user}`)
          const hasWon = closed.curPrice === 1
          expect(closed.realizedPnl).toBeCloseTo((hasWon ? size : 0) - 10, 4)
          const cash = yield* trader.send("GET", "/balance-allowance?asset_type=COLLATERAL")
          expect(Number(cash.body.balance)).toBeGreaterThan(hasWon ? 1_000_000_000 : 0)
          for (const target of ["/positions", "/positions?user=0x", `/positions?${user}&limit=501`])
            expect((yield* ask(exchange, "GET", target)).status).toBe(400)
        }),
      NOBODY_IS_HELD
    )
  )
})

describe("redemption", () => {
  it.effect("a position that won – is redeemable until it is paid out by itself", () =>
    withExchange(
      (exchange) =>
        Effect.gen(function* () {
          const { market, trader } = yield* opened(exchange)
          for (const token of [market.upTokenId, market.downTokenId]) yield* trader.post(buyNow(token))
          const query = `/positions?user=${trader.address}&sizeThreshold=0&redeemable=true`
          expect(yield* body(exchange, query)).toEqual([])
          yield* TestClock.setTime(START_MS + 356_000)
          const won = (yield* body(exchange, query)).filter(
            ({ curPrice }: { curPrice: number }) => curPrice === 1
          )
          expect(won).toMatchObject([{ conditionId: market.conditionId, redeemable: true }])
          const cash = Effect.map(trader.send("GET", "/balance-allowance?asset_type=COLLATERAL"), (answer) =>
            Number(answer.body.balance)
          )
          const before = yield* cash
          yield* pass(60_000)
          expect(yield* body(exchange, query)).toEqual([])
          expect(yield* cash).toBe(before + Math.round(won[0].size * 1_000_000))
        }),
      { ...NOBODY_IS_HELD, exchange: { redeemAfterMs: 60_000 } }
    )
  )
})

describe("prices over time", () => {
  it.effect(
    "history – a point for each minute with a trade, mirrored for the other token, kept over a restart",
    () =>
      inFolder((folder) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(START_MS + 240_000)
          const history = (exchange: OpenRest, token: string) =>
            body(exchange, `/prices-history?market=${token}&interval=1h&fidelity=1`)
          const use = Effect.gen(function* () {
            const exchange = yield* openRest(folder)
            const market = yield* runningMarket(exchange)
            const up = yield* history(exchange, market.upTokenId)
            expect(up.history.length).toBeGreaterThanOrEqual(3)
            const times = up.history.map(({ t }: { t: number }) => t)
            expect(times).toEqual([...new Set(times)].toSorted())
            for (const t of times) expect(t % 60).toBe(0)
            const down = yield* history(exchange, market.downTokenId)
            for (const [index, { p, t }] of down.history.entries()) {
              expect(t).toBe(times[index])
              expect(p + up.history[index].p).toBeCloseTo(1)
            }
            const nowS = Math.floor((yield* Clock.currentTimeMillis) / 1_000)
            const none = `/prices-history?market=${market.upTokenId}&startTs=${nowS}&endTs=${nowS}`
            expect(yield* body(exchange, none)).toEqual({ history: [] })
            expect((yield* ask(exchange, "GET", `/prices-history?market=${market.upTokenId}`)).status).toBe(
              400
            )
            return up
          })
          const first = yield* Effect.scoped(use)
          expect(yield* Effect.scoped(use)).toEqual(first)
        })
      )
  )
})
