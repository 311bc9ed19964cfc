import { describe, expect, it } from "@effect/vitest"
import { BigDecimal, FastCheck as fc, Option } from "effect"
import { domainSeparator } from "viem"
import { parsePrice, parseShares, parseUsd } from "../../../src/domain/decimal.ts"
import { type MicroShares, microShares, priceTicks } from "../../../src/domain/money.ts"
import type { Intent } from "../../../src/domain/order.ts"
import { TokenId } from "../../../src/domain/window.ts"
import { signedAmounts } from "../../../src/modules/polymarket/amounts.ts"
import { POLYGON_EXCHANGE, orderDigest, orderIdOf } from "../../../src/modules/polymarket/digest.ts"
import { unlessAbsent, vectors } from "../../support/polymarket-vectors.ts"
import { defaults, intent } from "./fixture.ts"

const anyIntent: fc.Arbitrary<Intent> = fc
  .record({
    side: fc.constantFrom("BUY" as const, "SELL" as const),
    orderType: fc.constantFrom("GTC" as const, "GTD" as const, "FOK" as const, "FAK" as const),
    priceTicks: fc.nat(10_000).map(priceTicks),
    sizeMicroShares: fc.nat(2_000_000_000).map(microShares),
    tokenId: fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }).map((id) => TokenId.make(String(id)))
  })
  .map((fields) => ({ ...intent, ...fields }))
const identity = fc.record({
  salt: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  timestampMs: fc.nat(2 ** 42)
})
const amountOf = (text: string): bigint => BigInt(Option.getOrThrow(parseUsd(text)))

describe("orderDigest", () => {
  it.skipIf(vectors === undefined)(`agrees with every known order of CLOB V2${unlessAbsent}`, () => {
    const cases = vectors?.orders_v2.cases ?? []
    expect(cases.length).toBe(15)
    for (const { chainId, order, orderHash, verifyingContract } of cases) {
      const digest = orderDigest(
        { chainId, verifyingContract },
        {
          ...order,
          salt: BigInt(order.salt),
          tokenId: BigInt(order.tokenId),
          makerAmount: BigInt(order.makerAmount),
          takerAmount: BigInt(order.takerAmount),
          timestamp: BigInt(order.timestamp),
          side: order.side === "BUY" ? 0 : 1
        }
      )
      expect(digest).toBe(orderHash)
    }
  })

  it.skipIf(vectors === undefined)(`the exchange's domain is the known one${unlessAbsent}`, () => {
    const known = vectors?.eip712_domain_separators.find(
      ({ chainId, verifyingContract, version }) =>
        chainId === POLYGON_EXCHANGE.chainId &&
        verifyingContract === POLYGON_EXCHANGE.verifyingContract &&
        version === "2"
    )
    const separator = domainSeparator({
      domain: { name: "Polymarket CTF Exchange", version: "2", ...POLYGON_EXCHANGE }
    })
    expect(separator).toBe(known?.hash)
  })
})

describe("orderIdOf", () => {
  it.prop(
    "the same intent and identity – the same id; another salt or time – another id",
    [anyIntent, identity, identity],
    ([wanted, one, other]) => {
      const id = orderIdOf(defaults.accountAddress, wanted, one)
      expect(id).toMatch(/^0x[0-9a-f]{64}$/)
      expect(orderIdOf(defaults.accountAddress, { ...wanted }, { ...one })).toBe(id)
      const same = one.salt === other.salt && one.timestampMs === other.timestampMs
      expect(orderIdOf(defaults.accountAddress, wanted, other) === id).toBe(same)
    },
    { fastCheck: { numRuns: 50 } }
  )

  it.skipIf(vectors === undefined)(`an intent becomes the known order${unlessAbsent}`, () => {
    const known = vectors?.orders_v2.cases.filter(
      ({ chainId, order, verifyingContract }) =>
        chainId === 137 &&
        verifyingContract === POLYGON_EXCHANGE.verifyingContract &&
        order.signatureType === 0 &&
        order.salt === "479249096354"
    )
    expect(known?.map(({ order }) => order.side)).toStrictEqual(["BUY", "SELL"])
    for (const { order, orderHash } of known ?? []) {
      const identityOf = { salt: Number(order.salt), timestampMs: Number(order.timestamp) }
      const wanted = { ...intent, side: order.side, tokenId: TokenId.make(order.tokenId) }
      expect(orderIdOf(defaults.accountAddress, wanted, identityOf)).toBe(orderHash)
    }
  })
})

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
