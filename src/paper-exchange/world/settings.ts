/** What can be set about the embedded exchange. */
import { Schema } from "effect"
import { microUsd } from "../../domain/money.ts"
import { Usd } from "../../domain/limits.ts"

const millis = (fallback: number, min: number, max: number, description: string) =>
  Schema.optionalWith(
    Schema.Int.pipe(Schema.between(min, max)).annotations({
      description: `${description} Milliseconds, ${min} to ${max}.`
    }),
    { default: () => fallback }
  )

export const ExchangeSettings = Schema.Struct({
  startCashUsd: Schema.optionalWith(
    Usd.pipe(
      Schema.filter((amount) => amount > 0 || "an amount of dollars above 0"),
      Schema.annotations({ description: "Cash of the account when a new world begins. Dollars, above 0." })
    ),
    { default: () => microUsd(1_000_000_000) }
  ),
  minedAfterMs: millis(2_500, 0, 600_000, "Time from a match to its trade being mined."),
  confirmedAfterMs: millis(
    5_000,
    0,
    600_000,
    "Time from a match to its shares being confirmed and spendable."
  ),
  redeemAfterMs: millis(
    0,
    0,
    600_000,
    "Time from a window's resolution to what it won being paid out as cash; until then it is a redeemable position."
  ),
  snapshotEveryMs: millis(60_000, 1_000, 3_600_000, "Market time between two saved states of the market."),
  transport: Schema.optionalWith(
    Schema.Literal("in-process", "sockets").annotations({
      description:
        "How the client reaches the built-in exchange: in-process (in sim and replay repeatable to the byte), or sockets of this machine."
    }),
    { default: () => "in-process" as const }
  )
})
export type ExchangeSettings = typeof ExchangeSettings.Type
