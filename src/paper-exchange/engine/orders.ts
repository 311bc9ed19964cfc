/** Orders: how they rest, end and are reported. */
import type { VenueOrder } from "../../ports/exchange.ts"
import { schedule, unschedule } from "./agenda.ts"
import { bookSideOf, findLevel, levelAt, mirrorPrice, pruneLevel, removeOwn } from "./levels.ts"
import { release, reserve } from "./reserves.ts"
import type { MarketRecord, OrderRecord } from "./state.ts"
import { type Turn, accountOf, remember, touch } from "./turn.ts"

/** A held order is reported as live: it may trade any moment. */
export const toVenueOrder = (order: OrderRecord): VenueOrder => ({
  orderId: order.orderId,
  conditionId: order.conditionId,
  tokenId: order.tokenId,
  side: order.side,
  priceTicks: order.priceTicks,
  sizeMicroShares: order.sizeMicroShares,
  filledMicroShares: order.filledMicroShares,
  status: order.status === "held" ? "live" : order.status
})

export const tellOrder = (turn: Turn, order: OrderRecord, note: string): void => {
  turn.news.push({
    account: order.account,
    update: { _tag: "OrderUpdate", order: toVenueOrder(order), atMs: turn.atMs, note }
  })
}

/** Puts an order among those that can trade later; what it keeps back follows from its status. */
export const openOrder = (turn: Turn, order: OrderRecord, status: "held" | "live"): void => {
  order.status = status
  turn.state.openOrders.set(order.orderId, order)
  accountOf(turn.state, order.account).openOrderIds.add(order.orderId)
  reserve(turn, order)
}

/** Takes an open order out of those that can trade, without a trace. */
export const dropOrder = (turn: Turn, order: OrderRecord): void => {
  turn.state.openOrders.delete(order.orderId)
  accountOf(turn.state, order.account).openOrderIds.delete(order.orderId)
  release(turn, order)
  if (order.status === "held") unschedule(turn.state, "ReleaseHold", order.orderId)
  else if (order.cancelAtMs !== null) unschedule(turn.state, "Expire", order.orderId)
}

/** Ends an order that is not open (any more); it stays readable until its market is forgotten. */
export const finishOrder = (turn: Turn, order: OrderRecord, status: "matched" | "cancelled"): void => {
  order.status = status
  remember(turn.state.finishedOrders, order.orderId, order)
}

/** Opens an order at the back of its price level. */
export const restOrder = (turn: Turn, record: MarketRecord, order: OrderRecord): void => {
  openOrder(turn, order, "live")
  const price = mirrorPrice(order.outcome, order.priceTicks)
  levelAt(record, bookSideOf(order.side, order.outcome), price).queue.push({
    _tag: "Own",
    orderId: order.orderId
  })
  touch(turn, record)
  if (order.cancelAtMs !== null)
    schedule(turn.state, { _tag: "Expire", atMs: order.cancelAtMs, orderId: order.orderId })
}

/** Cancels a resting order and says so. */
export const cancelResting = (turn: Turn, order: OrderRecord, note: string): void => {
  const record = turn.state.markets.get(order.conditionId)
  if (record !== undefined) {
    const price = mirrorPrice(order.outcome, order.priceTicks)
    const side = bookSideOf(order.side, order.outcome)
    const level = findLevel(record, side, price)
    if (level !== undefined) {
      removeOwn(level, order.orderId)
      pruneLevel(record, side, level)
    }
    touch(turn, record)
  }
  dropOrder(turn, order)
  finishOrder(turn, order, "cancelled")
  tellOrder(turn, order, note)
}
