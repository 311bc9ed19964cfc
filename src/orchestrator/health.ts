/** What is known of each module's condition. */
import { Cause, Clock, Deferred, Duration, Effect, Fiber, FiberId, Option } from "effect"
import type { Facts } from "./module.ts"
import { monotonicMs } from "../ports/monotonic.ts"

export const MODULE_STATUSES = [
  "pending",
  "initializing",
  "ready",
  "degraded",
  "error",
  "stopping",
  "stopped"
] as const
export type ModuleStatus = (typeof MODULE_STATUSES)[number]

export interface ModuleRecord {
  readonly name: string
  status: ModuleStatus
  sinceMs: number
  reason: string
  lastError:
    | { readonly atMs: number; readonly operation: string; readonly code: string; readonly message: string }
    | undefined
  initMs: number | undefined
  shutdownMs: number | undefined
  /** Between the end of its init and the begin of its release: only then failures change its status. */
  isUp: boolean
  /** Why it says of itself that it does not work fully; undefined where it does not say so. */
  ownWords: string | undefined
  /** Most failures in a row that one of its steps and fibers has had. */
  consecutiveFailures: number
  readFacts: Effect.Effect<Facts> | undefined
  facts: Facts
  /** On the monotonic clock: only their age is told. */
  factsAtMs: number | undefined
  /** Done when the question for facts that is under way has its answer; undefined where none is. */
  answered: Deferred.Deferred<void> | undefined
}

/** Modules in their order, with their condition. */
export class HealthRegistry {
  private readonly records = new Map<string, ModuleRecord>()

  register(name: string, nowMs: number): ModuleRecord {
    const record: ModuleRecord = {
      name,
      status: "pending",
      sinceMs: nowMs,
      reason: "",
      lastError: undefined,
      initMs: undefined,
      shutdownMs: undefined,
      isUp: false,
      ownWords: undefined,
      consecutiveFailures: 0,
      readFacts: undefined,
      facts: {},
      factsAtMs: undefined,
      answered: undefined
    }
    this.records.set(name, record)
    return record
  }

  get(name: string): ModuleRecord | undefined {
    return this.records.get(name)
  }

  all(): ReadonlyArray<ModuleRecord> {
    return [...this.records.values()]
  }

  clear(): void {
    this.records.clear()
  }
}

/** Moves a module to a status; the time since when changes only with the status. */
export const setStatus = (record: ModuleRecord, status: ModuleStatus, reason = ""): Effect.Effect<void> =>
  Effect.map(Clock.currentTimeMillis, (nowMs) => {
    if (record.status !== status) record.sinceMs = nowMs
    record.status = status
    record.reason = reason
  })

/** Told when reading a module's facts breaks. */
type OnBroken = (record: ModuleRecord, cause: Cause.Cause<never>) => Effect.Effect<void>

/** One question to a module at a time: where it does not even let itself be interrupted, no second one piles up. */
const ask = (record: ModuleRecord, read: Effect.Effect<Facts>, timeoutMs: number, onBroken: OnBroken) =>
  Effect.gen(function* () {
    const answered = Deferred.unsafeMake<void>(FiberId.none)
    record.answered = answered
    const fiber = yield* Effect.flatMap(read, (facts) =>
      Effect.map(monotonicMs, (nowMs) => {
        record.facts = facts
        record.factsAtMs = nowMs
      })
    ).pipe(
      Effect.interruptible,
      Effect.catchAllCause((cause) =>
        Cause.isInterruptedOnly(cause) ? Effect.void : onBroken(record, cause)
      ),
      Effect.ensuring(
        Effect.zipRight(
          Effect.sync(() => void (record.answered = undefined)),
          Deferred.succeed(answered, undefined)
        )
      ),
      Effect.uninterruptible,
      Effect.forkDaemon
    )
    const inTime = yield* answerWithin(answered, timeoutMs)
    if (Option.isNone(inTime)) yield* Fiber.interruptFork(fiber)
  }).pipe(Effect.uninterruptible)

const answerWithin = (answered: Deferred.Deferred<void>, timeoutMs: number) =>
  Effect.interruptible(Deferred.await(answered)).pipe(Effect.timeoutOption(Duration.millis(timeoutMs)))

/** Asks every module for its facts at once, each within the bound; who does not answer keeps the last answer. */
export const refreshFacts = (
  records: ReadonlyArray<ModuleRecord>,
  timeoutMs: number,
  onBroken: OnBroken
): Effect.Effect<void> =>
  Effect.forEach(
    records,
    (record) =>
      Effect.suspend(() => {
        if (record.readFacts === undefined) return Effect.void
        return record.answered === undefined
          ? ask(record, record.readFacts, timeoutMs, onBroken)
          : answerWithin(record.answered, timeoutMs)
      }),
    { concurrency: "unbounded", discard: true }
  )
