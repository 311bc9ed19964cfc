/**
 * The balance gate: an order is taken in where
 * `balance ≥ Σ active orders + Σ matched but not settled + order amount incl. fees`
 * (py-clob-client-v2#34, rs-clob-client-v2#36). The balance is the one on chain, so proceeds of a sale count only when
 * they are confirmed.
 */
import { takerFee } from "../../domain/fees.ts"
import { type MicroShares, microShares, notionalUsd } from "../../domain/money.ts"
import { takerAmounts } from "./fill.ts"
import { mirrorPrice } from "./levels.ts"
import { type PlannedFill, plannedSize } from "./matching.ts"
import { remainingOf } from "./orders.ts"
import { isImmediate } from "./rules.ts"
import type { EngineState, MarketRecord, OrderRecord } from "./state.ts"
import { notEnough } from "./texts.ts"
import { accountOf } from "./turn.ts"

const limitCost = (order: OrderRecord, size: MicroShares): number => notionalUsd(order.priceTicks, size, "up")

/**
 * Notional and fee at the limit; a fill at a better price costs less in both together. (Not so where an order is for
 * dollars: they buy more shares then, at a higher fee. What it would really cost is looked at besides.)
 */
const takerLimitCost = (record: MarketRecord, order: OrderRecord): number =>
  (order.budgetMicroUsd ?? limitCost(order, order.sizeMicroShares)) +
  takerFee(record.market.fees, order.priceTicks, order.sizeMicroShares)

/** Dollars an open BUY keeps back. Resting orders pay no fee. */
const reservedUsd = (state: EngineState, order: OrderRecord): number => {
  const record = state.markets.get(order.conditionId)
  if (order.side === "SELL" || record === undefined) return 0
  return order.status === "held" ? takerLimitCost(record, order) : limitCost(order, remainingOf(order))
}

const sumOpen = (state: EngineState, account: string, amount: (order: OrderRecord) => number): number => {
  let sum = 0
  for (const orderId of accountOf(state, account).openOrderIds) {
    const order = state.openOrders.get(orderId)
    if (order !== undefined) sum += amount(order)
  }
  return sum
}

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

const buyFault = (state: EngineState, order: OrderRecord, amount: number): string | undefined => {
  const account = accountOf(state, order.account)
  const matched = account.unsettledSpentMicroUsd
  const balance = account.cashMicroUsd + matched - account.unsettledProceedsMicroUsd
  const active = sumOpen(state, order.account, (open) => reservedUsd(state, open))
  return balance < active + matched + amount ? notEnough(balance, active, matched, amount) : undefined
}

const sellFault = (state: EngineState, order: OrderRecord): string | undefined => {
  const holding = accountOf(state, order.account).holdings.get(order.tokenId)
  const balance = holding?.settledMicroShares ?? 0
  const matched = holding?.outgoingMicroShares ?? 0
  const active = sumOpen(state, order.account, (open) =>
    open.side === "SELL" && open.tokenId === order.tokenId ? remainingOf(open) : 0
  )
  const amount = order.sizeMicroShares
  return balance < active + matched + amount ? notEnough(balance, active, matched, amount) : undefined
}

/** Why the account cannot afford an order that is not open (yet, or any more); undefined where it can. */
export const balanceFault = (
  state: EngineState,
  record: MarketRecord,
  order: OrderRecord,
  isTaker: boolean,
  fills: ReadonlyArray<PlannedFill>
): string | undefined =>
  order.side === "BUY"
    ? buyFault(state, order, buyAmount(record, order, isTaker, fills))
    : sellFault(state, order)
