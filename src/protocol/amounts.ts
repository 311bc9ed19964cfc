/** The two amounts an order is signed for: docs.polymarket.com/trading/place-orders. */
import {
  MICROS,
  type MicroShares,
  type MicroUsd,
  type PriceTicks,
  TICKS_PER_USD,
  floorToSizeStep,
  microShares,
  microUsd,
  mulDiv,
  notionalUsd
} from "../domain/money.ts"
import type { Intent, Side } from "../domain/order.ts"

/** What is given and what is wanted, in millionths; a buy gives dollars, a sell gives shares. */
export interface SignedAmounts {
  readonly makerAmount: bigint
  readonly takerAmount: bigint
  /** The share leg: the size the venue will work with. It is the intent's, but for digits the venue does not take. */
  readonly sizeMicroShares: MicroShares
}

/**
 * Decimals that the amount computed from the other one may carry, by the market's tick in ticks of $0.0001: as many as a
 * price has with two of a size. A tick that is not here is none of the venue's.
 */
const AMOUNT_DECIMALS: ReadonlyMap<number, number> = new Map([
  [1_000, 3],
  [100, 4],
  [50, 5],
  [25, 6],
  [10, 5],
  [1, 6]
])

/** How many decimals the computed amount may carry on a market of this tick; undefined where the venue has no such tick. */
export const amountDecimals = (tickSize: PriceTicks): number | undefined => AMOUNT_DECIMALS.get(tickSize)

/** Shares of a FOK or FAK buy carry at most 4 decimals, whatever the market's tick. */
export const MARKET_BUY_DECIMALS = 4

const CENT = BigInt(MICROS / 100)

const floorTo = (amount: bigint, step: bigint): bigint => amount - (amount % step)

/**
 * The amounts of an order for shares, in whole hundredths of a share. Its dollars are exact: a price of 4 decimals times a
 * size of 2 has at most 6.
 */
export const shareAmounts = (side: Side, price: PriceTicks, size: MicroShares): SignedAmounts => {
  const sizeMicroShares = floorToSizeStep(size)
  const shares = BigInt(sizeMicroShares)
  const usd = BigInt(notionalUsd(price, sizeMicroShares, "down"))
  return side === "BUY"
    ? { makerAmount: usd, takerAmount: shares, sizeMicroShares }
    : { makerAmount: shares, takerAmount: usd, sizeMicroShares }
}

/**
 * The amounts of a buy for dollars, in whole cents: the shares they buy at the limit, rounded down to so many decimals. (The
 * official client first rounds up to four decimals more; at the venue's ticks that never changes the result, for no cents
 * divided by such a price come that near to the next step.)
 */
export const dollarAmounts = (price: PriceTicks, usd: MicroUsd, decimals: number): SignedAmounts => {
  const spent = floorTo(BigInt(usd), CENT)
  const bought = price === 0 ? 0n : mulDiv(spent, BigInt(TICKS_PER_USD), BigInt(price), "down")
  const shares = floorTo(bought, 10n ** BigInt(6 - decimals))
  return { makerAmount: spent, takerAmount: shares, sizeMicroShares: microShares(Number(shares)) }
}

/** The amounts of an intent: a FOK or FAK buy is for the dollars it may cost, everything else for its shares. */
export const signedAmounts = ({ orderType, priceTicks, side, sizeMicroShares }: Intent): SignedAmounts =>
  side === "BUY" && (orderType === "FOK" || orderType === "FAK")
    ? dollarAmounts(
        priceTicks,
        microUsd(notionalUsd(priceTicks, sizeMicroShares, "down")),
        MARKET_BUY_DECIMALS
      )
    : shareAmounts(side, priceTicks, sizeMicroShares)
