/** Decimal text of the venue as scaled integers: exact, or not at all. */
import { Option, ParseResult, Schema } from "effect"
import {
  type MicroShares,
  type MicroUsd,
  type PriceTicks,
  type SpotPrice,
  TICKS_PER_USD,
  microShares,
  microUsd,
  priceTicks,
  spotPrice
} from "../../../domain/money.ts"

/** What {@link scaledOf} gives for all that is no plain decimal. */
export const NO_NUMBER = -1

const MAX_CHARS = 32
const DOT = 46
const ZERO = 48
const NINE = 57

/**
 * Plain decimal text, not negative, as a whole number of 10^-decimals; {@link NO_NUMBER} where it is something else, has finer
 * digits that are not zero, or leaves the safe integers. Written for the hot path: no pattern, no allocation.
 */
export const scaledOf = (value: unknown, decimals: number): number => {
  if (typeof value !== "string") return NO_NUMBER
  const length = value.length
  if (length === 0 || length > MAX_CHARS) return NO_NUMBER
  let scaled = 0
  let digits = 0
  let fraction = -1
  for (let index = 0; index < length; index += 1) {
    const code = value.charCodeAt(index)
    if (code === DOT) {
      if (fraction >= 0) return NO_NUMBER
      fraction = 0
      continue
    }
    if (code < ZERO || code > NINE) return NO_NUMBER
    digits += 1
    if (fraction >= decimals) {
      if (code !== ZERO) return NO_NUMBER
      continue
    }
    if (fraction >= 0) fraction += 1
    scaled = scaled * 10 + (code - ZERO)
    if (scaled > Number.MAX_SAFE_INTEGER) return NO_NUMBER
  }
  if (digits === 0 || fraction === 0) return NO_NUMBER
  for (let given = Math.max(fraction, 0); given < decimals; given += 1) scaled *= 10
  return scaled > Number.MAX_SAFE_INTEGER ? NO_NUMBER : scaled
}

const plainNumber = /^-?\d+(?:\.\d+)?$/

/** A JSON number as the decimal text it was written as; empty where it needs an exponent or is no number. */
const textOf = (value: string | number): string => {
  if (typeof value === "string") return value
  const text = String(value)
  if (plainNumber.test(text)) return text
  const small = Math.abs(value) < 1e-6 ? value.toFixed(20) : ""
  return plainNumber.test(small) ? small : ""
}

/** Cuts decimal text down to so many decimals, half up; empty where it is no plain decimal. */
const roundedText = (text: string, decimals: number): string => {
  const match = /^(\d*)(?:\.(\d+))?$/.exec(text)
  if (match === null || text === "") return ""
  const whole = match[1] ?? ""
  const kept = (match[2] ?? "").slice(0, decimals).padEnd(decimals, "0")
  const next = (match[2] ?? "").charCodeAt(decimals)
  const units = BigInt(`${whole}${kept}` || "0") + (next >= ZERO + 5 ? 1n : 0n)
  const digits = units.toString().padStart(decimals + 1, "0")
  return `${digits.slice(0, digits.length - decimals)}.${digits.slice(digits.length - decimals)}`
}

/** A Schema that only reads: decimal text or a number, by the reader. */
const reads = <A>(what: string, read: (text: string) => Option.Option<A>) =>
  Schema.transformOrFail(
    Schema.Union(Schema.String, Schema.Number),
    Schema.declare((value: unknown): value is A => value !== undefined, { identifier: what }),
    {
      strict: true,
      decode: (value, _, ast) =>
        Option.match(read(textOf(value)), {
          onNone: () => ParseResult.fail(new ParseResult.Type(ast, value, `expected ${what}`)),
          onSome: ParseResult.succeed
        }),
      encode: (value, _, ast) =>
        ParseResult.fail(new ParseResult.Forbidden(ast, value, "only read, never written"))
    }
  )

const scaled = <A>(
  text: string,
  decimals: number,
  make: (value: number) => A,
  most: number
): Option.Option<A> => {
  const value = scaledOf(text, decimals)
  return value === NO_NUMBER || value > most ? Option.none() : Option.some(make(value))
}

const MOST = Number.MAX_SAFE_INTEGER
const readPrice = (text: string) => scaled(text, 4, priceTicks, TICKS_PER_USD)
const readShares = (text: string) => scaled(text, 6, microShares, MOST)
const readSpot = (text: string) =>
  Option.filter(
    scaled(text, 8, (value) => value, MOST),
    (value) => value > 0
  ).pipe(Option.map(spotPrice))

/** A price of 0 to 1 dollar in whole ticks of $0.0001. */
export const Price = reads<PriceTicks>("a price of at most 4 decimals from 0 to 1", readPrice)
/** A price that came out of a division, to the nearest tick: of fills at several prices, and of orders by amounts. */
export const NearPrice = reads<PriceTicks>("a price from 0 to 1", (text) => readPrice(roundedText(text, 4)))
/** Shares in millionths. */
export const Shares = reads<MicroShares>("shares of at most 6 decimals", readShares)
/** Shares that a service gives as a binary number, whose last digits are not exact; to the nearest millionth. */
export const NearShares = reads<MicroShares>("shares", (text) => readShares(roundedText(text, 6)))
/** Millionths as the contracts count them. */
export const BaseUnits = reads<MicroUsd>("a whole number of millionths", (text) =>
  scaled(text, 0, microUsd, MOST)
)
/** A reference price, to the nearest 1e-8 dollars. */
export const Spot = reads<SpotPrice>("a price above 0", (text) => readSpot(roundedText(text, 8)))
/** A reference price in units of 1e-18 dollars, as RTDS gives it, to the nearest 1e-8. */
export const SpotE18 = reads<SpotPrice>("a price above 0 in units of 1e-18", (text) =>
  /^\d{1,40}$/.test(text)
    ? readSpot(roundedText(`${text.padStart(19, "0").slice(0, -18)}.${text.padStart(19, "0").slice(-18)}`, 8))
    : Option.none()
)
/** A rate or a step as a fraction of 1, in millionths. */
export const Micros = reads<number>("a number of at most 6 decimals", (text) =>
  scaled(text, 6, (value) => value, MOST)
)
/** A moment or a count: whole, not negative. */
export const Whole = reads<number>("a whole number", (text) => scaled(text, 0, (value) => value, MOST))

/** What a field holds where the venue knows it; it writes "" or null, or leaves the field out, where it does not. */
export const known = <A>(schema: Schema.Schema<A, string | number>) =>
  Schema.optionalWith(
    Schema.transformOrFail(
      Schema.NullOr(Schema.Union(Schema.String, Schema.Number)),
      Schema.UndefinedOr(Schema.typeSchema(schema)),
      {
        strict: true,
        decode: (value, options) =>
          value === null || value === ""
            ? ParseResult.succeed(undefined)
            : ParseResult.decodeUnknown(schema)(value, options),
        encode: (value, _, ast) =>
          ParseResult.fail(new ParseResult.Forbidden(ast, value, "only read, never written"))
      }
    ),
    { default: () => undefined }
  )
