/** One run of the daemon, from init to shutdown: what it consists of and how it is built. */
import {
  Cause,
  Clock,
  Deferred,
  Duration,
  Effect,
  ExecutionStrategy,
  Exit,
  Fiber,
  FiberId,
  Layer,
  Scope
} from "effect"
import type { ModuleError } from "../ports/module-host.ts"
import type { ReconciliationState } from "../ports/reconciliation.ts"
import type { ErrorLog, ErrorReport } from "./error-log.ts"
import { ExecutionLoopError, type InitError, ModuleInitFailed, ModuleInitTimeout } from "./errors.ts"
import { makeHosting } from "./hosting.ts"
import { Loop } from "./loop.ts"
import type { ModuleStack } from "./module.ts"
import { TickPermit } from "./permit.ts"
import { ReleaseBudget } from "./release-budget.ts"
import type { OrchestratorSettings } from "./settings.ts"
import type { ShutdownReport, ShutdownTarget, Verification } from "./shutdown.ts"
import { type StepRunner, makeStepRunner } from "./step-runner.ts"
import type { Step } from "./step.ts"
import { Supervisor, errorOf } from "./supervisor.ts"

/** What `init` is given: settings, the modules in their order, the steps of a tick, and what shutdown must do. */
export interface OrchestratorConfig<R> {
  readonly settings: OrchestratorSettings
  readonly modules: ModuleStack<R, never>
  readonly steps: ReadonlyArray<Step<R>>
  /** Cancels our open orders and asks the venue what is left. */
  readonly cancelOrders?: Effect.Effect<Verification, ModuleError, R>
  /** What getState tells of the books; read at every question, so it must not wait. */
  readonly reconciliation?: Effect.Effect<ReconciliationState, never, R>
  /** Runs once all modules are up: answers with the number of the last tick of an earlier run. A failure undoes the init, which it is part of: it has as much time as a module. */
  readonly onUp?: Effect.Effect<number, ModuleError, R>
  /** Told of every error from then on, to keep it; what fails in it is only logged, unless it is fatal. */
  readonly onError?: (report: ErrorReport) => Effect.Effect<void, ModuleError, R>
  /** Done when a shutdown begins, whoever asked for it; bounded. */
  readonly onShutdown?: Effect.Effect<void>
  /** Called with the result before the last log line, while nothing runs any more; bounded. */
  readonly onReport?: (report: ShutdownReport) => Effect.Effect<void>
}

/** The parts of a run; those of the loop exist once every module is up. */
export interface Run {
  readonly supervisor: Supervisor
  readonly budget: ReleaseBudget
  readonly hurry: Deferred.Deferred<void>
  readonly moduleScope: Scope.CloseableScope
  /** Releases the modules in reverse; whoever asks later waits for the one time it is done. */
  readonly releaseModules: Effect.Effect<void>
  readonly loopScope: Scope.CloseableScope
  readonly onShutdown: Effect.Effect<void>
  readonly onReport: (report: ShutdownReport) => Effect.Effect<void>
  readonly startedAtMs: number
  /** The init, once it is begun. */
  readonly initFiber: Deferred.Deferred<Fiber.RuntimeFiber<void, InitError>>
  /** Waits for a fatal error. */
  watcher: Fiber.RuntimeFiber<unknown> | undefined
  loop: Loop | undefined
  steps: StepRunner | undefined
  cancelOrders: Effect.Effect<Verification, ModuleError> | undefined
  reconciliation: Effect.Effect<ReconciliationState> | undefined
}

export const makeRun = <R>(config: OrchestratorConfig<R>, errors: ErrorLog): Effect.Effect<Run> =>
  Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    const supervisor = yield* Supervisor.make(config.settings, errors)
    const hurry = yield* Deferred.make<void>()
    const moduleScope = yield* Scope.make()
    for (const module of config.modules.modules) supervisor.health.register(module.name, nowMs)
    return {
      supervisor,
      hurry,
      budget: new ReleaseBudget({
        modules: config.modules.modules,
        moduleShutdownTimeoutMs: config.settings.moduleShutdownTimeoutMs,
        hurry
      }),
      moduleScope,
      releaseModules: once(Scope.close(moduleScope, Exit.void)),
      loopScope: yield* Scope.make(ExecutionStrategy.parallel),
      onShutdown: config.onShutdown ?? Effect.void,
      onReport: config.onReport ?? (() => Effect.void),
      startedAtMs: nowMs,
      initFiber: yield* Deferred.make<Fiber.RuntimeFiber<void, InitError>>(),
      watcher: undefined,
      loop: undefined,
      steps: undefined,
      cancelOrders: undefined,
      reconciliation: undefined
    }
  })

/** Brings all modules up in order; whatever stops it, those that are up are released in reverse. */
export const bringUp = <R>(config: OrchestratorConfig<R>, run: Run): Effect.Effect<void, InitError> =>
  Effect.gen(function* () {
    const { budget, supervisor } = run
    const layer = config.modules.layer(makeHosting(supervisor, budget))
    const context = yield* Layer.buildWithScope(layer, run.moduleScope)
    const { onError } = config
    if (onError !== undefined) {
      const keep = (report: ErrorReport) =>
        Effect.provide(onError(report), context).pipe(
          Effect.catchAllCause((cause) =>
            supervisor.notKept({ module: "orchestrator", operation: "on-error" }, cause)
          )
        )
      yield* supervisor.errors.forEach(keep, run.loopScope)
    }
    const firstTick =
      config.onUp === undefined ? 0 : yield* onceUp(supervisor, Effect.provide(config.onUp, context))
    const permit = new TickPermit()
    const steps = yield* Scope.extend(
      makeStepRunner(supervisor, permit, () => run.loop?.status === "running", context),
      run.loopScope
    )
    run.steps = steps
    run.loop = yield* Scope.extend(
      Loop.make({
        tickIntervalMs: config.settings.tickIntervalMs,
        stuckTickMs: config.settings.stuckTickMs,
        permit,
        firstTick,
        tick: (tick) => runTick(supervisor, steps, config.steps, tick),
        onTurn: (ageMs) => failIfStuck(supervisor, ageMs)
      }),
      run.loopScope
    )
    run.reconciliation =
      config.reconciliation === undefined ? undefined : Effect.provide(config.reconciliation, context)
    run.cancelOrders =
      config.cancelOrders === undefined ? undefined : Effect.provide(config.cancelOrders, context)
  }).pipe(Effect.onExit((exit) => (Exit.isFailure(exit) ? discard(run) : Effect.void)))

/** Does a thing once, whoever asks first, to its end; who asks later waits for that. */
const once = (effect: Effect.Effect<void>): Effect.Effect<void> => {
  const done = Deferred.unsafeMake<void>(FiberId.none)
  let begun = false
  return Effect.suspend(() => {
    if (begun) return Effect.void
    begun = true
    return Effect.intoDeferred(effect, done)
  }).pipe(Effect.uninterruptible, Effect.zipRight(Deferred.await(done)))
}

/** Takes back what an init that is not to be has brought up. */
export const discard = (run: Run): Effect.Effect<void> =>
  Effect.suspend(() => {
    run.loop = undefined
    run.steps = undefined
    run.cancelOrders = undefined
    run.reconciliation = undefined
    return Effect.zipRight(Effect.forkDaemon(Scope.close(run.loopScope, Exit.void)), run.releaseModules)
  })

/** The composition's own part of the init: within a module's bound, and reported as a module's. */
const onceUp = <A>(supervisor: Supervisor, onUp: Effect.Effect<A, ModuleError>) => {
  const site = { module: "orchestrator", operation: "init" } as const
  const timeoutMs = supervisor.settings.moduleInitTimeoutMs
  const tooLong = () =>
    new ModuleInitTimeout({ ...site, message: `onUp took longer than ${timeoutMs} ms`, timeoutMs })
  return Effect.disconnect(onUp).pipe(
    Effect.timeoutFail({ duration: Duration.millis(timeoutMs), onTimeout: tooLong }),
    Effect.sandbox,
    Effect.catchAll((cause): Effect.Effect<never, InitError> => {
      const error = errorOf(site, cause)
      const { message, module, operation } = error
      const failed =
        error._tag === "ModuleInitTimeout"
          ? error
          : new ModuleInitFailed({ module, operation, message, cause: error })
      return Effect.zipRight(
        supervisor.errors.report("module_init_failed", failed, Cause.fail(failed)),
        Effect.fail(failed)
      )
    })
  )
}

const runTick = <R>(
  supervisor: Supervisor,
  runner: StepRunner<R>,
  steps: ReadonlyArray<Step<R>>,
  tick: number
): Effect.Effect<boolean> =>
  Effect.forEach(steps, (step) => runner.run(step, tick)).pipe(
    Effect.map((outcomes) => !outcomes.includes("failed")),
    Effect.catchAllCause((cause) =>
      Cause.isInterruptedOnly(cause)
        ? Effect.failCause(cause)
        : Effect.as(
            supervisor.failed("tick_error", { module: "orchestrator", operation: "tick" }, cause),
            false
          )
    )
  )

const failIfStuck = (supervisor: Supervisor, heldForMs: number | undefined): Effect.Effect<void> => {
  if (heldForMs === undefined || heldForMs < supervisor.settings.stuckTickMs) return Effect.void
  const site = { module: "orchestrator", operation: "tick" }
  const message = `a tick, or a later try of one of its steps, has not ended for ${Math.round(heldForMs)} ms`
  return supervisor.raise(site, new ExecutionLoopError({ ...site, reason: "StuckTick", message }))
}

/** What shutdown needs of a run. */
export const shutdownTarget = (run: Run): ShutdownTarget => ({
  supervisor: run.supervisor,
  budget: run.budget,
  hurry: run.hurry,
  loop: run.loop,
  steps: run.steps,
  cancelOrders: run.cancelOrders,
  onShutdown: run.onShutdown,
  releaseModules: Effect.gen(function* () {
    // A tick that would not end holds its own scope open; it is left behind.
    yield* Effect.forkDaemon(Scope.close(run.loopScope, Exit.void))
    yield* Effect.flatMap(Deferred.await(run.initFiber), Fiber.interrupt)
    yield* run.releaseModules
  })
})
