/**
 * What the open orders of each account keep back: dollars where they buy, shares where they sell. It follows from the orders, so
 * it is not saved; it is carried along, so that the balance gate costs the same however many orders are open.
 */
import { takerFee } from "../../domain/fees.ts"
import { type MicroShares, microShares, notionalUsd } from "../../domain/money.ts"
import type { TokenId } from "../../domain/window.ts"
import type { EngineState, MarketRecord, OrderRecord } from "./state.ts"

interface Reserve {
  microUsd: number
  readonly microShares: Map<TokenId, number>
}

/** By the account's name. */
export type Reserves = Map<string, Reserve>

export const remainingOf = (order: OrderRecord): MicroShares =>
  microShares(order.sizeMicroShares - order.filledMicroShares)

export const limitCost = (order: OrderRecord, size: MicroShares): number =>
  notionalUsd(order.priceTicks, size, "up")

/**
 * Notional and fee at the limit; a fill at a better price costs less in both together. (Not so where an order is for
 * dollars: they buy more shares then, at a higher fee. What it would really cost is looked at besides.)
 */
export const takerLimitCost = (record: MarketRecord, order: OrderRecord): number =>
  (order.budgetMicroUsd ?? limitCost(order, order.sizeMicroShares)) +
  takerFee(record.market.fees, order.priceTicks, order.sizeMicroShares)

/** Dollars an open BUY keeps back. Resting orders pay no fee. */
const reservedUsd = (state: EngineState, order: OrderRecord): number => {
  if (order.status !== "held") return limitCost(order, remainingOf(order))
  const record = state.markets.get(order.conditionId)
  return record === undefined ? 0 : takerLimitCost(record, order)
}

const reserveOf = (reserves: Reserves, account: string): Reserve => {
  const known = reserves.get(account)
  if (known !== undefined) return known
  const reserve: Reserve = { microUsd: 0, microShares: new Map() }
  reserves.set(account, reserve)
  return reserve
}

interface Books {
  readonly state: EngineState
  readonly reserves: Reserves
}

const change = ({ reserves, state }: Books, order: OrderRecord, sign: 1 | -1): void => {
  const reserve = reserveOf(reserves, order.account)
  if (order.side === "BUY") {
    reserve.microUsd += sign * reservedUsd(state, order)
    return
  }
  const size = (reserve.microShares.get(order.tokenId) ?? 0) + sign * remainingOf(order)
  if (size === 0) reserve.microShares.delete(order.tokenId)
  else reserve.microShares.set(order.tokenId, size)
}

/** Keeps back what an open order needs as it is now. */
export const reserve = (books: Books, order: OrderRecord): void => change(books, order, 1)

/** Lets go of what an open order needs as it is now: before it changes, or is open no more. */
export const release = (books: Books, order: OrderRecord): void => change(books, order, -1)

export const reservesOf = (state: EngineState): Reserves => {
  const reserves: Reserves = new Map()
  for (const order of state.openOrders.values()) reserve({ state, reserves }, order)
  return reserves
}
