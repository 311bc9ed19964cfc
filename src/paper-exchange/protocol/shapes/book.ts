/** A token's book in the venue's JSON (polymarket.md §3.1, §5.1, §5.3). */
import type { Level } from "../../../domain/book.ts"
import { formatScaled, formatShares } from "../../../domain/decimal.ts"
import { type PriceTicks, TICKS_PER_USD } from "../../../domain/money.ts"
import type { TokenId } from "../../../domain/window.ts"
import { bookHash } from "../../../protocol/book-hash.ts"
import type { Engine } from "../../engine-types.ts"
import { mirrorPrice } from "../../engine/levels.ts"
import type { MarketRecord } from "../../engine/state.ts"

/** A price as the venue writes it: no more decimals than it needs. */
export const priceText = (price: PriceTicks): string => formatScaled(price, TICKS_PER_USD)

const levelsJson = (bestFirst: ReadonlyArray<Level>) =>
  bestFirst
    .map(({ priceTicks, sizeMicroShares }) => ({
      price: priceText(priceTicks),
      size: formatShares(sizeMicroShares)
    }))
    .toReversed()

/** The price the venue states where nothing has traded yet. */
const NO_TRADE_PRICE = "0.5"

/** The price of the last trade in a token's own terms. */
const lastTradePrice = (record: MarketRecord, tokenId: TokenId): string => {
  const { lastTrade, market } = record
  if (lastTrade === null) return NO_TRADE_PRICE
  const own = tokenId === market.upTokenId ? "Up" : "Down"
  return priceText(
    lastTrade.outcome === own ? lastTrade.priceTicks : mirrorPrice("Down", lastTrade.priceTicks)
  )
}

/** The book as it is now, with its hash. Both sides are worst first; the key order is that of the hash. */
export const bookJson = (
  engine: Engine,
  record: MarketRecord,
  tokenId: TokenId,
  levelsPerSide = Number.POSITIVE_INFINITY
) => {
  const book = engine.book(tokenId)
  const { market } = record
  const json = {
    market: market.conditionId,
    asset_id: tokenId,
    timestamp: String(record.changedAtMs),
    hash: "",
    bids: levelsJson((book?.bids ?? []).slice(0, levelsPerSide)),
    asks: levelsJson((book?.asks ?? []).slice(0, levelsPerSide)),
    min_order_size: formatShares(market.minSizeMicroShares),
    tick_size: priceText(market.tickSizeTicks),
    neg_risk: false,
    last_trade_price: lastTradePrice(record, tokenId)
  }
  return { ...json, hash: bookHash(json) }
}
export type BookJson = ReturnType<typeof bookJson>
