/**
 * Exact money. A price is a whole number of ticks of $0.0001 (the venue's finest tick; a market's own tick is
 * a multiple of it), sizes are millionths of a share, dollars are millionths of a dollar, and a spot price
 * counts 1e-8 dollars. All are safe integers behind brands: no binary fraction ever holds money.
 */
import { Schema } from "effect"

/** Ticks in one dollar: a price of $1 per share is 10,000 ticks. */
export const TICKS_PER_USD = 10_000
/** Millionths in one share or one dollar. */
export const MICROS = 1_000_000
/** Units of {@link SpotPrice} in one dollar. */
export const SPOT_UNITS_PER_USD = 100_000_000

const SafeInt = Schema.Int.pipe(Schema.between(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))

/** Price of one share, in ticks of $0.0001, from 0 to 10,000. */
export const PriceTicks = Schema.Int.pipe(Schema.between(0, TICKS_PER_USD), Schema.brand("PriceTicks"))
export type PriceTicks = typeof PriceTicks.Type

/** Shares in millionths, never negative. */
export const MicroShares = SafeInt.pipe(Schema.nonNegative(), Schema.brand("MicroShares"))
export type MicroShares = typeof MicroShares.Type

/** Dollars in millionths; negative for losses and debts. */
export const MicroUsd = SafeInt.pipe(Schema.brand("MicroUsd"))
export type MicroUsd = typeof MicroUsd.Type

/** Price of an asset in units of 1e-8 dollars, above 0. */
export const SpotPrice = SafeInt.pipe(Schema.positive(), Schema.brand("SpotPrice"))
export type SpotPrice = typeof SpotPrice.Type

/** Which way a result that is no whole millionth goes. */
export type Rounding = "down" | "up" | "half-up"

/** What a Schema's `make` would check, without its cost: these run for every level of every book. */
const checked =
  <A extends number>(name: string, least: number, most: number) =>
  (value: number): A => {
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new RangeError(`${value} is no ${name}: a whole number from ${least} to ${most} is needed`)
    }
    return value as A
  }

/** Each throws a RangeError for what its brand does not allow. */
export const priceTicks = checked<PriceTicks>("PriceTicks", 0, TICKS_PER_USD)
export const microShares = checked<MicroShares>("MicroShares", 0, Number.MAX_SAFE_INTEGER)
export const microUsd = checked<MicroUsd>("MicroUsd", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
export const spotPrice = checked<SpotPrice>("SpotPrice", 1, Number.MAX_SAFE_INTEGER)

export const ZERO_USD = microUsd(0)
export const ZERO_SHARES = microShares(0)

/** `a × b ÷ divisor` in integers of any size, rounded as told. The divisor is above 0. */
export const mulDiv = (a: bigint, b: bigint, divisor: bigint, rounding: Rounding): bigint => {
  const product = a * b
  const quotient = product / divisor
  const remainder = product % divisor
  if (remainder === 0n) return quotient
  const towardsMinusInfinity = product < 0n ? quotient - 1n : quotient
  switch (rounding) {
    case "down":
      return towardsMinusInfinity
    case "up":
      return towardsMinusInfinity + 1n
    case "half-up": {
      const distance = product - towardsMinusInfinity * divisor
      return distance * 2n >= divisor ? towardsMinusInfinity + 1n : towardsMinusInfinity
    }
  }
}

/** `product ÷ divisor` for a product that is a safe integer and not negative, where numbers are exact too and much faster. */
export const divSafe = (product: number, divisor: number, rounding: Rounding): number => {
  const remainder = product % divisor
  const down = (product - remainder) / divisor
  const goesUp = rounding === "up" ? remainder > 0 : rounding === "half-up" && remainder * 2 >= divisor
  return goesUp ? down + 1 : down
}

/** Dollars that `size` shares cost at `price`; rounding matters only where a size is finer than 0.01 share. */
export const notionalUsd = (price: PriceTicks, size: MicroShares, rounding: Rounding): MicroUsd => {
  const product = price * size
  return microUsd(
    Number.isSafeInteger(product)
      ? divSafe(product, TICKS_PER_USD, rounding)
      : Number(mulDiv(BigInt(price), BigInt(size), BigInt(TICKS_PER_USD), rounding))
  )
}

/** Shares that `usd` buys at `price`, rounded down. The price is above 0. */
export const sharesFor = (usd: MicroUsd, price: PriceTicks): MicroShares => {
  const product = usd * TICKS_PER_USD
  return microShares(
    product >= 0 && price > 0 && Number.isSafeInteger(product)
      ? divSafe(product, price, "down")
      : Number(mulDiv(BigInt(usd), BigInt(TICKS_PER_USD), BigInt(price), "down"))
  )
}

/** The sum; throws as soon as it leaves the safe integers, for beyond them addition is no longer exact. */
export const addUsd = (...amounts: ReadonlyArray<MicroUsd>): MicroUsd =>
  amounts.reduce((sum, amount) => microUsd(sum + amount), ZERO_USD)
export const subUsd = (a: MicroUsd, b: MicroUsd): MicroUsd => microUsd(a - b)
/** The sum; throws as soon as it leaves the safe integers. */
export const addShares = (...sizes: ReadonlyArray<MicroShares>): MicroShares =>
  sizes.reduce((sum, size) => microShares(sum + size), ZERO_SHARES)
/** `a − b`; throws where b is larger, for shares are never negative. */
export const subShares = (a: MicroShares, b: MicroShares): MicroShares => microShares(a - b)
export const minShares = (a: MicroShares, b: MicroShares): MicroShares => (a < b ? a : b)

/** The same price seen from the complementary token: Up at p is Down at 1 − p. */
export const complement = (price: PriceTicks): PriceTicks => priceTicks(TICKS_PER_USD - price)

/** Rounds a size down to whole hundredths of a share, the venue's size step (docs.polymarket.com/trading/place-orders). */
export const floorToSizeStep = (size: MicroShares): MicroShares => microShares(size - (size % 10_000))
