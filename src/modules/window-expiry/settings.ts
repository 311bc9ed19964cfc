/** Settings of the window-expiry exit. */
import { Schema } from "effect"

export const Settings = Schema.Struct({
  action: Schema.optionalWith(
    Schema.Literal("sell-losers", "sell-all", "hold").annotations({
      description:
        "Near the end: sell-losers sells what the market thinks will lose (bid below loserBelowTicks) and lets winners settle, sell-all sells everything, hold lets all settle."
    }),
    { default: () => "sell-losers" as const }
  ),
  exitBeforeEndMs: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(0, 86_400_000)).annotations({
      description: "Acts when no more than this is left of the window, in milliseconds (0..86400000)."
    }),
    { default: () => 30_000 }
  ),
  loserBelowTicks: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(1, 10_000)).annotations({
      description: "A best bid below this makes a position a loser, in ticks of $0.0001 (1..10000)."
    }),
    { default: () => 4_000 }
  ),
  minBidTicks: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(0, 10_000)).annotations({
      description:
        "Below this bid a sale recovers too little: held to settlement, in ticks of $0.0001 (0..10000)."
    }),
    { default: () => 300 }
  ),
  slippageTicks: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(0, 10_000)).annotations({
      description: "How far below the best bid the sell still takes, in ticks of $0.0001 (0..10000)."
    }),
    { default: () => 200 }
  ),
  maxBookAgeMs: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(0, 86_400_000)).annotations({
      description: "A book that reached us longer ago than this is not sold into, in milliseconds."
    }),
    { default: () => 30_000 }
  )
})
