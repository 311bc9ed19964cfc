import { describe, expect, it } from "vitest"
import { makeEngine } from "../../../src/paper-exchange/engine/make-engine.ts"
import type { VenueMarket } from "../../../src/ports/venue.ts"
import {
  type OrderWish,
  T0,
  book,
  closed,
  giveShares,
  id,
  listed,
  marketOf,
  openMarket,
  order,
  settings,
  shares,
  usd
} from "./support.ts"

const market = marketOf("m", { fees: { rateMicros: 0, exponent: 1, takerOnly: true } })

/** The refusal of an order on a book of 48 × 100 / 52 × 100, or undefined. */
const refusalOf = (wish: OrderWish, on: VenueMarket = market): string | undefined => {
  const engine = openMarket(on, [[48, 100]], [[52, 100]])
  const { answer } = engine.place("a", order(on, wish), T0)
  return answer._tag === "Refused" ? answer.text : undefined
}

const marketBuyPrecision =
  "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals"
const fineTick = marketOf("fine", { tickSizeTicks: order(market, { id: 0, price: 0.1, size: 1 }).priceTicks })

describe("place refuses", () => {
  const cases: ReadonlyArray<[string, OrderWish, string | undefined, VenueMarket?]> = [
    ["a good resting order not", { id: 1, price: 40, size: 5 }, undefined],
    ["below the price range", { id: 1, price: 0.5, size: 5 }, "invalid price (0.005), min: 0.01 - max: 0.99"],
    ["above the price range", { id: 1, price: 100, size: 5 }, "invalid price (1), min: 0.01 - max: 0.99"],
    [
      "off the tick",
      { id: 1, price: 40.5, size: 5 },
      "order order-1 is invalid. Price (0.405) breaks minimum tick size rule: 0.01"
    ],
    ["off the tick of a finer market not", { id: 1, price: 40.5, size: 5 }, undefined, fineTick],
    [
      "less than 5 resting shares",
      { id: 1, price: 40, size: 4.99 },
      "order order-1 is invalid. Size (4.99) lower than the minimum: 5"
    ],
    ["less than 5 shares taken not", { id: 1, type: "FAK", price: 52, size: 2 }, undefined],
    [
      "a market BUY below $1",
      { id: 1, type: "FAK", price: 52, size: 1.5 },
      "invalid amount for a marketable BUY order ($0.78), min size: $1"
    ],
    ["a resting BUY below $1 not", { id: 1, price: 10, size: 5 }, undefined],
    ["a market BUY of broken cents", { id: 1, type: "FOK", price: 52, size: 19.23 }, marketBuyPrecision],
    ["a market BUY of 5 decimals", { id: 1, type: "FAK", price: 52, size: 2.00001 }, marketBuyPrecision],
    ["a market BUY of whole cents not", { id: 1, type: "FOK", price: 52, size: 19.25 }, undefined],
    [
      "a limit BUY finer than 0.01 share",
      { id: 1, price: 40, size: 5.001 },
      "invalid amounts, the buy orders maker amount supports a max accuracy of 4 decimals, taker amount a max of 2 decimals"
    ],
    [
      "the same at a finer tick",
      { id: 1, price: 40, size: 5.001 },
      "invalid amounts, the buy orders maker amount supports a max accuracy of 5 decimals, taker amount a max of 2 decimals",
      fineTick
    ],
    [
      "post-only that crosses",
      { id: 1, price: 52, size: 5, postOnly: true },
      "invalid post-only order: order crosses book"
    ],
    [
      "post-only Down that crosses",
      { id: 1, outcome: "Down", price: 52, size: 5, postOnly: true },
      "invalid post-only order: order crosses book"
    ],
    ["post-only Down below not", { id: 1, outcome: "Down", price: 51, size: 5, postOnly: true }, undefined],
    [
      "post-only FOK",
      { id: 1, type: "FOK", price: 52, size: 25, postOnly: true },
      "invalid post-only order: only GTC and GTD order types are allowed"
    ],
    ["GTD without expiry", { id: 1, type: "GTD", price: 40, size: 5 }, "invalid expiration"],
    [
      "GTD that ends too soon",
      { id: 1, type: "GTD", price: 40, size: 5, expiresAtMs: T0 + 179_999 },
      "invalid expiration"
    ],
    [
      "GTD of 3 minutes not",
      { id: 1, type: "GTD", price: 40, size: 5, expiresAtMs: T0 + 180_000 },
      undefined
    ],
    ["GTC with expiry", { id: 1, price: 40, size: 5, expiresAtMs: T0 + 900_000 }, "invalid expiration"],
    [
      "FOK that finds too little",
      { id: 1, type: "FOK", price: 52, size: 125 },
      "order couldn't be fully filled. FOK orders are fully filled or killed."
    ],
    [
      "FAK that finds nothing",
      { id: 1, type: "FAK", price: 50, size: 10 },
      "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
    ],
    [
      "more than there is cash for",
      { id: 1, price: 50, size: 2_000.01 },
      "not enough balance / allowance: the balance is not enough -> balance: 1000000000, order amount: 1000005000"
    ],
    [
      "a SELL of shares that are not held",
      { id: 1, side: "SELL", price: 60, size: 5 },
      "not enough balance / allowance: the balance is not enough -> balance: 0, order amount: 5000000"
    ],
    ["nothing at all", { id: 1, price: 40, size: 0 }, "Invalid order payload"]
  ]
  it.each(cases)("place – %s", (_, wish, text, on) => {
    expect(refusalOf(wish, on)).toBe(text)
  })

  it("place – refuses an id that is open or over", () => {
    const engine = openMarket(market, [], [[52, 100]])
    const text = "order order-1 is invalid. Duplicated."
    engine.place("a", order(market, { id: 1, price: 40, size: 5 }), T0)
    expect(engine.place("b", order(market, { id: 1, price: 41, size: 6 }), T0).answer).toMatchObject({ text })
    engine.cancel("a", [id(1)], T0)
    expect(engine.place("a", order(market, { id: 1, price: 40, size: 5 }), T0).answer).toMatchObject({ text })
  })

  it("place – refuses where there is no book, not yet, or no more", () => {
    const engine = makeEngine(settings)
    engine.deposit("a", usd(100), T0)
    const textOf = (n: number, on = market) => {
      const { answer } = engine.place("a", order(on, { id: n, price: 40, size: 5 }), T0)
      return answer._tag === "Refused" ? answer.text : answer._tag
    }
    expect(textOf(1)).toBe("No orderbook exists for the requested token id")
    engine.market(listed(market))
    expect(textOf(2)).toBe("the market is not yet ready to process new orders")
    expect(textOf(3, { ...market, upTokenId: marketOf("x").upTokenId })).toBe(
      "No orderbook exists for the requested token id"
    )
    engine.market(book(market, [], []))
    expect(textOf(4)).toBe("Placed")
    engine.market(closed(market))
    expect(textOf(5)).toBe("No orderbook exists for the requested token id")
  })
})

describe("balance gate", () => {
  const withFee = marketOf("fee")
  const textOf = (engine: ReturnType<typeof openMarket>, wish: OrderWish) => {
    const { answer } = engine.place("a", order(withFee, wish), T0)
    return answer._tag === "Refused" ? answer.text.split("-> ")[1] : answer._tag
  }

  it("gate – counts active orders, matched orders and the fee, and says so in base units", () => {
    const engine = openMarket(withFee, [], [[50, 10_000]])
    expect(textOf(engine, { id: 1, price: 40, size: 100 })).toBe("Placed")
    // 1,000 shares at 0.5: $500 and a fee of $17.5
    expect(textOf(engine, { id: 2, type: "FOK", price: 50, size: 1_000 })).toBe("Placed")
    expect(engine.cash("a")).toBe(usd(482.5))
    const active = "sum of active orders: 40000000, "
    const rest = "sum of matched orders: 517500000, order amount (inc. fees): 445050000"
    expect(textOf(engine, { id: 3, type: "FOK", price: 50, size: 860 })).toBe(
      `balance: 1000000000, ${active}${rest}`
    )
    engine.cancel("a", [id(1)], T0)
    expect(textOf(engine, { id: 3, type: "FOK", price: 50, size: 860 })).toBe("Placed")
    expect(textOf(engine, { id: 4, price: 40, size: 100 })).toBe(
      "balance: 1000000000, sum of matched orders: 962550000, order amount (inc. fees): 40000000"
    )
    engine.advance(T0 + 2_000)
    expect(engine.cash("a")).toBe(usd(37.45))
    expect(textOf(engine, { id: 5, price: 40, size: 100 })).toBe("balance: 37450000, order amount: 40000000")
  })

  it("gate – lets exactly the whole balance go, and not a millionth more", () => {
    const engine = openMarket(withFee, [], [[50, 10_000]], [])
    engine.deposit("a", usd(51.749999), T0)
    expect(textOf(engine, { id: 1, type: "FAK", price: 50, size: 100 })).toBe(
      "balance: 51749999, order amount: 51750000"
    )
    engine.deposit("a", usd(0.000001), T0)
    expect(textOf(engine, { id: 1, type: "FAK", price: 50, size: 100 })).toBe("Placed")
    expect(engine.cash("a")).toBe(0)
  })

  it("gate – shares bought can be sold when confirmed, and proceeds spent when confirmed", () => {
    const engine = openMarket(withFee, [[49, 1_000]], [[50, 1_000]], [])
    engine.deposit("a", usd(51.75), T0)
    engine.place("a", order(withFee, { id: 1, type: "FAK", price: 50, size: 100 }), T0)
    const sell: OrderWish = { id: 2, side: "SELL", type: "FAK", price: 49, size: 100 }
    expect(textOf(engine, sell)).toBe("balance: 0, order amount: 100000000")
    engine.advance(T0 + 2_000)
    expect(textOf(engine, sell)).toBe("Placed")
    // $49 less a fee of 100 × 0.07 × 0.49 × 0.51
    expect(engine.cash("a")).toBe(usd(49 - 1.7493))
    expect(textOf(engine, { id: 3, price: 10, size: 5 })).toBe("balance: 0, order amount: 500000")
    engine.advance(T0 + 4_000)
    expect(textOf(engine, { id: 4, price: 10, size: 5 })).toBe("Placed")
  })

  it("gate – shares offered once cannot be offered twice", () => {
    const engine = openMarket(withFee)
    const atMs = giveShares(engine, withFee, "a", 100)
    const sell = (n: number, size: number) =>
      engine.place("a", order(withFee, { id: n, side: "SELL", price: 60, size }), atMs).answer
    expect(sell(1, 60)._tag).toBe("Placed")
    expect(sell(2, 41)).toMatchObject({
      text: expect.stringContaining(
        "balance: 100000000, sum of active orders: 60000000, sum of matched orders: 0, order amount (inc. fees): 41000000"
      )
    })
    expect(sell(3, 40)._tag).toBe("Placed")
    expect(engine.balances("a").map((balance) => balance.sizeMicroShares)).toEqual([shares(100), shares(100)])
  })
})
