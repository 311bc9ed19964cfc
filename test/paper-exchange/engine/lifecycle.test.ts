import { describe, expect, it } from "vitest"
import type { AccountNews } from "../../../src/paper-exchange/engine-types.ts"
import {
  T0,
  book,
  closed,
  fillsOf,
  giveShares,
  id,
  marketOf,
  openMarket,
  order,
  resolved,
  shares,
  stateOf,
  usd
} from "./support.ts"

const market = marketOf("m")
const tradeStatuses = (news: ReadonlyArray<AccountNews>) =>
  news.flatMap(({ account, update }) =>
    update._tag === "TradeUpdate" ? [`${account} ${update.trade.status} ${update.atMs - T0}`] : []
  )

describe("settlement", () => {
  it("trade – goes from matched over mined to confirmed after the delays, for both of its accounts", () => {
    const engine = openMarket(market)
    engine.place("a", order(market, { id: 1, price: 48, size: 10 }), T0)
    const { news } = engine.place("b", order(market, { id: 2, outcome: "Down", price: 52, size: 10 }), T0)
    expect(tradeStatuses(news)).toEqual(["b matched 0", "a matched 0"])
    expect(engine.balances("a")).toEqual([])
    expect(tradeStatuses(engine.advance(T0 + 1_999))).toEqual(["b mined 500", "a mined 500"])
    expect(engine.balances("a")).toEqual([])
    expect(tradeStatuses(engine.advance(T0 + 5_000))).toEqual(["b confirmed 2000", "a confirmed 2000"])
    const { conditionId, downTokenId, upTokenId } = market
    const sizeMicroShares = shares(10)
    expect(engine.balances("a")).toEqual([{ tokenId: upTokenId, conditionId, sizeMicroShares }])
    expect(engine.balances("b")).toEqual([{ tokenId: downTokenId, conditionId, sizeMicroShares }])
    expect(engine.nextDueMs()).toBeUndefined()
  })

  it("mint – two buyers pay $1 a pair together, and only the taker a fee", () => {
    const engine = openMarket(market)
    engine.place("a", order(market, { id: 1, price: 48, size: 10 }), T0)
    engine.place("b", order(market, { id: 2, outcome: "Down", price: 60, size: 10 }), T0)
    expect(engine.cash("a")).toBe(usd(1_000 - 4.8))
    // it bid 60 and pays 52, and 10 × 0.07 × 0.52 × 0.48
    expect(engine.cash("b")).toBe(usd(1_000 - 5.2 - 0.17472))
    expect(stateOf(engine).markets.get(market.conditionId)?.lockedMicroUsd).toBe(usd(10))
  })

  it("merge – two sellers share $1 a pair, and the pair is gone", () => {
    const engine = openMarket(market, [], [], [])
    const atMs = giveShares(engine, market, "b", 10, giveShares(engine, market, "a", 10))
    const before = { a: engine.cash("a"), b: engine.cash("b") }
    const locked = () => stateOf(engine).markets.get(market.conditionId)?.lockedMicroUsd ?? 0
    const lockedBefore = locked()
    engine.place("a", order(market, { id: 1, side: "SELL", price: 55, size: 10 }), atMs)
    engine.place("b", order(market, { id: 2, side: "SELL", outcome: "Down", price: 45, size: 10 }), atMs)
    expect(engine.cash("a") - before.a).toBe(usd(5.5))
    expect(engine.cash("b") - before.b).toBe(usd(4.5 - 0.17325))
    expect(lockedBefore - locked()).toBe(usd(10))
  })

  it("FAK – takes level by level, one trade each, and gives up the rest", () => {
    const engine = openMarket(
      market,
      [],
      [
        [50, 10],
        [51, 10],
        [53, 10]
      ]
    )
    const { answer, news } = engine.place(
      "a",
      order(market, { id: 1, type: "FAK", price: 51, size: 100 }),
      T0
    )
    expect(answer).toMatchObject({ _tag: "Placed", status: "matched", filledMicroShares: shares(20) })
    expect(fillsOf(news)).toMatchObject([
      { price: 50, size: 10 },
      { price: 51, size: 10 }
    ])
    expect(news.at(-1)?.update).toMatchObject({ _tag: "OrderUpdate", order: { status: "cancelled" } })
    expect(engine.openOrders("a")).toEqual([])
  })

  it("GTC – that crosses takes what is there and rests with the rest", () => {
    const engine = openMarket(market, [], [[50, 10]])
    engine.place("a", order(market, { id: 1, price: 50, size: 30 }), T0)
    expect(engine.order("a", id(1))).toMatchObject({ status: "live", filledMicroShares: shares(10) })
    expect(engine.order("b", id(1))).toBeUndefined()
    expect(engine.book(market.upTokenId)?.bids).toEqual([{ priceTicks: 5_000, sizeMicroShares: shares(20) }])
  })
})

describe("expiry and closing", () => {
  it("GTD – is cancelled a minute before its stated expiry", () => {
    const engine = openMarket(market)
    const wish = { id: 1, type: "GTD", price: 40, size: 5, expiresAtMs: T0 + 200_000 } as const
    engine.place("a", order(market, wish), T0)
    expect(engine.nextDueMs()).toBe(T0 + 140_000)
    expect(engine.advance(T0 + 139_999)).toEqual([])
    expect(engine.advance(T0 + 150_000)).toMatchObject([
      { account: "a", update: { order: { status: "cancelled" }, note: "expired", atMs: T0 + 140_000 } }
    ])
    expect(engine.book(market.upTokenId)?.bids).toEqual([])
  })

  it("GTD – leaves nothing due when it is cancelled earlier", () => {
    const engine = openMarket(market)
    const wish = { id: 1, type: "GTD", price: 40, size: 5, expiresAtMs: T0 + 200_000 } as const
    engine.place("a", order(market, wish), T0)
    engine.cancel("a", [id(1)], T0 + 1)
    expect(engine.nextDueMs()).toBeUndefined()
  })

  it("cancel – tells each order's fate", () => {
    const engine = openMarket(market)
    engine.place("a", order(market, { id: 1, price: 40, size: 5 }), T0)
    engine.place("b", order(market, { id: 2, price: 40, size: 5 }), T0)
    const first = engine.cancel("a", [id(1), id(1), id(2), id(3)], T0)
    expect(first.outcome.cancelled).toEqual([id(1)])
    expect(first.news).toMatchObject([{ account: "a", update: { order: { status: "cancelled" } } }])
    expect([...first.outcome.notCancelled]).toEqual([
      [id(2), "Order not found or already canceled"],
      [id(3), "Order not found or already canceled"]
    ])
    expect(engine.cancel("a", [id(1)], T0).outcome.notCancelled.get(id(1))).toBe("Order already canceled")
  })

  it("Closed – cancels what rests, with news, and empties the book", () => {
    const engine = openMarket(market, [[40, 10]], [])
    engine.place("a", order(market, { id: 1, price: 40, size: 5 }), T0)
    expect(engine.market(closed(market))).toMatchObject(
      [{ update: { order: { orderId: id(1), status: "cancelled" }, note: /CANCELED_MARKET_RESOLVED/ } }].map(
        ({ update }) => ({ update: { ...update, note: expect.stringMatching(update.note) } })
      )
    )
    expect(engine.book(market.upTokenId)).toMatchObject({ bids: [], asks: [] })
    engine.market(book(market, [[40, 10]], [[60, 10]]))
    expect(engine.book(market.upTokenId)).toMatchObject({ bids: [], asks: [] })
  })

  it("Resolved – confirms what is not, pays $1 for each winning share, and nothing for the others", () => {
    const engine = openMarket(
      market,
      [[50, 100]],
      [[50.5, 100]].map(([, size]) => [51, size ?? 0])
    )
    engine.place("a", order(market, { id: 1, type: "FOK", price: 51, size: 100 }), T0)
    engine.place("b", order(market, { id: 2, type: "FOK", outcome: "Down", price: 50, size: 100 }), T0)
    const cash = { a: engine.cash("a"), b: engine.cash("b") }
    expect(tradeStatuses(engine.market(resolved(market, "Up", T0 + 100)))).toEqual([
      "a confirmed 100",
      "b confirmed 100"
    ])
    expect(engine.cash("a") - cash.a).toBe(usd(100))
    expect(engine.cash("b")).toBe(cash.b)
    expect([...engine.balances("a"), ...engine.balances("b")]).toEqual([])
    engine.market(resolved(market, "Down", T0 + 200))
    expect(engine.cash("b")).toBe(cash.b)
  })

  it("forget – keeps a resolved market readable for an hour of market time, and no longer", () => {
    const engine = openMarket(market, [], [[51, 100]])
    engine.place("a", order(market, { id: 1, type: "FOK", price: 51, size: 100 }), T0)
    engine.market(resolved(market, "Up", T0))
    engine.advance(T0 + 3_599_999)
    expect(engine.trades("a", market.conditionId)).toHaveLength(1)
    expect(engine.order("a", id(1))).toMatchObject({ status: "matched" })
    engine.advance(T0 + 3_600_000)
    expect(engine.trades("a", market.conditionId)).toEqual([])
    expect(engine.order("a", id(1))).toBeUndefined()
    expect(engine.book(market.upTokenId)).toBeUndefined()
    expect(stateOf(engine)).toMatchObject({ markets: new Map(), finishedOrders: new Map(), agenda: [] })
  })
})
