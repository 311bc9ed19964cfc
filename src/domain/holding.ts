/** What of a position can be sold, what it cost, and the least price to ask for it. */
import { formatShares } from "./decimal.ts"
import {
  TICKS_PER_USD,
  type MicroShares,
  type PriceTicks,
  floorToSizeStep,
  microShares,
  minShares,
  mulDiv,
  priceTicks
} from "./money.ts"
import type { Order } from "./order.ts"
import { outstandingMicroShares } from "./order-state.ts"
import type { Position } from "./position.ts"
import type { TokenId, Window } from "./window.ts"

/** Average cost of the matched shares in ticks, rounded up; undefined where none are held. */
export const averageCost = (position: Position): PriceTicks | undefined => {
  if (position.matchedMicroShares === 0) return undefined
  const ticks = mulDiv(
    BigInt(position.costMicroUsd),
    BigInt(TICKS_PER_USD),
    BigInt(position.matchedMicroShares),
    "up"
  )
  return priceTicks(Math.min(TICKS_PER_USD, Math.max(0, Number(ticks))))
}

/** Shares of a token that sells already sent may still take. */
const promisedToOrders = (tokenId: TokenId, orders: ReadonlyArray<Order>): number =>
  orders
    .filter(({ intent }) => intent.tokenId === tokenId && intent.side === "SELL")
    .reduce((sum, order) => sum + outstandingMicroShares(order), 0)

/**
 * Shares that an exit may sell: the smaller of matched and settled, less what open sell orders have promised, in
 * whole steps of 0.01 share.
 */
export const sellableShares = (position: Position, openOrders: ReadonlyArray<Order>): MicroShares => {
  const held = minShares(position.matchedMicroShares, position.settledMicroShares)
  return floorToSizeStep(microShares(Math.max(0, held - promisedToOrders(position.tokenId, openOrders))))
}

/** Why {@link sellableShares} came to nothing that can be ordered. */
export const whyNotSellable = (position: Position, sellable: MicroShares, window: Window): string => {
  if (minShares(position.matchedMicroShares, position.settledMicroShares) === 0) {
    return `none of ${formatShares(position.matchedMicroShares)} shares has settled yet`
  }
  return sellable === 0
    ? "all of it is in open sell orders"
    : `dust: held to settlement, ${formatShares(sellable)} shares are below the least order of ${formatShares(window.minSizeMicroShares)}`
}

/** `bid − slippage` on the window's own tick, never below one tick. */
export const sellLimit = (window: Window, bid: PriceTicks, slippageTicks: number): PriceTicks => {
  const tick = window.tickSizeTicks
  const wished = bid - slippageTicks
  return priceTicks(Math.max(tick, wished - (wished % tick)))
}
