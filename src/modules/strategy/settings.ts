/** Settings of the fair-value strategy. */
import { Schema } from "effect"

const ticks = (description: string) => Schema.Int.pipe(Schema.between(0, 10_000)).annotations({ description })
const milliseconds = (description: string) =>
  Schema.Int.pipe(Schema.between(0, 86_400_000)).annotations({ description })

export const Settings = Schema.Struct({
  minEdgeTicks: Schema.optionalWith(
    ticks("Least expected gain per share after spread and fee, in ticks of $0.0001 (0..10000)."),
    { default: () => 200 }
  ),
  modelWeight: Schema.optionalWith(
    Schema.Number.pipe(Schema.between(0, 1)).annotations({
      description:
        "Weight of the model's probability against the book's midpoint (0..1): below 1 the market is believed in part."
    }),
    { default: () => 0.8 }
  ),
  minTimeLeftMs: Schema.optionalWith(
    milliseconds("No entry with less time left in the window than this, in milliseconds (0..86400000)."),
    { default: () => 15_000 }
  ),
  maxTimeLeftMs: Schema.optionalWith(
    milliseconds("No entry with more time left in the window than this, in milliseconds (0..86400000)."),
    { default: () => 3_600_000 }
  ),
  minPriceTicks: Schema.optionalWith(
    ticks(
      "Lowest ask bought, in ticks of $0.0001 (0..10000); the tails are where a normal walk is least true."
    ),
    { default: () => 1_000 }
  ),
  maxPriceTicks: Schema.optionalWith(ticks("Highest ask bought, in ticks of $0.0001 (0..10000)."), {
    default: () => 9_000
  }),
  maxBookAgeMs: Schema.optionalWith(
    milliseconds("A book that reached us longer ago than this is not traded on, in milliseconds."),
    { default: () => 10_000 }
  ),
  maxBookSkewMs: Schema.optionalWith(
    milliseconds("Largest difference between the stamps of a window's two books, in milliseconds."),
    { default: () => 3_000 }
  ),
  onePositionPerWindow: Schema.optionalWith(
    Schema.Boolean.annotations({
      description:
        "Whether a position or an open order on either outcome keeps its window from another entry."
    }),
    { default: () => true }
  ),
  tradeBinanceCandles: Schema.optionalWith(
    Schema.Boolean.annotations({
      description:
        "Whether hourly windows are traded, which settle on Binance: only where the spot source is Binance too."
    }),
    { default: () => false }
  )
})
