/** Windows: one up/down market each. Slugs and grids: gamma-api.polymarket.com, see docs/architecture.md. */
import { Schema } from "effect"
import { Asset } from "./asset.ts"
import { FeeSchedule } from "./fees.ts"
import { MicroShares, PriceTicks, SpotPrice } from "./money.ts"
import { SettlementRule } from "./settlement.ts"

/** How long a window lasts. */
export const Interval = Schema.Literal("5m", "15m", "1h")
export type Interval = typeof Interval.Type
export const INTERVALS: ReadonlyArray<Interval> = Interval.literals
export const INTERVAL_MS: Readonly<Record<Interval, number>> = {
  "5m": 300_000,
  "15m": 900_000,
  "1h": 3_600_000
}

/** The two answers a window can have; each is one token. */
export const Outcome = Schema.Literal("Up", "Down")
export type Outcome = typeof Outcome.Type
export const otherOutcome = (outcome: Outcome): Outcome => (outcome === "Up" ? "Down" : "Up")

/** The venue's number of an outcome token, a decimal string of up to 78 digits. */
export const TokenId = Schema.NonEmptyString.pipe(Schema.brand("TokenId"))
export type TokenId = typeof TokenId.Type
/** The venue's id of a window's market, 0x and 64 hex digits. */
export const ConditionId = Schema.NonEmptyString.pipe(Schema.brand("ConditionId"))
export type ConditionId = typeof ConditionId.Type
/** The venue's name of a window, `btc-updown-15m-1773771900`. */
export const WindowSlug = Schema.NonEmptyString.pipe(Schema.brand("WindowSlug"))
export type WindowSlug = typeof WindowSlug.Type

/** One up/down market, as the venue lists it. Times are Unix milliseconds. */
export const Window = Schema.Struct({
  slug: WindowSlug,
  asset: Asset,
  interval: Interval,
  startMs: Schema.Int,
  endMs: Schema.Int,
  conditionId: ConditionId,
  upTokenId: TokenId,
  downTokenId: TokenId,
  /** The market's own tick, a multiple of $0.0001; 100 on up/down markets ($0.01). */
  tickSizeTicks: PriceTicks,
  /** Smallest order that may rest; 5 shares on up/down markets. */
  minSizeMicroShares: MicroShares,
  fees: FeeSchedule,
  rule: SettlementRule
})
export type Window = typeof Window.Type

/** How a window ended, as the venue reports it: the only thing a position may be settled on. */
export const Resolution = Schema.Struct({
  slug: WindowSlug,
  conditionId: ConditionId,
  outcome: Outcome,
  openPrice: Schema.optionalWith(SpotPrice, { as: "Option" }),
  closePrice: Schema.optionalWith(SpotPrice, { as: "Option" }),
  resolvedAtMs: Schema.Int
})
export type Resolution = typeof Resolution.Type

export const tokenOf = (window: Window, outcome: Outcome): TokenId =>
  outcome === "Up" ? window.upTokenId : window.downTokenId
