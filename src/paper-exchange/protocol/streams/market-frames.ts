/** Events of the market channel besides books (polymarket.md §5.1). Decimals that are missing are "". */
import { formatScaled, formatShares } from "../../../domain/decimal.ts"
import { MICROS, TICKS_PER_USD } from "../../../domain/money.ts"
import type { Resolution, TokenId } from "../../../domain/window.ts"
import type { VenueMarket } from "../../../ports/venue.ts"
import type { PublicTrade } from "../../engine-types.ts"
import { type BookJson, priceText } from "../shapes/book.ts"
import { bestOf } from "./book-changes.ts"

export const bookEvent = (book: BookJson, levelsPerSide: number) => ({
  ...book,
  bids: book.bids.slice(-levelsPerSide),
  asks: book.asks.slice(-levelsPerSide),
  event_type: "book" as const
})

export const lastTradeEvent = (trade: PublicTrade) => ({
  market: trade.conditionId,
  asset_id: trade.tokenId,
  price: priceText(trade.priceTicks),
  size: formatShares(trade.sizeMicroShares),
  side: trade.side,
  fee_rate_bps: "0",
  timestamp: String(trade.atMs),
  event_type: "last_trade_price" as const
})

const spreadOf = (bid: string, ask: string): string =>
  formatScaled(Math.round((Number(ask) - Number(bid)) * TICKS_PER_USD), TICKS_PER_USD)

export const bestBidAskEvent = (book: BookJson) => {
  const { best_ask, best_bid } = bestOf(book)
  return {
    market: book.market,
    asset_id: book.asset_id,
    best_bid,
    best_ask,
    spread: spreadOf(best_bid, best_ask),
    timestamp: book.timestamp,
    event_type: "best_bid_ask" as const
  }
}

/** A number for the venue's ids, which are decimal: the head of the condition id. */
const idOf = (market: Pick<VenueMarket, "conditionId">): string =>
  String(Number.parseInt(market.conditionId.slice(2, 10), 16))

const titleOf = ({ asset, endMs, startMs }: VenueMarket): string =>
  `${asset} Up or Down - ${new Date(startMs).toISOString()} to ${new Date(endMs).toISOString()}`

const eventMessage = (market: VenueMarket) => ({
  id: idOf(market),
  ticker: market.slug,
  slug: market.slug,
  title: titleOf(market),
  description: ""
})

const tokensOf = (market: VenueMarket): ReadonlyArray<TokenId> => [market.upTokenId, market.downTokenId]

export const newMarketEvent = (market: VenueMarket, atMs: number) => ({
  id: idOf(market),
  question: titleOf(market),
  market: market.conditionId,
  slug: market.slug,
  description: "",
  assets_ids: tokensOf(market),
  outcomes: ["Up", "Down"],
  event_message: eventMessage(market),
  timestamp: String(atMs),
  tags: [],
  condition_id: market.conditionId,
  active: true,
  clob_token_ids: tokensOf(market),
  order_price_min_tick_size: priceText(market.tickSizeTicks),
  group_item_title: "",
  taker_base_fee: "1000",
  fees_enabled: market.fees.rateMicros > 0,
  fee_schedule: {
    rate: formatScaled(market.fees.rateMicros, MICROS),
    exponent: String(market.fees.exponent),
    taker_only: market.fees.takerOnly,
    rebate_rate: ""
  },
  event_type: "new_market" as const
})

export const resolvedEvent = (market: VenueMarket, resolution: Resolution, atMs: number) => ({
  id: idOf(market),
  market: market.conditionId,
  assets_ids: tokensOf(market),
  winning_asset_id: resolution.outcome === "Up" ? market.upTokenId : market.downTokenId,
  winning_outcome: resolution.outcome,
  event_message: eventMessage(market),
  timestamp: String(atMs),
  tags: [],
  event_type: "market_resolved" as const
})

export const tickSizeEvent = (
  market: Pick<VenueMarket, "conditionId" | "tickSizeTicks">,
  tokenId: TokenId,
  before: VenueMarket["tickSizeTicks"],
  atMs: number
) => ({
  market: market.conditionId,
  asset_id: tokenId,
  old_tick_size: priceText(before),
  new_tick_size: priceText(market.tickSizeTicks),
  timestamp: String(atMs),
  event_type: "tick_size_change" as const
})
