/** The client on the embedded exchange, over the protocol: discovery, books, orders, fills, balances, settlement. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { formatUsd } from "../../../../src/domain/decimal.ts"
import { type Intent } from "../../../../src/domain/order.ts"
import { microShares, priceTicks } from "../../../../src/domain/money.ts"
import type { Window } from "../../../../src/domain/window.ts"
import { START_MS, inWorld } from "../../../paper-exchange/protocol/exchange.ts"
import { clientOf, serverOf } from "./venue.ts"

const intentOf = (window: Window, terms: Partial<Intent>): Intent => ({
  slug: window.slug,
  asset: window.asset,
  conditionId: window.conditionId,
  tokenId: window.upTokenId,
  outcome: "Up",
  side: "BUY",
  orderType: "GTC",
  priceTicks: priceTicks(5_000),
  sizeMicroShares: microShares(10_000_000),
  postOnly: false,
  expiresAtMs: null,
  purpose: "entry",
  reason: "test",
  createdAtMs: START_MS,
  ...terms
})

describe("the client on the embedded exchange", () => {
  it("discovery, book, order, fill, cancel, balances", () =>
    inWorld(({ keeper, pass }) =>
      Effect.gen(function* () {
        yield* pass(30_000)
        const client = yield* clientOf(yield* serverOf(keeper))
        const { exchange, told } = client
        const window = yield* exchange.findWindow("BTC", "5m", START_MS + 30_000)
        if (window === undefined) return yield* Effect.dieMessage("no window")
        expect(window.fees.rateMicros).toBe(70_000)
        yield* exchange.follow([window])
        yield* pass(2_000)
        const book = yield* exchange.book(window.upTokenId)
        expect(book?.bids.length).toBeGreaterThan(0)
        expect(book?.asks.length).toBeGreaterThan(0)
        const before = yield* exchange.cashMicroUsd

        const bid = intentOf(window, {
          priceTicks: priceTicks(100),
          sizeMicroShares: microShares(50_000_000)
        })
        const resting = yield* exchange.identify(bid)
        expect(yield* exchange.place(bid, resting)).toEqual({
          _tag: "Accepted",
          orderId: resting.orderId,
          status: "live"
        })
        expect((yield* exchange.openOrders).map(({ orderId }) => orderId)).toEqual([resting.orderId])

        const take = intentOf(window, { orderType: "FAK", priceTicks: priceTicks(9_900) })
        const taking = yield* exchange.identify(take)
        const sent = yield* Effect.fork(exchange.place(take, taking))
        yield* pass(1_000)
        expect(yield* Fiber.join(sent)).toMatchObject({ _tag: "Accepted", status: "matched" })
        yield* pass(10_000)
        const updates = yield* exchange.takeUpdates
        const fills = updates.flatMap((update) => (update._tag === "TradeUpdate" ? [update.trade] : []))
        expect(fills.map(({ status }) => status)).toEqual(
          expect.arrayContaining(["matched", "mined", "confirmed"])
        )
        expect(fills.every(({ orderId, role }) => orderId === taking.orderId && role === "taker")).toBe(true)
        expect(fills[0]?.feeMicroUsd).toBeGreaterThan(0)

        expect(yield* exchange.cancel([resting.orderId])).toEqual({
          cancelled: [resting.orderId],
          notCancelled: new Map()
        })
        yield* pass(1_000)
        expect(yield* exchange.order(resting.orderId)).toMatchObject({ status: "cancelled" })
        const [balance] = yield* exchange.balances
        expect(balance).toMatchObject({ tokenId: window.upTokenId })
        const trades = yield* exchange.trades(window.conditionId)
        const bought = trades.reduce((sum, { sizeMicroShares }) => sum + sizeMicroShares, 0)
        expect(balance?.sizeMicroShares).toBe(bought)
        expect(Number(formatUsd(yield* exchange.cashMicroUsd))).toBeLessThan(Number(formatUsd(before)))
        expect(told).toEqual([])
      })
    ))
})
