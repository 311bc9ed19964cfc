/** What can be read from the engine. */
import type { Level } from "../../domain/book.ts"
import { complement, microShares } from "../../domain/money.ts"
import type { OrderId } from "../../domain/order.ts"
import type { ConditionId, TokenId } from "../../domain/window.ts"
import type { VenueBalance, VenueOrder, VenueTrade } from "../../ports/exchange.ts"
import type { BookSide } from "./levels.ts"
import { toVenueOrder } from "./orders.ts"
import { remainingOf } from "./reserves.ts"
import type { EngineState, MarketRecord } from "./state.ts"
import { toVenueTrade } from "./trades.ts"

const levelsOf = (state: EngineState, record: MarketRecord, side: BookSide): ReadonlyArray<Level> =>
  record[side].flatMap(({ priceTicks, queue }) => {
    let size = 0
    for (const entry of queue) {
      const order = entry._tag === "Own" ? state.openOrders.get(entry.orderId) : undefined
      size += entry._tag === "External" ? entry.sizeMicroShares : order ? remainingOf(order) : 0
    }
    return size === 0 ? [] : [{ priceTicks, sizeMicroShares: microShares(size) }]
  })

const mirrored = (levels: ReadonlyArray<Level>): ReadonlyArray<Level> =>
  levels.map((level) => ({ ...level, priceTicks: complement(level.priceTicks) }))

/** One token's view of its market's book; a Down token sees the mirror image. */
export const viewBook = (state: EngineState, tokenId: TokenId) => {
  for (const record of state.markets.values()) {
    const { downTokenId, upTokenId } = record.market
    if (tokenId !== upTokenId && tokenId !== downTokenId) continue
    const bids = levelsOf(state, record, "bids")
    const asks = levelsOf(state, record, "asks")
    const { changedAtMs, market } = record
    const { tickSizeTicks } = market
    return tokenId === upTokenId
      ? { bids, asks, changedAtMs, tickSizeTicks }
      : { bids: mirrored(asks), asks: mirrored(bids), changedAtMs, tickSizeTicks }
  }
  return undefined
}

export const viewOrder = (state: EngineState, account: string, orderId: OrderId): VenueOrder | undefined => {
  const order = state.openOrders.get(orderId) ?? state.finishedOrders.get(orderId)
  return order === undefined || order.account !== account ? undefined : toVenueOrder(order)
}

export const viewOpenOrders = (state: EngineState, account: string): ReadonlyArray<VenueOrder> =>
  [...(state.accounts.get(account)?.openOrderIds ?? [])].flatMap((orderId) => {
    const order = state.openOrders.get(orderId)
    return order === undefined ? [] : toVenueOrder(order)
  })

export const viewTrades = (
  state: EngineState,
  account: string,
  conditionId: ConditionId
): ReadonlyArray<VenueTrade> => {
  const record = state.markets.get(conditionId)
  if (record === undefined) return []
  return [...record.trades.values()].flatMap((trade) =>
    trade.rows.filter((row) => row.account === account).map((row) => toVenueTrade(record, trade, row))
  )
}

export const viewBalances = (state: EngineState, account: string): ReadonlyArray<VenueBalance> =>
  [...(state.accounts.get(account)?.holdings ?? [])].flatMap(([tokenId, holding]) =>
    holding.settledMicroShares === 0
      ? []
      : [{ tokenId, conditionId: holding.conditionId, sizeMicroShares: holding.settledMicroShares }]
  )
