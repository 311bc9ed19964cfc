/** Taking orders in. */
import { ZERO_SHARES, ZERO_USD } from "../../domain/money.ts"
import type { VenuePlace } from "../../ports/venue.ts"
import type { EngineOrder, PlaceAnswer } from "../engine-types.ts"
import { schedule } from "./agenda.ts"
import { balanceFault } from "./gate.ts"
import { type BookSide, bookSideOf, crossesBook, mirrorPrice, oppositeSide } from "./levels.ts"
import { type PlannedFill, carryOut, planFills, planSpending, plannedCost, plannedSize } from "./matching.ts"
import { dropOrder, finishOrder, openOrder, restOrder, tellOrder } from "./orders.ts"
import { GTD_SAFETY_MS, formFault, isImmediate, marketableFault } from "./rules.ts"
import type { FinalAnswer, MarketRecord, OrderRecord } from "./state.ts"
import * as texts from "./texts.ts"
import { type Turn, rememberAnswer } from "./turn.ts"

const refused = (text: string) => ({ _tag: "Refused" as const, text })

const toRecord = (account: string, record: MarketRecord, place: EngineOrder, atMs: number): OrderRecord => ({
  orderId: place.orderId,
  account,
  conditionId: place.conditionId,
  tokenId: place.tokenId,
  outcome: place.tokenId === record.market.upTokenId ? "Up" : "Down",
  side: place.side,
  orderType: place.orderType,
  postOnly: place.postOnly,
  priceTicks: place.priceTicks,
  sizeMicroShares: place.sizeMicroShares,
  filledMicroShares: ZERO_SHARES,
  notionalMicroUsd: ZERO_USD,
  budgetMicroUsd: place.budgetMicroUsd ?? null,
  tradeIds: [],
  owner: place.owner ?? "",
  createdAtMs: atMs,
  cancelAtMs: place.expiresAtMs === null ? null : place.expiresAtMs - GTD_SAFETY_MS,
  status: "live"
})

const crosses = (record: MarketRecord, order: OrderRecord): boolean =>
  crossesBook(
    record,
    oppositeSide(bookSideOf(order.side, order.outcome)),
    mirrorPrice(order.outcome, order.priceTicks)
  )

const restingSideFor = (order: OrderRecord): BookSide => oppositeSide(bookSideOf(order.side, order.outcome))

const planFor = (turn: Turn, record: MarketRecord, order: OrderRecord): ReadonlyArray<PlannedFill> => {
  if (order.postOnly) return []
  const limit = mirrorPrice(order.outcome, order.priceTicks)
  return order.budgetMicroUsd === null
    ? planFills(turn.state, record, restingSideFor(order), limit, order.sizeMicroShares)
    : planSpending(turn.state, record, { outcome: order.outcome, limit, budget: order.budgetMicroUsd })
}

const isWhole = (order: OrderRecord, fills: ReadonlyArray<PlannedFill>): boolean =>
  order.budgetMicroUsd === null
    ? plannedSize(fills) === order.sizeMicroShares
    : plannedCost(order.outcome, fills) === order.budgetMicroUsd

const killText = (order: OrderRecord, fills: ReadonlyArray<PlannedFill>): string | undefined => {
  if (order.orderType === "FOK" && !isWhole(order, fills)) return texts.FOK_KILLED
  return order.orderType === "FAK" && fills.length === 0 ? texts.FAK_KILLED : undefined
}

/** Matches an order against the book as it is now, and lets rest what may rest. */
const admit = (turn: Turn, record: MarketRecord, order: OrderRecord): FinalAnswer => {
  const fills = planFor(turn, record, order)
  const isTaker = isImmediate(order) || fills.length > 0
  const fault = balanceFault(turn, record, order, isTaker, fills) ?? killText(order, fills)
  if (fault !== undefined) return refused(fault)
  carryOut(turn, record, order, fills, restingSideFor(order))
  const { filledMicroShares: filled, notionalMicroUsd, tradeIds } = order
  if (isWhole(order, fills)) finishOrder(turn, order, "matched")
  else if (isImmediate(order)) finishOrder(turn, order, "cancelled")
  else restOrder(turn, record, order)
  tellOrder(turn, order, order.status === "cancelled" ? texts.NOTE_FAK_REST : "")
  return {
    _tag: "Placed",
    status: filled > 0 ? "matched" : "live",
    filledMicroShares: filled,
    notionalMicroUsd,
    tradeIds: [...tradeIds]
  }
}

const marketFault = (record: MarketRecord | undefined, place: VenuePlace): string | undefined => {
  if (record === undefined) return texts.NO_ORDERBOOK
  const { downTokenId, upTokenId } = record.market
  if (place.tokenId !== upTokenId && place.tokenId !== downTokenId) return texts.NO_ORDERBOOK
  if (record.phase === "listed") return texts.NOT_READY
  return record.phase === "open" ? undefined : texts.NO_ORDERBOOK
}

/**
 * Takes an order in. One that takes (FOK, FAK, or a limit order that crosses) is held first where the market says so:
 * see {@link releaseHold}.
 */
export const placeOrder = (turn: Turn, account: string, place: EngineOrder): PlaceAnswer => {
  const { state } = turn
  if (state.openOrders.has(place.orderId) || state.finishedOrders.has(place.orderId))
    return refused(texts.duplicated(place.orderId))
  const record = state.markets.get(place.conditionId)
  const closed = marketFault(record, place)
  if (record === undefined || closed !== undefined) return refused(closed ?? texts.NO_ORDERBOOK)
  const misshapen = formFault(record, place, turn.atMs)
  if (misshapen !== undefined) return refused(misshapen)
  const order = toRecord(account, record, place, turn.atMs)
  const isMarketable = isImmediate(place) || crosses(record, order)
  if (!isMarketable) return admit(turn, record, order)
  if (place.postOnly) return refused(texts.POST_ONLY_CROSSES)
  const fault = marketableFault(place)
  if (fault !== undefined) return refused(fault)
  if (record.market.takerHoldMs <= 0) return admit(turn, record, order)
  const unaffordable = balanceFault(turn, record, order, true, planFor(turn, record, order))
  if (unaffordable !== undefined) return refused(unaffordable)
  const untilMs = turn.atMs + record.market.takerHoldMs
  state.answers.delete(order.orderId)
  openOrder(turn, order, "held")
  schedule(state, { _tag: "ReleaseHold", atMs: untilMs, orderId: order.orderId })
  return { _tag: "Held", untilMs }
}

/** Ends a hold with a refusal. */
export const refuseHeld = (turn: Turn, order: OrderRecord, text: string): void => {
  dropOrder(turn, order)
  rememberAnswer(turn.state, order.orderId, refused(text))
}

/** The hold is over: the order is checked again and meets the book of this moment. */
export const releaseHold = (turn: Turn, order: OrderRecord): void => {
  const record = turn.state.markets.get(order.conditionId)
  if (record === undefined || record.phase !== "open") return refuseHeld(turn, order, texts.NO_ORDERBOOK)
  if (order.cancelAtMs !== null && order.cancelAtMs <= turn.atMs)
    return refuseHeld(turn, order, texts.INVALID_EXPIRATION)
  dropOrder(turn, order)
  rememberAnswer(turn.state, order.orderId, admit(turn, record, order))
}
