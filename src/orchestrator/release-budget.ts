/** How long each release may take, so that the total deadline holds and the last modules get their time. */
import { Deferred, Duration, Effect, Fiber, Option } from "effect"
import { monotonicMs } from "../ports/monotonic.ts"

/** What a module gets at least, when hangs before it have used everything that is not reserved. */
const LEAST_MS = 50
/** What a release gets once a second signal has asked to hurry, unless more is reserved for it. */
const HURRIED_MS = 500

export interface ReleaseBudgetOptions {
  readonly modules: ReadonlyArray<{ readonly name: string; readonly reservedShutdownMs: number }>
  readonly moduleShutdownTimeoutMs: number
  /** Done when waits shall be cut short. */
  readonly hurry: Deferred.Deferred<void>
}

/** Time left and who still needs some of it. Without a deadline (a rollback of init) only the module's own bound counts. */
export class ReleaseBudget {
  /** On the monotonic clock. */
  deadlineMs = Number.POSITIVE_INFINITY
  /** True where a release was cut because the total deadline was near, or because of a second signal. */
  forced = false
  private readonly options: ReleaseBudgetOptions

  constructor(options: ReleaseBudgetOptions) {
    this.options = options
  }

  /** Time that all releases together are sure to get. */
  get reservedMs(): number {
    return reservedOf(this.options.modules)
  }

  /** The bound of a module's release if it began at `nowMs`. */
  boundMs(name: string, nowMs: number): number {
    if (this.deadlineMs === Number.POSITIVE_INFINITY) return this.ownBoundMs(name)
    const { modules } = this.options
    const index = modules.findIndex((module) => module.name === name)
    const later = modules.slice(0, Math.max(0, index))
    const left = this.deadlineMs - nowMs - reservedOf(later)
    return Math.max(LEAST_MS, Math.min(this.ownBoundMs(name), left))
  }

  /** The bound of a module's release while there is plenty of time. */
  private ownBoundMs(name: string): number {
    return Math.max(this.options.moduleShutdownTimeoutMs, this.reservedFor(name))
  }

  private reservedFor(name: string): number {
    return this.options.modules.find((module) => module.name === name)?.reservedShutdownMs ?? 0
  }

  /** Waits for a result within the module's bound, which shrinks when a second signal comes. */
  bounded<A>(
    name: string,
    wait: Effect.Effect<A>
  ): Effect.Effect<{ readonly boundMs: number; readonly result: Option.Option<A> }> {
    return Effect.gen(this, function* () {
      const nowMs = yield* monotonicMs
      const boundMs = this.boundMs(name, nowMs)
      const hurried = Effect.zipRight(
        Deferred.await(this.options.hurry),
        Effect.sleep(Duration.millis(Math.min(Math.max(HURRIED_MS, this.reservedFor(name)), boundMs)))
      )
      // On a fiber of its own: this one may be an init that was interrupted, on which no wait that can be cut would wait at all.
      const waiting = yield* wait.pipe(
        Effect.timeoutOption(Duration.millis(boundMs)),
        Effect.raceFirst(Effect.as(hurried, Option.none<A>())),
        Effect.interruptible,
        Effect.forkDaemon
      )
      const result = yield* Fiber.join(waiting)
      const wasCut = boundMs < this.ownBoundMs(name) || (yield* Deferred.isDone(this.options.hurry))
      if (Option.isNone(result) && wasCut) this.forced = true
      return { boundMs, result }
    }).pipe(Effect.uninterruptible)
  }
}

const reservedOf = (modules: ReleaseBudgetOptions["modules"]): number =>
  modules.reduce((sum, module) => sum + Math.max(LEAST_MS, module.reservedShutdownMs), 0)
