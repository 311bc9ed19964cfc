/** What the venue says of windows: their listing, books, price to beat and resolution. */
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, type Layer, Option } from "effect"
import { type Book, mirrorBook } from "../../src/domain/book.ts"
import { Exchange } from "../../src/ports/exchange.ts"
import { MarketTime } from "./market-time.ts"
import { tradingWindow } from "./trading.ts"

const LENGTH_MS = 300_000

const checkLevels = (book: Book, tickTicks: number) => {
  const bids = book.bids.map(({ priceTicks }) => priceTicks)
  const asks = book.asks.map(({ priceTicks }) => priceTicks)
  expect(bids).toEqual([...new Set(bids)].toSorted((a, b) => b - a))
  expect(asks).toEqual([...new Set(asks)].toSorted((a, b) => a - b))
  expect(Math.max(...bids)).toBeLessThan(Math.min(...asks))
  for (const { priceTicks, sizeMicroShares } of [...book.bids, ...book.asks]) {
    expect(priceTicks % tickTicks).toBe(0)
    expect(sizeMicroShares).toBeGreaterThan(0)
  }
}

export const marketContract = (layer: Layer.Layer<Exchange | MarketTime>): void => {
  describe("windows", () => {
    it.effect(
      "findWindow – the window that covers the moment, always the same; undefined where none is listed",
      () =>
        Effect.gen(function* () {
          const exchange = yield* Exchange
          const window = yield* tradingWindow
          const nowMs = yield* Clock.currentTimeMillis
          expect(window).toMatchObject({ asset: "BTC", interval: "5m", endMs: window.startMs + LENGTH_MS })
          expect(window.startMs).toBeLessThanOrEqual(nowMs)
          expect(window.endMs).toBeGreaterThan(nowMs)
          expect(window.slug).toBe(`btc-updown-5m-${window.startMs / 1_000}`)
          expect(window.upTokenId).not.toBe(window.downTokenId)
          for (const atMs of [window.startMs, nowMs, window.endMs - 1]) {
            expect(yield* exchange.findWindow("BTC", "5m", atMs)).toEqual(window)
          }
          const next = yield* exchange.findWindow("BTC", "5m", window.endMs)
          expect(next?.startMs).toBe(window.endMs)
          expect(next?.conditionId).not.toBe(window.conditionId)
          expect(yield* exchange.findWindow("BTC", "5m", window.startMs + 365 * 86_400_000)).toBeUndefined()
        }).pipe(Effect.provide(layer))
    )

    it.effect(
      "book – best first, on the tick, mirrored between the outcomes, and not of windows that are not followed",
      () =>
        Effect.gen(function* () {
          const exchange = yield* Exchange
          const time = yield* MarketTime
          const window = yield* tradingWindow
          for (let look = 0; look < 5; look++) {
            const up = yield* exchange.book(window.upTokenId)
            const down = yield* exchange.book(window.downTokenId)
            if (up === undefined || down === undefined)
              return expect.unreachable("no book of a window that trades")
            expect(up.tokenId).toBe(window.upTokenId)
            expect(up.bids.length * up.asks.length).toBeGreaterThan(0)
            checkLevels(up, window.tickSizeTicks)
            checkLevels(down, window.tickSizeTicks)
            const { asks, bids } = mirrorBook(up, window.downTokenId)
            expect(down).toMatchObject({ asks, bids })
            const nowMs = yield* Clock.currentTimeMillis
            for (const { eventTimeMs, receivedAtMs } of [up, down]) {
              expect(eventTimeMs).toBeLessThanOrEqual(receivedAtMs)
              expect(nowMs - receivedAtMs).toBeLessThan(5_000)
            }
            yield* time.pass(7_000)
          }
          yield* exchange.follow([])
          expect(yield* exchange.book(window.upTokenId)).toBeUndefined()
          yield* exchange.follow([window])
          expect(yield* exchange.book(window.upTokenId)).toBeDefined()
        }).pipe(Effect.provide(layer))
    )

    it.effect("priceToBeat – unknown before the start, then one price for ever", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange
        const time = yield* MarketTime
        const window = yield* tradingWindow
        const next = yield* exchange.findWindow("BTC", "5m", window.endMs)
        if (next === undefined) return expect.unreachable("the next window is not listed")
        expect(yield* exchange.priceToBeat(next)).toBeUndefined()
        yield* time.pass(next.startMs + 60_000 - (yield* Clock.currentTimeMillis))
        const price = yield* exchange.priceToBeat(next)
        expect(price).toBeGreaterThan(0)
        yield* time.pass(LENGTH_MS)
        expect(yield* exchange.priceToBeat(next)).toBe(price)
      }).pipe(Effect.provide(layer))
    )

    it.effect(
      "resolution – unknown until the venue resolves, then final, and in accord with its prices",
      () =>
        Effect.gen(function* () {
          const exchange = yield* Exchange
          const time = yield* MarketTime
          const window = yield* tradingWindow
          expect(yield* exchange.resolution(window)).toBeUndefined()
          yield* time.pass(window.endMs - (yield* Clock.currentTimeMillis))
          expect(yield* exchange.resolution(window)).toBeUndefined()
          yield* time.pass(600_000)
          const resolution = yield* exchange.resolution(window)
          if (resolution === undefined) return expect.unreachable("not resolved ten minutes after its end")
          expect(resolution).toMatchObject({ slug: window.slug, conditionId: window.conditionId })
          expect(resolution.resolvedAtMs).toBeGreaterThanOrEqual(window.endMs)
          const prices = Option.all([resolution.openPrice, resolution.closePrice])
          if (Option.isSome(prices)) {
            const [open, close] = prices.value
            expect(resolution.outcome).toBe(close >= open ? "Up" : "Down")
            expect(open).toBe(yield* exchange.priceToBeat(window))
          }
          yield* time.pass(60_000)
          expect(yield* exchange.resolution(window)).toEqual(resolution)
        }).pipe(Effect.provide(layer))
    )
  })
}
