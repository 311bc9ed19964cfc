/** One module's life: up within its bound, down within its bound, its fibers never unseen. */
import { Cause, type Context, Duration, Effect, Exit, Fiber, Layer, Option, Scope } from "effect"
import { type ModuleError, ModuleHost } from "../ports/module-host.ts"
import { timed } from "../ports/stopwatch.ts"
import { runSupervised } from "./background.ts"
import { ModuleInitFailed, ModuleInitTimeout, ModuleShutdownFailed, ModuleShutdownTimeout } from "./errors.ts"
import { type ModuleRecord, setCondition, setStatus } from "./health.ts"
import type { Hosting, ModuleDefinition } from "./module.ts"
import { type TradewindError, handlingOf } from "./policy.ts"
import type { ReleaseBudget } from "./release-budget.ts"
import { startNow } from "./start-now.ts"
import { type Site, type Supervisor, errorOf } from "./supervisor.ts"

/** Hosts modules for one run of the daemon. */
export const makeHosting = (supervisor: Supervisor, budget: ReleaseBudget): Hosting => ({
  host: (module) =>
    Layer.scopedContext(
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const record = supervisor.health.get(module.name)
          if (record === undefined) return yield* Effect.dieMessage(`module ${module.name} is not registered`)
          const scope = yield* Scope.make()
          const context = yield* bringUp(supervisor, budget, module, record, scope, restore)
          yield* Effect.addFinalizer(() => bringDown(supervisor, budget, record, scope))
          return context
        })
      )
    )
})

type Restore = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>

const bringUp = <Out, In>(
  supervisor: Supervisor,
  budget: ReleaseBudget,
  module: ModuleDefinition<Out, In>,
  record: ModuleRecord,
  scope: Scope.CloseableScope,
  restore: Restore
) =>
  Effect.gen(function* () {
    const timeoutMs = supervisor.settings.moduleInitTimeoutMs
    yield* setStatus(record, "initializing")
    yield* Effect.logInfo("module_init").pipe(Effect.annotateLogs({ module: module.name }))
    const host = yield* makeHost(supervisor, module.name, scope)
    const build = Layer.buildWithScope(module.layer, scope).pipe(Effect.provideService(ModuleHost, host))
    const abandonedBuild = (fiber: Fiber.Fiber<unknown, unknown>) =>
      abandonWithin(
        budget,
        record,
        Effect.zipRight(Fiber.interrupt(fiber), closeBounded(supervisor, budget, record, scope))
      )
    const built = (fiber: Fiber.RuntimeFiber<Context.Context<Out>, ModuleError>) => {
      const ended = fiber.unsafePoll()
      if (ended !== null) return Effect.succeedSome(ended)
      return Effect.onInterrupt(
        restore(Effect.timeoutOption(Fiber.await(fiber), Duration.millis(timeoutMs))),
        () => Effect.zipRight(abandonedBuild(fiber), setStatus(record, "stopped", "its init was interrupted"))
      )
    }
    // The build runs on a fiber of its own: an acquisition may not be interruptible, and the bound must hold all the same.
    const [initMs, { exit, fiber }] = yield* timed(
      startNow(Effect.interruptible(build), yield* Effect.context<Exclude<In, ModuleHost>>()).pipe(
        Effect.flatMap((building) =>
          Effect.map(built(building), (ended) => ({ exit: ended, fiber: building }))
        )
      )
    )
    record.initMs = initMs
    if (Option.isNone(exit)) {
      yield* abandonedBuild(fiber)
      return yield* failInit(
        supervisor,
        record,
        new ModuleInitTimeout({
          module: module.name,
          operation: "init",
          message: `init took longer than ${timeoutMs} ms and was interrupted`,
          timeoutMs
        })
      )
    }
    if (Exit.isFailure(exit.value)) {
      yield* closeBounded(supervisor, budget, record, scope)
      return yield* failInit(supervisor, record, initFailure(module.name, exit.value.cause))
    }
    yield* Fiber.inheritAll(fiber)
    const context = exit.value.value
    record.readFacts = module.facts === undefined ? undefined : Effect.provide(module.facts, context)
    if (record.status === "initializing") yield* setStatus(record, "ready")
    yield* Effect.logInfo("module_ready").pipe(
      Effect.annotateLogs({ module: module.name, durationMs: initMs })
    )
    return context
  })

const initFailure = (module: string, cause: Cause.Cause<unknown>): ModuleInitFailed => {
  const error = errorOf({ module, operation: "init" }, cause)
  return new ModuleInitFailed({ module, operation: error.operation, message: error.message, cause: error })
}

const failInit = <E extends ModuleInitFailed | ModuleInitTimeout>(
  supervisor: Supervisor,
  record: ModuleRecord,
  error: E
): Effect.Effect<never, E> =>
  Effect.gen(function* () {
    yield* supervisor.errors.report("module_init_failed", error, Cause.fail(error))
    yield* setStatus(record, "error", error.message)
    return yield* Effect.fail(error)
  })

/** Lets an abandoned init go in the background; waits for its end, but no longer than a release may take. */
const abandonWithin = (budget: ReleaseBudget, record: ModuleRecord, abandon: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkDaemon(Effect.interruptible(abandon))
    yield* budget.bounded(record.name, Fiber.await(fiber))
  })

const bringDown = (
  supervisor: Supervisor,
  budget: ReleaseBudget,
  record: ModuleRecord,
  scope: Scope.CloseableScope
): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* setStatus(record, "stopping")
    record.readFacts = undefined
    const [shutdownMs] = yield* timed(closeBounded(supervisor, budget, record, scope))
    record.shutdownMs = shutdownMs
    yield* setStatus(record, "stopped", record.reason)
    yield* Effect.logInfo("module_shutdown").pipe(
      Effect.annotateLogs({ module: record.name, durationMs: shutdownMs })
    )
  })

/** Closes a module's scope within its bound; a hang or a failure is told and teardown goes on. */
const closeBounded = (
  supervisor: Supervisor,
  budget: ReleaseBudget,
  record: ModuleRecord,
  scope: Scope.CloseableScope
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const site = { module: record.name, operation: "shutdown" }
    // Finalizers cannot be interrupted: they run on a fiber that is left behind when the bound passes.
    const fiber = yield* startNow(Scope.close(scope, Exit.void), yield* Effect.context<never>())
    const ended = fiber.unsafePoll()
    const { boundMs, result } =
      ended === null
        ? yield* budget.bounded(record.name, Fiber.await(fiber))
        : { boundMs: 0, result: Option.some(ended) }
    if (Option.isNone(result)) {
      const error = new ModuleShutdownTimeout({
        ...site,
        message: `release took longer than ${boundMs} ms and was abandoned`,
        timeoutMs: boundMs
      })
      record.reason = error.message
      yield* supervisor.errors.report("module_shutdown_timeout", error, Cause.fail(error))
    } else if (Exit.isFailure(result.value)) {
      const cause = result.value.cause
      const inner = releaseErrorOf(site, cause)
      const error = new ModuleShutdownFailed({ ...site, message: inner.message, cause: inner })
      record.reason = error.message
      yield* supervisor.errors.report("module_shutdown_failed", error, cause)
      if (handlingOf(inner).category === "fatal") yield* supervisor.dieOf(site, inner)
    }
  })

/** A finalizer has no error channel: what it dies of may be a module's typed error all the same. */
const releaseErrorOf = (site: Site, cause: Cause.Cause<unknown>): TradewindError => {
  const defects = [...Cause.defects(cause)].map((defect) => Cause.fail(defect))
  return errorOf(site, defects.reduce(Cause.parallel, cause))
}

const makeHost = (
  supervisor: Supervisor,
  name: string,
  scope: Scope.Scope
): Effect.Effect<Context.Tag.Service<ModuleHost>> =>
  Effect.sync(() => {
    const withRecord = (change: (record: ModuleRecord) => Effect.Effect<void>) => {
      const record = supervisor.health.get(name)
      return record === undefined ? Effect.void : change(record)
    }
    return {
      name,
      fork: (operation, effect) =>
        // Forked while a module acquires, it would inherit that it cannot be interrupted, and outlive the module.
        runSupervised(supervisor, { module: name, operation }, effect).pipe(
          Effect.interruptible,
          Effect.forkIn(scope),
          Effect.asVoid
        ),
      degraded: (reason) => withRecord((record) => setCondition(record, "degraded", reason)),
      ready: withRecord((record) =>
        record.status === "degraded" ? setCondition(record, "ready") : Effect.void
      )
    }
  })
