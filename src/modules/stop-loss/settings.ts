/** Settings of the stop-loss. */
import { Schema } from "effect"

export const Settings = Schema.Struct({
  unit: Schema.optionalWith(
    Schema.Literal("ticks", "percent").annotations({
      description:
        "What stopLoss counts: ticks of $0.0001 below the average cost, or percent of the average cost."
    }),
    { default: () => "percent" as const }
  ),
  stopLoss: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(1, 10_000)).annotations({
      description:
        "How far the best bid may fall below the average cost, in `unit` (ticks 1..10000, percent 1..100)."
    }),
    { default: () => 40 }
  ),
  slippageTicks: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(0, 10_000)).annotations({
      description: "How far below the best bid the sell still takes, in ticks of $0.0001 (0..10000)."
    }),
    { default: () => 300 }
  ),
  maxBookAgeMs: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(0, 86_400_000)).annotations({
      description: "A book that reached us longer ago than this triggers nothing, in milliseconds."
    }),
    { default: () => 30_000 }
  )
})
