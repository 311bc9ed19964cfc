/** Cancelling, and making sure. */
import { Clock, Effect } from "effect"
import { type OrderId, isOpen } from "../../domain/order.ts"
import type { ExchangeError } from "../../ports/exchange.ts"
import type { PersistenceError } from "../../ports/persistence.ts"
import { judge, wordOf } from "./judge.ts"
import { type Desk, ask, flush, isOurs } from "./desk.ts"

/** Orders re-read at a time after a cancel. */
const READS_AT_ONCE = 4
/** A cancel that leaves open orders is tried again this often. */
const ROUNDS = 2

/**
 * Cancels, then reads each order again: a cancel does not say how much was filled before it, and one that failed has its
 * reason in the order. A read that fails is left to the next questions.
 */
const cancelNow = (
  desk: Desk,
  orderIds: ReadonlyArray<OrderId>,
  reason: string
): Effect.Effect<void, ExchangeError> =>
  Effect.gen(function* () {
    if (orderIds.length === 0) return
    const outcome = yield* desk.exchange.cancel(orderIds)
    const nowMs = yield* Clock.currentTimeMillis
    for (const orderId of outcome.cancelled) {
      desk.register.learn(orderId, { _tag: "CancelConfirmed", reason, atMs: nowMs }, nowMs)
    }
    for (const [orderId, words] of outcome.notCancelled) {
      yield* Effect.logInfo("order_not_cancelled").pipe(
        Effect.annotateLogs({ module: "order-manager", orderId, words })
      )
    }
    yield* Effect.forEach(
      orderIds,
      (orderId) =>
        ask(desk, orderId).pipe(
          Effect.catchAll((error) => Effect.logWarning("order_not_read_after_cancel", error)),
          Effect.annotateLogs({ module: "order-manager", orderId })
        ),
      { concurrency: READS_AT_ONCE, discard: true }
    )
  })

export const cancel = (
  desk: Desk,
  orderIds: ReadonlyArray<OrderId>,
  reason: string
): Effect.Effect<void, ExchangeError | PersistenceError> =>
  Effect.gen(function* () {
    const open = orderIds.filter((orderId) => {
      const order = desk.register.get(orderId)
      return order !== undefined && isOpen(order)
    })
    yield* cancelNow(desk, open, reason)
    yield* flush(desk)
  })

const openIds = (desk: Desk): ReadonlyArray<OrderId> =>
  desk.register
    .all()
    .filter(isOpen)
    .map((order) => order.orderId)

/** Reads the venue's open orders; returns ours. */
const openAtVenue = (desk: Desk): Effect.Effect<ReadonlyArray<OrderId>, ExchangeError | PersistenceError> =>
  Effect.gen(function* () {
    const listed = yield* desk.exchange.openOrders
    const ours = yield* Effect.filter(listed, (order) => isOurs(desk, order.orderId))
    yield* Effect.forEach(ours, (order) => judge(desk, order.orderId, wordOf(order)), { discard: true })
    return ours.filter((order) => order.status === "live").map((order) => order.orderId)
  })

/**
 * Cancels all of ours and compares with the venue's open orders. `left` has those the venue still lists and those whose
 * outcome is still unknown: of neither can it be said that they will not trade.
 */
export const cancelAllAndVerify = (
  desk: Desk
): Effect.Effect<
  { readonly cancelled: number; readonly left: ReadonlyArray<OrderId> },
  ExchangeError | PersistenceError
> =>
  Effect.gen(function* () {
    const mine = new Set(openIds(desk))
    let left: ReadonlyArray<OrderId> = [...mine]
    for (let round = 0; round < ROUNDS; round++) {
      yield* cancelNow(desk, left, "cancelled at the stop")
      left = yield* openAtVenue(desk)
      for (const orderId of left) mine.add(orderId)
      if (left.length === 0) break
    }
    yield* flush(desk)
    const orders = [...mine].flatMap((orderId) => desk.register.get(orderId) ?? [])
    const unresolved = orders.filter(({ status }) => status === "unknown" || status === "pending")
    return {
      cancelled: orders.filter(({ orderId, status }) => status === "cancelled" && !left.includes(orderId))
        .length,
      left: [...new Set([...left, ...unresolved.map(({ orderId }) => orderId)])]
    }
  })
