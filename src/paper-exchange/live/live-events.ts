/** What a feed tells, as events of the exchange's market. Pure. */
import { complement } from "../../domain/money.ts"
import type { TokenId } from "../../domain/window.ts"
import type { FeedEvent } from "../../ports/market-feed.ts"
import type { VenueMarket } from "../../ports/venue.ts"
import type { MarketEvent } from "../market-source.ts"

/** The event at a moment; undefined for instruments that are not known, and for Down's book, which mirrors Up's. */
export const marketEventOf = (
  event: FeedEvent,
  atMs: number,
  marketOf: (tokenId: TokenId) => VenueMarket | undefined
): MarketEvent | undefined => {
  if (event._tag === "Spot" || event._tag === "Average") return { _tag: event._tag, atMs, ...event.tick }
  const market = marketOf(event.tokenId)
  if (market === undefined) return undefined
  const { conditionId } = market
  const isUp = event.tokenId === market.upTokenId
  if (event._tag === "Book") {
    return isUp ? { _tag: "Book", atMs, conditionId, bids: event.bids, asks: event.asks } : undefined
  }
  const { priceTicks, side, sizeMicroShares } = event
  return isUp
    ? { _tag: "Taker", atMs, conditionId, side, priceTicks, sizeMicroShares }
    : {
        _tag: "Taker",
        atMs,
        conditionId,
        side: side === "BUY" ? "SELL" : "BUY",
        priceTicks: complement(priceTicks),
        sizeMicroShares
      }
}
