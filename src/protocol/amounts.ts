/** The two amounts an order is signed for: docs.polymarket.com/trading/place-orders. */
import {
  MICROS,
  type MicroShares,
  TICKS_PER_USD,
  floorToSizeStep,
  microShares,
  mulDiv,
  notionalUsd
} from "../domain/money.ts"
import type { Intent } from "../domain/order.ts"

/** What is given and what is wanted, in millionths; a buy gives dollars, a sell gives shares. */
export interface SignedAmounts {
  readonly makerAmount: bigint
  readonly takerAmount: bigint
  /** The share leg: the size the venue will work with. It is the intent's, but for digits the venue does not take. */
  readonly sizeMicroShares: MicroShares
}

const CENT = BigInt(MICROS / 100)
/** Shares of a FOK or FAK buy carry at most 4 decimals, whatever the market's tick. */
const SHARE_STEP = BigInt(MICROS / 10_000)

const floorTo = (amount: bigint, step: bigint): bigint => amount - (amount % step)

/** A FOK or FAK buy is for dollars: whole cents, and the shares they buy at the limit, rounded down. */
const marketBuy = (intent: Intent): SignedAmounts => {
  const usd = floorTo(BigInt(notionalUsd(intent.priceTicks, intent.sizeMicroShares, "down")), CENT)
  const bought =
    intent.priceTicks === 0 ? 0n : mulDiv(usd, BigInt(TICKS_PER_USD), BigInt(intent.priceTicks), "down")
  const shares = floorTo(bought, SHARE_STEP)
  return { makerAmount: usd, takerAmount: shares, sizeMicroShares: microShares(Number(shares)) }
}

/**
 * The amounts of an intent. All but FOK and FAK buys are for shares in whole hundredths, and their dollars are exact: a price
 * of 4 decimals times a size of 2 has at most 6.
 */
export const signedAmounts = (intent: Intent): SignedAmounts => {
  if (intent.side === "BUY" && (intent.orderType === "FOK" || intent.orderType === "FAK")) {
    return marketBuy(intent)
  }
  const sizeMicroShares = floorToSizeStep(intent.sizeMicroShares)
  const shares = BigInt(sizeMicroShares)
  const usd = BigInt(notionalUsd(intent.priceTicks, sizeMicroShares, "down"))
  return intent.side === "BUY"
    ? { makerAmount: usd, takerAmount: shares, sizeMicroShares }
    : { makerAmount: shares, takerAmount: usd, sizeMicroShares }
}
