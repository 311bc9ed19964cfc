/** Taking in the account's news, and asking where news do not come. */
import { Clock, Effect, Ref } from "effect"
import type { AccountUpdate, ExchangeError } from "../../ports/exchange.ts"
import type { PersistenceError } from "../../ports/persistence.ts"
import { monotonicMs } from "../../ports/monotonic.ts"
import { doubtOf } from "./attention.ts"
import { type Desk, ask, flush, isOurs } from "./desk.ts"
import { factOfOrder } from "./facts.ts"
import type { OwnFill } from "./register.ts"

const orderIdOf = (update: AccountUpdate) =>
  update._tag === "OrderUpdate" ? update.order.orderId : update.trade.orderId

const takeIn = (desk: Desk, update: AccountUpdate): Effect.Effect<void, PersistenceError> =>
  Effect.gen(function* () {
    if (!(yield* isOurs(desk, orderIdOf(update)))) return
    const nowMs = yield* Clock.currentTimeMillis
    if (update._tag === "TradeUpdate") desk.register.trade(update.trade, nowMs)
    else desk.register.learn(update.order.orderId, factOfOrder(update.order, update.note, update.atMs), nowMs)
  })

/**
 * Applies the news and returns the fills. News are taken from the venue only once: they wait in `inbox` until they are
 * applied, and fills wait in the register until this succeeds, so that neither a failure nor an interruption loses any.
 */
export const sync = (
  desk: Desk,
  inbox: Ref.Ref<ReadonlyArray<AccountUpdate>>
): Effect.Effect<ReadonlyArray<OwnFill>, PersistenceError> =>
  Effect.gen(function* () {
    if ((yield* Ref.get(inbox)).length === 0) {
      yield* Effect.uninterruptible(
        Effect.flatMap(desk.exchange.takeUpdates, (updates) => Ref.set(inbox, updates))
      )
    }
    for (const update of yield* Ref.get(inbox)) {
      yield* takeIn(desk, update)
      yield* Ref.update(inbox, (waiting) => waiting.slice(1))
    }
    yield* flush(desk)
    return desk.register.takeFills()
  })

/** Tells an outcome that has not been known for long, whether the venue can be asked or not. */
const tellUnknown = (desk: Desk): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (const { intent, orderId } of desk.troubles.longUnknown(desk.register.all(), yield* monotonicMs)) {
      yield* Effect.logError("order_unknown").pipe(
        Effect.annotateLogs({
          module: "order-manager",
          orderId,
          slug: intent.slug,
          side: intent.side,
          sinceMs: desk.settings.unknownAlertMs,
          meaning: "it may rest or have traded; nothing is entered in its instrument until that is known"
        })
      )
    }
  })

/** Asks about the orders that are due, a bounded number in a call. */
export const resolveUnknown = (desk: Desk): Effect.Effect<void, ExchangeError | PersistenceError> =>
  Effect.gen(function* () {
    yield* tellUnknown(desk)
    const due = desk.register.due(yield* Clock.currentTimeMillis).slice(0, desk.settings.maxAsksPerCall)
    for (const { asks, order } of due) {
      if (asks === 0 && doubtOf(order) === "unsettled") {
        yield* Effect.logWarning("fill_unsettled").pipe(
          Effect.annotateLogs({ module: "order-manager", orderId: order.orderId, slug: order.intent.slug })
        )
      }
      yield* ask(desk, order.orderId)
    }
    yield* flush(desk)
  })
