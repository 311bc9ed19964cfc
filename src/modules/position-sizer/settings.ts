/** Settings of the position-sizer. */
import { ParseResult, Schema } from "effect"
import { formatUsd, parseUsd } from "../../domain/decimal.ts"
import { MicroUsd } from "../../domain/money.ts"

const UsdText = Schema.transformOrFail(Schema.String, Schema.typeSchema(MicroUsd), {
  strict: true,
  decode: (text, _, ast) =>
    ParseResult.fromOption(
      parseUsd(text),
      () => new ParseResult.Type(ast, text, `not a dollar amount: "${text}"`)
    ),
  encode: (usd) => ParseResult.succeed(formatUsd(usd))
})

export const Settings = Schema.Struct({
  orderUsd: Schema.optionalWith(
    UsdText.pipe(Schema.filter((usd) => usd > 0 || "must be above 0")).annotations({
      description: 'Most dollars an entry may cost, fees included, as decimal text ("10"; above 0).'
    }),
    { default: () => MicroUsd.make(10_000_000) }
  ),
  method: Schema.optionalWith(
    Schema.Literal("fixed", "kelly").annotations({
      description: "fixed: orderUsd each time; kelly: a fraction of cash by the edge, at most orderUsd."
    }),
    { default: () => "fixed" as const }
  ),
  kellyFraction: Schema.optionalWith(
    Schema.Number.pipe(Schema.between(0, 1)).annotations({
      description: "Part of the Kelly stake that is taken, method kelly only (0..1)."
    }),
    { default: () => 0.25 }
  ),
  boundByDepth: Schema.optionalWith(
    Schema.Boolean.annotations({
      description: "Whether an entry is no larger than what rests at its limit or better."
    }),
    { default: () => true }
  ),
  orderType: Schema.optionalWith(
    Schema.Literal("FAK", "FOK", "GTC").annotations({
      description:
        "FAK takes what is there, FOK all or nothing, GTC rests what is left. FAK and FOK sizes are coarser (whole cents)."
    }),
    { default: () => "FAK" as const }
  )
})
