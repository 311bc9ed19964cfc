import { it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { describe, expect } from "vitest"
import { T0, fillsOf, giveShares, id, marketOf, openMarket, order, stateOf } from "./support.ts"

const market = marketOf("m", { fees: { rateMicros: 0, exponent: 1, takerOnly: true } })
const ACCOUNTS = ["a", "b", "c"]

const wish = fc.record({
  account: fc.constantFrom(...ACCOUNTS),
  side: fc.constantFrom<"BUY" | "SELL">("BUY", "SELL"),
  outcome: fc.constantFrom<"Up" | "Down">("Up", "Down"),
  price: fc.integer({ min: 46, max: 54 }),
  size: fc.integer({ min: 5, max: 30 }),
  type: fc.constantFrom<"GTC" | "FAK" | "FOK">("GTC", "GTC", "FAK", "FOK"),
  cancels: fc.option(fc.nat(30), { nil: undefined })
})

interface Resting {
  readonly number: number
  readonly isBid: boolean
  readonly price: number
  size: number
}

/** The simplest thing that could match: one list in order of arrival, sorted by price each time. */
class Reference {
  resting: ReadonlyArray<Resting> = []

  place(number: number, isBid: boolean, price: number, size: number, type: "GTC" | "FAK" | "FOK") {
    const within = (other: Resting) => (isBid ? other.price <= price : other.price >= price)
    const candidates = this.resting
      .filter((other) => other.isBid !== isBid && within(other))
      .toSorted((x, y) => (isBid ? x.price - y.price : y.price - x.price))
    const available = candidates.reduce((sum, other) => sum + other.size, 0)
    const fills: Array<{ maker: number; size: number }> = []
    if (type === "FOK" && available < size) return fills
    let left = size
    for (const other of candidates) {
      const matched = Math.min(left, other.size)
      if (matched === 0) break
      fills.push({ maker: other.number, size: matched })
      other.size -= matched
      left -= matched
    }
    this.resting = this.resting.filter((other) => other.size > 0)
    if (type === "GTC" && left > 0) this.resting = [...this.resting, { number, isBid, price, size: left }]
    return fills
  }

  cancel(number: number) {
    this.resting = this.resting.filter((other) => other.number !== number)
  }
}

describe("price-time priority", () => {
  it.prop(
    "match – fills the makers a plain reference does, in its order, over both tokens",
    [fc.array(wish, { minLength: 10, maxLength: 40, size: "max" })],
    ([wishes]) => {
      const engine = openMarket(market)
      let atMs = T0
      for (const account of ACCOUNTS) atMs = giveShares(engine, market, account, 5_000, atMs)
      const reference = new Reference()
      for (const [number, { account, cancels, outcome, price, side, size, type }] of wishes.entries()) {
        const isBid = (side === "BUY") === (outcome === "Up")
        // whole multiples of 100 shares: no FOK or FAK BUY is off its cents
        const placed = order(market, { id: number, side, outcome, price, size: size * 100, type })
        const { news, answer } = engine.place(account, placed, atMs)
        if (answer._tag === "Refused" && answer.text.startsWith("not enough")) continue
        const upPrice = outcome === "Up" ? price : 100 - price
        const expected = reference.place(number, isBid, upPrice, size * 100, type)
        const makers = fillsOf(news).filter((fill) => fill.role === "maker")
        expect(makers.map((fill) => ({ maker: fill.orderId, size: fill.size }))).toEqual(
          expected.map((fill) => ({ maker: id(fill.maker), size: fill.size }))
        )
        if (cancels === undefined) continue
        for (const one of ACCOUNTS) engine.cancel(one, [id(cancels)], atMs)
        reference.cancel(cancels)
      }
      const open = [...stateOf(engine).openOrders.keys()].toSorted()
      expect(open).toEqual(reference.resting.map((other) => id(other.number)).toSorted())
    },
    { fastCheck: { numRuns: 80 } }
  )
})
