/** A market as the venue lists it, made into a window that is safe to trade. */
import { Either } from "effect"
import type { Asset } from "../../domain/asset.ts"
import { settlementRuleOf } from "../../domain/settlement.ts"
import { type SlugParts, formatSlug, windowEnd, windowStart } from "../../domain/slug.ts"
import type { Interval, Window, WindowSlug } from "../../domain/window.ts"
import type { ExchangeReason } from "../../ports/exchange.ts"
import type { VenueMarket } from "../../ports/venue.ts"

/** Why a market is not taken. */
export interface MarketFault {
  readonly reason: ExchangeReason
  readonly message: string
}

const refused = (message: string): MarketFault => ({ reason: { _tag: "Refused" }, message })
const undecodable = (message: string): MarketFault => ({ reason: { _tag: "Undecodable" }, message })

/** The window that covers a moment, by asset, length and name; left where the venue has no name for it. */
export const askFor = (
  asset: Asset,
  interval: Interval,
  atMs: number
): Either.Either<SlugParts & { readonly slug: WindowSlug }, MarketFault> => {
  const parts: SlugParts = { asset, interval, startMs: windowStart(interval, atMs) }
  return Either.mapBoth(formatSlug(parts), { onLeft: refused, onRight: (slug) => ({ ...parts, slug }) })
}

const decimalDigits = /^\d{1,78}$/

/** What is wrong with an answer to the question, in words; undefined where it is the market that was asked for. */
const mismatch = (
  asked: SlugParts & { readonly slug: WindowSlug },
  market: VenueMarket
): string | undefined => {
  if (market.slug !== asked.slug) return `asked for ${asked.slug}, got ${market.slug}`
  if (market.asset !== asked.asset || market.interval !== asked.interval) {
    return `${market.slug} is listed as ${market.asset} ${market.interval}`
  }
  if (market.startMs !== asked.startMs || market.endMs !== windowEnd(asked.interval, asked.startMs)) {
    return `${market.slug} is listed from ${market.startMs} to ${market.endMs}`
  }
  if (!decimalDigits.test(market.upTokenId) || !decimalDigits.test(market.downTokenId)) {
    return `${market.slug} has a token id that is no decimal number`
  }
  if (market.upTokenId === market.downTokenId) return `${market.slug} has one token for both outcomes`
  if (market.tickSizeTicks === 0) return `${market.slug} has no tick size`
  return undefined
}

/** The window a market is; left where it is another one than asked for, or settles by a rule not known here. */
export const windowOf = (
  asked: SlugParts & { readonly slug: WindowSlug },
  market: VenueMarket
): Either.Either<Window, MarketFault> => {
  const wrong = mismatch(asked, market)
  if (wrong !== undefined) return Either.left(undecodable(wrong))
  const { settlementConfig, takerHoldMs: _, ...listed } = market
  return Either.mapBoth(settlementRuleOf({ ...asked, config: settlementConfig }), {
    onLeft: (why) => refused(`${market.slug}: ${why}`),
    onRight: (rule) => ({ ...listed, rule })
  })
}
