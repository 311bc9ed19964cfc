/** The simulated market's state as JSON. */
import { Schema } from "effect"
import { Asset } from "../../domain/asset.ts"
import { MicroShares, PriceTicks, SpotPrice } from "../../domain/money.ts"
import { Side } from "../../domain/order.ts"
import { ConditionId } from "../../domain/window.ts"
import { SimulatedInterval } from "./settings.ts"
import { SavedPath } from "./spot-path.ts"
import { SavedWindow } from "./window-market.ts"

/** An event that is drawn already and happens later. */
export const Pending = Schema.Union(
  Schema.TaggedStruct("Spot", {
    atMs: Schema.Int,
    asset: Asset,
    price: SpotPrice,
    observedAtMs: Schema.Int
  }),
  Schema.TaggedStruct("Taker", {
    atMs: Schema.Int,
    conditionId: ConditionId,
    side: Side,
    priceTicks: PriceTicks,
    sizeMicroShares: MicroShares
  })
)
export type Pending = typeof Pending.Type

/** Which window of an asset and interval is listed next. */
export const NextListing = Schema.Struct({
  asset: Asset,
  interval: SimulatedInterval,
  startMs: Schema.Int
})
export type NextListing = typeof NextListing.Type

export const SavedMarket = Schema.Struct({
  version: Schema.Literal(1),
  seed: Schema.Int,
  startMs: Schema.Int,
  nextStepMs: Schema.Int,
  paths: Schema.Array(SavedPath),
  windows: Schema.Array(SavedWindow),
  nextListings: Schema.Array(NextListing),
  pending: Schema.Array(Pending)
})
export type SavedMarket = typeof SavedMarket.Type
