import { describe, expect, it } from "@effect/vitest"
import { BigDecimal, FastCheck as fc } from "effect"
import {
  TICKS_PER_USD,
  addShares,
  addUsd,
  complement,
  floorToSizeStep,
  microShares,
  microUsd,
  mulDiv,
  notionalUsd,
  priceTicks,
  sharesFor,
  subShares,
  subUsd
} from "../../src/domain/money.ts"

const price = fc.integer({ min: 0, max: TICKS_PER_USD }).map(priceTicks)
const positivePrice = fc.integer({ min: 1, max: TICKS_PER_USD }).map(priceTicks)
const size = fc.oneof(fc.nat(10 ** 7), fc.nat(2 ** 31 - 1), fc.maxSafeNat()).map(microShares)
const usd = fc.maxSafeNat().map(microUsd)

const ticksToUsd = (ticks: number) => BigDecimal.make(BigInt(ticks), 4)
const micros = (value: number) => BigDecimal.make(BigInt(value), 6)

describe("mulDiv", () => {
  const operands = {
    a: fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }),
    b: fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
    divisor: fc.bigInt({ min: 1n, max: 10n ** 20n })
  }

  it.prop("down and up – enclose the exact quotient within one unit", operands, ({ a, b, divisor }) => {
    const down = mulDiv(a, b, divisor, "down")
    const up = mulDiv(a, b, divisor, "up")
    const exact = a * b
    expect(down * divisor <= exact && exact < (down + 1n) * divisor).toBe(true)
    expect((up - 1n) * divisor < exact && exact <= up * divisor).toBe(true)
  })

  it.prop("half-up – is at most half a unit off, and a half goes up", operands, ({ a, b, divisor }) => {
    const twiceOff = 2n * (a * b - mulDiv(a, b, divisor, "half-up") * divisor)
    expect(-divisor <= twiceOff && twiceOff < divisor).toBe(true)
  })
})

describe("notionalUsd", () => {
  it.prop("agrees with BigDecimal in both directions", [price, size], ([p, s]) => {
    const exact = BigDecimal.multiply(ticksToUsd(p), micros(s))
    const floor = BigDecimal.scale(exact, 6)
    expect(BigDecimal.equals(micros(notionalUsd(p, s, "down")), floor)).toBe(true)
    const ceiling = BigDecimal.equals(floor, exact) ? floor : BigDecimal.sum(floor, BigDecimal.make(1n, 6))
    expect(BigDecimal.equals(micros(notionalUsd(p, s, "up")), ceiling)).toBe(true)
  })

  const rounding = fc.constantFrom("down" as const, "up" as const, "half-up" as const)
  it.prop("is the same in numbers and in integers of any size", [price, size, rounding], ([p, s, way]) => {
    expect(notionalUsd(p, s, way)).toBe(Number(mulDiv(BigInt(p), BigInt(s), BigInt(TICKS_PER_USD), way)))
  })

  it.prop("a token and its complement cost a dollar a share", [price, size], ([p, s]) => {
    expect(notionalUsd(p, s, "down") + notionalUsd(complement(p), s, "up")).toBe(s)
  })

  it.prop("whole hundredths of a share – nothing is rounded", [price, size], ([p, s]) => {
    const whole = floorToSizeStep(s)
    expect(notionalUsd(p, whole, "down")).toBe(notionalUsd(p, whole, "up"))
  })
})

describe("sharesFor", () => {
  const smallUsd = fc.nat(2 ** 31 - 1).map(microUsd)
  it.prop("buys all the money allows and no more", [smallUsd, positivePrice], ([money, p]) => {
    const shares = sharesFor(money, p)
    expect(BigInt(shares) * BigInt(p) <= BigInt(money) * 10_000n).toBe(true)
    expect((BigInt(shares) + 1n) * BigInt(p) > BigInt(money) * 10_000n).toBe(true)
  })
})

describe("addUsd, subUsd, addShares, subShares", () => {
  it.prop("exact or an exception, never a wrong sum", [fc.array(usd, { maxLength: 5 })], ([amounts]) => {
    const exact = amounts.reduce((sum, amount) => sum + BigInt(amount), 0n)
    if (exact > BigInt(Number.MAX_SAFE_INTEGER)) expect(() => addUsd(...amounts)).toThrow(RangeError)
    else expect(BigInt(addUsd(...amounts))).toBe(exact)
  })

  it("a sum that leaves the safe integers on its way – is refused even where it would come back", () => {
    const largest = microUsd(Number.MAX_SAFE_INTEGER)
    expect(() => addUsd(largest, microUsd(2), microUsd(-5))).toThrow(RangeError)
    expect(() => addShares(microShares(Number.MAX_SAFE_INTEGER), microShares(1))).toThrow(RangeError)
  })

  it.prop("subtraction undoes addition", [fc.nat(2 ** 40), fc.nat(2 ** 40)], ([a, b]) => {
    expect(subUsd(addUsd(microUsd(a), microUsd(b)), microUsd(b))).toBe(a)
    expect(subShares(addShares(microShares(a), microShares(b)), microShares(b))).toBe(a)
  })

  it("shares below nothing – are refused", () => {
    expect(() => subShares(microShares(1), microShares(2))).toThrow(RangeError)
  })
})

describe("the brands", () => {
  it.prop(
    "anything but a whole number in range – is refused",
    [fc.oneof(fc.constantFrom(Number.NaN, Infinity, -Infinity, 0.5, -1, 10_001, 2 ** 53), fc.double())],
    ([value]) => {
      fc.pre(!(Number.isInteger(value) && value >= 0 && value <= TICKS_PER_USD))
      expect(() => priceTicks(value)).toThrow(RangeError)
    }
  )
})

describe("floorToSizeStep", () => {
  it.prop("the largest multiple of 0.01 share within the size", [size], ([s]) => {
    const step = floorToSizeStep(s)
    expect(step % 10_000).toBe(0)
    expect(s - step).toBeLessThan(10_000)
  })
})
