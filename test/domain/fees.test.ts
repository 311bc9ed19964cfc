import { describe, expect, it } from "@effect/vitest"
import { BigDecimal, FastCheck as fc, Schema } from "effect"
import { FeeSchedule, NO_FEES, takerFee } from "../../src/domain/fees.ts"
import { type PriceTicks, complement, microShares, priceTicks } from "../../src/domain/money.ts"
import { unlessAbsent, vectors } from "../support/polymarket-vectors.ts"

const price = fc.nat(10_000).map(priceTicks)
const size = fc
  .oneof(
    fc.nat(100_000),
    fc.nat(10 ** 10),
    fc.nat(10 ** 8).map((hundredths) => hundredths * 10_000)
  )
  .map(microShares)
const schedule = fc.record({
  rateMicros: fc.oneof(fc.constantFrom(0, 70_000, 72_000, 250_000), fc.nat(1_000_000)),
  exponent: fc.constantFrom(1 as const, 2 as const),
  takerOnly: fc.boolean()
})

/** The formula of the venue's page in decimals, then half up to five places by way of their text. */
const reference = (terms: FeeSchedule, p: PriceTicks, shares: number): bigint => {
  const up = BigDecimal.make(BigInt(p), 4)
  const curve = BigDecimal.multiply(up, BigDecimal.subtract(BigDecimal.make(1n, 0), up))
  const bent = terms.exponent === 1 ? curve : BigDecimal.multiply(curve, curve)
  const rate = BigDecimal.make(BigInt(terms.rateMicros), 6)
  const exact = BigDecimal.multiply(BigDecimal.multiply(BigDecimal.make(BigInt(shares), 6), rate), bent)
  const steps = BigDecimal.round(exact, { scale: 5, mode: "half-from-zero" })
  return BigDecimal.scale(steps, 6).value
}

describe("takerFee", () => {
  it.prop("agrees with the formula in decimals", [schedule, price, size], ([terms, p, shares]) => {
    expect(BigInt(takerFee(terms, p, shares))).toBe(reference(terms, p, shares))
  })

  it.prop("is the same for a price and its complement", [schedule, price, size], ([terms, p, shares]) => {
    expect(takerFee(terms, p, shares)).toBe(takerFee(terms, complement(p), shares))
  })

  it.prop("is never less for more shares", [schedule, price, size, size], ([terms, p, a, b]) => {
    const [fewer, more] = a < b ? [a, b] : [b, a]
    expect(takerFee(terms, p, fewer)).toBeLessThanOrEqual(takerFee(terms, p, more))
  })

  it("a fee below half a step – nothing; from there on – one step", () => {
    const crypto: FeeSchedule = { rateMicros: 70_000, exponent: 1, takerOnly: true }
    expect(takerFee(crypto, priceTicks(100), microShares(7_215))).toBe(0)
    expect(takerFee(crypto, priceTicks(100), microShares(7_216))).toBe(10)
    expect(takerFee(crypto, priceTicks(0), microShares(1_000_000_000))).toBe(0)
    expect(takerFee(NO_FEES, priceTicks(5_000), microShares(1_000_000_000))).toBe(0)
  })

  it.skipIf(vectors === undefined)(`agrees with every known answer${unlessAbsent}`, () => {
    const cases = vectors?.fees.cases ?? []
    expect(cases.length).toBeGreaterThan(40)
    for (const known of cases) {
      const p = priceTicks(Math.round(known.price * 10_000))
      const shares = known.shares ?? (known.notionalUsd ?? Number.NaN) / known.price
      const terms = { rateMicros: Math.round(known.rate * 1e6), exponent: known.exponent, takerOnly: true }
      const fee = takerFee(terms, p, microShares(Math.round(shares * 1e6)))
      expect(Math.abs(fee / 1e6 - (known.fee ?? known.exact ?? Number.NaN))).toBeLessThanOrEqual(
        0.000_005_000_1
      )
    }
  })
})

describe("FeeSchedule", () => {
  it.each([
    { rateMicros: -1, exponent: 1, takerOnly: true },
    { rateMicros: 0.07, exponent: 1, takerOnly: true },
    { rateMicros: 1_000_001, exponent: 1, takerOnly: true },
    { rateMicros: 70_000, exponent: 3, takerOnly: true },
    { rateMicros: 70_000, exponent: 1 }
  ])("refuses the terms %j", (terms) => {
    expect(Schema.is(FeeSchedule)(terms)).toBe(false)
  })
})
