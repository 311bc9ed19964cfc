import { describe, expect, it } from "vitest"
import type { Engine } from "../../../src/paper-exchange/engine-types.ts"
import { T0, book, id, marketOf, openMarket, order, settings, shares, usd } from "./support.ts"

const market = marketOf("m")
const free = marketOf("free", { fees: { rateMicros: 0, exponent: 1, takerOnly: true } })

const buy = (
  engine: Engine,
  wish: Partial<Parameters<typeof order>[1]> & { readonly budget?: number },
  on = market
) =>
  engine.place(
    "a",
    {
      ...order(on, { id: 1, type: "FAK", price: 52, size: 10, ...wish }),
      ...(wish.budget === undefined ? {} : { budgetMicroUsd: usd(wish.budget) })
    },
    T0
  ).answer

const tradeOf = (engine: Engine) => {
  const [trade] = engine.trades("a", market.conditionId)
  if (trade === undefined) throw new Error("nothing was traded")
  return trade
}

describe("a trade whose settlement goes wrong", () => {
  const traded = () => {
    const engine = openMarket(market, [], [[52, 100]])
    buy(engine, {})
    return engine
  }

  it("settle failed – gives every dollar and the fee back, and leaves the order as filled as it was", () => {
    const engine = traded()
    expect(engine.cash("a")).toBeLessThan(usd(1_000 - 5.2))
    engine.settle(tradeOf(engine).tradeId, "failed", T0 + 100)
    expect(engine.cash("a")).toBe(usd(1_000))
    expect(engine.order("a", id(1))).toMatchObject({ status: "matched", filledMicroShares: shares(10) })
    engine.advance(T0 + 60_000)
    expect(tradeOf(engine).status).toBe("failed")
    expect(engine.balances("a")).toEqual([])
    expect(engine.nextDueMs()).toBeUndefined()
  })

  it("settle failed – of a confirmed trade, or one nobody knows, changes nothing", () => {
    const engine = traded()
    engine.advance(T0 + settings.confirmedAfterMs)
    const saved = engine.save()
    for (const tradeId of [tradeOf(engine).tradeId, "none"])
      for (const fate of ["failed", "retrying"] as const)
        expect(engine.settle(tradeId, fate, T0 + settings.confirmedAfterMs)).toEqual([])
    expect(engine.save()).toEqual(saved)
  })

  it("settle retrying – is mined and confirmed as late as if it had matched just then", () => {
    const engine = traded()
    const statusAt = (atMs: number) => {
      engine.advance(T0 + atMs)
      return tradeOf(engine).status
    }
    expect(statusAt(500)).toBe("mined")
    engine.settle(tradeOf(engine).tradeId, "retrying", T0 + 600)
    expect(statusAt(1_099)).toBe("retrying")
    expect(statusAt(1_100)).toBe("mined")
    expect(statusAt(2_599)).toBe("mined")
    expect(statusAt(2_600)).toBe("confirmed")
    expect(engine.balances("a")).toMatchObject([{ sizeMicroShares: shares(10) }])
  })

  it("settle failed – frees what was kept back for it, and nothing else", () => {
    const engine = openMarket(market, [], [[50, 10_000]])
    buy(engine, { price: 50, size: 1_800 })
    const next = order(market, { id: 2, price: 1, size: 20_000 })
    expect(engine.place("a", next, T0 + 1).answer).toMatchObject({ _tag: "Refused" })
    engine.settle(tradeOf(engine).tradeId, "failed", T0 + 2)
    expect(engine.place("a", next, T0 + 3).answer).toMatchObject({ _tag: "Placed", status: "live" })
  })
})

describe("a buy for dollars", () => {
  it("FAK – spends all of them at better prices too, for more shares than it stated", () => {
    const engine = openMarket(
      free,
      [],
      [
        [40, 5],
        [50, 100]
      ]
    )
    expect(buy(engine, { budget: 5.2 }, free)).toEqual({
      _tag: "Placed",
      status: "matched",
      filledMicroShares: shares(5 + 6.4),
      notionalMicroUsd: usd(5.2),
      tradeIds: expect.any(Array)
    })
    expect(engine.cash("a")).toBe(usd(994.8))
    expect(engine.order("a", id(1))).toMatchObject({ status: "matched" })
  })

  it("FAK – spends what it can within its limit and gives up the rest", () => {
    const engine = openMarket(
      free,
      [],
      [
        [52, 4],
        [53, 100]
      ]
    )
    expect(buy(engine, { budget: 5.2 }, free)).toMatchObject({
      filledMicroShares: shares(4),
      notionalMicroUsd: usd(2.08)
    })
    expect(engine.order("a", id(1))).toMatchObject({ status: "cancelled" })
  })

  it("FOK – is killed where one cent of it would be left", () => {
    const whole = openMarket(free, [], [[52, 10]])
    expect(buy(whole, { type: "FOK", budget: 5.2 }, free)).toMatchObject({
      _tag: "Placed",
      notionalMicroUsd: usd(5.2)
    })
    const short = openMarket(free, [], [[52, 9.99]])
    expect(buy(short, { type: "FOK", budget: 5.2 }, free)).toMatchObject({ _tag: "Refused" })
    expect(short.cash("a")).toBe(usd(1_000))
  })

  it("place – refuses dollars in parts of a cent, of no worth, on a sale or on an order that may rest", () => {
    const engine = openMarket(free, [], [[52, 100]])
    const refused = (wish: Parameters<typeof buy>[1]) =>
      expect(buy(engine, wish, free)).toMatchObject({ _tag: "Refused" })
    refused({ budget: 5.201 })
    refused({ budget: 0 })
    refused({ budget: 0.99 })
    refused({ budget: 5.2, type: "GTC" })
    refused({ budget: 5.2, side: "SELL" })
    expect(engine.trades("a", free.conditionId)).toEqual([])
  })
})

describe("signals", () => {
  it("takeSignals – tells every trade once, others' too, and the books that changed", () => {
    const engine = openMarket(market, [[48, 10]], [[52, 100]])
    expect(engine.takeSignals()).toEqual({ books: [market.conditionId], trades: [] })
    buy(engine, { outcome: "Down", price: 52, size: 10 })
    const [trade] = engine.takeSignals().trades
    expect(trade).toMatchObject({
      tokenId: market.downTokenId,
      side: "BUY",
      priceTicks: 5_200,
      sizeMicroShares: shares(10)
    })
    engine.market({
      _tag: "Taker",
      atMs: T0,
      conditionId: market.conditionId,
      side: "BUY",
      priceTicks: order(market, { id: 9, price: 52, size: 1 }).priceTicks,
      sizeMicroShares: shares(3)
    })
    expect(engine.takeSignals()).toMatchObject({
      books: [market.conditionId],
      trades: [{ tokenId: market.upTokenId, side: "BUY", priceTicks: 5_200, sizeMicroShares: shares(3) }]
    })
    engine.market(book(market, [[47, 1]], [[53, 1]], T0 + 1))
    expect(engine.takeSignals().trades).toEqual([])
    expect(engine.state.markets.get(market.conditionId)?.minutePrices).toEqual([
      { minute: Math.floor(T0 / 60_000), upTicks: 5_200 }
    ])
  })
})
