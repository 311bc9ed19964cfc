/** Markets and their tokens, as requests name them. */
import type { Level } from "../../../domain/book.ts"
import { complement } from "../../../domain/money.ts"
import { ConditionId, type Outcome, TokenId } from "../../../domain/window.ts"
import type { VenueMarket } from "../../../ports/venue.ts"
import type { MarketRecord } from "../../engine/state.ts"
import type { World } from "../../world/world.ts"
import { priceText } from "../shapes/book.ts"

const tokenText = /^\d{1,78}$/
const conditionText = /^0x[0-9a-fA-F]{64}$/

export const isTokenText = (text: string): boolean => tokenText.test(text)
export const isConditionText = (text: string): boolean => conditionText.test(text)

/** One token of a market. */
export interface Instrument {
  readonly market: VenueMarket
  readonly tokenId: TokenId
  readonly outcome: Outcome
}

export const instrumentOf = (world: World, text: string): Instrument | undefined => {
  if (text === "") return undefined
  const tokenId = TokenId.make(text)
  const market = world.marketOfToken(tokenId)
  return market && { market, tokenId, outcome: tokenId === market.upTokenId ? "Up" : "Down" }
}

export const marketOf = (world: World, text: string): VenueMarket | undefined =>
  text === "" ? undefined : world.marketOfCondition(ConditionId.make(text))

/** What the engine knows of a market; undefined when it has forgotten it. */
export const recordOf = (world: World, market: VenueMarket): MarketRecord | undefined =>
  world.engine.state.markets.get(market.conditionId)

/** Does the venue still take orders for it? */
export const isTrading = (record: MarketRecord | undefined): boolean =>
  record?.phase === "listed" || record?.phase === "open"

/** Best bid and ask of a token; undefined where a side is empty or there is no book. */
export const touchOf = (
  world: World,
  { market, tokenId }: Instrument
): { readonly bid: Level | undefined; readonly ask: Level | undefined } => {
  const book = isTrading(recordOf(world, market)) ? world.engine.book(tokenId) : undefined
  return { bid: book?.bids[0], ask: book?.asks[0] }
}

/** The last trade's price in a token's own prices, and the taker's side as that token's market sees it. */
export const lastTradeOf = (
  world: World,
  { market, outcome }: Instrument
): { readonly price: string; readonly side: "BUY" | "SELL" } | undefined => {
  const last = recordOf(world, market)?.lastTrade
  if (last === undefined || last === null) return undefined
  if (last.outcome === outcome) return { price: priceText(last.priceTicks), side: last.side }
  return { price: priceText(complement(last.priceTicks)), side: last.side === "BUY" ? "SELL" : "BUY" }
}
