/** What makes a run end: signals, uncaught trouble, the time it was given, the end of its market. */
import { Duration, Effect, type Fiber, Queue, type Scope } from "effect"
import { OrchestratorFatalError } from "../orchestrator/errors.ts"
import type { Orchestrator } from "../orchestrator/orchestrator.ts"
import { EXIT_CODES } from "../orchestrator/policy.ts"
import type { OrchestratorSettings } from "../orchestrator/settings.ts"
import type { ShutdownReason } from "../orchestrator/shutdown.ts"
import { Machine } from "../ports/machine.ts"

/** Shuts down at the first signal; each further one cuts the waits short. */
export const stopOnSignals = (
  orchestrator: typeof Orchestrator.Service
): Effect.Effect<Fiber.RuntimeFiber<never>, never, Machine | Scope.Scope> =>
  Effect.gen(function* () {
    const { signals } = yield* Machine
    let asked = false
    const onSignal = (signal: string) =>
      Effect.gen(function* () {
        if (asked) {
          yield* Effect.logWarning("signal_again", { module: "orchestrator", signal })
          return yield* orchestrator.hurry
        }
        asked = true
        yield* Effect.forkDaemon(orchestrator.shutdown({ _tag: "Signal", signal }))
      })
    return yield* Effect.forkScoped(Effect.forever(Effect.flatMap(Queue.take(signals), onSignal)))
  })

const crashReason = (crash: unknown): ShutdownReason => {
  return {
    _tag: "Fatal",
    error: new OrchestratorFatalError({
      module: "process",
      operation: "uncaught",
      message: `nobody caught ${String(crash)}`,
      cause: crash
    })
  }
}

/** Something threw where nobody caught it: nothing can be trusted any more, so the daemon stops in order. */
export const stopOnCrashes = (
  orchestrator: typeof Orchestrator.Service
): Effect.Effect<Fiber.RuntimeFiber<never>, never, Machine | Scope.Scope> =>
  Effect.gen(function* () {
    const { crashes } = yield* Machine
    const onCrash = (crash: unknown) => Effect.forkDaemon(orchestrator.shutdown(crashReason(crash)))
    return yield* Effect.forkScoped(Effect.forever(Effect.flatMap(Queue.take(crashes), onCrash)))
  })

/** Real time beyond the shutdown's own deadline after which the process is ended whatever it does. */
const LAST_RESORT_MS = 5_000

/** From the begin of a shutdown: a process whose event loop was blocked ends all the same, and says so. */
export const endAtLast = ({ shutdownTimeoutMs }: OrchestratorSettings): Effect.Effect<void, never, Machine> =>
  Effect.flatMap(Machine, ({ exitAfter }) => {
    const afterMs = shutdownTimeoutMs + LAST_RESORT_MS
    const lastWords = Effect.logError("orchestrator_shutdown_complete", {
      module: "orchestrator",
      result: `forced: the shutdown had not ended after ${afterMs} ms, so the process was`,
      exitCode: EXIT_CODES.forced,
      phases: "not known"
    })
    return exitAfter(afterMs, EXIT_CODES.forced, lastWords)
  })

/** Stops once the market's clock has gone on by so much. */
export const stopAfter = (orchestrator: typeof Orchestrator.Service, delayMs: number, by: string) =>
  Effect.sleep(Duration.millis(delayMs)).pipe(
    Effect.zipRight(Effect.forkDaemon(orchestrator.shutdown({ _tag: "Requested", by }))),
    Effect.forkScoped
  )
