/** Startup is recovery: the same way on a first boot and after a crash. */
import { Clock, Effect } from "effect"
import { isOpen } from "../../domain/order.ts"
import type { ExchangeError } from "../../ports/exchange.ts"
import type { PersistenceError } from "../../ports/persistence.ts"
import { type Desk, ask, flush, isOurs } from "./desk.ts"
import { judge, wordOf } from "./judge.ts"

/** Takes up the journal's orders with their fills. An order that was never answered may have been sent. */
const takeUp = (desk: Desk): Effect.Effect<void, PersistenceError> =>
  Effect.gen(function* () {
    const { fills, orders } = yield* desk.journal.load
    const nowMs = yield* Clock.currentTimeMillis
    const known = new Set(orders.map((order) => order.orderId))
    const others = new Set(fills.map((fill) => fill.orderId).filter((orderId) => !known.has(orderId)))
    const looked = yield* Effect.forEach(others, (orderId) => desk.journal.orderById(orderId))
    for (const order of [...orders, ...looked]) {
      if (order === undefined) continue
      const own = fills.filter((fill) => fill.orderId === order.orderId)
      desk.register.adopt(order, own, nowMs)
      if (order.status === "pending") {
        const reason = "stopped before the answer was recorded"
        desk.register.learn(order.orderId, { _tag: "OutcomeUnknown", reason, atMs: nowMs }, nowMs)
      }
    }
  })

/**
 * Reads the journal, then asks the venue: its open orders, every order that may still trade, and the trades of every
 * window of an order. Fills the journal lacks wait for the first sync. Fails where the venue cannot be asked: nothing is
 * traded on half a picture.
 */
export const recover = (desk: Desk): Effect.Effect<void, ExchangeError | PersistenceError> =>
  Effect.gen(function* () {
    yield* takeUp(desk)
    for (const order of yield* desk.exchange.openOrders) {
      if (yield* isOurs(desk, order.orderId)) yield* judge(desk, order.orderId, wordOf(order))
    }
    for (const order of desk.register.all().filter(isOpen)) yield* ask(desk, order.orderId)
    for (const conditionId of new Set(desk.register.all().map((order) => order.intent.conditionId))) {
      const trades = yield* desk.exchange.trades(conditionId)
      const nowMs = yield* Clock.currentTimeMillis
      for (const trade of trades) desk.register.trade(trade, nowMs)
    }
    yield* flush(desk)
    const { open, unknown } = desk.register.counts()
    yield* Effect.logInfo("orders_recovered").pipe(
      Effect.annotateLogs({ module: "order-manager", orders: desk.register.all().length, open, unknown })
    )
  })
