/** Settings of the window-manager. */
import { Schema } from "effect"
import { Asset } from "../../domain/asset.ts"
import { Interval } from "../../domain/window.ts"

const wholeBetween = (least: number, most: number, defaultValue: number, description: string) =>
  Schema.optionalWith(Schema.Int.pipe(Schema.between(least, most)).annotations({ description }), {
    default: () => defaultValue
  })

export const Settings = Schema.Struct({
  assets: Schema.optionalWith(
    Schema.Array(Asset).annotations({ description: "The assets whose windows are watched, by ticker." }),
    { default: (): ReadonlyArray<Asset> => ["BTC"] }
  ),
  intervals: Schema.optionalWith(
    Schema.Array(Interval).annotations({
      description: "The lengths of window that are watched: 5m, 15m, 1h."
    }),
    { default: (): ReadonlyArray<Interval> => ["5m", "15m"] }
  ),
  windowsAhead: wholeBetween(
    0,
    12,
    1,
    "How many windows after the current one are watched too, of each asset and length (0..12)."
  ),
  searchRetryMs: wholeBetween(
    0,
    600_000,
    5_000,
    "A window that is not listed, or whose rule is not known, is asked for again after this many milliseconds (0..600000)."
  ),
  resolutionRetryMs: wholeBetween(
    0,
    600_000,
    2_000,
    "An ended window is asked for its resolution again after this many milliseconds, later the longer ago it ended (0..600000)."
  ),
  resolutionsPerCall: wholeBetween(
    1,
    1_000,
    8,
    "How many ended windows are asked for their resolution in one tick at most (1..1000)."
  )
})
