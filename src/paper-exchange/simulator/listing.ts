/** The simulated venue's listing of a window. Everything follows from the slug, so a restart lists the same again. */
import { createHash } from "node:crypto"
import { Either } from "effect"
import type { Asset } from "../../domain/asset.ts"
import { microShares, priceTicks } from "../../domain/money.ts"
import { formatSlug, windowEnd } from "../../domain/slug.ts"
import { ConditionId, TokenId } from "../../domain/window.ts"
import type { VenueMarket } from "../../ports/venue.ts"
import type { SimulatedInterval } from "./settings.ts"

const digest = (text: string): string => createHash("sha256").update(text).digest("hex")

const LEAST_77_DIGITS = 10n ** 76n
/** A token number of 77 digits, the venue's usual length. */
const tokenId = (text: string): TokenId =>
  TokenId.make(String(LEAST_77_DIGITS + (BigInt(`0x${digest(text)}`) % (9n * LEAST_77_DIGITS))))

/** Tick $0.01, minimum 5 shares, taker fee 0.07·p(1−p), 60-second average: the venue's terms of 5m and 15m windows. */
export const listMarket = (
  asset: Asset,
  interval: SimulatedInterval,
  startMs: number,
  takerHoldMs: number
): VenueMarket => {
  const slug = Either.getOrThrowWith(formatSlug({ asset, interval, startMs }), (reason) => new Error(reason))
  return {
    slug,
    asset,
    interval,
    startMs,
    endMs: windowEnd(interval, startMs),
    conditionId: ConditionId.make(`0x${digest(`condition ${slug}`)}`),
    upTokenId: tokenId(`up ${slug}`),
    downTokenId: tokenId(`down ${slug}`),
    tickSizeTicks: priceTicks(100),
    minSizeMicroShares: microShares(5_000_000),
    fees: { rateMicros: 70_000, exponent: 1, takerOnly: true },
    settlementConfig: { twapEnabled: true, twapLookbackSeconds: 60 },
    takerHoldMs
  }
}

/** The number of the window's own stream of chance: the head of its condition id. */
export const streamOf = (conditionId: ConditionId): number => Number.parseInt(conditionId.slice(2, 14), 16)
