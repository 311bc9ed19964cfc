import { describe, expect, it } from "@effect/vitest"
import { BigDecimal, FastCheck as fc, Option } from "effect"
import {
  formatPrice,
  formatScaled,
  formatShares,
  formatSpot,
  formatUsd,
  parsePrice,
  parseScaled,
  parseShares,
  parseSpot,
  parseUsd
} from "../../src/domain/decimal.ts"
import { microShares, microUsd, priceTicks, spotPrice } from "../../src/domain/money.ts"

const scale = fc.constantFrom(1, 10, 10_000, 1_000_000, 100_000_000)
const digitsOf = (s: number) => String(s).length - 1
const safeInteger = fc.maxSafeInteger().map((value) => (Object.is(value, -0) ? 0 : value))

describe("formatScaled", () => {
  it.prop("says the same number as BigDecimal", [safeInteger, scale], ([value, s]) => {
    const exact = BigDecimal.make(BigInt(value), digitsOf(s))
    expect(BigDecimal.equals(BigDecimal.unsafeFromString(formatScaled(value, s)), exact)).toBe(true)
  })

  it.prop(
    "writes at least the decimals asked for, and no idle zero beyond them",
    [safeInteger, fc.nat(4)],
    ([value, least]) => {
      const fraction = formatScaled(value, 1_000_000, least).split(".")[1] ?? ""
      expect(fraction.length).toBeGreaterThanOrEqual(least)
      if (fraction.length > least) expect(fraction.endsWith("0")).toBe(false)
    }
  )
})

describe("parseScaled", () => {
  it.prop("reads back what was written", [safeInteger, scale, fc.nat(2)], ([value, s, least]) => {
    expect(parseScaled(formatScaled(value, s, least), s)).toStrictEqual(Option.some(value))
  })

  it.prop(
    "plain decimal text – exactly its value, or none where it does not fit",
    [fc.stringMatching(/^-?\d{1,18}(\.\d{1,10})?$/), scale],
    ([text, s]) => {
      const units = BigDecimal.multiply(BigDecimal.unsafeFromString(text), BigDecimal.make(BigInt(s), 0))
      const parsed = parseScaled(text, s)
      if (Option.isSome(parsed)) {
        expect(BigDecimal.equals(BigDecimal.make(BigInt(parsed.value), 0), units)).toBe(true)
        return
      }
      const whole = BigDecimal.equals(BigDecimal.scale(units, 0), units)
      const safe = BigDecimal.lessThanOrEqualTo(
        BigDecimal.abs(units),
        BigDecimal.make(BigInt(Number.MAX_SAFE_INTEGER), 0)
      )
      const wholeDigits = (text.replace("-", "").split(".")[0] ?? "").length
      expect(whole && safe && wholeDigits <= 16).toBe(false)
    }
  )

  it.each([
    "",
    " ",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e5",
    "0x10",
    ".5",
    "5.",
    ".",
    "-",
    "+1",
    "--1",
    "1 ",
    " 1",
    "1\n",
    "1,000",
    "1.2.3",
    "１２",
    "٣",
    "1_000",
    "9".repeat(40),
    `0.${"3".repeat(40)}`,
    "null"
  ])("hostile text %j – none", (text) => {
    expect(parseScaled(text, 1_000_000)).toStrictEqual(Option.none())
  })

  it.prop("any text – none, or text that writes back to the same number", [fc.string()], ([text]) => {
    const parsed = parseScaled(text, 1_000_000)
    if (Option.isSome(parsed)) expect(Number(text)).toBeCloseTo(parsed.value / 1_000_000, 6)
    else expect(/^-?\d{1,9}(\.\d{1,6})?$/.test(text)).toBe(false)
  })

  it("minus nothing – nothing, without a sign", () => {
    expect(parseScaled("-0", 100)).toStrictEqual(Option.some(0))
    expect(parseScaled("-0.00", 100)).toStrictEqual(Option.some(0))
  })

  it("zeros beyond the scale – allowed", () => {
    expect(parseScaled("0.5200000000000000000000000000000000000000", 10_000)).toStrictEqual(Option.some(5200))
  })
})

describe("the money readers", () => {
  it.prop("price – round trip", [fc.nat(10_000)], ([ticks]) => {
    expect(parsePrice(formatPrice(priceTicks(ticks)))).toStrictEqual(Option.some(ticks))
  })
  it.prop("shares – round trip", [fc.maxSafeNat()], ([size]) => {
    expect(parseShares(formatShares(microShares(size)))).toStrictEqual(Option.some(size))
  })
  it.prop("dollars – round trip", [safeInteger], ([usd]) => {
    expect(parseUsd(formatUsd(microUsd(usd)))).toStrictEqual(Option.some(usd))
  })
  it.prop("spot – round trip", [fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })], ([spot]) => {
    expect(parseSpot(formatSpot(spotPrice(spot)))).toStrictEqual(Option.some(spot))
  })

  it("values outside their range – none", () => {
    for (const text of ["1.0001", "-0.01", "0.00001"]) {
      expect(parsePrice(text)).toStrictEqual(Option.none())
    }
    expect(parseShares("-1")).toStrictEqual(Option.none())
    expect(parseSpot("0")).toStrictEqual(Option.none())
    expect(parseSpot("0.000000001")).toStrictEqual(Option.none())
  })

  it("nothing is a number, not a gap", () => {
    expect(parsePrice("0")).toStrictEqual(Option.some(0))
    expect(parseShares("0.00")).toStrictEqual(Option.some(0))
  })
})
