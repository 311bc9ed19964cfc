/** A world's state as plain JSON. */
import { Schema } from "effect"
import { Asset } from "../../domain/asset.ts"
import { SpotPrice } from "../../domain/money.ts"
import { ConditionId, Resolution, Window } from "../../domain/window.ts"
import type { Json } from "../market-source.ts"

/** A listed market: a window as the venue describes it, before anybody has derived a rule from it. */
const Market = Schema.Struct({
  ...Window.omit("rule").fields,
  settlementConfig: Schema.optionalWith(
    Schema.Struct({ twapEnabled: Schema.Boolean, twapLookbackSeconds: Schema.Number }),
    { as: "Option" }
  ),
  takerHoldMs: Schema.Int
})

const AnyJson: Schema.Schema<Json> = Schema.suspend(() =>
  Schema.Union(
    Schema.Null,
    Schema.Boolean,
    Schema.Number,
    Schema.String,
    Schema.Array(AnyJson),
    Schema.Record({ key: Schema.String, value: AnyJson })
  )
)

/** Everything that is needed to go on: the source's and the engine's own states, and what the venue has published. */
export const SavedWorld = Schema.Struct({
  version: Schema.Literal(1),
  nowMs: Schema.Number,
  source: AnyJson,
  engine: AnyJson,
  markets: Schema.Array(Market),
  pricesToBeat: Schema.Array(Schema.Tuple(ConditionId, SpotPrice)),
  resolutions: Schema.Array(Resolution),
  recentSpot: Schema.Array(Schema.Struct({ asset: Asset, price: SpotPrice, observedAtMs: Schema.Number }))
})
export type SavedWorld = typeof SavedWorld.Type
