/** What the venue says of cash, shares, orders and trades fits together, to the millionth and at any time. */
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, FastCheck as fc, type Layer } from "effect"
import { microShares, priceTicks } from "../../src/domain/money.ts"
import { type Window, tokenOf } from "../../src/domain/window.ts"
import { Exchange } from "../../src/ports/exchange.ts"
import { MarketTime } from "./market-time.ts"
import { SHARE, account, buyNow, cashMoved, sellNow, send, sharesHeld, tradingWindow } from "./trading.ts"

/** Checks that all the venue's answers at this instant tell one story. */
const checkAccount = (window: Window, startCash: number, offPerTrade: number) =>
  Effect.gen(function* () {
    const exchange = yield* Exchange
    const { balances, cash, open, trades } = yield* account(window)
    expect(Math.abs(cash - startCash - cashMoved(trades))).toBeLessThanOrEqual(offPerTrade * trades.length)
    for (const tokenId of [window.upTokenId, window.downTokenId]) {
      expect(balances.get(tokenId) ?? 0).toBe(sharesHeld(trades, tokenId, true))
      expect(sharesHeld(trades, tokenId, false)).toBeGreaterThanOrEqual(0)
    }
    for (const listed of open) {
      expect(listed.status).toBe("live")
      expect(yield* exchange.order(listed.orderId)).toEqual(listed)
    }
    for (const orderId of new Set(trades.map((trade) => trade.orderId))) {
      const filled = trades
        .filter((trade) => trade.orderId === orderId)
        .reduce((sum, { sizeMicroShares }) => sum + sizeMicroShares, 0)
      expect((yield* exchange.order(orderId))?.filledMicroShares).toBe(filled)
    }
    expect(new Set(trades.map(({ orderId, tradeId }) => `${tradeId}|${orderId}`)).size).toBe(trades.length)
    return trades
  })

const move = fc.record({
  what: fc.constantFrom("buy", "buy", "sell", "rest", "rest", "cancel"),
  outcome: fc.constantFrom("Up" as const, "Down" as const),
  shares: fc.integer({ min: 5, max: 12 }),
  /** How far below the best ask a bid rests, in cents. */
  below: fc.integer({ min: 1, max: 3 }),
  waitMs: fc.constantFrom(0, 400, 3_000, 6_000)
})
type Move = typeof move extends fc.Arbitrary<infer A> ? A : never

const play = (window: Window, { below, outcome, shares, what }: Move) =>
  Effect.gen(function* () {
    const exchange = yield* Exchange
    switch (what) {
      case "buy":
        return yield* buyNow(window, shares, outcome)
      case "sell":
        return yield* sellNow(window, shares, outcome)
      case "cancel": {
        const [oldest] = yield* exchange.openOrders
        return oldest === undefined ? undefined : yield* exchange.cancel([oldest.orderId])
      }
      default: {
        const ask = (yield* exchange.book(tokenOf(window, outcome)))?.asks[0]?.priceTicks ?? 5_000
        const price = priceTicks(Math.max(100, ask - below * 100))
        return yield* send(window, {
          outcome,
          priceTicks: price,
          sizeMicroShares: microShares(shares * SHARE)
        })
      }
    }
  })

/** `offPerTrade`: millionths by which the cost of a trade may differ from what its price and size say. */
export const moneyContract = (layer: Layer.Layer<Exchange | MarketTime>, offPerTrade: number): void => {
  describe("money", () => {
    it.effect("trades – matched shares are paid for at once, and spendable only when confirmed", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange
        const time = yield* MarketTime
        const window = yield* tradingWindow
        const startCash = yield* exchange.cashMicroUsd
        yield* buyNow(window, 10)
        const [first] = yield* checkAccount(window, startCash, offPerTrade)
        expect(first?.status).toBe("matched")
        expect(yield* exchange.balances).toEqual([])
        const early = yield* sellNow(window, 10)
        expect(early.outcome).toMatchObject({
          _tag: "Refused",
          reason: expect.stringMatching(/not enough balance/)
        })
        const statuses: Array<string> = []
        for (let passedMs = 0; passedMs < 60_000; passedMs += 500) {
          yield* time.pass(500)
          const [trade] = yield* checkAccount(window, startCash, offPerTrade)
          if (trade !== undefined && statuses.at(-1) !== trade.status) statuses.push(trade.status)
          if (trade?.status === "confirmed") break
        }
        expect(statuses.slice(-2)).toEqual(["mined", "confirmed"])
        // A buy at the market is for dollars: below its limit they buy more shares than were asked for.
        const bought = sharesHeld(yield* exchange.trades(window.conditionId), window.upTokenId, true)
        expect(bought).toBeGreaterThanOrEqual(10 * SHARE)
        expect(yield* exchange.balances).toMatchObject([
          { tokenId: window.upTokenId, conditionId: window.conditionId, sizeMicroShares: bought }
        ])
        expect((yield* sellNow(window, 10)).outcome).toMatchObject({ _tag: "Accepted", status: "matched" })
        yield* checkAccount(window, startCash, offPerTrade)
      }).pipe(Effect.provide(layer))
    )

    it.effect("cash – is what the trades say at every moment of their settlement, of buys and of sales", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange
        const time = yield* MarketTime
        const window = yield* tradingWindow
        const startCash = yield* exchange.cashMicroUsd
        const settles = (statuses: Set<string>) =>
          Effect.gen(function* () {
            for (let passedMs = 0; passedMs < 60_000; passedMs += 130) {
              yield* time.pass(130)
              // Cash is asked for first: nothing else has brought the client up to this moment.
              const cash = yield* exchange.cashMicroUsd
              const trades = yield* exchange.trades(window.conditionId)
              const off = Math.abs(cash - startCash - cashMoved(trades))
              expect(off).toBeLessThanOrEqual(offPerTrade * trades.length)
              for (const { status } of trades) statuses.add(status)
              if (trades.every(({ status }) => status === "confirmed")) return
            }
          })
        for (const trade of [buyNow(window, 20), sellNow(window, 15)]) {
          expect((yield* trade).outcome).toMatchObject({ status: "matched" })
          const statuses = new Set<string>()
          yield* settles(statuses)
          expect([...statuses].toSorted()).toEqual(["confirmed", "matched", "mined"])
        }
      }).pipe(Effect.provide(layer))
    )

    it.effect("account – cash, shares, orders and trades agree after any moves, and through settlement", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange
        const time = yield* MarketTime
        const window = yield* tradingWindow
        const startCash = yield* exchange.cashMicroUsd
        for (const each of fc.sample(move, { numRuns: 24, seed: 5 })) {
          yield* play(window, each)
          yield* checkAccount(window, startCash, offPerTrade)
          yield* time.pass(each.waitMs)
          yield* checkAccount(window, startCash, offPerTrade)
        }
        // Something is held on either side when it ends, whatever the moves were.
        yield* buyNow(window, 10)
        yield* buyNow(window, 5, "Down")
        yield* send(window)
        yield* time.pass(window.endMs + 600_000 - (yield* Clock.currentTimeMillis))
        const resolution = yield* exchange.resolution(window)
        if (resolution === undefined) return expect.unreachable("not resolved ten minutes after its end")
        const { balances, cash, open, trades } = yield* account(window)
        expect(trades.some(({ role }) => role === "maker")).toBe(true)
        expect(trades.some(({ role }) => role === "taker")).toBe(true)
        expect(new Set(trades.map(({ status }) => status))).toEqual(new Set(["confirmed"]))
        const payout = sharesHeld(trades, tokenOf(window, resolution.outcome), true)
        expect(payout).toBeGreaterThan(0)
        const off = Math.abs(cash - startCash - cashMoved(trades) - payout)
        expect(off).toBeLessThanOrEqual(offPerTrade * trades.length)
        expect(balances.get(window.upTokenId) ?? 0).toBe(0)
        expect(balances.get(window.downTokenId) ?? 0).toBe(0)
        expect(open).toEqual([])
      }).pipe(Effect.provide(layer))
    )
  })
}
