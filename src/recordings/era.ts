/** Terms of a window by its day, for recordings that did not keep them, and ids for those that kept none. */
import { createHash } from "node:crypto"
import type { Asset } from "../domain/asset.ts"
import { type FeeSchedule, NO_FEES } from "../domain/fees.ts"
import { MicroShares, PriceTicks } from "../domain/money.ts"
import { ConditionId, INTERVAL_MS, type Interval, TokenId, WindowSlug } from "../domain/window.ts"
import type { VenueMarket } from "../ports/venue.ts"
import { TICK_SIZE_TICKS } from "./ladder.ts"

/** First fees on 15m crypto windows, on new 5m windows, and the flat exponent: polymarket.md §6. */
const FIRST_FEES_15M_MS = Date.UTC(2026, 0, 6)
const FIRST_FEES_5M_MS = Date.UTC(2026, 1, 12)
const FLAT_EXPONENT_MS = Date.UTC(2026, 2, 31)
const RATE_0070_MS = Date.UTC(2026, 7, 1)

/** The crypto fee terms of a 5m or 15m window that begins at `startMs`. */
export const feesAt = (interval: Interval, startMs: number): FeeSchedule => {
  if (startMs < (interval === "5m" ? FIRST_FEES_5M_MS : FIRST_FEES_15M_MS)) return NO_FEES
  if (startMs < FLAT_EXPONENT_MS) return { rateMicros: 250_000, exponent: 2, takerOnly: true }
  return { rateMicros: startMs < RATE_0070_MS ? 72_000 : 70_000, exponent: 1, takerOnly: true }
}

const HOLD_50_SINCE_MS = Date.UTC(2026, 7, 17, 11)
const HOLD_150_SINCE_MS = Date.UTC(2026, 8, 4)

/** How long a taker's order was held: 250 ms is the only value known before August 2026 (polymarket.md §4.4). */
export const takerHoldMsAt = (startMs: number): number => {
  if (startMs < HOLD_50_SINCE_MS) return 250
  return startMs < HOLD_150_SINCE_MS ? 50 : 150
}

/** The venue's slug of a 5m or 15m window. */
export const slugOf = (asset: Asset, interval: Exclude<Interval, "1h">, startMs: number): string =>
  `${asset.toLowerCase()}-updown-${interval}-${startMs / 1000}`

const digest = (kind: string, slug: string): string =>
  createHash("sha256").update(`tradewind recording ${kind} ${slug}`).digest("hex")

/** An id of the venue's form, always the same for a slug, for recordings that did not keep the real one. */
export const derivedConditionId = (slug: string): ConditionId =>
  ConditionId.make(`0x${digest("condition", slug)}`)
export const derivedTokenId = (slug: string, outcome: "Up" | "Down"): TokenId =>
  TokenId.make(BigInt(`0x${digest(`token ${outcome}`, slug)}`).toString())

const FIVE_SHARES = 5_000_000

/** The market of a recorded window, all before the averaged settlement, hence without a settlement statement. */
export const recordedMarket = (window: {
  readonly slug: string
  readonly asset: Asset
  readonly interval: Interval
  readonly startMs: number
  readonly tokens: { readonly up: TokenId; readonly down: TokenId } | undefined
}): VenueMarket => ({
  slug: WindowSlug.make(window.slug),
  asset: window.asset,
  interval: window.interval,
  startMs: window.startMs,
  endMs: window.startMs + INTERVAL_MS[window.interval],
  conditionId: derivedConditionId(window.slug),
  upTokenId: window.tokens?.up ?? derivedTokenId(window.slug, "Up"),
  downTokenId: window.tokens?.down ?? derivedTokenId(window.slug, "Down"),
  tickSizeTicks: PriceTicks.make(TICK_SIZE_TICKS),
  minSizeMicroShares: MicroShares.make(FIVE_SHARES),
  fees: feesAt(window.interval, window.startMs),
  settlementConfig: undefined,
  takerHoldMs: takerHoldMsAt(window.startMs)
})
