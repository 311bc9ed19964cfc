import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import type { Engine } from "../../../src/paper-exchange/engine-types.ts"
import { makeEngine } from "../../../src/paper-exchange/engine/make-engine.ts"
import { type Quote, T0, book, closed, marketOf, openMarket, order, settings, taker } from "./support.ts"
import { priceTicks } from "../../../src/domain/money.ts"

const market = marketOf("1")

const tickOf = (engine: Engine) => engine.book(market.upTokenId)?.tickSizeTicks

/** The middle of the Up token's book in cents, or the best of its only side. */
const middleOf = (engine: Engine): number | undefined => {
  const up = engine.book(market.upTokenId)
  const [bid, ask] = [up?.bids[0]?.priceTicks, up?.asks[0]?.priceTicks]
  if (bid === undefined || ask === undefined) {
    const only = bid ?? ask
    return only === undefined ? undefined : only / 100
  }
  return (bid + ask) / 200
}

const quotes = (from: number, to: number): fc.Arbitrary<ReadonlyArray<Quote>> =>
  fc.array(fc.tuple(fc.integer({ min: from, max: to }), fc.integer({ min: 1, max: 30 })), { maxLength: 3 })

/** Books around a price that is often near the ends, takers, and orders of ours at whole cents and between them. */
const someCents = fc.oneof(
  fc.integer({ min: 2, max: 8 }),
  fc.integer({ min: 9, max: 91 }),
  fc.integer({ min: 92, max: 98 })
)
const steps = fc.array(
  fc.oneof(
    someCents.chain((cents) =>
      fc.record({
        kind: fc.constant("book" as const),
        bids: quotes(Math.max(1, cents - 3), cents - 1),
        asks: quotes(cents + 1, Math.min(99, cents + 3))
      })
    ),
    fc.record({
      kind: fc.constant("taker" as const),
      side: fc.constantFrom("BUY" as const, "SELL" as const),
      price: fc.integer({ min: 1, max: 99 }),
      size: fc.integer({ min: 1, max: 60 })
    }),
    fc.record({
      kind: fc.constant("order" as const),
      side: fc.constantFrom("BUY" as const, "SELL" as const),
      outcome: fc.constantFrom("Up" as const, "Down" as const),
      price: fc.oneof(
        fc.integer({ min: 1, max: 99 }),
        fc.integer({ min: 1, max: 999 }).map((mills) => mills / 10)
      )
    })
  ),
  { maxLength: 25 }
)

describe("the tick size", () => {
  it.prop(
    "is a cent until the price passes 0.96 or falls below 0.04, and a tenth of one ever after, saved or not",
    [steps],
    ([moves]) => {
      let engine = openMarket(market)
      let isFine = false
      for (const [index, move] of moves.entries()) {
        const atMs = T0 + index
        if (move.kind === "book") engine.market(book(market, move.bids, move.asks, atMs))
        else if (move.kind === "taker") engine.market(taker(market, move.side, move.price, move.size, atMs))
        else {
          const wish = { id: index, side: move.side, outcome: move.outcome, price: move.price, size: 5 }
          const { answer } = engine.place("a", order(market, wish), atMs)
          const isOnTick = Number.isInteger(move.price) || isFine
          if (answer._tag === "Refused")
            expect(/minimum tick size|^invalid price/.test(answer.text)).toBe(!isOnTick)
          else expect(isOnTick).toBe(true)
        }
        const middle = middleOf(engine)
        isFine ||= middle !== undefined && (middle < 4 || middle > 96)
        expect(tickOf(engine)).toBe(isFine ? 10 : 100)
        if (index % 7 === 6) engine = makeEngine(settings, engine.save())
      }
    }
  )

  it.each([
    ["at 0.96", 96, 100],
    ["past 0.96", 97, 10],
    ["at 0.04", 4, 100],
    ["below 0.04", 3, 10]
  ])("%s", (_, cents, tick) => {
    expect(tickOf(openMarket(market, [[cents - 1, 10]], [[cents + 1, 10]]))).toBe(tick)
    expect(tickOf(openMarket(market, [[cents, 10]]))).toBe(tick)
    expect(tickOf(openMarket(market, [], [[cents, 10]]))).toBe(tick)
  })

  it("leaves what rests where it is, takes prices between the cents from then on, and matches them in their place", () => {
    const engine = openMarket(market, [[95, 10]], [[97, 10]])
    engine.place("a", order(market, { id: "cent", price: 95, size: 10 }), T0)
    expect(engine.place("a", order(market, { id: "early", price: 96.5, size: 10 }), T0).answer).toEqual({
      _tag: "Refused",
      text: "order order-early is invalid. Price (0.965) breaks minimum tick size rule: 0.01"
    })
    engine.market(book(market, [[96, 10]], [[98, 10]], T0 + 1))
    expect(engine.order("a", order(market, { id: "cent", price: 95, size: 10 }).orderId)?.status).toBe("live")
    for (const [id, price] of [
      ["between", 97.5],
      ["old tick", 97]
    ] as const) {
      const { answer } = engine.place("a", order(market, { id, price, size: 10 }), T0 + 2)
      expect(answer).toMatchObject({ _tag: "Placed", status: "live" })
    }
    expect(engine.book(market.upTokenId)?.bids.map(({ priceTicks: price }) => price)).toEqual([
      9_750, 9_700, 9_600, 9_500
    ])
    const { answer } = engine.place(
      "b",
      order(market, { id: "taker", outcome: "Down", price: 2.5, size: 50 }),
      T0 + 3
    )
    expect(answer).toMatchObject({ _tag: "Placed", status: "matched", filledMicroShares: 10_000_000 })
    expect(
      engine.place("a", order(market, { id: "finest", price: 97.55, size: 10 }), T0 + 4).answer
    ).toMatchObject({
      text: "order order-finest is invalid. Price (0.9755) breaks minimum tick size rule: 0.001"
    })
  })

  it("stays what it is on markets of another tick, and when trading is over", () => {
    const tenths = marketOf("2", { tickSizeTicks: priceTicks(1_000) })
    const engine = openMarket(tenths, [[98, 10]])
    expect(engine.book(tenths.upTokenId)?.tickSizeTicks).toBe(1_000)
    const over = openMarket(market, [[50, 10]], [[51, 10]])
    over.market(closed(market, T0 + 1))
    over.market(book(market, [[98, 10]], [], T0 + 2))
    expect(tickOf(over)).toBe(100)
  })
})
