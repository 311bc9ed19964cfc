/** The orchestrator over modules and steps that do nothing, from the built dist/. */
import { Effect, Layer, Logger, Schema } from "effect"
import { add, empty } from "../../dist/lib/orchestrator/module.js"
import { Orchestrator } from "../../dist/lib/orchestrator/orchestrator.js"
import { OrchestratorSettings } from "../../dist/lib/orchestrator/settings.js"
import { makeDiscreteEventTime } from "../../dist/lib/virtual-time/discrete-event.js"

export const silent = Logger.replace(Logger.defaultLogger, Logger.none)

export const realTime = {
  nowMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
  afterEventLoopTurn: (callback) => void setImmediate(callback)
}

export const settings = (overrides) => ({ ...Schema.decodeSync(OrchestratorSettings)({}), ...overrides })

/** A module that acquires nothing and releases nothing. */
export const noopLayer = () => Layer.scopedDiscard(Effect.acquireRelease(Effect.void, () => Effect.void))

const names = (count) => Array.from({ length: count }, (_, index) => `module-${index}`)

export const noopModules = (count) =>
  names(count).reduce((stack, name) => add({ name, layer: noopLayer() })(stack), empty)

/** As many steps as given, each of another module, with every capability in turn. */
export const noopSteps = (count, onTick = () => undefined) =>
  names(count).map((module, index) => ({
    module,
    operation: "work",
    ...(index % 4 === 3 ? { capability: "exit" } : {}),
    run: index === 0 ? (tick) => Effect.sync(() => onTick(tick)) : () => Effect.void
  }))

/** Runs a program on the discrete-event clock that never waits, and answers with what it gives. */
export const onVirtualTime = (program) => {
  const time = makeDiscreteEventTime(0, Number.POSITIVE_INFINITY, realTime)
  return Effect.runPromise(
    program.pipe(Effect.provide(silent), Effect.withClock(time.clock), Effect.withScheduler(time.scheduler))
  )
}

/** A running orchestrator for the body; it is shut down afterwards. */
export const withOrchestrator = ({ modules, steps, overrides }, body) =>
  Effect.gen(function* () {
    const orchestrator = yield* Orchestrator
    yield* orchestrator.init({ settings: settings(overrides), modules, steps })
    yield* orchestrator.start
    const result = yield* body(orchestrator)
    const state = yield* orchestrator.getState
    yield* orchestrator.shutdown({ _tag: "Requested", by: "the measurement is over" })
    return { result, counters: state.loop.counters, errors: state.errors }
  }).pipe(Effect.provide(Orchestrator.layer))
