import { describe, expect, it } from "@effect/vitest"
import { BigDecimal, Option } from "effect"
import { parsePrice, parseShares, parseUsd } from "../../src/domain/decimal.ts"
import { type MicroShares, microShares, priceTicks } from "../../src/domain/money.ts"
import { amountDecimals, dollarAmounts, shareAmounts, signedAmounts } from "../../src/protocol/amounts.ts"
import { known, vectors } from "../support/polymarket-vectors.ts"
import { anyIntent, intent } from "../modules/polymarket/fixture.ts"

const amountOf = (text: string): bigint => BigInt(Option.getOrThrow(parseUsd(text)))

describe("amounts of known orders", () => {
  const limits = vectors?.limit_order_amounts.cases
  it.skipIf(limits === undefined)(`orders for shares – ${known(limits)}, at every tick`, () => {
    expect(limits).toHaveLength(42)
    for (const { makerAmount, price, side, size, takerAmount, tickSize } of limits ?? []) {
      const [ticks, shares] = [Option.getOrThrow(parsePrice(price)), Option.getOrThrow(parseShares(size))]
      const amounts = shareAmounts(side, ticks, shares)
      expect([amounts.makerAmount, amounts.takerAmount].map(String)).toStrictEqual([makerAmount, takerAmount])
      expect(signedAmounts({ ...intent, side, priceTicks: ticks, sizeMicroShares: shares })).toStrictEqual(
        amounts
      )
      const decimals = amountDecimals(Option.getOrThrow(parsePrice(tickSize)))
      const usd = side === "BUY" ? amounts.makerAmount : amounts.takerAmount
      expect(usd % 10n ** BigInt(6 - (decimals ?? 0))).toBe(0n)
    }
  })

  const markets = vectors?.market_order_amounts.cases
  it.skipIf(markets === undefined)(`orders at the market – ${known(markets)}, at every tick`, () => {
    expect(markets).toHaveLength(42)
    for (const { amount, makerAmount, price, side, takerAmount, tickSize } of markets ?? []) {
      const [ticks, tick] = [Option.getOrThrow(parsePrice(price)), Option.getOrThrow(parsePrice(tickSize))]
      const amounts =
        side === "BUY"
          ? dollarAmounts(ticks, Option.getOrThrow(parseUsd(amount)), amountDecimals(tick) ?? 0)
          : shareAmounts(side, ticks, Option.getOrThrow(parseShares(amount)))
      expect([amounts.makerAmount, amounts.takerAmount].map(String)).toStrictEqual([makerAmount, takerAmount])
    }
  })

  const coarse = markets?.filter(({ side, tickSize }) => side === "BUY" && tickSize === "0.01")
  it.skipIf(coarse === undefined)(`a FAK buy of the shares that cost the dollars – ${known(coarse)}`, () => {
    expect(coarse?.length).toBeGreaterThan(4)
    for (const { amount, makerAmount, price, takerAmount } of coarse ?? []) {
      const ticks = Option.getOrThrow(parsePrice(price))
      // The least size that costs the amount: an intent is for shares, the venue's market buy for dollars.
      const size = (amountOf(amount) * 10_000n + BigInt(ticks) - 1n) / BigInt(ticks)
      const amounts = signedAmounts({
        ...intent,
        orderType: "FAK",
        priceTicks: ticks,
        sizeMicroShares: microShares(Number(size))
      })
      expect([amounts.makerAmount, amounts.takerAmount].map(String)).toStrictEqual([makerAmount, takerAmount])
    }
  })

  it("a tick the venue does not have – no decimals", () => {
    expect([0, 2, 20, 200, 2_000].map((tick) => amountDecimals(priceTicks(tick)))).toStrictEqual(
      Array.from({ length: 5 }, () => undefined)
    )
  })
})

describe("signedAmounts", () => {
  it.prop("both amounts carry no more decimals than the venue takes", [anyIntent], ([wanted]) => {
    const { makerAmount, takerAmount } = signedAmounts(wanted)
    const [usd, shares] = wanted.side === "BUY" ? [makerAmount, takerAmount] : [takerAmount, makerAmount]
    const isMarketBuy = wanted.side === "BUY" && (wanted.orderType === "FOK" || wanted.orderType === "FAK")
    expect(shares % (isMarketBuy ? 100n : 10_000n)).toBe(0n)
    if (isMarketBuy) expect(usd % 10_000n).toBe(0n)
  })

  it.prop("the price of the amounts never breaks the limit for us", [anyIntent], ([wanted]) => {
    const { makerAmount, sizeMicroShares, takerAmount } = signedAmounts(wanted)
    expect(sizeMicroShares).toBeLessThanOrEqual(wanted.sizeMicroShares)
    const exact = (size: MicroShares) =>
      BigDecimal.multiply(BigDecimal.make(BigInt(wanted.priceTicks), 4), BigDecimal.make(BigInt(size), 6))
    const usd = BigDecimal.make(wanted.side === "BUY" ? makerAmount : takerAmount, 6)
    if (wanted.orderType === "GTC" || wanted.orderType === "GTD" || wanted.side === "SELL") {
      expect(BigDecimal.equals(usd, exact(sizeMicroShares))).toBe(true)
    } else {
      expect(BigDecimal.lessThanOrEqualTo(usd, exact(wanted.sizeMicroShares))).toBe(true)
    }
  })
})
