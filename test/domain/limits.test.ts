import { describe, expect, it } from "@effect/vitest"
import { Either, FastCheck as fc, Schema } from "effect"
import { DEFAULT_LIMITS, Limits } from "../../src/domain/limits.ts"
import { microUsd } from "../../src/domain/money.ts"

const SHARE = 1_000_000

describe("Limits", () => {
  it("Limits – amounts are read exactly from text and numbers", () => {
    fc.assert(
      fc.property(fc.nat(10_000 * SHARE), (micros) => {
        const text = `${Math.trunc(micros / SHARE)}.${String(micros % SHARE).padStart(6, "0")}`
        expect(Schema.decodeUnknownSync(Limits)({ maxOrderUsd: text }).maxOrderUsd).toBe(micros)
      })
    )
    expect(Schema.decodeUnknownSync(Limits)({ maxOrderUsd: 12.35 }).maxOrderUsd).toBe(12_350_000)
    expect(Schema.decodeUnknownSync(Limits)({ maxOrderUsd: 0 }).maxOrderUsd).toBe(0)
    expect(Schema.decodeUnknownSync(Limits)({})).toEqual(DEFAULT_LIMITS)
  })

  it.each([null, -1, "-1", "1e3", "", "ten", Number.NaN, "0.0000001", true])(
    "Limits – refuses %s",
    (value) => {
      expect(Either.isLeft(Schema.decodeUnknownEither(Limits)({ maxOrderUsd: value }))).toBe(true)
    }
  )

  it("Limits – survives encoding", () => {
    fc.assert(
      fc.property(fc.nat(10_000 * SHARE), (micros) => {
        const limits: Limits = { ...DEFAULT_LIMITS, maxTotalUsd: microUsd(micros) }
        expect(Schema.decodeSync(Limits)(Schema.encodeSync(Limits)(limits))).toEqual(limits)
      })
    )
  })
})
