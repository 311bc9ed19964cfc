import { describe, expect, it } from "@effect/vitest"
import { Either, FastCheck as fc, Option, Schema } from "effect"
import { formatScaled, parseScaled } from "../../../../src/domain/decimal.ts"
import {
  NO_NUMBER,
  NearPrice,
  NearShares,
  Price,
  Spot,
  SpotE18,
  known,
  scaledOf
} from "../../../../src/modules/polymarket/wire/numbers.ts"

const reading = <A>(schema: Schema.Schema<A, string | number>) => {
  const decode = Schema.decodeUnknownEither(schema)
  return (value: unknown): A | undefined => Either.getOrUndefined(decode(value))
}

describe("scaledOf", () => {
  it("reads back what is written, at every scale", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        fc.integer({ min: 0, max: 8 }),
        fc.nat(3),
        (value, decimals, zeros) => {
          const text = formatScaled(value, 10 ** decimals)
          const longer = text.includes(".") ? `${text}${"0".repeat(zeros)}` : text
          expect(scaledOf(longer, decimals)).toBe(value)
        }
      )
    )
  })

  it("agrees with the domain's reader on any text of digits, dots and signs", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^-?[0-9]{0,12}\.?[0-9]{0,9}$/),
        fc.integer({ min: 0, max: 8 }),
        (text, decimals) => {
          const expected = Option.filter(parseScaled(text, 10 ** decimals), () => !text.startsWith("-"))
          // The venue also writes ".48".
          if (!text.startsWith("."))
            expect(scaledOf(text, decimals)).toBe(Option.getOrElse(expected, () => NO_NUMBER))
        }
      )
    )
  })

  it.each([".48", "0.48", "0.480"])("%s is a price", (text) => expect(scaledOf(text, 4)).toBe(4_800))

  it.each([
    "",
    ".",
    "1.",
    "-1",
    "+1",
    "1e3",
    "NaN",
    "Infinity",
    " 1",
    "1 ",
    "0x10",
    "1.23456",
    "9".repeat(17),
    "1".repeat(40)
  ])("%j is no number of 4 decimals", (text) => expect(scaledOf(text, 4)).toBe(NO_NUMBER))

  it.each([[1], [null], [{}], [[]], [true], [undefined]])("%j is no text", (value) =>
    expect(scaledOf(value, 4)).toBe(NO_NUMBER)
  )
})

describe("fields", () => {
  it("a number is read by the digits it was written with", () => {
    expect([0.01, 0.001, 1, 0].map(reading(Price))).toEqual([100, 10, 10_000, 0])
    expect([1.5, -1, 0.00001, Number.NaN, 1e21].map(reading(Price))).toEqual(Array(5).fill(undefined))
    expect(reading(NearShares)(5.051019000000001)).toBe(5_051_019)
    expect(reading(NearShares)(1e-7)).toBe(0)
  })

  it("prices out of divisions go to the nearest tick", () => {
    expect(["0.60002400009", "0.98039", "0.98035", "1"].map(reading(NearPrice))).toEqual([
      6_000, 9_804, 9_804, 10_000
    ])
  })

  it("reference prices of both scales are the same price", () => {
    expect(reading(Spot)("76568.78")).toBe(7_656_878_000_000)
    expect(reading(SpotE18)("76568780000000000000000")).toBe(7_656_878_000_000)
    expect(reading(SpotE18)("83967916000000000000")).toBe(8_396_791_600)
    expect(["0", "-1", "", "1e5", "x"].map(reading(Spot))).toEqual(Array(5).fill(undefined))
  })

  it("what the venue leaves empty is not known, and nothing else is", () => {
    const read = Schema.decodeUnknownEither(Schema.Struct({ price: known(Price) }))
    for (const empty of [{}, { price: "" }, { price: null }])
      expect(read(empty)).toEqual(Either.right({ price: undefined }))
    expect(read({ price: "0.5" })).toEqual(Either.right({ price: 5_000 }))
    expect(Either.isLeft(read({ price: "five" }))).toBe(true)
  })
})
