import { it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { describe, expect } from "vitest"
import { MICROS } from "../../../src/domain/money.ts"
import {
  type Quote,
  T0,
  book,
  fillsOf,
  giveShares,
  id,
  marketOf,
  openMarket,
  order,
  shares,
  taker,
  usd
} from "./support.ts"

const market = marketOf("m")
const size = fc.integer({ min: 5, max: 200 })
const clamp = (value: number, max: number) => Math.min(Math.max(value, 0), max)

describe("others' liquidity", () => {
  it.prop(
    "queue – ours fills only after those ahead; cancels come from the back, takers serve the front",
    [size, size, fc.nat(200), fc.nat(300), fc.nat(400), fc.boolean()],
    ([ahead, ours, behind, leaving, taken, isDown]) => {
      const engine = openMarket(market, [[48, ahead]], [])
      const wish = isDown ? ({ side: "SELL", outcome: "Down", price: 52 } as const) : { price: 48 }
      const atMs = giveShares(engine, market, "a", 200)
      engine.market(book(market, [[48, ahead]], [], atMs))
      engine.place("a", order(market, { id: 1, size: ours, ...wish }), atMs)
      engine.market(book(market, [[48, ahead + behind]], [], atMs))
      engine.market(book(market, [[48, Math.max(ahead + behind - leaving, 0)]], [], atMs))
      const fills = fillsOf(engine.market(taker(market, "SELL", 48, taken, atMs)))
      const stillAhead = clamp(ahead - Math.max(leaving - behind, 0), ahead)
      const expected = clamp(taken - stillAhead, ours)
      expect(fills.map((fill) => fill.size)).toEqual(expected === 0 ? [] : [expected])
    },
    { fastCheck: { numRuns: 200 } }
  )

  it.prop(
    "take – the same snapshot again and again never gives more shares than it showed",
    [
      fc.uniqueArray(fc.tuple(fc.integer({ min: 51, max: 60 }), size), { selector: ([p]) => p }),
      fc.array(size)
    ],
    ([asks, sizes]) => {
      const engine = openMarket(market, [], asks)
      engine.deposit("a", usd(100_000), T0)
      let bought = 0
      for (const [index, wanted] of sizes.entries()) {
        const wish = { id: index, price: 60, size: wanted * 5, type: "FAK" } as const
        bought += fillsOf(engine.place("a", order(market, wish), T0).news).reduce(
          (n, fill) => n + fill.size,
          0
        )
        engine.market(book(market, [], asks))
      }
      const shown = asks.reduce((total, [, quantity]) => total + quantity, 0)
      const asked = sizes.reduce((total, quantity) => total + quantity * 5, 0)
      expect(bought).toBe(Math.min(shown, asked))
    },
    { fastCheck: { numRuns: 100 } }
  )

  it.prop(
    "take – over any snapshots at most the first size and its increases can be taken",
    [fc.array(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.nat(100)), { minLength: 1 })],
    ([turns]) => {
      const engine = openMarket(market)
      engine.deposit("a", usd(100_000), T0)
      let [bought, shownBefore, limit] = [0, 0, 0]
      for (const [index, [shown, wanted]] of turns.entries()) {
        engine.market(book(market, [], [[50, shown]]))
        limit += Math.max(0, shown - shownBefore)
        shownBefore = shown
        const wish = { id: index, price: 50, size: wanted * 2, type: "FAK" } as const
        bought += fillsOf(engine.place("a", order(market, wish), T0).news).reduce(
          (n, fill) => n + fill.size,
          0
        )
        expect(bought).toBeLessThanOrEqual(limit)
      }
    },
    { fastCheck: { numRuns: 100 } }
  )

  it("take – a level that was gone and comes back is fresh", () => {
    const engine = openMarket(market, [], [[50, 100]])
    const buy = (n: number) =>
      fillsOf(engine.place("a", order(market, { id: n, type: "FAK", price: 50, size: 100 }), T0).news)
    expect(buy(1)).toHaveLength(1)
    expect(buy(2)).toHaveLength(0)
    engine.market(book(market, [], []))
    engine.market(book(market, [], [[50, 40]]))
    expect(buy(3)).toMatchObject([{ size: 40 }])
  })

  it.prop(
    "cross – an ask that comes in at or below our bid trades at our price, once",
    [size, size, fc.integer({ min: 40, max: 48 })],
    ([ours, theirs, askPrice]) => {
      const engine = openMarket(market)
      engine.place("a", order(market, { id: 1, price: 48, size: ours }), T0)
      const asks: ReadonlyArray<Quote> = [
        [askPrice, theirs],
        [60, 7]
      ]
      const fills = fillsOf(engine.market(book(market, [[30, 5]], asks)))
      expect(fills).toEqual([
        { account: "a", orderId: id(1), role: "maker", price: 48, size: Math.min(ours, theirs) }
      ])
      expect(engine.trades("a", market.conditionId)[0]?.feeMicroUsd).toBe(0)
      expect(engine.market(book(market, [[30, 5]], asks))).toEqual([])
      const left = engine.book(market.upTokenId)
      expect(left?.asks.map((level) => level.sizeMicroShares / MICROS)).toEqual(
        theirs > ours ? [theirs - ours, 7] : [7]
      )
    },
    { fastCheck: { numRuns: 100 } }
  )

  it("cross – levels of one snapshot that cross each other are dropped and make no trades", () => {
    const engine = openMarket(market)
    engine.place("a", order(market, { id: 1, price: 30, size: 10 }), T0)
    const bids: ReadonlyArray<Quote> = [
      [55, 10],
      [52, 10],
      [49, 10]
    ]
    const asks: ReadonlyArray<Quote> = [
      [50, 10],
      [54, 10],
      [56, 10]
    ]
    expect(engine.market(book(market, bids, asks))).toEqual([])
    const left = engine.book(market.upTokenId)
    expect(left?.bids.map((level) => level.priceTicks)).toEqual([4_900, 3_000])
    expect(left?.asks.map((level) => level.priceTicks)).toEqual([5_600])
    expect(engine.book(market.downTokenId)?.asks.map((level) => level.priceTicks)).toEqual([5_100, 7_000])
  })

  it("taker – stops at its limit and takes the better price first", () => {
    const engine = openMarket(market, [[45, 10]])
    engine.place("a", order(market, { id: 1, price: 47, size: 10 }), T0)
    engine.place("b", order(market, { id: 2, outcome: "Down", price: 45, size: 10 }), T0)
    engine.place("c", order(market, { id: 3, price: 44, size: 10 }), T0)
    const fills = fillsOf(engine.market(taker(market, "SELL", 45, 100)))
    expect(fills).toMatchObject([{ account: "a", price: 47, size: 10 }])
    expect(engine.book(market.upTokenId)?.bids).toEqual([{ priceTicks: 4_400, sizeMicroShares: shares(10) }])
    expect(fillsOf(engine.market(taker(market, "BUY", 55, 4)))).toMatchObject([
      { account: "b", price: 45, size: 4 }
    ])
  })
})
