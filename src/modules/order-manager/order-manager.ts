/** The order-manager module: every order's life, from the journalled intent to its last fill. */
import { Effect, Layer, Ref } from "effect"
import { type AccountUpdate, Exchange, type ExchangeError } from "../../ports/exchange.ts"
import { Persistence, type PersistenceError } from "../../ports/persistence.ts"
import { monotonicMs } from "../../ports/monotonic.ts"
import { OrderManager, PositionManager } from "../../ports/trading.ts"
import { cancel, cancelAllAndVerify } from "./cancel.ts"
import { compareOrders, notBooked } from "./compare.ts"
import type { Desk } from "./desk.ts"
import { recover } from "./recovery.ts"
import { Register } from "./register.ts"
import type { Settings } from "./settings.ts"
import { resendLost } from "./resend.ts"
import { submit } from "./submit.ts"
import { resolveUnknown, sync } from "./sync.ts"
import { Troubles } from "./troubles.ts"

export { Settings } from "./settings.ts"

export const layerConfig = (
  settings: typeof Settings.Type
): Layer.Layer<OrderManager, ExchangeError | PersistenceError, Exchange | Persistence | PositionManager> =>
  Layer.effect(
    OrderManager,
    Effect.gen(function* () {
      const exchange = yield* Exchange
      const journal = yield* Persistence
      const { orders } = yield* journal.totals
      const register = new Register(settings, orders)
      const lock = yield* Effect.makeSemaphore(1)
      const positions = yield* PositionManager
      const troubles = new Troubles(settings)
      const outcomes = new WeakMap()
      const desk: Desk = { register, troubles, exchange, journal, positions, settings, lock, outcomes }
      const oneSync = yield* Effect.makeSemaphore(1)
      const inbox = yield* Ref.make<ReadonlyArray<AccountUpdate>>([])
      yield* recover(desk)
      return {
        submit: (intent) => submit(desk, intent),
        sync: oneSync.withPermits(1)(sync(desk, inbox)),
        resolveUnknown: resolveUnknown(desk),
        resendLost: resendLost(desk),
        cancel: (orderIds, reason) => cancel(desk, orderIds, reason),
        cancelAllAndVerify: cancelAllAndVerify(desk),
        hasNewFills: Effect.sync(() => register.hasFills()),
        openOrders: Effect.sync(() => register.open()),
        compare: ({ acts }) => compareOrders(desk, acts),
        notBooked: (booked) => notBooked(desk, booked),
        barred: Effect.map(monotonicMs, (nowMs) => troubles.barred(register.all(), nowMs)),
        counts: Effect.sync(() => register.counts())
      }
    })
  )
