/** Which orders the venue must be asked about, and when. */
import { type Order, isFinalFill, isOpen } from "../../domain/order.ts"
import { evidenceOf, missingMicroShares } from "../../domain/order-state.ts"
import type { Settings } from "./settings.ts"

/**
 * unknown: sent, outcome not known · late: traded by the venue's word, but its fills have not come · resting: no news is
 * expected, but a stream may have lost some · unsettled: a fill is not confirmed · undefined: nothing is left to learn.
 */
export type Doubt = "unknown" | "late" | "resting" | "unsettled"

export const doubtOf = (order: Order): Doubt | undefined => {
  if (order.status === "pending" || order.status === "unknown") return "unknown"
  if (missingMicroShares(order) > 0) return "late"
  const { orderType } = order.intent
  if (isOpen(order)) return orderType === "FOK" || orderType === "FAK" ? "late" : "resting"
  return evidenceOf(order).fills.some((fill) => !isFinalFill(fill.status)) ? "unsettled" : undefined
}

/** How long to wait for news by itself before the first question. */
const patienceMs = (doubt: Doubt, settings: typeof Settings.Type): number => {
  switch (doubt) {
    case "unknown":
      return 0
    case "late":
      return settings.lateAfterMs
    case "resting":
    case "unsettled":
      return settings.recheckAfterMs
  }
}

/** When to ask after `asks` questions that brought no news; never where there is no doubt. */
export const nextAskAtMs = (
  order: Order,
  asks: number,
  nowMs: number,
  settings: typeof Settings.Type
): number => {
  const doubt = doubtOf(order)
  if (doubt === undefined) return Number.POSITIVE_INFINITY
  const patience = patienceMs(doubt, settings)
  if (asks === 0) return nowMs + patience
  const interval = Math.min(settings.maxAskIntervalMs, settings.askIntervalMs * 2 ** Math.min(asks - 1, 20))
  return nowMs + Math.max(patience, interval)
}

/** May an order that the venue has not known for so long be given up? */
export const isGivenUp = (order: Order, missingForMs: number, settings: typeof Settings.Type): boolean =>
  isOpen(order) && missingForMs >= settings.unknownTimeoutMs

/**
 * May the very same order be sent again? Only an exit: a lost entry costs nothing, and a late one may. Only once, while its
 * price is young, and after the venue has been saying for a while that it does not know it. That its duplicate check knows an
 * order by its id (polymarket.md §4.5), and that an id is filled up to its size only, is what makes it safe.
 */
export const mayResend = (
  order: Order,
  missingSinceMs: number | undefined,
  now: { readonly nowMs: number; readonly monotonic: number },
  { resendAfterMs, resendExits, resendWithinMs }: typeof Settings.Type
): boolean =>
  resendExits &&
  order.status === "unknown" &&
  order.intent.side === "SELL" &&
  evidenceOf(order).resent === undefined &&
  missingSinceMs !== undefined &&
  now.monotonic - missingSinceMs >= resendAfterMs &&
  Math.abs(now.nowMs - order.timestampMs) <= resendWithinMs
