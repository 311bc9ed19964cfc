/** Settings of the reconciler. */
import { Schema } from "effect"
import { Usd } from "../../domain/limits.ts"
import { microUsd } from "../../domain/money.ts"

const ms = (defaultMs: number, least: number, description: string) =>
  Schema.optionalWith(
    Schema.Int.pipe(Schema.between(least, 86_400_000)).annotations({
      description: `${description} Milliseconds, ${least}..86400000.`
    }),
    { default: () => defaultMs }
  )

export const Settings = Schema.Struct({
  everyMs: ms(60_000, 1_000, "Time between two comparisons of memory, journal and venue."),
  recheckMs: ms(5_000, 1_000, "Time to the next comparison while a difference is pending."),
  escalateAfterMs: ms(
    30_000,
    0,
    "How long shares or cash may differ before that is an error: the venue's lists lag behind its news."
  ),
  unsettledAlarmMs: ms(
    300_000,
    1_000,
    "A fill that is neither confirmed nor failed for this long is an error."
  ),
  cashToleranceUsd: Schema.optionalWith(
    Usd.pipe(
      Schema.filter((amount) => amount >= 0 || "an amount of dollars that is not negative"),
      Schema.annotations({
        description:
          "Cash may differ by so much without being a difference: the venue's fees are rounded. Dollars, 0 or more."
      })
    ),
    { default: () => microUsd(10_000) }
  ),
  cashShortfall: Schema.optionalWith(
    Schema.Literal("hold", "note").annotations({
      description:
        "What is done where cash is missing that no trade of ours explains: hold (nothing is entered until `tradewind reconcile --accept-cash`, or it is explained) or note it and go on, for accounts that are traded by hand as well."
    }),
    { default: () => "hold" as const }
  ),
  startWithDifferences: Schema.optionalWith(
    Schema.Literal("hold", "refuse").annotations({
      description:
        "What a start does with differences that no rule heals: hold (nothing is entered where they are) or refuse to start, naming them."
    }),
    { default: () => "hold" as const }
  )
})
