/** The spot module: takes the source's ticks, asset by asset, and answers with fresh prices only. */
import { Clock, Effect, Layer, Metric } from "effect"
import type { Asset } from "../../domain/asset.ts"
import { monotonicMs } from "../../ports/monotonic.ts"
import { Spot, SpotError, SpotSource, type SpotTick } from "../../ports/spot.ts"
import { type Lag, makeLag } from "./lag.ts"
import { type Series, makeSeries } from "./series.ts"
import { DEFAULT_PRIORS_E9, type Settings } from "./settings.ts"

export { Settings } from "./settings.ts"

/** Ticks that were not taken, tagged `asset` and `why`: late, ahead or unconfigured. */
export const ticksDropped = Metric.counter("tradewind_spot_ticks_dropped", {
  description: "Spot ticks that were not taken, by asset and cause",
  incremental: true
})

type SpotSettings = typeof Settings.Type

const followedBy = (settings: SpotSettings): ReadonlyMap<Asset, Followed> => {
  const volatility = {
    halfLifeSeconds: settings.halfLifeSeconds,
    returnSeconds: settings.returnSeconds,
    minPerSqrtSecondE9: settings.minVolatilityPerSqrtSecondE9,
    maxPerSqrtSecondE9: settings.maxVolatilityPerSqrtSecondE9
  }
  const priors = { ...DEFAULT_PRIORS_E9, ...settings.priorVolatilityPerSqrtSecondE9 }
  return new Map(
    settings.assets.map((asset) => [
      asset,
      { series: makeSeries(asset, volatility, priors[asset]), lag: makeLag() }
    ])
  )
}

const drop = (tick: SpotTick, why: "late" | "ahead" | "unconfigured") =>
  Metric.update(ticksDropped.pipe(Metric.tagged("asset", tick.asset), Metric.tagged("why", why)), 1).pipe(
    Effect.zipRight(Effect.logDebug("spot_tick_dropped")),
    Effect.annotateLogs({ asset: tick.asset, why, observedAtMs: tick.observedAtMs })
  )

/** This moment by both clocks: the wall clock may be put, the monotonic one only goes on. */
interface Moment {
  readonly wallMs: number
  readonly monotonicMs: number
}

const moment: Effect.Effect<Moment> = Effect.zipWith(
  Clock.currentTimeMillis,
  monotonicMs,
  (wallMs, sinceMs) => ({ wallMs, monotonicMs: sinceMs })
)

/** An asset's prices, and how far behind the monotonic clock their stamps are at the least. */
interface Followed {
  readonly series: Series
  readonly lag: Lag
}

/**
 * What is wrong with an asset's price now; undefined where it is fresh. By the wall clock an old price is young again where
 * that was put back: so it must also be young by the monotonic clock.
 */
const staleness = (settings: SpotSettings, { lag, series }: Followed, now: Moment): string | undefined => {
  const observedAtMs = series.observedAtMs()
  if (observedAtMs === undefined) return "no price yet"
  const ageMs = now.wallMs - observedAtMs
  if (ageMs > settings.maxAgeMs) return `${ageMs} ms old`
  if (ageMs < -settings.maxAheadMs) return `${-ageMs} ms ahead of our clock`
  const behindMs = Math.round(lag.behindMs(observedAtMs, now.monotonicMs))
  return behindMs > settings.maxAgeMs ? `${behindMs} ms old, whatever our clock says` : undefined
}

export const layerConfig = (settings: SpotSettings): Layer.Layer<Spot, never, SpotSource> =>
  Layer.effect(
    Spot,
    Effect.gen(function* () {
      const source = yield* SpotSource
      const assets = followedBy(settings)
      for (const asset of assets.keys()) {
        if (source.assets.has(asset)) continue
        yield* Effect.logWarning("spot_not_told").pipe(
          Effect.annotateLogs({
            module: "spot",
            asset,
            meaning: "no spot price will come: nothing is entered"
          })
        )
      }

      const take = (tick: SpotTick, now: Moment) => {
        const followed = assets.get(tick.asset)
        if (followed === undefined) return drop(tick, "unconfigured")
        if (tick.observedAtMs > now.wallMs + settings.maxAheadMs) return drop(tick, "ahead")
        if (!followed.series.take(tick)) return drop(tick, "late")
        followed.lag.take(tick.observedAtMs, now.monotonicMs)
        return Effect.void
      }

      const refresh = Effect.gen(function* () {
        const ticks = yield* source.takeTicks
        const now = yield* moment
        yield* Effect.forEach(ticks, (tick) => take(tick, now), { discard: true })
        const stale = [...assets].flatMap(([asset, followed]) => {
          const defect = source.assets.has(asset) ? staleness(settings, followed, now) : undefined
          return defect === undefined ? [] : [`${asset} (${defect})`]
        })
        if (stale.length > 0) {
          return yield* new SpotError({
            module: "spot",
            operation: "refresh",
            message: `stale: ${stale.join(", ")}; the limit is ${settings.maxAgeMs} ms`,
            reason: "Stale"
          })
        }
      })

      return {
        refresh,
        view: (asset) =>
          Effect.map(moment, (now) => {
            const followed = assets.get(asset)
            return followed === undefined || staleness(settings, followed, now) !== undefined
              ? undefined
              : followed.series.view()
          }),
        priceAt: (asset, atMs) => Effect.sync(() => assets.get(asset)?.series.priceAt(atMs))
      }
    })
  )
