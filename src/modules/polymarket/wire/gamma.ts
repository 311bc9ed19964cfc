/** What Gamma (discovery) and the Data API (positions) answer. Lists in Gamma's markets are JSON inside text. */
import { Schema } from "effect"
import { jsonText } from "./json.ts"
import { NearShares, Spot, known } from "./numbers.ts"

const Texts = jsonText(Schema.Array(Schema.String))

/** GET /markets/slug/{slug}, and the markets of an event: what discovery and resolution need of it. */
export const WireGammaMarket = Schema.Struct({
  slug: Schema.NonEmptyString,
  conditionId: Schema.NonEmptyString,
  outcomes: Texts,
  /** None on markets whose outcomes are no CTF tokens. */
  clobTokenIds: Schema.optionalWith(Texts, { nullable: true, default: () => [] }),
  /** The market's protocol, where it is told. */
  version: Schema.optional(Schema.NullOr(Schema.Union(Schema.String, Schema.Number))),
  outcomePrices: Schema.optional(Schema.NullOr(Texts)),
  /** The window's start and end, ISO 8601. */
  eventStartTime: Schema.optional(Schema.NullOr(Schema.String)),
  endDate: Schema.String,
  closed: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  closedTime: Schema.optional(Schema.NullOr(Schema.String)),
  negRisk: Schema.optional(Schema.NullOr(Schema.Boolean)),
  enableOrderBook: Schema.optional(Schema.NullOr(Schema.Boolean)),
  feesEnabled: Schema.optional(Schema.NullOr(Schema.Boolean)),
  cryptoMarketConfig: Schema.optional(
    Schema.NullOr(
      Schema.Struct({
        asset: Schema.optional(Schema.NullOr(Schema.String)),
        twapEnabled: Schema.optional(Schema.NullOr(Schema.Boolean)),
        twapLookbackSeconds: Schema.optional(Schema.NullOr(Schema.Int))
      })
    )
  )
})
export type WireGammaMarket = typeof WireGammaMarket.Type

/** GET /events/slug/{slug}. The two prices come one or two minutes after the window's end. */
export const WireGammaEvent = Schema.Struct({
  slug: Schema.NonEmptyString,
  markets: Schema.Array(WireGammaMarket),
  eventMetadata: Schema.optional(
    Schema.NullOr(Schema.Struct({ priceToBeat: known(Spot), finalPrice: known(Spot) }))
  )
})
export type WireGammaEvent = typeof WireGammaEvent.Type

/** GET /positions of the Data API. */
export const WirePositions = Schema.Array(
  Schema.Struct({ asset: Schema.NonEmptyString, conditionId: Schema.NonEmptyString, size: NearShares })
)
