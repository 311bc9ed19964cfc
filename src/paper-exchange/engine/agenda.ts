/** What is due by itself, soonest first. */
import type { OrderId } from "../../domain/order.ts"
import type { Due, EngineState } from "./state.ts"

/** Puts an item behind all that are due no later than it. */
export const schedule = (state: EngineState, due: Due): void => {
  let low = 0
  let high = state.agenda.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const other = state.agenda[middle]
    if (other !== undefined && other.atMs <= due.atMs) low = middle + 1
    else high = middle
  }
  state.agenda.splice(low, 0, due)
}

/** Takes out what an order had scheduled. */
export const unschedule = (state: EngineState, tag: "ReleaseHold" | "Expire", orderId: OrderId): void => {
  const index = state.agenda.findIndex((due) => due._tag === tag && due.orderId === orderId)
  if (index >= 0) state.agenda.splice(index, 1)
}

/** Takes out what a trade's settlement had scheduled. */
export const unscheduleTrade = (state: EngineState, tradeId: string): void => {
  state.agenda = state.agenda.filter((due) => !("tradeId" in due) || due.tradeId !== tradeId)
}

export const takeDue = (state: EngineState, atMs: number): Due | undefined => {
  const next = state.agenda[0]
  return next !== undefined && next.atMs <= atMs ? state.agenda.shift() : undefined
}
