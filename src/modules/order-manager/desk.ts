/** The register with the journal and the venue behind it: what the operations of the order-manager share. */
import { Clock, Effect } from "effect"
import { type Intent, type OrderId, isFinalFill } from "../../domain/order.ts"
import { evidenceOf } from "../../domain/order-state.ts"
import type { Exchange, ExchangeError, PlaceOutcome, VenueOrder } from "../../ports/exchange.ts"
import type { Persistence, PersistenceError } from "../../ports/persistence.ts"
import { monotonicMs } from "../../ports/monotonic.ts"
import { doubtOf, isGivenUp } from "./attention.ts"
import { factOfOrder } from "./facts.ts"
import type { Register } from "./register.ts"
import type { Settings } from "./settings.ts"

export interface Desk {
  readonly register: Register
  readonly exchange: typeof Exchange.Service
  readonly journal: typeof Persistence.Service
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

/** Takes in what the venue says of an order. */
export const hear = (desk: Desk, order: VenueOrder): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (nowMs) =>
    desk.register.learn(order.orderId, factOfOrder(order, "", nowMs), nowMs)
  )

const needsTrades = (desk: Desk, orderId: OrderId, found: VenueOrder | undefined): boolean => {
  const order = desk.register.get(orderId)
  if (order === undefined) return false
  const doubt = doubtOf(order)
  return (
    found === undefined ||
    doubt === "late" ||
    evidenceOf(order).fills.some((fill) => !isFinalFill(fill.status))
  )
}

/** Asks for all our trades of an order's window. */
const askTrades = (desk: Desk, orderId: OrderId): Effect.Effect<void, ExchangeError> =>
  Effect.gen(function* () {
    const order = desk.register.get(orderId)
    if (order === undefined) return
    const trades = yield* desk.exchange.trades(order.intent.conditionId)
    const nowMs = yield* Clock.currentTimeMillis
    for (const trade of trades) desk.register.trade(trade, nowMs)
  })

/** The venue knows neither the order nor a trade of it; in time that is an answer too. */
const notFound = (desk: Desk, orderId: OrderId): Effect.Effect<void> =>
  Effect.gen(function* () {
    const order = desk.register.get(orderId)
    const nowMs = yield* Clock.currentTimeMillis
    // Not by the order's age: the wall clock may have been put since it was sent.
    const missingForMs = desk.register.missingForMs(orderId, yield* monotonicMs)
    if (order === undefined || !isGivenUp(order, missingForMs, desk.settings)) return
    desk.register.learn(
      orderId,
      order.status === "live"
        ? { _tag: "CancelConfirmed", reason: "the venue no longer knows it", atMs: nowMs }
        : { _tag: "NeverReached", atMs: nowMs },
      nowMs
    )
    yield* Effect.logWarning("order_not_found").pipe(
      Effect.annotateLogs({ module: "order-manager", orderId, was: order.status })
    )
  })

/** Asks the venue about one order, by its id and then by its window's trades, and takes in what it says. */
export const ask = (desk: Desk, orderId: OrderId): Effect.Effect<void, ExchangeError> =>
  Effect.gen(function* () {
    const found = yield* desk.exchange.order(orderId)
    if (found !== undefined) {
      desk.register.found(orderId)
      yield* hear(desk, found)
    }
    if (needsTrades(desk, orderId, found)) yield* askTrades(desk, orderId)
    if (found === undefined) yield* notFound(desk, orderId)
    desk.register.asked(orderId, yield* Clock.currentTimeMillis)
  }).pipe(
    Effect.tapError(() =>
      Effect.map(Clock.currentTimeMillis, (nowMs) =>
        desk.register.askAt(orderId, nowMs + desk.settings.askIntervalMs)
      )
    )
  )
