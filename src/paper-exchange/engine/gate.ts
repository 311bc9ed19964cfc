/**
 * The balance gate: an order is taken in where
 * `balance ≥ Σ active orders + Σ matched but not settled + order amount incl. fees`
 * (py-clob-client-v2#34, rs-clob-client-v2#36). The balance is the one on chain, so proceeds of a sale count only when
 * they are confirmed.
 */
import { microShares } from "../../domain/money.ts"
import { takerAmounts } from "./fill.ts"
import { mirrorPrice } from "./levels.ts"
import { type PlannedFill, plannedSize } from "./matching.ts"
import { limitCost, takerLimitCost } from "./reserves.ts"
import { isImmediate } from "./rules.ts"
import type { MarketRecord, OrderRecord } from "./state.ts"
import { notEnough } from "./texts.ts"
import { type Turn, accountOf } from "./turn.ts"

/** What a BUY may cost at most: at its limit, or (by a few millionths of rounding) by the fills it would have. */
const buyAmount = (
  record: MarketRecord,
  order: OrderRecord,
  isTaker: boolean,
  fills: ReadonlyArray<PlannedFill>
): number => {
  if (!isTaker) return limitCost(order, order.sizeMicroShares)
  let cost = 0
  for (const { level, sizeMicroShares } of fills) {
    const price = mirrorPrice(order.outcome, level.priceTicks)
    const { fee, notional } = takerAmounts(record, "BUY", price, sizeMicroShares)
    cost += notional + fee
  }
  if (!isImmediate(order)) cost += limitCost(order, microShares(order.sizeMicroShares - plannedSize(fills)))
  return Math.max(takerLimitCost(record, order), cost)
}

const buyFault = ({ reserves, state }: Turn, order: OrderRecord, amount: number): string | undefined => {
  const account = accountOf(state, order.account)
  const matched = account.unsettledSpentMicroUsd
  const balance = account.cashMicroUsd + matched - account.unsettledProceedsMicroUsd
  const active = reserves.get(order.account)?.microUsd ?? 0
  return balance < active + matched + amount ? notEnough(balance, active, matched, amount) : undefined
}

const sellFault = ({ reserves, state }: Turn, order: OrderRecord): string | undefined => {
  const holding = accountOf(state, order.account).holdings.get(order.tokenId)
  const balance = holding?.settledMicroShares ?? 0
  const matched = holding?.outgoingMicroShares ?? 0
  const active = reserves.get(order.account)?.microShares.get(order.tokenId) ?? 0
  const amount = order.sizeMicroShares
  return balance < active + matched + amount ? notEnough(balance, active, matched, amount) : undefined
}

/** Why the account cannot afford an order that is not open (yet, or any more); undefined where it can. */
export const balanceFault = (
  turn: Turn,
  record: MarketRecord,
  order: OrderRecord,
  isTaker: boolean,
  fills: ReadonlyArray<PlannedFill>
): string | undefined =>
  order.side === "BUY"
    ? buyFault(turn, order, buyAmount(record, order, isTaker, fills))
    : sellFault(turn, order)
