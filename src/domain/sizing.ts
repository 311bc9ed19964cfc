/** How many shares an entry buys: exact, affordable, and in the amounts the venue takes (polymarket.md §4.1). */
import { Either } from "effect"
import type { FeeSchedule } from "./fees.ts"
import { takerFee } from "./fees.ts"
import {
  MICROS,
  TICKS_PER_USD,
  type MicroShares,
  type MicroUsd,
  type PriceTicks,
  addUsd,
  microShares,
  microUsd,
  minShares,
  mulDiv,
  notionalUsd,
  sharesFor
} from "./money.ts"
import type { OrderType } from "./order.ts"
import { formatShares, formatUsd } from "./decimal.ts"

/** The venue's size step: 0.01 share. */
const SIZE_STEP_MICRO_SHARES = 10_000
/** A marketable buy is at least $1. */
export const MIN_MARKETABLE_BUY_MICRO_USD = microUsd(MICROS)

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/**
 * The step a buy's size must be a multiple of. Dollars of a FOK or FAK buy carry at most 2 decimals, whatever the
 * tick, so the size steps by what makes price × size whole cents: 1 share at $0.53, 0.25 at $0.52, 10 at $0.523.
 * Resting buys may carry more decimals than a 0.01 share step can make.
 */
export const buySizeStep = (orderType: OrderType, price: PriceTicks): MicroShares =>
  microShares(
    orderType === "FOK" || orderType === "FAK"
      ? SIZE_STEP_MICRO_SHARES * (TICKS_PER_USD / gcd(price, TICKS_PER_USD))
      : SIZE_STEP_MICRO_SHARES
  )

/** The most a buy can cost: all of it at its limit, with the taker's fee. */
export const buyCost = (fees: FeeSchedule, price: PriceTicks, size: MicroShares): MicroUsd =>
  addUsd(notionalUsd(price, size, "up"), takerFee(fees, price, size))

/** The taker's fee on one share at a price, in ticks, rounded up. */
export const feePerShareTicks = (fees: FeeSchedule, price: PriceTicks): number =>
  // A million shares, so that the fee's own rounding to $0.00001 does not show.
  Math.ceil(takerFee(fees, price, microShares(MICROS * MICROS)) / (MICROS * (MICROS / TICKS_PER_USD)))

/** The largest whole number of steps whose {@link buyCost} is within the budget. The price is above 0. */
export const affordableShares = (
  fees: FeeSchedule,
  price: PriceTicks,
  budget: MicroUsd,
  step: MicroShares
): MicroShares => {
  if (budget <= 0) return microShares(0)
  let low = 0
  let high = Math.floor(sharesFor(budget, price) / step)
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (buyCost(fees, price, microShares(middle * step)) <= budget) low = middle
    else high = middle - 1
  }
  return microShares(low * step)
}

/**
 * The dollars a Kelly bettor stakes on a share that costs `price` and pays $1 with `probabilityMicros` in a
 * million: the given fraction of cash × (p − c) / (1 − c), c with its fee; 0 without an edge.
 */
export const kellyStake = (request: {
  readonly probabilityMicros: number
  readonly price: PriceTicks
  readonly fees: FeeSchedule
  readonly cash: MicroUsd
  readonly kellyFraction: number
}): MicroUsd => {
  const costMicros = buyCost(request.fees, request.price, microShares(MICROS))
  const edgeMicros = request.probabilityMicros - costMicros
  if (edgeMicros <= 0 || costMicros >= MICROS || request.cash <= 0) return microUsd(0)
  const fractionMicros = BigInt(Math.floor(request.kellyFraction * MICROS))
  const full = mulDiv(BigInt(request.cash), BigInt(edgeMicros), BigInt(MICROS - costMicros), "down")
  return microUsd(Number(mulDiv(full, fractionMicros, BigInt(MICROS), "down")))
}

export interface EntrySize {
  readonly orderType: OrderType
  readonly price: PriceTicks
  readonly fees: FeeSchedule
  /** What may be spent, fees included. */
  readonly budget: MicroUsd
  /** What rests within the limit; undefined where the size is not bound by it. */
  readonly depth: MicroShares | undefined
  /** Below this a position cannot be sold again. */
  readonly minSize: MicroShares
}

/** The size of an entry, or why there is none. */
export const entrySize = (request: EntrySize): Either.Either<MicroShares, string> => {
  const { budget, depth, fees, minSize, orderType, price } = request
  const step = buySizeStep(orderType, price)
  const affordable = affordableShares(fees, price, budget, step)
  const bound = depth === undefined ? affordable : minShares(affordable, depth)
  const size = microShares(bound - (bound % step))
  const limit =
    bound < affordable
      ? `${formatShares(bound)} shares of depth`
      : `a budget of $${formatUsd(budget)} with fees`
  if (size === 0 || size < minSize) {
    return Either.left(
      `${limit} makes ${formatShares(size)} shares, below the least sellable size of ${formatShares(minSize)}`
    )
  }
  const notional = notionalUsd(price, size, "down")
  return notional < MIN_MARKETABLE_BUY_MICRO_USD
    ? Either.left(`${limit} makes $${formatUsd(notional)}, below the venue's $1 for a marketable buy`)
    : Either.right(size)
}
