/** Steps 1 to 3 of a tick up to the settlement: take in what the world says. */
import { Clock, Effect } from "effect"
import { formatPrice, formatShares, formatUsd } from "../../domain/decimal.ts"
import { ZERO_USD, addUsd, subUsd } from "../../domain/money.ts"
import type { Position } from "../../domain/position.ts"
import type { Resolution } from "../../domain/window.ts"
import { Exchange } from "../../ports/exchange.ts"
import { Reconciler } from "../../ports/reconciliation.ts"
import { Spot } from "../../ports/spot.ts"
import { OrderManager, PositionManager, Safety, WindowManager } from "../../ports/trading.ts"
import type { Step } from "../step.ts"
import { type TickMemory, type TradingServices, takeViews } from "./tick-memory.ts"

const beginTick = (memory: TickMemory): Step<TradingServices> => ({
  module: "safety",
  operation: "begin-tick",
  run: (tick) =>
    Effect.gen(function* () {
      memory.begin(tick, yield* Clock.currentTimeMillis)
      yield* Effect.flatMap(Safety, (safety) => safety.beginTick(tick))
    })
})

const refreshSpot: Step<TradingServices> = {
  module: "spot",
  operation: "refresh",
  run: () => Effect.flatMap(Spot, (spot) => spot.refresh)
}

const rollWindows: Step<TradingServices> = {
  module: "window-manager",
  operation: "roll",
  run: () => Effect.flatMap(WindowManager, (windows) => windows.roll)
}

const readCash = (memory: TickMemory): Step<TradingServices> => ({
  module: "polymarket",
  operation: "read-cash",
  run: () =>
    Effect.flatMap(Exchange, (exchange) => exchange.cashMicroUsd).pipe(
      Effect.map((cash) => void (memory.cashMicroUsd = cash))
    )
})

/** Takes the orders' news and puts their fills into positions; what fails between waits in memory. */
const bookFills = (memory: TickMemory) =>
  Effect.gen(function* () {
    memory.fills.push(...(yield* Effect.flatMap(OrderManager, (orders) => orders.sync)))
    const positions = yield* PositionManager
    for (let next = memory.fills[0]; next !== undefined; next = memory.fills[0]) {
      const { fill, intent } = next
      yield* positions.applyFill(fill, intent)
      memory.fills.shift()
      const log = fill.status === "matched" ? Effect.logInfo : Effect.logDebug
      yield* log("fill", {
        module: "position-manager",
        window: fill.slug,
        fill: `${fill.side} ${formatShares(fill.sizeMicroShares)} ${intent.outcome} at ${formatPrice(fill.priceTicks)}`,
        feeUsd: formatUsd(fill.feeMicroUsd),
        status: fill.status,
        role: fill.role,
        tradeId: fill.tradeId
      })
    }
  })

const syncOrders = (memory: TickMemory): Step<TradingServices> => ({
  module: "order-manager",
  operation: "sync",
  run: () =>
    Effect.map(bookFills(memory), () => {
      memory.areOrdersSynced = true
    })
})

/** Where it is due, memory, journal and venue are compared; the fills this brings are booked on the way. */
const reconcile = (memory: TickMemory): Step<TradingServices> => ({
  module: "reconciler",
  operation: "reconcile",
  run: () => Effect.flatMap(Reconciler, (reconciler) => reconciler.ifDue(bookFills(memory)))
})

const resolveUnknown: Step<TradingServices> = {
  module: "order-manager",
  operation: "resolve-unknown",
  capability: "cancel",
  run: () => Effect.flatMap(OrderManager, (orders) => orders.resolveUnknown)
}

/** After the settlement: what is over is not sold any more. */
const resendLost: Step<TradingServices> = {
  module: "order-manager",
  operation: "resend-lost",
  capability: "exit",
  run: () => Effect.flatMap(OrderManager, (orders) => orders.resendLost)
}

const logSettlement = (resolution: Resolution, closed: ReadonlyArray<Position>) =>
  Effect.logInfo("window_settled", {
    module: "position-manager",
    window: resolution.slug,
    outcome: resolution.outcome,
    positions: closed.length,
    pnlUsd: formatUsd(
      closed.reduce(
        (sum, position) => addUsd(sum, subUsd(position.realizedPnlMicroUsd, position.feesMicroUsd)),
        ZERO_USD
      )
    )
  })

const settleWindows = (memory: TickMemory): Step<TradingServices> => ({
  module: "window-manager",
  operation: "settle",
  capability: "settle",
  run: () =>
    Effect.gen(function* () {
      const windows = yield* WindowManager
      const positions = yield* PositionManager
      yield* positions.expire(yield* takeViews(memory))
      for (const resolution of yield* windows.resolutions) {
        const closed = yield* positions.settle(resolution)
        yield* windows.settled(resolution.slug)
        memory.forgetViews()
        yield* logSettlement(resolution, closed)
      }
    })
})

/** Market data first, then our orders' news, then settlement: decisions see all of it. */
export const marketSteps = (memory: TickMemory): ReadonlyArray<Step<TradingServices>> => [
  beginTick(memory),
  refreshSpot,
  rollWindows,
  // What the questions bring waits in the order-manager for the sync: it is booked before anything is decided.
  resolveUnknown,
  syncOrders(memory),
  settleWindows(memory),
  reconcile(memory),
  resendLost,
  readCash(memory)
]
