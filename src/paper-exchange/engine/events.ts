/** What happens to the engine from outside and by itself. */
import type { OrderId } from "../../domain/order.ts"
import type { CancelOutcome } from "../../ports/exchange.ts"
import type { TradeFate } from "../engine-types.ts"
import type { MarketEvent } from "../market-source.ts"
import { applyBook, applyTaker } from "./external.ts"
import { closeMarket, forgetMarket, listMarket, redeemMarket, resolveMarket } from "./lifecycle.ts"
import { cancelResting } from "./orders.ts"
import { releaseHold } from "./placing.ts"
import type { Due, EngineState } from "./state.ts"
import * as texts from "./texts.ts"
import { confirmTrade, failTrade, mineTrade, retryTrade } from "./trades.ts"
import type { Turn } from "./turn.ts"

/** Takes in an event of the market. Those of markets that are not listed (any more) are ignored. */
export const applyEvent = (turn: Turn, event: MarketEvent): void => {
  if (event._tag === "Spot" || event._tag === "Average" || event._tag === "PriceToBeat") return
  if (event._tag === "Listed") return listMarket(turn, event.market)
  const conditionId = event._tag === "Resolved" ? event.resolution.conditionId : event.conditionId
  const record = turn.state.markets.get(conditionId)
  if (record === undefined) return
  switch (event._tag) {
    case "Book":
      if (record.phase === "listed") record.phase = "open"
      if (record.phase === "open") applyBook(turn, record, event.bids, event.asks)
      return
    case "Taker":
      if (record.phase === "open")
        applyTaker(turn, record, event.side, event.priceTicks, event.sizeMicroShares)
      return
    case "Closed":
      return closeMarket(turn, record)
    case "Resolved":
      return resolveMarket(turn, record, event.resolution.outcome)
  }
}

export const applyDue = (turn: Turn, due: Due): void => {
  switch (due._tag) {
    case "ReleaseHold": {
      const order = turn.state.openOrders.get(due.orderId)
      if (order !== undefined) releaseHold(turn, order)
      return
    }
    case "Expire": {
      const order = turn.state.openOrders.get(due.orderId)
      if (order !== undefined) cancelResting(turn, order, texts.NOTE_EXPIRED)
      return
    }
    case "Mine":
    case "Confirm": {
      const record = turn.state.markets.get(due.conditionId)
      const trade = record?.trades.get(due.tradeId)
      if (record === undefined || trade === undefined) return
      return due._tag === "Mine" ? mineTrade(turn, record, trade) : confirmTrade(turn, record, trade)
    }
    case "Redeem":
      return redeemMarket(turn, due.conditionId)
    case "Forget":
      return forgetMarket(turn, due.conditionId)
  }
}

const goneReason = (state: EngineState, account: string, orderId: OrderId): string => {
  const order = state.finishedOrders.get(orderId)
  if (order === undefined || order.account !== account) return texts.CANCEL_NOT_FOUND
  return order.status === "matched" ? texts.CANCEL_ALREADY_MATCHED : texts.CANCEL_ALREADY_CANCELED
}

/** Ends or delays a trade's settlement; what is settled already, or forgotten, stays as it is. */
export const settleOtherwise = (turn: Turn, tradeId: string, fate: TradeFate): void => {
  for (const record of turn.state.markets.values()) {
    const trade = record.trades.get(tradeId)
    if (trade === undefined) continue
    return fate === "failed" ? failTrade(turn, record, trade) : retryTrade(turn, record, trade)
  }
}

/** Cancels what rests; an order cannot be cancelled while it is held. */
export const cancelOrders = (
  turn: Turn,
  account: string,
  orderIds: ReadonlyArray<OrderId>,
  note: string
): CancelOutcome => {
  const cancelled: Array<OrderId> = []
  const notCancelled = new Map<OrderId, string>()
  for (const orderId of new Set(orderIds)) {
    const order = turn.state.openOrders.get(orderId)
    if (order === undefined || order.account !== account)
      notCancelled.set(orderId, goneReason(turn.state, account, orderId))
    else if (order.status === "held") notCancelled.set(orderId, texts.CANCEL_DURING_HOLD)
    else {
      cancelResting(turn, order, note)
      cancelled.push(orderId)
    }
  }
  return { cancelled, notCancelled }
}
