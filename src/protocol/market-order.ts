/** Orders at the market, as the official client works them out: the limit a book asks for, and the dollars fees leave. */
import type { Level } from "../domain/book.ts"
import type { FeeSchedule } from "../domain/fees.ts"
import {
  MICROS,
  type MicroShares,
  type MicroUsd,
  type PriceTicks,
  TICKS_PER_USD,
  microUsd,
  mulDiv
} from "../domain/money.ts"

/** What is to be matched: a buy is for dollars, a sell for shares. */
export type MarketAmount =
  | { readonly side: "BUY"; readonly usd: MicroUsd }
  | { readonly side: "SELL"; readonly shares: MicroShares }

/**
 * The price of the last level that is needed, going from the best: the limit to state. Where all levels do not suffice there is
 * none for a FOK, and the worst one's for a FAK; an empty side has none for either.
 */
export const marketPrice = (
  amount: MarketAmount,
  orderType: "FOK" | "FAK",
  bestFirst: ReadonlyArray<Level>
): PriceTicks | undefined => {
  const wanted = amount.side === "BUY" ? BigInt(amount.usd) * BigInt(TICKS_PER_USD) : BigInt(amount.shares)
  let matched = 0n
  for (const { priceTicks, sizeMicroShares } of bestFirst) {
    matched += BigInt(sizeMicroShares) * (amount.side === "BUY" ? BigInt(priceTicks) : 1n)
    if (matched >= wanted) return priceTicks
  }
  return orderType === "FAK" ? bestFirst.at(-1)?.priceTicks : undefined
}

export interface BuyOfDollars {
  readonly usd: MicroUsd
  readonly balance: MicroUsd
  /** Above 0. */
  readonly price: PriceTicks
  readonly fees: FeeSchedule
  /** What the order's builder takes of the dollars, in hundredths of a percent. */
  readonly builderFeeBps: number
}

const BPS = 10_000n

/** The dollars to spend so that fees, which come on top, find cover in the balance; fees count rounded up. */
export const buyAmountAfterFees = (buy: BuyOfDollars): MicroUsd => {
  const [price, scale] = [BigInt(buy.price), BigInt(TICKS_PER_USD)]
  const base = BigInt(Math.min(buy.usd, buy.balance))
  const curve = (price * (scale - price)) ** BigInt(buy.fees.exponent)
  const venueFee = mulDiv(
    base * scale * BigInt(buy.fees.rateMicros),
    curve,
    price * BigInt(MICROS) * (scale * scale) ** BigInt(buy.fees.exponent),
    "up"
  )
  const fee = venueFee + mulDiv(base, BigInt(buy.builderFeeBps), BPS, "up")
  const left = BigInt(buy.balance) - fee
  return left > BigInt(buy.usd) ? buy.usd : microUsd(Number(left > 0n ? left : 0n))
}
