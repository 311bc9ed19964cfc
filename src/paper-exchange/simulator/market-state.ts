/** The simulated market's working state: how it begins, how it is taken up again, what it lists. */
import { Schema } from "effect"
import type { Asset } from "../../domain/asset.ts"
import type { SpotPrice } from "../../domain/money.ts"
import { windowEnd, windowStart } from "../../domain/slug.ts"
import type { Json, MarketEvent } from "../market-source.ts"
import { type NextListing, type Pending, SavedMarket } from "./saved-market.ts"
import type { SimulatorSettings } from "./settings.ts"
import { type SpotPath, averagePrice, makePath, nextPrice, restorePath, savePath } from "./spot-path.ts"
import { type WindowMarket, openWindow, restoreWindow, saveWindow } from "./window-market.ts"

/** How much spot history a new simulation brings at its start. */
const HISTORY_MS = 120_000
/** A path begins so long before the first average that is asked of it. */
const WARM_UP_MS = 300_000

export interface MarketState {
  readonly seed: number
  readonly startMs: number
  nextStepMs: number
  readonly paths: Map<Asset, SpotPath>
  windows: ReadonlyArray<WindowMarket>
  nextListings: ReadonlyArray<NextListing>
  /** In the order they happen. */
  pending: ReadonlyArray<Pending>
}

const byTime = (a: Pending, b: Pending): number => a.atMs - b.atMs

export const schedule = (state: MarketState, events: ReadonlyArray<Pending>): void => {
  if (events.length > 0) state.pending = [...state.pending, ...events].toSorted(byTime)
}

/** Begins an asset: its path with a past, its running windows with their price to beat, its history as spot events. */
const addAsset = (state: MarketState, asset: Asset, settings: SimulatorSettings): void => {
  const atMs = state.nextStepMs
  const starts = settings.intervals
    .map((interval) => ({ asset, interval, startMs: windowStart(interval, atMs) }))
    .toSorted((a, b) => a.startMs - b.startMs)
  const path = makePath(asset, state.seed, (starts[0]?.startMs ?? atMs) - WARM_UP_MS)
  const history: Array<Pending> = []
  const goOnTo = (untilMs: number): void => {
    while (path.secondMs < untilMs) {
      const spot = nextPrice(path, settings.spotDelayMs)
      if (spot.observedAtMs > atMs - HISTORY_MS) history.push({ ...spot, atMs: Math.max(spot.atMs, atMs) })
    }
  }
  const openPrices = starts.map(({ startMs }): SpotPrice => {
    goOnTo(startMs)
    return averagePrice(path, startMs)
  })
  goOnTo(atMs)
  state.paths.set(asset, path)
  const running = starts.map((next, index) =>
    openWindow(asset, next.interval, next.startMs, state.seed, settings.takerHoldMs, path, openPrices[index])
  )
  state.windows = [...state.windows, ...running]
  state.nextListings = [
    ...state.nextListings,
    ...starts.map((next) => ({ ...next, startMs: windowEnd(next.interval, next.startMs) }))
  ]
  schedule(state, history)
}

/** Lists the windows whose time has come, and tells of those that were running when the simulation began. */
export const listWindows = (
  state: MarketState,
  atMs: number,
  settings: SimulatorSettings
): ReadonlyArray<MarketEvent> => {
  const opened: Array<WindowMarket> = []
  state.nextListings = state.nextListings.map((next) => {
    const path = state.paths.get(next.asset)
    let { startMs } = next
    if (path === undefined) return next
    while (startMs - settings.listAheadMs <= atMs) {
      opened.push(
        openWindow(next.asset, next.interval, startMs, state.seed, settings.takerHoldMs, path, undefined)
      )
      startMs = windowEnd(next.interval, startMs)
    }
    return { ...next, startMs }
  })
  if (opened.length > 0) state.windows = [...state.windows, ...opened]
  const untold = state.windows.filter((window) => !window.listed)
  return untold.map((window) => {
    window.listed = true
    return { _tag: "Listed", atMs, market: window.market }
  })
}

const addMissingAssets = (state: MarketState, settings: SimulatorSettings): MarketState => {
  for (const asset of settings.assets) if (!state.paths.has(asset)) addAsset(state, asset, settings)
  return state
}

/** A market that begins at the settings' start. */
export const newState = (settings: SimulatorSettings, seed: number): MarketState =>
  addMissingAssets(
    {
      seed,
      startMs: settings.startMs,
      nextStepMs: settings.startMs,
      paths: new Map(),
      windows: [],
      nextListings: [],
      pending: []
    },
    settings
  )

/**
 * Takes a saved market up again. Listed windows go on to their resolution whatever the settings now say; assets that are
 * new begin now, intervals that are new begin with the next window, those no longer wanted list no more.
 * @throws ParseError where the JSON is no saved market of this version.
 */
export const restoreState = (settings: SimulatorSettings, json: Json): MarketState => {
  const saved = Schema.decodeUnknownSync(SavedMarket)(json)
  // Their order is the order of listing, so those that go on keep it.
  const kept = saved.nextListings.filter(
    (next) => settings.assets.includes(next.asset) && settings.intervals.includes(next.interval)
  )
  const added = settings.assets
    .filter((asset) => saved.paths.some((path) => path.asset === asset))
    .flatMap((asset) => settings.intervals.map((interval) => ({ asset, interval })))
    .filter(({ asset, interval }) => !kept.some((next) => next.asset === asset && next.interval === interval))
    .map(
      ({ asset, interval }): NextListing => ({
        asset,
        interval,
        startMs: windowEnd(interval, windowStart(interval, saved.nextStepMs))
      })
    )
  return addMissingAssets(
    {
      ...saved,
      paths: new Map(saved.paths.map((path) => [path.asset, restorePath(path)])),
      windows: saved.windows.map(restoreWindow),
      nextListings: [...kept, ...added]
    },
    settings
  )
}

export const saveState = (state: MarketState): SavedMarket => ({
  version: 1,
  ...state,
  paths: [...state.paths.values()].map(savePath),
  windows: state.windows.map(saveWindow)
})
