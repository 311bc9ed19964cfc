/** Orders checked against balances as a stale cache has them; py-clob-client#290. */
import { notionalUsd } from "../../../domain/money.ts"
import type { AccountRecord, OrderRecord } from "../../engine/state.ts"
import { notEnough } from "../../engine/texts.ts"
import { accountOf } from "../../engine/turn.ts"
import type { EngineOrder } from "../../engine-types.ts"
import type { World } from "../../world/world.ts"
import type { Rest } from "./options.ts"
import type { Intake } from "./order-intake.ts"

/** The name of dollars among the assets of the cache. */
export const COLLATERAL = "COLLATERAL"

/** Dollars on chain: what is matched but not settled has not moved yet. */
export const collateralOf = (account: AccountRecord | undefined): number =>
  account === undefined
    ? 0
    : account.cashMicroUsd + account.unsettledSpentMicroUsd - account.unsettledProceedsMicroUsd

const reserved = (open: OrderRecord, order: EngineOrder): number => {
  if (open.side !== order.side) return 0
  const left = Math.max(0, open.sizeMicroShares - open.filledMicroShares)
  if (open.side === "SELL") return open.tokenId === order.tokenId ? left : 0
  return Math.ceil((left * open.priceTicks) / 10_000)
}

/** Why the venue would refuse the order by the balance it remembers; undefined where it knows better, or has enough. */
export const staleBalanceFault = (
  world: World,
  { balances, conditions }: Rest,
  { account, order }: Intake,
  nowMs: number
): string | undefined => {
  if (!conditions.balancesAreStale(nowMs)) return undefined
  const record = accountOf(world.engine.state, account)
  const holding = record.holdings.get(order.tokenId)
  const isBuy = order.side === "BUY"
  const actual = isBuy ? collateralOf(record) : (holding?.settledMicroShares ?? 0)
  const balance = balances.look(account, isBuy ? COLLATERAL : order.tokenId, actual, true)
  const matched = isBuy ? record.unsettledSpentMicroUsd : (holding?.outgoingMicroShares ?? 0)
  const active = [...record.openOrderIds].reduce((sum, orderId) => {
    const open = world.engine.state.openOrders.get(orderId)
    return sum + (open === undefined ? 0 : reserved(open, order))
  }, 0)
  const amount = isBuy
    ? (order.budgetMicroUsd ?? notionalUsd(order.priceTicks, order.sizeMicroShares, "up"))
    : order.sizeMicroShares
  return balance < active + matched + amount ? notEnough(balance, active, matched, amount) : undefined
}
