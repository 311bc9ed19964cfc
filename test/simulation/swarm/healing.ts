/** Liveness: once nothing goes wrong any more, everything is known, booked and stopped in order. */
import { Context, Deferred, Effect } from "effect"
import { fillKey } from "../../../src/domain/order.ts"
import type { VenueTrade } from "../../../src/ports/exchange.ts"
import { OrderManager } from "../../../src/ports/trading.ts"
import type { Orchestrator } from "../../../src/orchestrator/orchestrator.ts"
import type { Ground } from "./ground.ts"
import type { History, Life } from "./life.ts"
import { type Now, inProcess } from "./spells.ts"
import { tradesOf } from "./tick-checks.ts"

/** A daemon that is down, or was just going down, is up again within this. */
const UP_WITHIN_MS = 90_000
/** Within this, there is nothing that is not known. */
const KNOWN_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 500

const isUp = (life: Life | undefined): life is Life =>
  life?.services !== undefined && life.orchestrator !== undefined && life.ground !== undefined

/** Waits for a life whose loop runs, without a fault on it. */
const awaitUp = (history: History, now: Now) =>
  Effect.gen(function* () {
    const untilMs = history.nowMs() + UP_WITHIN_MS
    while (history.nowMs() < untilMs) {
      const life = now()
      if (life !== undefined) {
        life.mortal.skewMs = 0
        life.mortal.resume()
        life.halted.add("enter")
        life.halted.add("quote")
        const { orchestrator } = life
        if (orchestrator !== undefined) {
          const { phase } = yield* orchestrator.getState
          if (phase === "paused") yield* inProcess(life, orchestrator.resume)
          if (phase === "ready") yield* inProcess(life, Effect.ignore(orchestrator.start))
          if (phase === "running" && isUp(life)) return life
        }
      }
      yield* Effect.sleep(LOOK_EVERY_MS)
    }
    history.witness.expect(false, () => `no daemon is up ${UP_WITHIN_MS} ms after the last fault`)
    return undefined
  })

/** What is not known or not booked yet, in words. */
const unfinished = (life: Life, ground: Ground) =>
  Effect.gen(function* () {
    const { witness } = life.history
    if (life.services === undefined || life.journal === undefined) return ["it is not up"]
    const open = yield* Context.get(life.services, OrderManager).openOrders
    const resting = new Set((yield* ground.venue.openOrders).map(({ orderId }) => orderId))
    const { fills } = yield* life.journal.load
    const booked = new Set(fills.map(fillKey))
    const missing: Array<VenueTrade> = []
    for (const trade of yield* tradesOf(life, ground)) {
      const window = [...witness.windows.values()].find(
        ({ conditionId }) => conditionId === trade.conditionId
      )
      const isSettled =
        window !== undefined && (yield* life.journal.settledOutcome(window.slug)) !== undefined
      if (!isSettled && !booked.has(fillKey(trade))) missing.push(trade)
    }
    return [
      ...open
        .filter(({ status }) => status === "unknown" || status === "pending")
        .map(({ orderId, status }) => `${orderId} is ${status}`),
      ...open
        .filter(({ orderId, status }) => status === "live" && !resting.has(orderId))
        .map(({ orderId }) => `${orderId} counts as live and does not rest`),
      ...missing.map((trade) => `${fillKey(trade)} is not booked`)
    ]
  })

/** Waits until everything is known; false where the daemon went down meanwhile, for a stop it was told of before. */
const awaitKnown = (
  history: History,
  life: Life,
  ground: Ground,
  orchestrator: typeof Orchestrator.Service
) =>
  Effect.gen(function* () {
    const untilMs = history.nowMs() + KNOWN_WITHIN_MS
    for (;;) {
      if (life.mortal.isDead || (yield* orchestrator.getState).phase !== "running") return false
      const left = yield* unfinished(life, ground)
      if (left.length === 0) return true
      if (history.nowMs() >= untilMs) {
        history.witness.expect(false, () => `a minute after the last fault: ${left.join("; ")}`)
        return true
      }
      yield* Effect.sleep(LOOK_EVERY_MS)
    }
  })

/** Every trade of the venue is a fill of the journal, the same to the millionth, and the other way round. */
const compareLedgers = (life: Life, ground: Ground) =>
  Effect.gen(function* () {
    const { history, journal } = life
    if (journal === undefined) return
    const trades = yield* tradesOf(life, ground)
    const totals = yield* journal.totals
    history.witness.expect(
      totals.fills === trades.length,
      () => `the journal has ${totals.fills} fills, the venue ${trades.length} trades`
    )
  })

/** Stops the daemon, and compares what it says with what is so. */
const stopClean = (history: History, life: Life, ground: Ground, orchestrator: typeof Orchestrator.Service) =>
  Effect.gen(function* () {
    yield* inProcess(life, orchestrator.shutdown({ _tag: "Requested", by: "the simulation is over" }))
    const end = yield* Deferred.await(life.over)
    history.witness.expect(
      end._tag === "Stopped" && end.report.exitCode === 0 && end.report.verification.verified,
      () => `the last stop is not clean: ${JSON.stringify(end)}`
    )
    if (history.isInside) return
    const resting = yield* ground.venue.openOrders
    history.witness.expect(resting.length === 0, () => `${resting.length} orders rest after the stop`)
  })

/** Heals everything, waits, compares, and stops for good. `last` says that no further life is to begin. */
export const heal = (history: History, now: Now, last: () => void) =>
  Effect.gen(function* () {
    for (;;) {
      const life = yield* awaitUp(history, now)
      if (life?.ground === undefined || life.orchestrator === undefined) break
      const { ground, orchestrator } = life
      if (!(yield* awaitKnown(history, life, ground, orchestrator))) {
        yield* Deferred.await(life.over)
        continue
      }
      yield* compareLedgers(life, ground)
      last()
      return yield* stopClean(history, life, ground, orchestrator)
    }
    last()
    now()?.die()
  })
