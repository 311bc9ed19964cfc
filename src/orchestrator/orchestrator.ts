/** The orchestrator: brings modules up in order, runs the loop over them, and takes everything down again. */
import {
  Cause,
  Context,
  Deferred,
  Effect,
  Exit,
  Fiber,
  FiberId,
  Layer,
  Option,
  Schema,
  type Stream
} from "effect"
import { ErrorLog, type ErrorReport } from "./error-log.ts"
import { type InitError, OrchestratorAlreadyInitialized, OrchestratorNotInitialized } from "./errors.ts"
import { refreshFacts } from "./health.ts"
import { monotonicMs } from "../ports/monotonic.ts"
import { EXIT_CODES, exitCodeOf } from "./policy.ts"
import { type OrchestratorConfig, type Run, bringUp, discard, makeRun, shutdownTarget } from "./run.ts"
import { OrchestratorSettings } from "./settings.ts"
import { type ShutdownReason, type ShutdownReport, hook, reasonText, runShutdown } from "./shutdown.ts"
import { snapshot } from "./snapshot.ts"
import type { OrchestratorState, Phase } from "./state.ts"
import { Supervisor, errorOf } from "./supervisor.ts"

/**
 * The lifecycle and the loop.
 *
 * - `init` brings the modules up in order; a failure at module k releases the k−1 before it and surfaces one error.
 * - `start`, `stop`, `pause`, `resume` steer the loop; each does nothing where there is nothing to do. `stop` waits for
 *   the running tick and keeps the modules.
 * - `shutdown` is single-flight: all callers get the first one's result. `hurry` cuts its waits short, and those of the
 *   next one where none is under way.
 * - `getState` answers in every phase, within `stateTimeoutMs`.
 */
export class Orchestrator extends Context.Tag("tradewind/Orchestrator")<
  Orchestrator,
  {
    readonly init: <R>(
      config: OrchestratorConfig<R>
    ) => Effect.Effect<void, OrchestratorAlreadyInitialized | InitError>
    readonly start: Effect.Effect<void, OrchestratorNotInitialized>
    readonly stop: Effect.Effect<void>
    readonly pause: Effect.Effect<void>
    readonly resume: Effect.Effect<void>
    readonly getState: Effect.Effect<OrchestratorState>
    readonly shutdown: (reason: ShutdownReason) => Effect.Effect<ShutdownReport>
    readonly hurry: Effect.Effect<void>
    /** The result of the shutdown, whoever asks for it. */
    readonly awaitShutdown: Effect.Effect<ShutdownReport>
    readonly errors: Stream.Stream<ErrorReport>
  }
>() {
  /** Shuts down when its scope closes, if nobody did before. */
  static readonly layer: Layer.Layer<Orchestrator> = Layer.scoped(
    Orchestrator,
    Effect.acquireRelease(
      Effect.suspend(() => Lifecycle.make),
      (lifecycle) =>
        lifecycle.isLive ? lifecycle.shutdown({ _tag: "Requested", by: "the scope closed" }) : Effect.void
    ).pipe(Effect.map((lifecycle) => lifecycle.service))
  )
}

type Stage = "idle" | "initializing" | "up" | "stopping" | "stopped"

class Lifecycle {
  private stage: Stage = "idle"
  private run: Run | undefined
  private ended: Deferred.Deferred<ShutdownReport> = Deferred.unsafeMake(FiberId.none)
  private readonly errors: ErrorLog
  /** Answers getState before the first init. */
  private readonly noRun: Supervisor

  private constructor(errors: ErrorLog, noRun: Supervisor) {
    this.errors = errors
    this.noRun = noRun
  }

  static readonly make: Effect.Effect<Lifecycle> = Effect.gen(function* () {
    const errors = yield* ErrorLog.make
    const noRun = yield* Supervisor.make(Schema.decodeSync(OrchestratorSettings)({}), errors)
    return new Lifecycle(errors, noRun)
  })

  /** Whether there is something to take down, or somebody at it. */
  get isLive(): boolean {
    return this.stage !== "idle" && this.stage !== "stopped"
  }

  get service(): Context.Tag.Service<Orchestrator> {
    return {
      init: (config) => this.init(config),
      start: this.start,
      stop: this.withLoop((run) => run.loop?.stop),
      pause: this.withLoop((run) => run.loop?.pause),
      resume: this.withLoop((run) => run.loop?.resume),
      getState: this.getState,
      shutdown: (reason) => this.shutdown(reason),
      hurry: Effect.suspend(() =>
        this.run === undefined ? Effect.void : Effect.asVoid(Deferred.succeed(this.run.hurry, undefined))
      ),
      awaitShutdown: Effect.suspend(() => Deferred.await(this.ended)),
      errors: this.errors.stream
    }
  }

  init<R>(config: OrchestratorConfig<R>): Effect.Effect<void, OrchestratorAlreadyInitialized | InitError> {
    return Effect.uninterruptibleMask((restore) =>
      Effect.gen(this, function* () {
        const run = yield* makeRun(config, this.errors)
        // From here to the last assignment nothing yields: whoever sees the stage sees the run that it is of.
        if (this.isLive) return yield* this.alreadyInitialized
        if (this.stage === "stopped") this.ended = Deferred.unsafeMake(FiberId.none)
        this.stage = "initializing"
        this.run = run
        const fiber = yield* Effect.forkDaemon(Effect.interruptible(bringUp(config, run)))
        yield* Deferred.succeed(run.initFiber, fiber)
        run.watcher = yield* this.watchFatal(run)
        const exit = yield* restore(Fiber.await(fiber)).pipe(
          Effect.onInterrupt(() => this.undoInit(run, fiber))
        )
        yield* this.afterInit(run, exit)
      })
    )
  }

  /** A fatal error in the background does not wait for the end of the init. */
  private watchFatal(run: Run): Effect.Effect<Fiber.RuntimeFiber<unknown>> {
    return Deferred.await(run.supervisor.fatal).pipe(
      Effect.flatMap((error) => this.shutdown({ _tag: "Fatal", error })),
      Effect.interruptible,
      Effect.forkDaemon
    )
  }

  /** The caller of init is gone; the init may have ended all the same. */
  private undoInit(run: Run, fiber: Fiber.RuntimeFiber<void, InitError>): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      yield* Fiber.interrupt(fiber)
      if (this.stage === "initializing") yield* discard(run)
      yield* endWatch(run)
      this.settleStage("idle")
    })
  }

  private afterInit(run: Run, exit: Exit.Exit<void, InitError>): Effect.Effect<void, InitError> {
    return Effect.gen(this, function* () {
      if (Exit.isSuccess(exit)) return this.settleStage("up")
      yield* endWatch(run)
      this.settleStage("idle")
      const error = Option.getOrUndefined(Cause.failureOption(exit.cause))
      if (error !== undefined) yield* run.supervisor.dieOf({ module: error.module, operation: "init" }, error)
      return yield* Effect.failCause(exit.cause)
    })
  }

  /** Leaves `initializing`, unless a shutdown has taken over. */
  private settleStage(stage: Stage): void {
    if (this.stage === "initializing") this.stage = stage
  }

  private get start(): Effect.Effect<void, OrchestratorNotInitialized> {
    return Effect.suspend(() => {
      const loop = this.run?.loop
      if (this.stage === "up" && loop !== undefined) return loop.start
      return Effect.fail(
        new OrchestratorNotInitialized({
          module: "orchestrator",
          operation: "start",
          message: `start needs a successful init first; the orchestrator is ${this.stage}`
        })
      )
    })
  }

  private withLoop(act: (run: Run) => Effect.Effect<void> | undefined): Effect.Effect<void> {
    return Effect.suspend(
      () => (this.stage === "up" && this.run !== undefined ? act(this.run) : undefined) ?? Effect.void
    )
  }

  private get alreadyInitialized(): Effect.Effect<never, OrchestratorAlreadyInitialized> {
    return Effect.fail(
      new OrchestratorAlreadyInitialized({
        module: "orchestrator",
        operation: "init",
        message: `init may be called once until shutdown has ended; the orchestrator is ${this.stage}`
      })
    )
  }

  private get phase(): Phase {
    if (this.stage !== "up") return this.stage
    const status = this.run?.loop?.status ?? "stopped"
    return status === "stopped" ? "ready" : status
  }

  private get getState(): Effect.Effect<OrchestratorState> {
    return Effect.gen(this, function* () {
      const supervisor = this.run?.supervisor ?? this.noRun
      yield* refreshFacts(
        supervisor.health.all(),
        supervisor.settings.stateTimeoutMs,
        ({ name: module }, cause) => {
          const site = { module, operation: "facts" }
          return Effect.asVoid(supervisor.errors.report("facts_failed", errorOf(site, cause), cause, site))
        }
      )
      const nowMs = yield* monotonicMs
      const initialized = this.stage === "up"
      const reconciliation = initialized
        ? yield* this.run?.reconciliation ?? Effect.succeed(undefined)
        : undefined
      const startedAtMs = initialized ? this.run?.startedAtMs : undefined
      return snapshot(
        { phase: this.phase, initialized, supervisor, loop: this.run?.loop, startedAtMs, reconciliation },
        nowMs
      )
    })
  }

  shutdown(reason: ShutdownReason): Effect.Effect<ShutdownReport> {
    const down = (restore: <A>(effect: Effect.Effect<A>) => Effect.Effect<A>) =>
      Effect.suspend(() => {
        const { ended } = this
        if (this.stage === "stopping" || this.stage === "stopped") return restore(Deferred.await(ended))
        this.stage = "stopping"
        // On a fiber that no module and no caller owns: an interrupted caller does not stop it.
        return this.takeDown(reason).pipe(
          Effect.flatMap((report) => Deferred.succeed(ended, report)),
          Effect.interruptible,
          Effect.forkDaemon,
          Effect.zipRight(restore(Deferred.await(ended)))
        )
      })
    return Effect.uninterruptibleMask((restore) => Effect.zipRight(this.noted(reason), down(restore)))
  }

  private noted(reason: ShutdownReason): Effect.Effect<void> {
    return reason._tag === "Fatal"
      ? Effect.suspend(() => (this.run?.supervisor ?? this.noRun).told(reason.error))
      : Effect.void
  }

  private takeDown(reason: ShutdownReason): Effect.Effect<ShutdownReport> {
    return Effect.gen(this, function* () {
      const run = this.run
      run?.supervisor.endEntries(reasonText(reason))
      const report: ShutdownReport =
        run === undefined ? nothingToTakeDown(reason) : yield* runShutdown(shutdownTarget(run), reason)
      if (run !== undefined) {
        yield* endWatch(run)
        yield* hook(run, "on_report_failed", run.onReport(report))
      }
      this.stage = "stopped"
      yield* logReport(report)
      return report
    })
  }
}

const nothingToTakeDown = (reason: ShutdownReason): ShutdownReport => ({
  reason: reasonText(reason),
  exitCode: reason._tag === "Fatal" ? exitCodeOf(reason.error) : EXIT_CODES.clean,
  phases: [],
  verification: { verified: true, details: "nothing was initialized" },
  fatalError: reason._tag === "Fatal" ? reason.error : undefined
})

/** A run that has ended, or never was up, takes no run down that comes after it. */
const endWatch = (run: Run): Effect.Effect<void> =>
  run.watcher === undefined ? Effect.void : Effect.asVoid(Fiber.interrupt(run.watcher))

const RESULTS: Readonly<Record<number, string>> = {
  [EXIT_CODES.clean]: "clean",
  [EXIT_CODES.unverified]: "stopped, but open orders or positions could not be verified",
  [EXIT_CODES.forced]: "forced by the deadline or a second signal"
}

const logReport = (report: ShutdownReport): Effect.Effect<void> =>
  Effect.logInfo("orchestrator_shutdown_complete", {
    module: "orchestrator",
    result: RESULTS[report.exitCode] ?? "fatal error",
    exitCode: report.exitCode,
    reason: report.reason,
    orders: report.verification.details,
    phases: report.phases
      .map(({ durationMs, name, outcome }) => `${name} ${durationMs} ms ${outcome}`)
      .join(", ")
  })
