/** What the steps of one trading tick hand to each other. */
import { Clock, Effect } from "effect"
import type { Asset } from "../../domain/asset.ts"
import { ZERO_USD } from "../../domain/money.ts"
import type { Fill, Intent } from "../../domain/order.ts"
import type { Decline } from "../../domain/signal.ts"
import type { TokenId } from "../../domain/window.ts"
import type { Exchange } from "../../ports/exchange.ts"
import { Reconciler } from "../../ports/reconciliation.ts"
import { Spot, type SpotView } from "../../ports/spot.ts"
import {
  OrderManager,
  PositionManager,
  Safety,
  type TradingContext,
  WindowManager,
  type WindowView
} from "../../ports/trading.ts"
import type { MicroUsd } from "../../domain/money.ts"

/** Everything the steps of a trading tick reach. */
export type TradingServices =
  | Exchange
  | Spot
  | WindowManager
  | OrderManager
  | PositionManager
  | Reconciler
  | Safety

/** Market time for which the windows' views serve, so that a step that is tried again later does not rely on old books. */
const VIEWS_SERVE_MS = 500

/** Lives as long as the daemon; begun anew at each tick. */
export class TickMemory {
  tick = 0
  beganAtMs = 0
  /** Cash by the venue in this tick; unknown counts as none. */
  cashMicroUsd: MicroUsd = ZERO_USD
  /** Tokens that an exit of this tick already sells. */
  promised: ReadonlySet<TokenId> = new Set()
  /** The account's news are in our books: without them nobody knows what is at stake. */
  areOrdersSynced = false
  /** What was decided, with its reason, for the tick's summary. */
  decisions: Array<string> = []
  /** Fills taken from the order-manager and not yet in a position: a step that fails between loses none. */
  readonly fills: Array<{ readonly fill: Fill; readonly intent: Intent }> = []
  private taken: { readonly atMs: number; readonly views: ReadonlyArray<WindowView> } | undefined
  private readonly lastDeclined = new Map<string, string>()

  begin(tick: number, nowMs: number): void {
    this.tick = tick
    this.beganAtMs = nowMs
    this.cashMicroUsd = ZERO_USD
    this.promised = new Set()
    this.areOrdersSynced = false
    this.decisions = []
    this.taken = undefined
  }

  /** The windows with their books, as taken in this tick. */
  viewsAt(nowMs: number): ReadonlyArray<WindowView> | undefined {
    return this.taken !== undefined && nowMs - this.taken.atMs <= VIEWS_SERVE_MS
      ? this.taken.views
      : undefined
  }

  keepViews(views: ReadonlyArray<WindowView>, nowMs: number): void {
    this.taken = { atMs: nowMs, views }
  }

  /** What we did may have changed the books or the windows: they are taken anew. */
  forgetViews(): void {
    this.taken = undefined
  }

  /** Notes why something was not done; the same reason for the same subject only when it is new. */
  decline(decline: Decline): void {
    const key = `${decline.module} ${decline.subject}`
    if (this.lastDeclined.get(key) === decline.reason) return
    this.lastDeclined.delete(key)
    this.lastDeclined.set(key, decline.reason)
    const oldest = this.lastDeclined.keys().next()
    if (this.lastDeclined.size > REMEMBERED_DECLINES && oldest.done !== true)
      this.lastDeclined.delete(oldest.value)
    this.decisions.push(`${decline.module}: ${decline.subject}: ${decline.reason}`)
  }
}

/** Subjects whose last reason is remembered. */
const REMEMBERED_DECLINES = 256

const spotViews = (views: ReadonlyArray<WindowView>) =>
  Effect.gen(function* () {
    const spot = yield* Spot
    const found = new Map<Asset, SpotView>()
    for (const asset of new Set(views.map(({ window }) => window.asset))) {
      const view = yield* spot.view(asset)
      if (view !== undefined) found.set(asset, view)
    }
    return found
  })

/**
 * The windows with their books: read once in a tick and again after an order was sent, so that the steps of a tick decide on
 * the same books and the venue is not asked for each of them by every step.
 */
export const takeViews = (
  memory: TickMemory
): Effect.Effect<ReadonlyArray<WindowView>, never, WindowManager> =>
  Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    const taken = memory.viewsAt(nowMs)
    if (taken !== undefined) return taken
    const views = yield* Effect.flatMap(WindowManager, (windows) => windows.views)
    memory.keepViews(views, nowMs)
    return views
  })

/** The world as the decision modules see it now. */
export const contextOf = (
  memory: TickMemory
): Effect.Effect<TradingContext, never, Spot | WindowManager | OrderManager | PositionManager | Reconciler> =>
  Effect.gen(function* () {
    const views = yield* takeViews(memory)
    return {
      nowMs: yield* Clock.currentTimeMillis,
      views,
      spot: yield* spotViews(views),
      positions: yield* Effect.flatMap(PositionManager, ({ open }) => open),
      atStake: yield* Effect.flatMap(PositionManager, ({ atStake }) => atStake),
      openOrders: yield* Effect.flatMap(OrderManager, ({ openOrders }) => openOrders),
      cashMicroUsd: memory.cashMicroUsd,
      bars: yield* Effect.flatMap(Reconciler, ({ bars }) => bars)
    }
  })
