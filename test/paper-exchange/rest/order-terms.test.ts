import { describe, expect, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { microShares, microUsd, priceTicks } from "../../../src/domain/money.ts"
import { OrderId, type OrderType, type Side } from "../../../src/domain/order.ts"
import { termsOf } from "../../../src/paper-exchange/protocol/rest/order-terms.ts"
import { dollarAmounts, shareAmounts } from "../../../src/protocol/amounts.ts"

const orderId = OrderId.make("0xab")
const TICKS = [1_000, 100, 50, 25, 10, 1]

/** A price on a tick of the venue's. */
const anyPrice = fc
  .constantFrom(...TICKS)
  .chain((tick) =>
    fc
      .integer({ min: 1, max: 10_000 / tick - 1 })
      .map((count) => [priceTicks(tick), priceTicks(tick * count)])
  )
const anySide = fc.constantFrom<Side>("BUY", "SELL")
const resting = fc.constantFrom<OrderType>("GTC", "GTD")
const immediate = fc.constantFrom<OrderType>("FOK", "FAK")
const anySize = fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 10_000_000_000 }))

const terms = (
  side: Side,
  orderType: OrderType,
  makerAmount: bigint | number,
  takerAmount: bigint | number,
  tick = priceTicks(100)
) =>
  termsOf(
    { orderId, side, orderType, makerAmount: BigInt(makerAmount), takerAmount: BigInt(takerAmount) },
    tick
  )

describe("termsOf", () => {
  it.prop(
    "an order for shares – has the price and the size its amounts were made from",
    [anyPrice, anySide, fc.oneof(resting, immediate), anySize],
    ([[tick = priceTicks(100), price = tick], side, orderType, hundredths]) => {
      fc.pre(side === "SELL" || orderType === "GTC" || orderType === "GTD")
      const size = microShares(hundredths * 10_000)
      const { makerAmount, takerAmount } = shareAmounts(side, price, size)
      expect(terms(side, orderType, makerAmount, takerAmount, tick)).toEqual(
        Either.right({ priceTicks: price, sizeMicroShares: size })
      )
    }
  )

  it.prop(
    "a buy for dollars – has the limit and the dollars it was made from, for the shares it states",
    [anyPrice, immediate, fc.integer({ min: 100, max: 100_000_000 })],
    ([[tick = priceTicks(100), price = tick], orderType, cents]) => {
      const usd = microUsd(cents * 10_000)
      const { makerAmount, sizeMicroShares, takerAmount } = dollarAmounts(price, usd, 4)
      // So few shares that rounding them moves their price by half a tick say no price for sure, and more than a
      // billion are no order.
      fc.pre(sizeMicroShares * tick > 200 * price && sizeMicroShares <= 10 ** 15)
      expect(terms("BUY", orderType, makerAmount, takerAmount, tick)).toEqual(
        Either.right({ priceTicks: price, sizeMicroShares, budgetMicroUsd: usd })
      )
    }
  )

  it.prop(
    "any amounts – are taken for a price on the tick and what they say, or refused in words",
    [
      anyPrice,
      anySide,
      fc.oneof(resting, immediate),
      fc.bigInt(-1n, 2n ** 60n),
      fc.oneof(fc.bigInt(0n, 10n ** 9n), fc.bigInt(0n, 2n ** 256n))
    ],
    ([[tick = priceTicks(100)], side, orderType, maker, taker]) => {
      const found = terms(side, orderType, maker, taker, tick)
      if (Either.isLeft(found)) {
        expect(found.left.length).toBeGreaterThan(10)
        return
      }
      const { priceTicks: price, sizeMicroShares } = found.right
      expect(price % tick).toBe(0)
      expect(BigInt(sizeMicroShares)).toBe(side === "BUY" ? taker : maker)
    }
  )

  const refusals: ReadonlyArray<readonly [string, Side, OrderType, number, number, string]> = [
    [
      "off the tick (okx/plugin-store#129)",
      "BUY",
      "GTC",
      10_000_000,
      10_200_000,
      "order 0xab is invalid. Price (0.9803921568627451) breaks minimum tick size rule: 0.01"
    ],
    [
      "a sale whose dollars do not fit (JKorf/Polymarket.Net#5)",
      "SELL",
      "GTC",
      19_690_000,
      4_330_000,
      "invalid amounts, the taker amount for a $0.22 order of size 19.69 should be '4.3318' but the value submited is '4.33'"
    ],
    [
      "five decimals of shares at the market (py-clob-client-v2#99)",
      "BUY",
      "FAK",
      10_000_000,
      16_666_660,
      "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals"
    ],
    [
      "three decimals of dollars at the market",
      "BUY",
      "FOK",
      5_001_000,
      10_002_000,
      "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals"
    ],
    [
      "three decimals of shares at rest (py-clob-client#305)",
      "BUY",
      "GTC",
      5_001_000,
      10_002_000,
      "invalid amounts, the buy orders maker amount supports a max accuracy of 4 decimals, taker amount a max of 2 decimals"
    ],
    ["nothing given", "BUY", "GTC", 0, 10_000_000, "Invalid order payload"],
    [
      "more than a dollar a share",
      "SELL",
      "GTC",
      10_000_000,
      11_000_000,
      "invalid price (1.1), min: 0.01 - max: 0.99"
    ]
  ]
  it.each(refusals)("refuses %s", (_, side, orderType, maker, taker, text) => {
    expect(terms(side, orderType, maker, taker)).toEqual(Either.left(text))
  })

  it("a buy for dollars – whose shares were rounded up takes no price above the tick below", () => {
    expect(terms("BUY", "FAK", 10_000_000, 19_230_800)).toEqual(
      Either.right({ priceTicks: 5_100, sizeMicroShares: 19_230_800, budgetMicroUsd: 10_000_000 })
    )
  })
})
