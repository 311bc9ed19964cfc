/** Reference prices: the source windows settle on. */
import { Context, type Effect, Schema } from "effect"
import type { Asset } from "../domain/asset.ts"
import type { SpotPrice } from "../domain/money.ts"
import { failureFields } from "./failure.ts"

export class SpotError extends Schema.TaggedError<SpotError>()("SpotError", {
  ...failureFields,
  reason: Schema.Literal("Unavailable", "Stale")
}) {}

/** One observation of an asset's price by the settlement source. */
export interface SpotTick {
  readonly asset: Asset
  readonly price: SpotPrice
  /** The source's stamp, Unix milliseconds. */
  readonly observedAtMs: number
}

/** Where spot ticks come from: the simulator, a recording, later live feeds. */
export class SpotSource extends Context.Tag("tradewind/SpotSource")<
  SpotSource,
  {
    /** Assets it has prices of at all; a recording may have none. */
    readonly assets: ReadonlySet<Asset>
    /** Takes the ticks since the last call, oldest first; never waits. The first call brings recent history. */
    readonly takeTicks: Effect.Effect<ReadonlyArray<SpotTick>, SpotError>
  }
>() {}

/** What is known of an asset's price now. */
export interface SpotView {
  readonly asset: Asset
  readonly price: SpotPrice
  readonly observedAtMs: number
  /** Mean of the whole-second prices of the last 60 seconds, an estimate of what windows settle on. */
  readonly average60s: SpotPrice
  /** Standard deviation of the relative price change over one second, in units of 1e-9. */
  readonly volatilityPerSqrtSecondE9: number
  /** Whole-second prices of the last 60 seconds, oldest first. */
  readonly last60s: ReadonlyArray<{ readonly atMs: number; readonly price: SpotPrice }>
}

export class Spot extends Context.Tag("tradewind/Spot")<
  Spot,
  {
    /** Takes in what the source has; fails `Stale` where an asset's last price is older than the limit. */
    readonly refresh: Effect.Effect<void, SpotError>
    /** The view of an asset, or undefined before its first price and while it is stale. */
    readonly view: (asset: Asset) => Effect.Effect<SpotView | undefined>
    /** The asset's price observed exactly at a whole second, while it is remembered (2 hours). */
    readonly priceAt: (asset: Asset, atMs: number) => Effect.Effect<SpotPrice | undefined>
  }
>() {}
