/** What the venue says, as facts about orders and as fills. */
import type { Fill, Intent } from "../../domain/order.ts"
import type { OrderFact } from "../../domain/order-state.ts"
import type { PlaceOutcome, VenueOrder, VenueTrade } from "../../ports/exchange.ts"

export const factOfOutcome = (outcome: PlaceOutcome, atMs: number): OrderFact => {
  switch (outcome._tag) {
    case "Accepted":
    case "Duplicate":
      return { _tag: "Accepted", atMs }
    case "Refused":
      return { _tag: "Refused", reason: outcome.reason, atMs }
    case "Unknown":
      return { _tag: "OutcomeUnknown", reason: outcome.reason, atMs }
  }
}

export const factOfOrder = (order: VenueOrder, note: string, atMs: number): OrderFact => ({
  _tag: "VenueSays",
  status: order.status,
  filledMicroShares: order.filledMicroShares,
  note,
  atMs
})

/** The trade as a fill of the order that the intent became. */
export const fillOf = (trade: VenueTrade, intent: Intent): Fill => ({
  tradeId: trade.tradeId,
  orderId: trade.orderId,
  slug: intent.slug,
  tokenId: trade.tokenId,
  side: trade.side,
  role: trade.role,
  priceTicks: trade.priceTicks,
  sizeMicroShares: trade.sizeMicroShares,
  feeMicroUsd: trade.feeMicroUsd,
  status: trade.status,
  matchedAtMs: trade.matchedAtMs
})
