/** What becomes of orders that are sent. */
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, Exit, FastCheck as fc, type Layer, Random } from "effect"
import { microShares, priceTicks } from "../../src/domain/money.ts"
import type { Intent, OrderId } from "../../src/domain/order.ts"
import { ConditionId, TokenId } from "../../src/domain/window.ts"
import { Exchange, type PlaceOutcome } from "../../src/ports/exchange.ts"
import { MarketTime } from "./market-time.ts"
import { SHARE, account, buyNow, intentFor, send, sendAgain, tradingWindow } from "./trading.ts"

/** Orders the venue does not take, and what its words are about. */
const REFUSED: ReadonlyArray<readonly [string, Partial<Intent>, RegExp]> = [
  ["off the tick", { priceTicks: priceTicks(150) }, /tick size/],
  ["below the tick", { priceTicks: priceTicks(50) }, /price/i],
  ["at a dollar", { priceTicks: priceTicks(10_000) }, /price/i],
  ["too small to rest", { sizeMicroShares: microShares(4 * SHARE) }, /minimum/],
  ["of no shares", { sizeMicroShares: microShares(0) }, /./],
  [
    "beyond the balance",
    { priceTicks: priceTicks(100), sizeMicroShares: microShares(900_000_000 * SHARE) },
    /not enough balance/
  ],
  ["selling what is not held", { side: "SELL", priceTicks: priceTicks(9_900) }, /not enough balance/],
  [
    "of another market",
    { conditionId: ConditionId.make(`0x${"9".repeat(64)}`), tokenId: TokenId.make("123456789") },
    /./
  ],
  ["post-only and crossing", { postOnly: true, priceTicks: priceTicks(9_900) }, /post-only/]
]

/** An order that is sent again is not taken again: the venue refuses it as a duplicate, or our client tells what it is. */
const expectTheSame = (orderId: OrderId, outcome: PlaceOutcome): void => {
  expect(outcome.orderId).toBe(orderId)
  if (outcome._tag === "Refused") expect(outcome.reason).toMatch(/uplicate/)
  else expect(outcome._tag).toBe("Accepted")
}

const anyOrder = fc.record({
  outcome: fc.constantFrom("Up" as const, "Down" as const),
  side: fc.constantFrom("BUY" as const, "SELL" as const),
  orderType: fc.constantFrom("GTC" as const, "GTD" as const, "FOK" as const, "FAK" as const),
  priceTicks: fc
    .oneof(
      fc.integer({ min: 0, max: 100 }).map((cents) => cents * 100),
      fc.nat(10_000)
    )
    .map(priceTicks),
  sizeMicroShares: fc
    .oneof(
      fc.nat(3_000).map((n) => n * 10_000),
      fc.nat(100 * SHARE),
      fc.nat()
    )
    .map(microShares),
  postOnly: fc.boolean(),
  expiresAtMs: fc.oneof(fc.constant(null), fc.integer({ min: -1, max: 1e13 }))
})

export const placeContract = (layer: Layer.Layer<Exchange | MarketTime>): void => {
  describe("identify", () => {
    it.effect("identify – of chance and time alone: the same twice, another with any other", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange
        const time = yield* MarketTime
        const window = yield* tradingWindow
        const intent = yield* intentFor(window)
        const by = (seed: string, what: Intent = intent) =>
          exchange.identify(what).pipe(Effect.withRandom(Random.make(seed)))
        const identity = yield* by("a")
        expect(identity.orderId).toMatch(/^0x[0-9a-f]{64}$/)
        expect(identity.timestampMs).toBe(yield* Clock.currentTimeMillis)
        expect(yield* by("a")).toEqual(identity)
        const others = [
          yield* by("b"),
          yield* by("a", { ...intent, priceTicks: priceTicks(200) }),
          yield* by("a", { ...intent, side: "SELL" }),
          yield* by("a", { ...intent, tokenId: window.downTokenId })
        ]
        yield* time.pass(1)
        others.push(yield* by("a"))
        expect(new Set([identity, ...others].map(({ orderId }) => orderId)).size).toBe(others.length + 1)
      }).pipe(Effect.provide(layer))
    )
  })

  describe("place", () => {
    it.effect(
      "place – an order away from the market is accepted, rests, and is listed under the id it was given",
      () =>
        Effect.gen(function* () {
          const exchange = yield* Exchange
          const window = yield* tradingWindow
          const { identity, intent, outcome } = yield* send(window)
          expect(outcome).toEqual({ _tag: "Accepted", orderId: identity.orderId, status: "live" })
          const listed = yield* exchange.openOrders
          expect(listed).toEqual([yield* exchange.order(identity.orderId)])
          expect(listed[0]).toMatchObject({
            orderId: identity.orderId,
            conditionId: intent.conditionId,
            tokenId: intent.tokenId,
            side: "BUY",
            priceTicks: intent.priceTicks,
            sizeMicroShares: intent.sizeMicroShares,
            filledMicroShares: 0,
            status: "live"
          })
        }).pipe(Effect.provide(layer))
    )

    it.effect("place – an order that takes is accepted as matched and filled within its limit", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange
        const window = yield* tradingWindow
        const book = yield* exchange.book(window.upTokenId)
        const { identity, intent, outcome } = yield* buyNow(window, 10)
        expect(outcome).toEqual({ _tag: "Accepted", orderId: identity.orderId, status: "matched" })
        const trades = yield* exchange.trades(window.conditionId)
        expect(trades.length).toBeGreaterThan(0)
        for (const trade of trades) {
          expect(trade).toMatchObject({ orderId: identity.orderId, role: "taker", side: "BUY" })
          expect(trade.priceTicks).toBeLessThanOrEqual(intent.priceTicks)
          // The book moves while the order is held, but not by half a dollar.
          expect(Math.abs(trade.priceTicks - (book?.asks[0]?.priceTicks ?? 0))).toBeLessThan(5_000)
        }
        const filled = trades.reduce((sum, { sizeMicroShares }) => sum + sizeMicroShares, 0)
        expect(yield* exchange.order(identity.orderId)).toMatchObject({
          status: "matched",
          filledMicroShares: filled
        })
        expect(yield* exchange.openOrders).toEqual([])
      }).pipe(Effect.provide(layer))
    )

    it.effect("place – what the venue does not take is refused in its words and leaves nothing behind", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange
        const window = yield* tradingWindow
        const before = yield* account(window)
        for (const [what, over, words] of REFUSED) {
          const { identity, outcome } = yield* send(window, over)
          expect(outcome, what).toMatchObject({ _tag: "Refused", orderId: identity.orderId })
          if (outcome._tag === "Refused") expect(outcome.reason, what).toMatch(words)
          expect((yield* exchange.order(identity.orderId))?.status, what).not.toBe("live")
        }
        expect(yield* account(window)).toEqual(before)
      }).pipe(Effect.provide(layer))
    )

    it.effect(
      "place – the same order again is refused as a duplicate or told as what it is; there is one order, and it trades once",
      () =>
        Effect.gen(function* () {
          const exchange = yield* Exchange
          const window = yield* tradingWindow
          const resting = yield* send(window)
          expectTheSame(resting.identity.orderId, yield* sendAgain(resting))
          expect(yield* exchange.openOrders).toHaveLength(1)
          const taking = yield* buyNow(window, 10)
          const before = yield* account(window)
          expectTheSame(taking.identity.orderId, yield* sendAgain(taking))
          expect(yield* account(window)).toEqual(before)
        }).pipe(Effect.provide(layer))
    )

    it.effect("place – near $0 or $1 the book and the listing tell a finer tick, and orders go by it", () =>
      Effect.gen(function* () {
        const exchange = yield* Exchange
        const time = yield* MarketTime
        const window = yield* tradingWindow
        const between = { priceTicks: priceTicks(window.tickSizeTicks + 10) }
        const toldTick = Effect.map(exchange.book(window.upTokenId), (book) => book?.tickSizeTicks)
        expect(yield* toldTick).toBe(100)
        expect((yield* send(window, between)).outcome).toMatchObject({
          reason: expect.stringMatching(/tick size/)
        })
        while ((yield* toldTick) !== 10) {
          if ((yield* Clock.currentTimeMillis) > window.endMs - 10_000) {
            return expect.unreachable("the price does not come near an end")
          }
          yield* time.pass(2_000)
        }
        const finer = yield* exchange.findWindow("BTC", "5m", window.startMs)
        expect(finer).toEqual({ ...window, tickSizeTicks: 10 })
        for (const over of [between, { priceTicks: window.tickSizeTicks }]) {
          const { identity, outcome } = yield* send(window, over)
          expect(outcome).toMatchObject({ _tag: "Accepted", status: "live" })
          expect(yield* exchange.order(identity.orderId)).toMatchObject(over)
        }
        expect((yield* send(window, { priceTicks: priceTicks(105) })).outcome).toMatchObject({
          reason: expect.stringMatching(/tick size/)
        })
      }).pipe(Effect.provide(layer))
    )

    it.effect("place – a window that is over takes no order", () =>
      Effect.gen(function* () {
        const time = yield* MarketTime
        const window = yield* tradingWindow
        yield* time.pass(window.endMs + 600_000 - (yield* Clock.currentTimeMillis))
        for (const { outcome } of [yield* send(window), yield* buyNow(window, 10)]) {
          expect(outcome._tag).toBe("Refused")
        }
      }).pipe(Effect.provide(layer))
    )

    it.effect(
      "place – whatever is sent, the outcome tells what became of it; it never fails and never dies",
      () =>
        Effect.gen(function* () {
          const exchange = yield* Exchange
          const window = yield* tradingWindow
          const seen = new Set<string>()
          for (const order of fc.sample(anyOrder, { numRuns: 80, seed: 1 })) {
            const exit = yield* Effect.exit(send(window, order))
            expect(Exit.isSuccess(exit), JSON.stringify({ order, exit })).toBe(true)
            if (!Exit.isSuccess(exit)) return
            const { identity, outcome } = exit.value
            expect(outcome.orderId).toBe(identity.orderId)
            const found = yield* exchange.order(identity.orderId)
            seen.add(outcome._tag === "Accepted" ? outcome.status : outcome._tag)
            if (outcome._tag === "Accepted") {
              expect(found).toBeDefined()
              if (outcome.status === "matched") expect(found?.filledMicroShares).toBeGreaterThan(0)
            } else {
              expect(outcome._tag).toBe("Refused")
              expect(found?.status).not.toBe("live")
            }
          }
          expect([...seen].toSorted()).toEqual(["Refused", "live", "matched"])
        }).pipe(Effect.provide(layer))
    )
  })
}
