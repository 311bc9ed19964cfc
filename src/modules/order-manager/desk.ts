/** The register with the journal and the venue behind it: what the operations of the order-manager share. */
import { Clock, Effect } from "effect"
import { type Intent, type Order, type OrderId, isFinalFill, isOpen } from "../../domain/order.ts"
import { evidenceOf } from "../../domain/order-state.ts"
import type { Exchange, ExchangeError, PlaceOutcome, VenueOrder, VenueTrade } from "../../ports/exchange.ts"
import type { Persistence, PersistenceError } from "../../ports/persistence.ts"
import type { PositionManager } from "../../ports/trading.ts"
import { monotonicMs } from "../../ports/monotonic.ts"
import { doubtOf, isGivenUp } from "./attention.ts"
import { type Judgement, balanceSpeaksFor, judge, wordOf } from "./judge.ts"
import type { Register } from "./register.ts"
import type { Settings } from "./settings.ts"
import type { Troubles } from "./troubles.ts"

export interface Desk {
  readonly register: Register
  readonly troubles: Troubles
  readonly exchange: typeof Exchange.Service
  readonly journal: typeof Persistence.Service
  readonly positions: typeof PositionManager.Service
  readonly settings: typeof Settings.Type
  /** One permit: the journal gets an order's states in the order they came about. */
  readonly lock: Effect.Semaphore
  /** What became of each intent that was taken up to be sent. */
  readonly outcomes: WeakMap<Intent, PlaceOutcome>
}

/** Stores every order that changed. What cannot be stored stays to be stored, and the first failure is raised. */
export const flush = (desk: Desk): Effect.Effect<void, PersistenceError> =>
  Effect.suspend(() =>
    Effect.forEach(
      desk.register.dirty(),
      (order) =>
        Effect.zipRight(
          desk.journal.recordOrder(order),
          Effect.sync(() => desk.register.recorded(order))
        ),
      { discard: true }
    )
  ).pipe(Effect.uninterruptible, desk.lock.withPermits(1))

/** Is this order ours? One that memory has let go is taken up from the journal again; others are reported, never adopted. */
export const isOurs = (desk: Desk, orderId: OrderId): Effect.Effect<boolean, PersistenceError> =>
  Effect.gen(function* () {
    if (desk.register.get(orderId) !== undefined) return true
    if (desk.register.isForeign(orderId)) return false
    const order = yield* desk.journal.orderById(orderId)
    if (order !== undefined) {
      if (desk.register.get(orderId) === undefined) {
        desk.register.adopt(order, [], yield* Clock.currentTimeMillis)
      }
      return true
    }
    if (desk.register.isNewForeign(orderId)) {
      yield* Effect.logWarning("foreign_order").pipe(
        Effect.annotateLogs({ module: "order-manager", account: desk.exchange.account, orderId })
      )
    }
    return false
  })

/** The venue's trades of an order's window are asked for where they can tell something. */
const needsTrades = (desk: Desk, orderId: OrderId, found: VenueOrder | undefined): boolean => {
  const order = desk.register.get(orderId)
  if (order === undefined) return false
  const doubt = doubtOf(order)
  return (
    found === undefined ||
    found.filledMicroShares > order.filledMicroShares ||
    // Its last fill may have crossed its end.
    (found.status !== "live" && isOpen(order)) ||
    doubt === "late" ||
    evidenceOf(order).fills.some((fill) => !isFinalFill(fill.status))
  )
}

/** The venue may hold shares that the order explains so many times as long as an order is looked for at all. */
const PATIENCE_WITH_BALANCE = 5

/** The venue knows neither the order nor a trade of it; in time that is an answer too, if its balances agree. */
const notFound = (desk: Desk, order: Order): Effect.Effect<void, ExchangeError> =>
  Effect.gen(function* () {
    const { orderId } = order
    // Not by the order's age: the wall clock may have been put since it was sent.
    const missingForMs = desk.register.missingForMs(orderId, yield* monotonicMs)
    if (!isGivenUp(order, missingForMs, desk.settings)) return
    const log = Effect.annotateLogs({ module: "order-manager", orderId, was: order.status })
    if (order.status !== "live" && (yield* balanceSpeaksFor(desk, order))) {
      yield* Effect.logError("order_not_found_but_balance_differs").pipe(log)
      if (missingForMs < desk.settings.unknownTimeoutMs * PATIENCE_WITH_BALANCE) return
    }
    const nowMs = yield* Clock.currentTimeMillis
    desk.register.learn(
      orderId,
      order.status === "live"
        ? { _tag: "CancelConfirmed", reason: "the venue no longer knows it", atMs: nowMs }
        : { _tag: "NeverReached", atMs: nowMs },
      nowMs
    )
    yield* Effect.logWarning("order_not_found").pipe(log)
  })

/**
 * Asks the venue about one order: by its id, then by its window's trades (where they are not at hand), at last by the balance.
 * Takes in what it says.
 */
export const ask = (
  desk: Desk,
  orderId: OrderId,
  known?: ReadonlyArray<VenueTrade>
): Effect.Effect<Judgement | undefined, ExchangeError> =>
  Effect.gen(function* () {
    const found = yield* desk.exchange.order(orderId)
    const order = desk.register.get(orderId)
    if (order === undefined) return undefined
    const trades =
      known === undefined && needsTrades(desk, orderId, found)
        ? yield* desk.exchange.trades(order.intent.conditionId)
        : known
    const judgement = yield* judge(desk, orderId, wordOf(found, trades))
    // Trades of other orders of the window came along.
    const nowMs = yield* Clock.currentTimeMillis
    for (const trade of trades ?? []) desk.register.trade(trade, nowMs)
    if (judgement !== undefined && found === undefined && judgement.verdict !== "wait") {
      yield* notFound(desk, judgement.order)
    }
    desk.register.asked(orderId, yield* Clock.currentTimeMillis)
    return judgement
  }).pipe(
    Effect.tapError(() =>
      Effect.map(Clock.currentTimeMillis, (nowMs) =>
        desk.register.askAt(orderId, nowMs + desk.settings.askIntervalMs)
      )
    )
  )
