/** The coins whose short windows the venue lists. */
import { Schema } from "effect"

/**
 * An asset's ticker. A spot price is always kept and looked up by its asset, so that one coin's price can never
 * stand in for another's.
 */
export const Asset = Schema.Literal("BTC", "ETH", "SOL", "XRP", "DOGE", "BNB", "HYPE", "ZEC")
export type Asset = typeof Asset.Type
export const ASSETS: ReadonlyArray<Asset> = Asset.literals
