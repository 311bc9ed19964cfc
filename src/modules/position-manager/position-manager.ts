/** The position-manager module: what is held, from fills and settlements only, stored before it is believed. */
import { Clock, Effect, Layer, Ref } from "effect"
import type { Fill, Intent } from "../../domain/order.ts"
import {
  applyFill,
  atStakeOf,
  endWindow,
  isUnexplained,
  noPosition,
  positionOf,
  settle
} from "../../domain/position-state.ts"
import type { Resolution, WindowSlug } from "../../domain/window.ts"
import { Persistence, type PersistenceError } from "../../ports/persistence.ts"
import { PositionManager, type WindowView } from "../../ports/trading.ts"
import { bookedOf } from "./booked.ts"
import { type Holdings, holdingsFrom, instrumentOf, knownFill, remembered, replaced } from "./holdings.ts"

type Journal = typeof Persistence.Service

const settledAmong = (journal: Journal, slugs: ReadonlyArray<WindowSlug>) =>
  Effect.filter(slugs, (slug) => Effect.map(journal.settledOutcome(slug), (outcome) => outcome !== undefined))

const loaded = (journal: Journal) =>
  Effect.gen(function* () {
    const state = yield* journal.load
    const held = new Set(state.positions.map((position) => position.slug))
    const others = new Set(state.fills.map((fill) => fill.slug).filter((slug) => !held.has(slug)))
    const settled = yield* settledAmong(journal, [...others])
    const holdings = holdingsFrom(state, yield* journal.totals, new Set(settled))
    for (const position of [...holdings.states.values()].filter(isUnexplained)) {
      yield* Effect.logWarning("position_unexplained").pipe(
        Effect.annotateLogs({ module: "position-manager", ...position.instrument, ...position.carried })
      )
    }
    return holdings
  })

const applying = (journal: Journal, holdings: Ref.Ref<Holdings>) => (fill: Fill, intent: Intent) =>
  Effect.gen(function* () {
    const now = yield* Ref.get(holdings)
    const known = now.states.get(fill.tokenId)
    if (known === undefined && (yield* journal.settledOutcome(fill.slug)) !== undefined) {
      return yield* Effect.logWarning("late_fill_of_settled_window").pipe(
        Effect.annotateLogs({ module: "position-manager", ...fill })
      )
    }
    const before = known ?? noPosition(instrumentOf(intent), fill.matchedAtMs)
    const after = applyFill(before, fill, yield* Clock.currentTimeMillis)
    if (after === before) return
    yield* journal.recordFill(knownFill(after, fill), positionOf(after))
    yield* Ref.set(holdings, replaced(now, after))
  })

const settling = (journal: Journal, holdings: Ref.Ref<Holdings>) => (resolution: Resolution) =>
  Effect.gen(function* () {
    const now = yield* Ref.get(holdings)
    if (now.settled.has(resolution.slug)) return []
    const atMs = yield* Clock.currentTimeMillis
    const before = [...now.states.values()].filter(({ instrument }) => instrument.slug === resolution.slug)
    const after = before.map((state) => settle(state, resolution.outcome, atMs))
    const closed = after
      .filter((_, index) => {
        const was = before[index]
        return was !== undefined && positionOf(was).status !== "closed"
      })
      .map(positionOf)
    yield* journal.recordSettlement(resolution, closed)
    yield* Ref.set(holdings, after.reduce(replaced, remembered(now, resolution.slug)))
    return closed
  })

const expiring = (journal: Journal, holdings: Ref.Ref<Holdings>) => (views: ReadonlyArray<WindowView>) =>
  Effect.gen(function* () {
    const over = new Set(views.filter(({ phase }) => phase === "ended").map(({ window }) => window.slug))
    const atMs = yield* Clock.currentTimeMillis
    for (const state of (yield* Ref.get(holdings)).states.values()) {
      const after = over.has(state.instrument.slug) ? endWindow(state, atMs) : state
      if (after === state) continue
      if (positionOf(after).status !== positionOf(state).status) {
        yield* journal.recordPosition(positionOf(after))
      }
      yield* Ref.update(holdings, (now) => replaced(now, after))
    }
  })

export const layer: Layer.Layer<PositionManager, PersistenceError, Persistence> = Layer.effect(
  PositionManager,
  Effect.gen(function* () {
    const journal = yield* Persistence
    const holdings = yield* Ref.make(yield* loaded(journal))
    const lock = yield* Effect.makeSemaphore(1)
    /** One at a time, and never between the journal and the memory. */
    const whole = <A, E>(effect: Effect.Effect<A, E>) => lock.withPermits(1)(Effect.uninterruptible(effect))
    // Settled ones are only remembered: hundreds of them are not worked out again at every look.
    const unsettled = Effect.map(Ref.get(holdings), ({ states }) =>
      [...states.values()].filter(({ resolvedAs }) => resolvedAs === undefined)
    )
    return {
      applyFill: (fill, intent) => whole(applying(journal, holdings)(fill, intent)),
      settle: (resolution) => whole(settling(journal, holdings)(resolution)),
      expire: (views) => whole(expiring(journal, holdings)(views)),
      booked: Effect.map(Ref.get(holdings), bookedOf),
      open: Effect.map(unsettled, (states) =>
        states.map(positionOf).filter(({ status }) => status !== "closed")
      ),
      atStake: Effect.map(unsettled, (states) => states.map(atStakeOf)),
      totals: Effect.map(Ref.get(holdings), ({ totals }) => totals)
    }
  })
)
