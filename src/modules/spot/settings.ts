/** Settings of the spot module. */
import { Schema } from "effect"
import { Asset } from "../../domain/asset.ts"

const Volatility = Schema.Int.pipe(Schema.between(1, 100_000_000))

/**
 * Volatility per square root of a second in units of 1e-9. BTC, ETH, SOL and XRP as measured over returns of 10 to
 * 300 seconds (Chainlink BTC/USD 2026-06-08, Binance one-second bars 2026-03-12/13); the others are guesses on the
 * high side, for too high a volatility only makes the model modest.
 */
export const DEFAULT_PRIORS_E9: Readonly<Record<Asset, number>> = {
  BTC: 95_000,
  ETH: 113_000,
  SOL: 121_000,
  XRP: 90_000,
  DOGE: 140_000,
  BNB: 100_000,
  HYPE: 180_000,
  ZEC: 200_000
}

export const Settings = Schema.Struct({
  assets: Schema.optionalWith(
    Schema.NonEmptyArray(Asset).annotations({
      description: "Assets whose prices are kept; others are ignored."
    }),
    { default: () => ["BTC"] as const }
  ),
  maxAgeMs: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(1, 3_600_000)).annotations({
      description: "A price observed longer ago than this is stale, in milliseconds (1..3600000)."
    }),
    { default: () => 5_000 }
  ),
  maxAheadMs: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(0, 3_600_000)).annotations({
      description:
        "A tick stamped further ahead of our clock than this is dropped, in milliseconds (0..3600000): it would make all later ones look late."
    }),
    { default: () => 2_000 }
  ),
  halfLifeSeconds: Schema.optionalWith(
    Schema.Number.pipe(Schema.between(1, 86_400)).annotations({
      description: "Age at which a squared return counts half in the volatility, in seconds (1..86400)."
    }),
    { default: () => 600 }
  ),
  returnSeconds: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(1, 600)).annotations({
      description:
        "Least span of a return in the volatility, in seconds (1..600). Second-by-second Chainlink returns are smoothed: they show 0.66 bp where those over 10 s and more show 0.94 to 0.98."
    }),
    { default: () => 10 }
  ),
  priorVolatilityPerSqrtSecondE9: Schema.optionalWith(
    Schema.partialWith(Schema.Record({ key: Asset, value: Volatility }), { exact: true }).annotations({
      description:
        "Volatility before any return is seen, by asset, in units of 1e-9 per square root of a second."
    }),
    { default: () => ({}) }
  ),
  minVolatilityPerSqrtSecondE9: Schema.optionalWith(
    Volatility.annotations({
      description: "Least volatility, in units of 1e-9 per square root of a second."
    }),
    { default: () => 20_000 }
  ),
  maxVolatilityPerSqrtSecondE9: Schema.optionalWith(
    Volatility.annotations({
      description: "Greatest volatility, in units of 1e-9 per square root of a second."
    }),
    { default: () => 1_000_000 }
  )
})
