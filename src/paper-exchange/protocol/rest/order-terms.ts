/** Price and size of an order, from the two amounts it is signed for; polymarket.md §4.1. */
import { Either } from "effect"
import { formatScaled } from "../../../domain/decimal.ts"
import {
  MICROS,
  type MicroShares,
  type MicroUsd,
  type PriceTicks,
  TICKS_PER_USD,
  microShares,
  microUsd,
  priceTicks
} from "../../../domain/money.ts"
import type { OrderId, OrderType, Side } from "../../../domain/order.ts"
import * as texts from "../../engine/texts.ts"
import { amountDecimals } from "../../../protocol/amounts.ts"

export interface Terms {
  readonly priceTicks: PriceTicks
  readonly sizeMicroShares: MicroShares
  /** The dollars of a buy at the market. */
  readonly budgetMicroUsd?: MicroUsd
}

export interface SignedTerms {
  readonly orderId: OrderId
  readonly side: Side
  readonly orderType: OrderType
  readonly makerAmount: bigint
  readonly takerAmount: bigint
}

/** A billion shares or dollars: larger amounts are no orders. */
const MAX_AMOUNT = 10n ** 15n
const SCALE = BigInt(TICKS_PER_USD)

const isMultiple = (amount: bigint, decimals: number): boolean => amount % 10n ** BigInt(6 - decimals) === 0n

/** The tick nearest to what a share costs. */
const nearestTick = (usd: bigint, shares: bigint, tick: bigint): bigint => {
  const divisor = shares * tick
  return ((2n * usd * SCALE + divisor) / (2n * divisor)) * tick
}

const offTick = (orderId: OrderId, usd: bigint, shares: bigint, tick: PriceTicks): string =>
  `order ${orderId} is invalid. Price (${Number(usd) / Number(shares)}) breaks minimum tick size rule: ${formatScaled(tick, TICKS_PER_USD)}`

const outOfRange = (usd: bigint, shares: bigint, tick: PriceTicks): string =>
  `invalid price (${Number(usd) / Number(shares)}), min: ${formatScaled(tick, TICKS_PER_USD)} - max: ${formatScaled(TICKS_PER_USD - tick, TICKS_PER_USD)}`

type Answer = Either.Either<Terms, string>

/**
 * A buy at the market is for its dollars, and states the fewest shares it takes for them, rounded to four decimals: so far may
 * the ratio be off the tick. Where they were rounded up, the limit is the tick below.
 */
const marketBuy = (order: SignedTerms, tick: PriceTicks): Answer => {
  const { makerAmount: usd, takerAmount: shares } = order
  if (!isMultiple(usd, 2) || !isMultiple(shares, 4)) return Either.left(texts.MARKET_BUY_PRECISION)
  const step = 100n
  const price = nearestTick(usd, shares, BigInt(tick))
  const difference = usd * SCALE - price * shares
  const distance = difference < 0n ? -difference : difference
  if (distance >= price * step) return Either.left(offTick(order.orderId, usd, shares, tick))
  const limit = difference < 0n ? price - BigInt(tick) : price
  if (limit <= 0n || limit >= SCALE) return Either.left(outOfRange(usd, shares, tick))
  return Either.right({
    priceTicks: priceTicks(Number(limit)),
    sizeMicroShares: microShares(Number(shares)),
    budgetMicroUsd: microUsd(Number(usd))
  })
}

const exact = (order: SignedTerms, usd: bigint, shares: bigint, tick: PriceTicks): Answer => {
  const price = nearestTick(usd, shares, BigInt(tick))
  if (price > SCALE) return Either.left(outOfRange(usd, shares, tick))
  const expected = (price * shares) / SCALE
  const difference = usd - expected
  if (difference === 0n)
    return Either.right({
      priceTicks: priceTicks(Number(price)),
      sizeMicroShares: microShares(Number(shares))
    })
  const isNear = (difference < 0n ? -difference : difference) < 10_000n
  return Either.left(
    order.side === "SELL" && isNear
      ? mismatch(Number(price), Number(shares), Number(expected), Number(usd))
      : offTick(order.orderId, usd, shares, tick)
  )
}

const mismatch = (price: number, shares: number, expected: number, usd: number): string =>
  `invalid amounts, the taker amount for a $${formatScaled(price, TICKS_PER_USD)} order of size ${formatScaled(shares, MICROS)} should be '${formatScaled(expected, MICROS)}' but the value submited is '${formatScaled(usd, MICROS)}'`

/** What the amounts say at a market's tick; left with the venue's words where they do not fit it. */
export const termsOf = (order: SignedTerms, tick: PriceTicks): Answer => {
  const { makerAmount, orderType, side, takerAmount } = order
  for (const amount of [makerAmount, takerAmount])
    if (amount <= 0n || amount > MAX_AMOUNT) return Either.left(texts.INVALID_PAYLOAD)
  if (side === "BUY" && (orderType === "FOK" || orderType === "FAK")) return marketBuy(order, tick)
  const [usd, shares] = side === "BUY" ? [makerAmount, takerAmount] : [takerAmount, makerAmount]
  const decimals = amountDecimals(tick) ?? 6
  if (!isMultiple(shares, 2)) {
    return Either.left(side === "BUY" ? texts.buyPrecision(decimals) : texts.sellPrecision(decimals))
  }
  if (side === "BUY" && !isMultiple(usd, decimals)) return Either.left(texts.buyPrecision(decimals))
  return exact(order, usd, shares, tick)
}
