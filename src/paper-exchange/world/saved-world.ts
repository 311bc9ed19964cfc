/** A world's state as plain JSON. */
import { Schema } from "effect"
import { Asset } from "../../domain/asset.ts"
import { SpotPrice } from "../../domain/money.ts"
import { ConditionId, Resolution, Window } from "../../domain/window.ts"
import type { Json } from "../market-source.ts"
import { SavedRegistry } from "./registry.ts"

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
  /** 1: a world of one account, spelt as it was configured. */
  version: Schema.Literal(1, 2),
  nowMs: Schema.Number,
  source: AnyJson,
  engine: AnyJson,
  markets: Schema.Array(Market),
  pricesToBeat: Schema.Array(Schema.Tuple(ConditionId, SpotPrice)),
  resolutions: Schema.Array(Resolution),
  recentSpot: Schema.Array(Schema.Struct({ asset: Asset, price: SpotPrice, observedAtMs: Schema.Number })),
  registry: Schema.optionalWith(SavedRegistry, {
    default: () => ({ keys: [], wallets: [], heartbeats: [] })
  })
})
export type SavedWorld = typeof SavedWorld.Type

const renamed = (json: Json, from: string, to: string): Json => {
  if (json === from) return to
  if (Array.isArray(json)) return json.map((item: Json) => renamed(item, from, to))
  if (json === null || typeof json !== "object") return json
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, renamed(value, from, to)]))
}

/** A saved world as this version has it: accounts are addresses in lower case. */
export const upgraded = (saved: SavedWorld, account: string): SavedWorld =>
  saved.version === 2
    ? saved
    : { ...saved, version: 2, engine: renamed(saved.engine, account, account.toLowerCase()) }
