/** Settings of the take-profit. */
import { Schema } from "effect"

export const Settings = Schema.Struct({
  targetPriceTicks: Schema.optionalWith(
    Schema.NullOr(Schema.Int.pipe(Schema.between(1, 10_000))).annotations({
      description:
        "Sell when the best bid reaches this price, in ticks of $0.0001 (1..10000); null: no such target."
    }),
    { default: () => 9_600 }
  ),
  profitTicks: Schema.optionalWith(
    Schema.NullOr(Schema.Int.pipe(Schema.between(1, 10_000))).annotations({
      description:
        "Sell when the best bid is this far above the average cost, in ticks of $0.0001 (1..10000); null: no such target."
    }),
    { default: () => 3_500 }
  ),
  slippageTicks: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(0, 10_000)).annotations({
      description:
        "How far below the best bid the sell still takes, in ticks of $0.0001 (0..10000); never below the target."
    }),
    { default: () => 100 }
  ),
  maxBookAgeMs: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(0, 86_400_000)).annotations({
      description: "A book that reached us longer ago than this triggers nothing, in milliseconds."
    }),
    { default: () => 30_000 }
  )
})
