/** The reconciler over the real order-manager and position-manager, a venue and a journal in memory. */
import { Effect, Layer, Schema } from "effect"
import { microShares, microUsd } from "../../../src/domain/money.ts"
import { tokenOf } from "../../../src/domain/window.ts"
import { type Ways, Settings, layerConfig } from "../../../src/modules/reconciler/reconciler.ts"
import { Reconciler } from "../../../src/ports/reconciliation.ts"
import { OrderManager, PositionManager } from "../../../src/ports/trading.ts"
import { WINDOW } from "../../domain/trading-world.ts"
import { type World, SHARE, world as ordersWorld } from "../order-manager/world.ts"

const settings = Schema.decodeSync(Settings)({})
export const UP = tokenOf(WINDOW, "Up")

export interface Books {
  readonly w: World
  readonly orders: typeof OrderManager.Service
  readonly positions: typeof PositionManager.Service
  readonly reconciler: typeof Reconciler.Service
  /** What the tick does: news into orders, fills into positions. */
  readonly book: Effect.Effect<void, unknown>
  /** One comparison where it is due, as in a tick. */
  readonly look: Effect.Effect<void, unknown>
}

/** What the venue holds of the Up token, in whole shares. */
export const holds = (w: World, shares: number): void => {
  w.venue.balances =
    shares === 0
      ? []
      : [{ tokenId: UP, conditionId: WINDOW.conditionId, sizeMicroShares: microShares(shares * SHARE) }]
}

/** Runs with everything up over this world, as after a start. */
export const comparing = <A, E>(
  w: World,
  body: (books: Books) => Effect.Effect<A, E>,
  patch: Partial<typeof Settings.Type> = {},
  ways?: Ways
) =>
  Effect.gen(function* () {
    const orders = yield* OrderManager
    const positions = yield* PositionManager
    const reconciler = yield* Reconciler
    const book = Effect.gen(function* () {
      for (const { fill, intent } of yield* orders.sync) yield* positions.applyFill(fill, intent)
    })
    return yield* body({ w, orders, positions, reconciler, book, look: reconciler.ifDue(book) })
  }).pipe(Effect.provide(layerConfig({ ...settings, ...patch }, ways).pipe(Layer.provideMerge(w.layer))))

export const world = (patch: Parameters<typeof ordersWorld>[0] = {}): World => {
  const w = ordersWorld(patch)
  w.venue.cash = microUsd(100 * SHARE)
  return w
}
