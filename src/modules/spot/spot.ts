/** The spot module: takes the source's ticks, asset by asset, and answers with fresh prices only. */
import { Clock, Effect, Layer, Metric } from "effect"
import type { Asset } from "../../domain/asset.ts"
import { Spot, SpotError, SpotSource, type SpotTick } from "../../ports/spot.ts"
import { type Series, makeSeries } from "./series.ts"
import { DEFAULT_PRIORS_E9, type Settings } from "./settings.ts"

export { Settings } from "./settings.ts"

/** Ticks that were not taken, tagged `asset` and `why`: late, ahead or unconfigured. */
export const ticksDropped = Metric.counter("tradewind_spot_ticks_dropped", {
  description: "Spot ticks that were not taken, by asset and cause",
  incremental: true
})

type SpotSettings = typeof Settings.Type

const seriesOf = (settings: SpotSettings): ReadonlyMap<Asset, Series> => {
  const volatility = {
    halfLifeSeconds: settings.halfLifeSeconds,
    returnSeconds: settings.returnSeconds,
    minPerSqrtSecondE9: settings.minVolatilityPerSqrtSecondE9,
    maxPerSqrtSecondE9: settings.maxVolatilityPerSqrtSecondE9
  }
  const priors = { ...DEFAULT_PRIORS_E9, ...settings.priorVolatilityPerSqrtSecondE9 }
  return new Map(settings.assets.map((asset) => [asset, makeSeries(asset, volatility, priors[asset])]))
}

const drop = (tick: SpotTick, why: "late" | "ahead" | "unconfigured") =>
  Metric.update(ticksDropped.pipe(Metric.tagged("asset", tick.asset), Metric.tagged("why", why)), 1).pipe(
    Effect.zipRight(Effect.logDebug("spot_tick_dropped")),
    Effect.annotateLogs({ asset: tick.asset, why, observedAtMs: tick.observedAtMs })
  )

/** What is wrong with an asset's price now; undefined where it is fresh. */
const staleness = (settings: SpotSettings, series: Series, nowMs: number): string | undefined => {
  const observedAtMs = series.observedAtMs()
  if (observedAtMs === undefined) return "no price yet"
  const ageMs = nowMs - observedAtMs
  return ageMs > settings.maxAgeMs ? `${ageMs} ms old` : undefined
}

export const layerConfig = (settings: SpotSettings): Layer.Layer<Spot, never, SpotSource> =>
  Layer.effect(
    Spot,
    Effect.gen(function* () {
      const source = yield* SpotSource
      const assets = seriesOf(settings)
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

      const take = (tick: SpotTick, nowMs: number) => {
        const series = assets.get(tick.asset)
        if (series === undefined) return drop(tick, "unconfigured")
        if (tick.observedAtMs > nowMs + settings.maxAheadMs) return drop(tick, "ahead")
        return series.take(tick) ? Effect.void : drop(tick, "late")
      }

      const refresh = Effect.gen(function* () {
        const ticks = yield* source.takeTicks
        const nowMs = yield* Clock.currentTimeMillis
        yield* Effect.forEach(ticks, (tick) => take(tick, nowMs), { discard: true })
        const stale = [...assets].flatMap(([asset, series]) => {
          const defect = source.assets.has(asset) ? staleness(settings, series, nowMs) : undefined
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
          Effect.map(Clock.currentTimeMillis, (nowMs) => {
            const series = assets.get(asset)
            return series === undefined || staleness(settings, series, nowMs) !== undefined
              ? undefined
              : series.view()
          }),
        priceAt: (asset, atMs) => Effect.sync(() => assets.get(asset)?.priceAt(atMs))
      }
    })
  )
