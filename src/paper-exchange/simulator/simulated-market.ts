/** The built-in market: spot paths, windows that roll over for ever, and others who quote and take. */
import { Array as Arr } from "effect"
import type { Json, MarketEvent, MarketSource } from "../market-source.ts"
import { type MarketState, listWindows, newState, restoreState, saveState, schedule } from "./market-state.ts"
import type { Pending } from "./saved-market.ts"
import type { SimulatorSettings } from "./settings.ts"
import { nextPrice } from "./spot-path.ts"
import { isResolved, stepWindow } from "./window-market.ts"

const isPending =
  (atMs: number) =>
  (event: MarketEvent): event is Pending =>
    event.atMs > atMs && (event._tag === "Spot" || event._tag === "Taker")

/** Does the step at `nextStepMs`: what happens at that moment is returned, what it leads to later is scheduled. */
const step = (state: MarketState, settings: SimulatorSettings): ReadonlyArray<MarketEvent> => {
  const atMs = state.nextStepMs
  const events: Array<MarketEvent> = [...listWindows(state, atMs, settings)]
  for (const path of state.paths.values()) {
    while (path.secondMs + 1000 <= atMs) events.push(nextPrice(path, settings.spotDelayMs))
  }
  for (const window of state.windows) {
    const path = state.paths.get(window.market.asset)
    if (path !== undefined) events.push(...stepWindow(window, path, atMs, settings))
  }
  if (state.windows.some((window) => isResolved(window, atMs, settings))) {
    state.windows = state.windows.filter((window) => !isResolved(window, atMs, settings))
  }
  // Steps stay on the grid of their length even when a saved market goes on with another one.
  state.nextStepMs = atMs - (atMs % settings.bookIntervalMs) + settings.bookIntervalMs
  const [now, later] = Arr.partition(events, isPending(atMs))
  schedule(state, later)
  return now
}

/**
 * A market made of chance from `seed` (0 to 2^53 − 1) alone: the same settings and seed give the same events on every
 * machine, and a market restored from `saved` goes on exactly as the saved one would have. With `saved`, the seed and the
 * start are those of the saved market. How the numbers were found: docs/market-simulator.md.
 *
 * @throws ParseError where `saved` is no saved market of this version.
 */
export const makeSimulatedMarket = (
  settings: SimulatorSettings,
  seed: number,
  saved?: Json
): MarketSource => {
  const state = saved === undefined ? newState(settings, seed) : restoreState(settings, saved)
  const nextAtMs = (): number => Math.min(state.nextStepMs, state.pending[0]?.atMs ?? state.nextStepMs)
  const take = (): ReadonlyArray<MarketEvent> => {
    const atMs = nextAtMs()
    const dueCount = state.pending.findIndex((event) => event.atMs > atMs)
    const due = dueCount < 0 ? state.pending : state.pending.slice(0, dueCount)
    state.pending = dueCount < 0 ? [] : state.pending.slice(dueCount)
    return atMs < state.nextStepMs ? due : [...due, ...step(state, settings)]
  }
  return { startMs: state.startMs, nextAtMs, take, save: () => saveState(state) }
}
