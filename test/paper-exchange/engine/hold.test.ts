import { describe, expect, it } from "vitest"
import { T0, book, closed, fillsOf, id, marketOf, openMarket, order, shares, taker } from "./support.ts"

const market = marketOf("m", { takerHoldMs: 150 })
const fok = order(market, { id: 1, type: "FOK", price: 52, size: 25 })

describe("taker hold", () => {
  it("place – holds an order that takes, and answers when the hold is over", () => {
    const engine = openMarket(market, [[48, 100]], [[52, 100]])
    expect(engine.place("a", fok, T0)).toEqual({ answer: { _tag: "Held", untilMs: T0 + 150 }, news: [] })
    expect(engine.nextDueMs()).toBe(T0 + 150)
    expect(engine.openOrders("a").map((open) => open.orderId)).toEqual([id(1)])
    expect(engine.cancel("a", [id(1)], T0 + 10).outcome.notCancelled.get(id(1))).toMatch(/delayed/)
    engine.advance(T0 + 149)
    expect(engine.placed(id(1))).toBeUndefined()
    expect(fillsOf(engine.advance(T0 + 150))).toHaveLength(1)
    expect(engine.placed(id(1))).toMatchObject({
      _tag: "Placed",
      status: "matched",
      filledMicroShares: shares(25)
    })
    expect(engine.cancel("a", [id(1)], T0 + 151).outcome.notCancelled.get(id(1))).toBe(
      "Order already matched"
    )
  })

  it("place – does not hold an order that rests, nor a post-only one", () => {
    const engine = openMarket(market, [[48, 100]], [[52, 100]])
    for (const postOnly of [false, true]) {
      const resting = order(market, { id: `r${postOnly}`, price: 51, size: 10, postOnly })
      expect(engine.place("a", resting, T0).answer).toMatchObject({ _tag: "Placed", status: "live" })
    }
  })

  it("release – meets the book of its own moment, not that of its arrival", () => {
    const engine = openMarket(market, [[48, 100]], [[52, 100]])
    engine.place("a", fok, T0)
    engine.place("b", order(market, { id: 2, price: 52, size: 25 }), T0)
    engine.market(book(market, [[48, 100]], [[53, 100]], T0 + 100))
    expect(fillsOf(engine.advance(T0 + 150))).toEqual([])
    expect(engine.placed(id(1))).toMatchObject({ _tag: "Refused" })
    expect(engine.order("a", id(1))).toBeUndefined()
    expect(engine.placed(id(2))).toMatchObject({ _tag: "Placed", status: "live" })
    expect(engine.book(market.upTokenId)?.bids[0]?.priceTicks).toBe(5_200)
  })

  it("release – is refused where the market closed meanwhile", () => {
    const engine = openMarket(market, [], [[52, 100]])
    engine.place("a", fok, T0)
    engine.market(closed(market, T0 + 100))
    expect(engine.placed(id(1))).toMatchObject({ _tag: "Refused" })
    expect(engine.openOrders("a")).toEqual([])
    expect(engine.nextDueMs()).toBeUndefined()
  })

  it("hold – keeps the order's money back, and gives it free when the order is killed", () => {
    const engine = openMarket(market, [], [[52, 100]])
    engine.place("a", order(market, { id: 1, type: "FOK", price: 52, size: 1_800 }), T0)
    const other = (n: number, atMs: number) =>
      engine.place("a", order(market, { id: n, price: 40, size: 100 }), atMs).answer._tag
    expect(other(2, T0)).toBe("Refused")
    expect(other(3, T0 + 150)).toBe("Placed")
    expect(engine.placed(id(1))).toMatchObject({ text: expect.stringContaining("couldn't be fully filled") })
  })

  it("placed – forgets the first answer to an order that is sent again", () => {
    const engine = openMarket(market)
    engine.place("a", fok, T0)
    engine.advance(T0 + 150)
    expect(engine.placed(id(1))).toMatchObject({ _tag: "Refused" })
    expect(engine.place("a", fok, T0 + 200).answer).toMatchObject({ _tag: "Held" })
    expect(engine.placed(id(1))).toBeUndefined()
  })

  it("hold – a price that is better at its end goes to the taker", () => {
    const engine = openMarket(market, [], [[52, 100]])
    engine.place("a", fok, T0)
    engine.market(book(market, [], [[50, 100]], T0 + 50))
    expect(fillsOf(engine.advance(T0 + 150))).toMatchObject([{ role: "taker", price: 50, size: 25 }])
  })

  it("hold – what another taker took during it is gone", () => {
    const engine = openMarket(market, [], [[52, 100]])
    engine.place("a", order(market, { id: 1, type: "FAK", price: 52, size: 100 }), T0)
    engine.market(taker(market, "BUY", 52, 70, T0 + 50))
    expect(fillsOf(engine.advance(T0 + 150))).toMatchObject([{ size: 30 }])
    expect(engine.order("a", id(1))).toMatchObject({ status: "cancelled", filledMicroShares: shares(30) })
  })
})
