/** The window-manager module: which windows are watched, and what is known of each. */
import { Clock, Effect, Layer, Ref } from "effect"
import type { Book } from "../../domain/book.ts"
import { priceTicks } from "../../domain/money.ts"
import type { Window, WindowSlug } from "../../domain/window.ts"
import { Exchange } from "../../ports/exchange.ts"
import { Persistence, type PersistenceError } from "../../ports/persistence.ts"
import { WindowManager, type WindowView } from "../../ports/trading.ts"
import type { Keeper } from "./keeper.ts"
import { resolutions } from "./resolutions.ts"
import { roll } from "./roll.ts"
import type { Settings } from "./settings.ts"
import { EMPTY_WATCH, type Watched, hasEnded, inOrder, phaseOf, settle, track } from "./watch.ts"

export { Settings } from "./settings.ts"

/** A window with the tick that its books tell: the coarser one while they tell two, for both take its prices. */
const onTickOf = (window: Window, books: ReadonlyArray<Book | undefined>): Window => {
  const told = books.flatMap((book) => book?.tickSizeTicks ?? [])
  const tickSizeTicks = priceTicks(told.length === 0 ? window.tickSizeTicks : Math.max(...told))
  return tickSizeTicks === window.tickSizeTicks ? window : { ...window, tickSizeTicks }
}

const view =
  ({ exchange }: Keeper, nowMs: number) =>
  (watched: Watched): Effect.Effect<WindowView> => {
    const { priceToBeat, window } = watched
    const books: Effect.Effect<readonly [Book | undefined, Book | undefined]> = hasEnded(watched, nowMs)
      ? Effect.succeed([undefined, undefined])
      : Effect.all([exchange.book(window.upTokenId), exchange.book(window.downTokenId)])
    return Effect.map(books, ([upBook, downBook]) => ({
      window: onTickOf(window, [upBook, downBook]),
      phase: phaseOf(window, nowMs),
      priceToBeat,
      upBook,
      downBook
    }))
  }

const views = (keeper: Keeper) =>
  Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    const watched = inOrder(yield* Ref.get(keeper.watch))
    // Books are at hand: asking for them side by side would only cost fibers.
    return yield* Effect.forEach(watched, view(keeper, nowMs))
  })

const counts = ({ watch }: Keeper) =>
  Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    const watched = inOrder(yield* Ref.get(watch))
    return {
      tracked: watched.length,
      awaitingResolution: watched.filter((each) => hasEnded(each, nowMs)).length
    }
  })

const make = (settings: typeof Settings.Type) =>
  Effect.gen(function* () {
    const exchange = yield* Exchange
    const persistence = yield* Persistence
    // Windows that ended while we were away are still to be asked for their resolution.
    const { windows } = yield* persistence.load
    const watch = yield* Ref.make(windows.reduce(track, EMPTY_WATCH))
    const keeper: Keeper = { exchange, persistence, settings, watch }
    return WindowManager.of({
      roll: roll(keeper),
      resolutions: resolutions(keeper),
      settled: (slug: WindowSlug) => Ref.update(watch, (current) => settle(current, slug)),
      views: views(keeper),
      counts: counts(keeper)
    })
  })

/** Watches the windows of the configured assets, beginning with those the journal has not settled. */
export const layerConfig = (
  settings: typeof Settings.Type
): Layer.Layer<WindowManager, PersistenceError, Exchange | Persistence> =>
  Layer.effect(WindowManager, make(settings))
