/**
 * Runs the steps of a tick under the error policy. A step whose error is transient is tried again with backoff while the
 * next ticks go on without it, so that a failing price never holds up an exit; its tries take the tick's own permit, so
 * nothing ever runs beside a tick.
 */
import { Cause, Context, Duration, Effect, Exit, Fiber, FiberMap, FiberSet, type Scope } from "effect"
import type { ModuleError } from "../ports/module-host.ts"
import { isTriedAgain, makeBackoff } from "./backoff.ts"
import { ExecutionLoopError } from "./errors.ts"
import { monotonicMs } from "../ports/monotonic.ts"
import type { TickPermit } from "./permit.ts"
import type { Handling } from "./policy.ts"
import { startNow } from "./start-now.ts"
import type { Step } from "./step.ts"
import { type Site, type Supervisor, siteKey } from "./supervisor.ts"

/** What happened to a step in a tick. */
export type StepOutcome = "done" | "failed" | "retrying" | "held"

/**
 * A step that failed so often that it holds back its own capability is tried again so much later: nothing else could
 * show that it works again.
 */
const PROBE_AFTER_MS = 60_000

export interface StepRunner<R = never> {
  readonly run: (step: Step<R>, tick: number) => Effect.Effect<StepOutcome>
  /** Steps that wait for their next try. */
  readonly retrying: Effect.Effect<number>
  /** Ends all waiting for later tries, for good; one that runs goes on. */
  readonly stopWaiting: Effect.Effect<void>
}

const DONE: Effect.Effect<StepOutcome> = Effect.succeed("done")
const HELD: Effect.Effect<StepOutcome> = Effect.succeed("held")
const RETRYING: Effect.Effect<StepOutcome> = Effect.succeed("retrying")

interface Failure {
  readonly handling: Handling
  readonly words: string
}

/** One try of a step, its outcome noted; and the steps that fail. */
const makeAttempt = <R>(supervisor: Supervisor, context: Context.Context<R>) => {
  /** Steps that have failed and not worked again since, with the time of their last failure. */
  const failing = new Map<string, number>()

  const attempt = (step: Step<R>, tick: number) =>
    Effect.flatMap(bounded(supervisor, step, tick, context), (exit) =>
      Exit.isSuccess(exit) ? worked(step) : failed(step, exit.cause)
    )

  const worked = (step: Step<R>) =>
    failing.size > 0 && failing.delete(siteKey(step))
      ? Effect.as(supervisor.recovered(siteOf(step)), undefined)
      : Effect.succeed(undefined)

  const failed = (step: Step<R>, cause: Cause.Cause<unknown>): Effect.Effect<Failure> =>
    Effect.gen(function* () {
      failing.set(siteKey(step), yield* monotonicMs)
      const handling = yield* supervisor.failed("tick_error", siteOf(step), cause)
      return { handling, words: wordsOf(cause) }
    })

  return { attempt, failing }
}

export const makeStepRunner = <R>(
  supervisor: Supervisor,
  permit: TickPermit,
  mayRun: () => boolean,
  services: Context.Context<R>
): Effect.Effect<StepRunner<R>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const context = Context.merge(yield* Effect.context<never>(), services)
    const retries = yield* FiberMap.make<string>()
    const tries = yield* FiberSet.make<Failure | undefined>()
    const { attempt, failing } = makeAttempt(supervisor, context)
    /** Steps whose waiting was ended: what is left of the tick does not try them before their time. Undefined until then. */
    let leftWaiting: ReadonlySet<string> | undefined

    // A try runs on its own fiber: ending the wait for it (a shutdown) does not cut it short.
    const tryAgain = (step: Step<R>, tick: number) =>
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

    const handle = (step: Step<R>, tick: number, failure: Failure): Effect.Effect<StepOutcome> =>
      Effect.gen(function* () {
        if (isTriedAgain(failure.handling, supervisor.settings)) {
          if (leftWaiting === undefined) {
            const trying = retry(supervisor, step, failure, tryAgain(step, tick))
            yield* FiberMap.run(retries, siteKey(step), trying)
          }
        } else if (failure.handling.category !== "fatal") {
          yield* supervisor.gaveUp(siteOf(step), failure.words)
        }
        return "failed" as const
      })

    const tryNow = (step: Step<R>, tick: number): Effect.Effect<StepOutcome> =>
      Effect.flatMap(attempt(step, tick), (failure) =>
        failure === undefined ? DONE : handle(step, tick, failure)
      )

    // A tick is mostly steps that work: what they pass through is written without generators, which would be half their cost.
    return {
      run: (step, tick) =>
        Effect.suspend(() => {
          if (leftWaiting?.has(siteKey(step)) || FiberMap.unsafeHas(retries, siteKey(step))) return RETRYING
          const { capability } = step
          if (capability === undefined || supervisor.capabilities.allowed(capability))
            return tryNow(step, tick)
          return Effect.flatMap(isProbeDue(failing.get(siteKey(step))), (due) =>
            due && mayTry(supervisor, step) ? tryNow(step, tick) : HELD
          )
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
  step: Site,
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
const mayTry = (supervisor: Supervisor, step: Step<unknown>): boolean =>
  step.capability === undefined || supervisor.capabilities.allowedButFor(step.capability, siteKey(step))

/** Whether a step that is held back by its own failures has been for long enough. */
const isProbeDue = (lastFailureMs: number | undefined): Effect.Effect<boolean> =>
  Effect.map(monotonicMs, (nowMs) => lastFailureMs !== undefined && nowMs - lastFailureMs >= PROBE_AFTER_MS)

const siteOf = (step: Site): Site => ({ module: step.module, operation: step.operation })

const wordsOf = (cause: Cause.Cause<unknown>): string => {
  const squashed = Cause.squash(cause)
  return squashed instanceof Error ? squashed.message : String(squashed)
}

/** How a step ended, by itself or at its bound; an interruption of whoever waits for it is passed on to it. */
const bounded = <R>(
  supervisor: Supervisor,
  step: Step<R>,
  tick: number,
  context: Context.Context<R>
): Effect.Effect<Exit.Exit<void, ModuleError | ExecutionLoopError>> => {
  const awaited = (fiber: Fiber.RuntimeFiber<void, ModuleError>) =>
    Effect.flatten(Fiber.await(fiber)).pipe(
      Effect.timeoutFail(timeoutOf(supervisor, step)),
      Effect.interruptible,
      Effect.ensuring(Fiber.interrupt(fiber)),
      Effect.exit
    )
  return Effect.uninterruptible(
    Effect.flatMap(startNow(Effect.interruptible(step.run(tick)), context), (fiber) => {
      const ended = fiber.unsafePoll()
      return ended === null ? awaited(fiber) : Effect.succeed(ended)
    })
  )
}

const timeoutOf = ({ settings: { stepTimeoutMs } }: Supervisor, step: Site) => ({
  duration: Duration.millis(stepTimeoutMs),
  onTimeout: () =>
    new ExecutionLoopError({
      ...siteOf(step),
      reason: "StepTimeout",
      message: `the step took longer than ${stepTimeoutMs} ms and was interrupted`
    })
})
