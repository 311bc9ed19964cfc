/** What makes a run end: signals, uncaught trouble, the time it was given, the end of its market. */
import { Duration, Effect, type Fiber, Queue, type Scope } from "effect"
import { OrchestratorFatalError } from "../orchestrator/errors.ts"
import type { Orchestrator } from "../orchestrator/orchestrator.ts"
import { EXIT_CODES } from "../orchestrator/policy.ts"
import type { ShutdownReason } from "../orchestrator/shutdown.ts"
import { Machine } from "../ports/machine.ts"

/** Real time beyond the shutdown's own deadline after which the process is ended whatever it does. */
const LAST_RESORT_MS = 5_000

/** Shuts down at the first signal; each further one cuts the waits short. */
export const stopOnSignals = (
  orchestrator: typeof Orchestrator.Service,
  shutdownTimeoutMs: number
): Effect.Effect<Fiber.RuntimeFiber<never>, never, Machine | Scope.Scope> =>
  Effect.gen(function* () {
    const machine = yield* Machine
    let asked = false
    const onSignal = (signal: string) =>
      Effect.gen(function* () {
        if (asked) {
          yield* Effect.logWarning("signal_again", { module: "orchestrator", signal })
          return yield* orchestrator.hurry
        }
        asked = true
        yield* machine.exitAfter(
          shutdownTimeoutMs + LAST_RESORT_MS,
          EXIT_CODES.forced,
          "the shutdown did not end by itself: the process was ended"
        )
        yield* Effect.forkDaemon(orchestrator.shutdown({ _tag: "Signal", signal }))
      })
    return yield* Effect.forkScoped(Effect.forever(Effect.flatMap(Queue.take(machine.signals), onSignal)))
  })

const crashReason = (crash: unknown): ShutdownReason => {
  const message = crash instanceof Error ? crash.message : String(crash)
  return {
    _tag: "Fatal",
    error: new OrchestratorFatalError({
      module: "process",
      operation: "uncaught",
      message: `an exception or rejection that nobody caught: ${message}`,
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
    const onCrash = (crash: unknown) =>
      Effect.gen(function* () {
        const reason = crashReason(crash)
        yield* Effect.logError("uncaught", crash).pipe(Effect.annotateLogs({ module: "process" }))
        yield* Effect.forkDaemon(orchestrator.shutdown(reason))
      })
    return yield* Effect.forkScoped(Effect.forever(Effect.flatMap(Queue.take(crashes), onCrash)))
  })

/** Stops once the market's clock has gone on by so much. */
export const stopAfter = (orchestrator: typeof Orchestrator.Service, delayMs: number, by: string) =>
  Effect.sleep(Duration.millis(delayMs)).pipe(
    Effect.zipRight(Effect.forkDaemon(orchestrator.shutdown({ _tag: "Requested", by }))),
    Effect.forkScoped
  )
