import { describe, expect, it } from "@effect/vitest"
import { BigDecimal, FastCheck as fc, Option } from "effect"
import { parsePrice, parseShares, parseUsd } from "../../src/domain/decimal.ts"
import { type MicroShares, microShares, priceTicks } from "../../src/domain/money.ts"
import type { Intent } from "../../src/domain/order.ts"
import { TokenId } from "../../src/domain/window.ts"
import { signedAmounts } from "../../src/protocol/amounts.ts"
import { unlessAbsent, vectors } from "../support/polymarket-vectors.ts"
import { intent } from "../modules/polymarket/fixture.ts"

const anyIntent: fc.Arbitrary<Intent> = fc
  .record({
    side: fc.constantFrom("BUY" as const, "SELL" as const),
    orderType: fc.constantFrom("GTC" as const, "GTD" as const, "FOK" as const, "FAK" as const),
    priceTicks: fc.nat(10_000).map(priceTicks),
    sizeMicroShares: fc.nat(2_000_000_000).map(microShares),
    tokenId: fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }).map((id) => TokenId.make(String(id)))
  })
  .map((fields) => ({ ...intent, ...fields }))
const amountOf = (text: string): bigint => BigInt(Option.getOrThrow(parseUsd(text)))

describe("signedAmounts", () => {
  it.skipIf(vectors === undefined)(`limit orders – every known answer${unlessAbsent}`, () => {
    const cases = vectors?.limit_order_amounts.cases ?? []
    expect(cases.length).toBe(42)
    for (const { makerAmount, price, side, size, takerAmount } of cases) {
      const amounts = signedAmounts({
        ...intent,
        side,
        priceTicks: Option.getOrThrow(parsePrice(price)),
        sizeMicroShares: Option.getOrThrow(parseShares(size))
      })
      expect([amounts.makerAmount, amounts.takerAmount].map(String)).toStrictEqual([makerAmount, takerAmount])
    }
  })

  it.skipIf(vectors === undefined)(`FAK buys at a tick of 0.01 – every known answer${unlessAbsent}`, () => {
    const cases = (vectors?.market_order_amounts.cases ?? []).filter(
      ({ side, tickSize }) => side === "BUY" && tickSize === "0.01"
    )
    expect(cases.length).toBeGreaterThan(4)
    for (const { amount, makerAmount, price, takerAmount } of cases) {
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
