/** Which price a window settles on, and who won. docs.polymarket.com/market-data/chainlink-twap. */
import { Either, Schema } from "effect"
import type { SpotPrice } from "./money.ts"
import type { Interval, Outcome } from "./window.ts"

/** What the venue compares: a stream's value at both ends, its average over a lookback, or an hourly candle. */
export const SettlementRule = Schema.Union(
  Schema.TaggedStruct("ChainlinkSpot", {}),
  Schema.TaggedStruct("ChainlinkTwap", { lookbackSeconds: Schema.Literal(30, 60) }),
  Schema.TaggedStruct("BinanceHourCandle", {})
)
export type SettlementRule = typeof SettlementRule.Type

/** The market's own statement (`cryptoMarketConfig`), where it carries one. */
export interface MarketSettlementConfig {
  readonly twapEnabled: boolean
  readonly twapLookbackSeconds: number
}

/** Up where the close is at or above the open: a tie is Up. */
export const outcomeOf = (openPrice: SpotPrice, closePrice: SpotPrice): Outcome =>
  closePrice >= openPrice ? "Up" : "Down"

/** 2026-08-07 and 2026-08-14 00:00 UTC, when the averaged rules began. */
export const TWAP_SINCE_MS = Date.UTC(2026, 7, 7)
export const TWAP_60_ON_5M_SINCE_MS = Date.UTC(2026, 7, 14)

/**
 * The rule of a window by its start and its market's own configuration; left with the reason where they do not
 * name a rule we know, and then the window is not traded.
 */
export const settlementRuleOf = (window: {
  readonly interval: Interval
  readonly startMs: number
  readonly config: MarketSettlementConfig | undefined
}): Either.Either<SettlementRule, string> => {
  const { config, interval, startMs } = window
  if (interval === "1h") {
    return config?.twapEnabled === true
      ? Either.left("an hourly window with an averaged price is not a rule known here")
      : Either.right({ _tag: "BinanceHourCandle" })
  }
  if (config !== undefined) {
    if (!config.twapEnabled) {
      return startMs < TWAP_SINCE_MS
        ? Either.right({ _tag: "ChainlinkSpot" })
        : Either.left("the market says its price is not averaged, but every window since 2026-08-07 is")
    }
    return config.twapLookbackSeconds === 30 || config.twapLookbackSeconds === 60
      ? Either.right({ _tag: "ChainlinkTwap", lookbackSeconds: config.twapLookbackSeconds })
      : Either.left(`an average over ${config.twapLookbackSeconds} seconds is not a rule known here`)
  }
  if (startMs < TWAP_SINCE_MS) return Either.right({ _tag: "ChainlinkSpot" })
  const lookbackSeconds = interval === "5m" && startMs < TWAP_60_ON_5M_SINCE_MS ? 30 : 60
  return Either.right({ _tag: "ChainlinkTwap", lookbackSeconds })
}
