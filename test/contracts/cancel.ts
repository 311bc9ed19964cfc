/** Cancels, and the account's news. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { OrderId } from "../../src/domain/order.ts"
import { type AccountUpdate, Exchange } from "../../src/ports/exchange.ts"
import { MarketTime } from "./market-time.ts"
import { buyNow, send, tradingWindow } from "./trading.ts"

const UNKNOWN_ID = OrderId.make(`0x${"7".repeat(64)}`)

const wordsOf = (update: AccountUpdate): string =>
  update._tag === "TradeUpdate"
    ? `trade ${update.trade.tradeId} ${update.trade.orderId} ${update.trade.status}`
    : `order ${update.order.orderId} ${update.order.status} ${update.order.filledMicroShares}`

export const cancelContract = (layer: Layer.Layer<Exchange | MarketTime>): void => {
  describe("cancel", () => {
    it.effect("cancel – takes resting orders away, and says of every other id why not", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange
        const window = yield* tradingWindow
        const first = (yield* send(window)).identity.orderId
        const second = (yield* send(window, { outcome: "Down" })).identity.orderId
        const stays = (yield* send(window)).identity.orderId
        const filled = (yield* buyNow(window, 10)).identity.orderId
        const outcome = yield* exchange.cancel([first, UNKNOWN_ID, second, filled])
        expect(new Set(outcome.cancelled)).toEqual(new Set([first, second]))
        expect(new Set(outcome.notCancelled.keys())).toEqual(new Set([UNKNOWN_ID, filled]))
        for (const words of outcome.notCancelled.values()) expect(words).not.toBe("")
        expect((yield* exchange.openOrders).map(({ orderId }) => orderId)).toEqual([stays])
        expect(yield* exchange.order(first)).toMatchObject({ status: "cancelled", filledMicroShares: 0 })
        expect((yield* exchange.order(filled))?.status).toBe("matched")
        const again = yield* exchange.cancel([first])
        expect(again.cancelled).toEqual([])
        expect([...again.notCancelled.keys()]).toEqual([first])
      }).pipe(Effect.provide(layer))
    )

    it.effect("cancel – of nothing cancels nothing", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange
        yield* send(yield* tradingWindow)
        expect(yield* exchange.cancel([])).toEqual({ cancelled: [], notCancelled: new Map() })
        expect(yield* exchange.openOrders).toHaveLength(1)
      }).pipe(Effect.provide(layer))
    )

    it.effect("order – an id the venue never saw is no order", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange
        expect(yield* exchange.order(UNKNOWN_ID)).toBeUndefined()
      }).pipe(Effect.provide(layer))
    )
  })

  describe("takeUpdates", () => {
    it.effect("takeUpdates – each piece of news once, the oldest first, however many take", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange
        const time = yield* MarketTime
        const window = yield* tradingWindow
        const resting = (yield* send(window)).identity.orderId
        const taking = (yield* buyNow(window, 10)).identity.orderId
        const early = yield* exchange.takeUpdates
        expect(yield* exchange.takeUpdates).toEqual([])
        yield* time.pass(10_000)
        yield* exchange.cancel([resting])
        const late = yield* Effect.all([exchange.takeUpdates, exchange.takeUpdates], { concurrency: 2 })
        const all = [...early, ...late.flat()]
        expect(all.map(({ atMs }) => atMs)).toEqual(all.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
        const words = all.map(wordsOf)
        expect(new Set(words).size, words.join("\n")).toBe(words.length)
        const trades = yield* exchange.trades(window.conditionId)
        for (const { orderId, tradeId } of trades) {
          const statuses = words.filter((line) => line.startsWith(`trade ${tradeId} ${orderId}`))
          expect(statuses.map((line) => line.split(" ")[3])).toEqual(["matched", "mined", "confirmed"])
        }
        const filled = trades.reduce((sum, { sizeMicroShares }) => sum + sizeMicroShares, 0)
        expect(words).toContain(`order ${resting} live 0`)
        expect(words).toContain(`order ${resting} cancelled 0`)
        expect(words).toContain(`order ${taking} matched ${filled}`)
      }).pipe(Effect.provide(layer))
    )
  })
}
