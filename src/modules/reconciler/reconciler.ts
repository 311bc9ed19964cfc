/** The reconciler module: memory, journal and venue compared at the start, after lost news, and every so often. */
import { Clock, Effect, Layer, Ref } from "effect"
import { type Difference, differenceKey } from "../../domain/reconciliation.ts"
import { Exchange, type ExchangeError } from "../../ports/exchange.ts"
import { monotonicMs } from "../../ports/monotonic.ts"
import { Persistence, type PersistenceError } from "../../ports/persistence.ts"
import { type ReconciliationCause, ReconciliationRefused, Reconciler } from "../../ports/reconciliation.ts"
import { OrderManager, PositionManager } from "../../ports/trading.ts"
import { type Books, compareBooks } from "./books.ts"
import { ageOf, taken, unhealed } from "./findings.ts"
import { type Memory, FIRST_MEMORY, barsNow, causeOf, stateOf } from "./memory.ts"
import { Settings } from "./settings.ts"

export { Settings } from "./settings.ts"

/** How a comparison is made. */
export interface Ways {
  /** The comparison was asked for by itself: it cancels nothing at the venue. */
  readonly onDemand: boolean
  /** The operator takes the cash at the venue as it is. */
  readonly acceptCash: boolean
}

const IN_THE_DAEMON: Ways = { onDemand: false, acceptCash: false }

interface Parts extends Books {
  readonly orders: typeof OrderManager.Service
  readonly memory: Ref.Ref<Memory>
  readonly ways: Ways
}

const tell = (difference: Difference) => {
  const { _tag, healing, ...fields } = difference
  const log = healing === "escalated" ? Effect.logError : Effect.logInfo
  return log("books_differ").pipe(
    Effect.annotateLogs({ module: "reconciler", difference: _tag, healing, ...fields })
  )
}

/** Compares everything once and takes up what was found. */
const compare = <E, R>(parts: Parts, cause: ReconciliationCause, book: Effect.Effect<void, E, R>) =>
  Effect.gen(function* () {
    const { journal, memory, orders, settings, ways } = parts
    const before = (yield* Ref.get(memory)).findings
    const streams = yield* parts.exchange.newsStreams
    const ofOrders = yield* orders.compare({ acts: !ways.onDemand })
    yield* book
    const begunMs = yield* monotonicMs
    const cashAgeMs = Math.max(
      ...["short", "over"].map((way) => ageOf(before, `CashDiffers ${way}`, begunMs))
    )
    const { booked, differences } = yield* compareBooks(parts, {
      hasCashLasted: cashAgeMs >= settings.escalateAfterMs && cashAgeMs > 0,
      acceptCash: ways.acceptCash
    })
    const found = [...ofOrders, ...(yield* orders.notBooked(booked.fillKeys)), ...differences]
    const nowMs = yield* monotonicMs
    const { findings, gone, news } = taken(before, found, nowMs, settings.escalateAfterMs)
    yield* Effect.forEach(news, tell, { discard: true })
    const summary = {
      cause,
      differences: findings.differences.length,
      unhealed: unhealed(findings).length,
      gone: gone.map(differenceKey).join(", ")
    }
    const isWorthKeeping = news.length > 0 || gone.length > 0 || (cause !== "timer" && cause !== "recheck")
    if (isWorthKeeping) yield* journal.recordEvent("reconciled", { ...summary, news })
    yield* (isWorthKeeping ? Effect.logInfo : Effect.logDebug)("reconciled").pipe(
      Effect.annotateLogs({ module: "reconciler", ...summary })
    )
    const atMs = yield* Clock.currentTimeMillis
    yield* Ref.update(memory, (now) => ({
      ...now,
      findings,
      streams,
      runs: now.runs + 1,
      triedMs: nowMs,
      hasFailed: false,
      lastAtMs: atMs,
      lastCause: cause
    }))
    return findings
  }).pipe(
    Effect.tapError(() =>
      Effect.flatMap(monotonicMs, (nowMs) =>
        Ref.update(parts.memory, (now) => ({
          ...now,
          failures: now.failures + 1,
          triedMs: nowMs,
          hasFailed: true
        }))
      )
    )
  )

const isPassing = (error: ExchangeError | PersistenceError): error is ExchangeError =>
  error._tag === "ExchangeError" && error.reason._tag !== "AuthFailed"

const putOff = (error: ExchangeError) =>
  Effect.logWarning("reconciliation_put_off", error).pipe(Effect.annotateLogs({ module: "reconciler" }))

/**
 * Before anything is traded: the fills that were missed are booked, and the books compared. Where the venue cannot be asked
 * just now the daemon comes up all the same, for what is open must be looked after: nothing is entered until a tick has compared.
 */
const compareAtStart = (
  parts: Parts
): Effect.Effect<void, ExchangeError | PersistenceError | ReconciliationRefused> =>
  Effect.gen(function* () {
    const { settings, ways } = parts
    const book = Effect.gen(function* () {
      for (const { fill, intent } of yield* parts.orders.sync) yield* parts.positions.applyFill(fill, intent)
    })
    const comparing = Effect.zipRight(book, compare(parts, ways.onDemand ? "demand" : "start", book))
    if (settings.startWithDifferences === "hold" && !ways.onDemand) {
      return yield* comparing.pipe(Effect.asVoid, Effect.catchIf(isPassing, putOff))
    }
    const left = unhealed(yield* comparing)
    if (ways.onDemand || left.length === 0) return
    return yield* new ReconciliationRefused({
      module: "reconciler",
      operation: "start",
      reason: "Differences",
      message: `books and venue differ, and the settings refuse to start so: ${left.map((one) => JSON.stringify(one)).join("; ")}`
    })
  })

/** `ways` are those of `tradewind reconcile`; left out, those of the daemon. */
export const layerConfig = (
  settings: typeof Settings.Type,
  ways: Ways = IN_THE_DAEMON
): Layer.Layer<
  Reconciler,
  ExchangeError | PersistenceError | ReconciliationRefused,
  Exchange | Persistence | OrderManager | PositionManager
> =>
  Layer.effect(
    Reconciler,
    Effect.gen(function* () {
      const orders = yield* OrderManager
      const memory = yield* Ref.make(FIRST_MEMORY)
      const parts: Parts = {
        exchange: yield* Exchange,
        journal: yield* Persistence,
        positions: yield* PositionManager,
        settled: new Map(),
        orders,
        memory,
        settings,
        ways
      }
      yield* compareAtStart(parts)
      const bars = Effect.zipWith(Ref.get(memory), orders.barred, barsNow)
      return {
        ifDue: (book) =>
          Effect.gen(function* () {
            const streams = yield* parts.exchange.newsStreams
            const cause = causeOf(yield* Ref.get(memory), streams, yield* monotonicMs, settings)
            if (cause !== undefined) yield* compare(parts, cause, book)
          }),
        bars,
        state: Effect.zipWith(Ref.get(memory), bars, stateOf)
      }
    })
  )
