/**
 * Runs the steps of a tick under the error policy. A step whose error is transient is tried again with backoff while the
 * next ticks go on without it, so that a failing price never holds up an exit; its tries take the tick's own permit, so
 * nothing ever runs beside a tick.
 */
import { Cause, Duration, Effect, Exit, Fiber, FiberMap, FiberSet, type Scope } from "effect"
import { isTriedAgain, makeBackoff } from "./backoff.ts"
import { ExecutionLoopError } from "./errors.ts"
import { monotonicMs } from "./monotonic.ts"
import type { TickPermit } from "./permit.ts"
import type { Handling } from "./policy.ts"
import type { Step } from "./step.ts"
import { type Site, type Supervisor, siteKey } from "./supervisor.ts"

/** What happened to a step in a tick. */
export type StepOutcome = "done" | "failed" | "retrying" | "held"

/**
 * A step that failed so often that it holds back its own capability is tried again so much later: nothing else could
 * show that it works again.
 */
const PROBE_AFTER_MS = 60_000

export interface StepRunner {
  readonly run: (step: Step<never>, tick: number) => Effect.Effect<StepOutcome>
  /** Steps that wait for their next try. */
  readonly retrying: Effect.Effect<number>
  /** Ends all waiting for later tries, for good; one that runs goes on. */
  readonly stopWaiting: Effect.Effect<void>
}

interface Failure {
  readonly handling: Handling
  readonly words: string
}

export const makeStepRunner = (
  supervisor: Supervisor,
  permit: TickPermit,
  mayRun: () => boolean
): Effect.Effect<StepRunner, never, Scope.Scope> =>
  Effect.gen(function* () {
    const retries = yield* FiberMap.make<string>()
    const tries = yield* FiberSet.make<Failure | undefined>()
    /** Steps that have failed and not worked again since, with the time of their last failure. */
    const failing = new Map<string, number>()

    /** Steps whose waiting was ended: what is left of the tick does not try them before their time. Undefined until then. */
    let leftWaiting: ReadonlySet<string> | undefined

    const attempt = (step: Step<never>, tick: number) =>
      Effect.gen(function* () {
        const exit = yield* Effect.exit(Effect.interruptible(bounded(supervisor, step, tick)))
        if (Exit.isSuccess(exit)) {
          if (failing.delete(siteKey(step))) yield* supervisor.recovered(siteOf(step))
          return undefined
        }
        failing.set(siteKey(step), yield* monotonicMs)
        const handling = yield* supervisor.failed("tick_error", siteOf(step), exit.cause)
        return { handling, words: wordsOf(exit.cause) }
      })

    // A try runs on its own fiber: ending the wait for it (a shutdown) does not cut it short.
    const tryAgain = (step: Step<never>, tick: number) =>
      FiberSet.run(
        tries,
        Effect.uninterruptible(
          permit.whenFree(
            Effect.suspend(() =>
              mayRun() && mayTry(supervisor, step) ? attempt(step, tick) : Effect.succeed(undefined)
            )
          )
        )
      ).pipe(Effect.flatMap(Fiber.join))

    return {
      run: (step, tick) =>
        Effect.gen(function* () {
          if (leftWaiting?.has(siteKey(step)) || (yield* FiberMap.has(retries, siteKey(step))))
            return "retrying"
          if (yield* isHeld(supervisor, step, failing.get(siteKey(step)))) return "held"
          const failure = yield* attempt(step, tick)
          if (failure === undefined) return "done"
          if (isTriedAgain(failure.handling, supervisor.settings)) {
            if (leftWaiting === undefined)
              yield* FiberMap.run(
                retries,
                siteKey(step),
                retry(supervisor, step, failure, tryAgain(step, tick))
              )
          } else if (failure.handling.category !== "fatal") {
            yield* supervisor.gaveUp(siteOf(step), failure.words)
          }
          return "failed"
        }),
      retrying: FiberMap.size(retries),
      stopWaiting: Effect.suspend(() => {
        leftWaiting ??= new Set(Array.from(retries, ([key]) => key))
        return FiberMap.clear(retries)
      })
    }
  })

/** Tries a step again for as long as the policy says so; where it does not work in the end, that is told. */
const retry = (
  supervisor: Supervisor,
  step: Step<never>,
  first: Failure,
  tryAgain: Effect.Effect<Failure | undefined>
) =>
  Effect.gen(function* () {
    const backoff = yield* makeBackoff(supervisor.settings)
    let failure = first
    while (yield* backoff.wait(failure.handling)) {
      const next = yield* tryAgain
      if (next === undefined) return
      failure = next
    }
    if (failure.handling.category !== "fatal") yield* supervisor.gaveUp(siteOf(step), failure.words)
  })

/** Whether nobody but the step itself, by its own failures, holds its capability back. */
const mayTry = (supervisor: Supervisor, step: Step<never>): boolean =>
  step.capability === undefined || supervisor.capabilities.allowedButFor(step.capability, siteKey(step))

const isHeld = (supervisor: Supervisor, step: Step<never>, lastFailureMs: number | undefined) =>
  Effect.map(monotonicMs, (nowMs) => {
    if (step.capability === undefined || supervisor.capabilities.allowed(step.capability)) return false
    return !mayTry(supervisor, step) || lastFailureMs === undefined || nowMs - lastFailureMs < PROBE_AFTER_MS
  })

const siteOf = (step: Site): Site => ({ module: step.module, operation: step.operation })

const wordsOf = (cause: Cause.Cause<unknown>): string => {
  const squashed = Cause.squash(cause)
  return squashed instanceof Error ? squashed.message : String(squashed)
}

const bounded = (supervisor: Supervisor, step: Step<never>, tick: number) => {
  const { stepTimeoutMs } = supervisor.settings
  return Effect.timeoutFail(step.run(tick), {
    duration: Duration.millis(stepTimeoutMs),
    onTimeout: () =>
      new ExecutionLoopError({
        ...siteOf(step),
        reason: "StepTimeout",
        message: `the step took longer than ${stepTimeoutMs} ms and was interrupted`
      })
  })
}
