/** How the venue names a window, its sides and its prices. */
import type { Asset } from "../../../domain/asset.ts"
import { complement, priceTicks } from "../../../domain/money.ts"
import type { VenueMarket } from "../../../ports/venue.ts"
import type { World } from "../../world/world.ts"
import { priceText } from "../shapes/book.ts"
import { isTrading, recordOf } from "./market-lookup.ts"

/** The first token's and the second's. */
export const OUTCOMES = ["Up", "Down"] as const

const ASSET_NAMES: Readonly<Record<Asset, string>> = {
  BTC: "Bitcoin",
  ETH: "Ethereum",
  SOL: "Solana",
  XRP: "XRP",
  DOGE: "Dogecoin",
  BNB: "BNB",
  HYPE: "Hyperliquid",
  ZEC: "Zcash"
}

/** The window's question. */
export const titleOf = ({ asset, endMs, startMs }: VenueMarket): string => {
  const at = (ms: number) => new Date(ms).toISOString().slice(11, 16)
  return `${ASSET_NAMES[asset]} Up or Down - ${new Date(startMs).toISOString().slice(0, 10)}, ${at(startMs)}-${at(endMs)} UTC`
}

/** What each outcome is worth: $1 and $0 once it is known, else the middle of the book, or a half. */
export const outcomePrices = (world: World, market: VenueMarket): readonly [string, string] => {
  const winner = world.resolutions.get(market.slug)?.outcome
  if (winner !== undefined) return winner === "Up" ? ["1", "0"] : ["0", "1"]
  const book = isTrading(recordOf(world, market)) ? world.engine.book(market.upTokenId) : undefined
  const [bid, ask] = [book?.bids[0], book?.asks[0]]
  if (bid === undefined || ask === undefined) return ["0.5", "0.5"]
  const middle = priceTicks(Math.floor((bid.priceTicks + ask.priceTicks) / 2))
  return [priceText(middle), priceText(complement(middle))]
}
