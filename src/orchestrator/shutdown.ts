/** Taking the daemon down: phases in order, one total deadline, one report. */
import { Cause, Deferred, Duration, Effect, Exit, Option } from "effect"
import { timed } from "../ports/stopwatch.ts"
import type { OrchestratorFatalError } from "./errors.ts"
import type { Loop } from "./loop.ts"
import { monotonicMs } from "../ports/monotonic.ts"
import { EXIT_CODES, exitCodeOf } from "./policy.ts"
import type { ReleaseBudget } from "./release-budget.ts"
import type { StepRunner } from "./step-runner.ts"
import type { Supervisor } from "./supervisor.ts"

/** Each module gets at least 50 ms even past the deadline: 40 of them are no reason to skip one. */
const DEADLINE_SLACK_MS = 2_000

/** Who asked for the shutdown. */
export type ShutdownReason =
  | { readonly _tag: "Signal"; readonly signal: string }
  | { readonly _tag: "Requested"; readonly by: string }
  | { readonly _tag: "Fatal"; readonly error: OrchestratorFatalError }

export const SHUTDOWN_PHASES = ["stop-loop", "inflight", "cancel-orders", "modules", "report"] as const
export type PhaseOutcome = "done" | "cut" | "failed" | "skipped"

export interface PhaseReport {
  readonly name: (typeof SHUTDOWN_PHASES)[number]
  readonly durationMs: number
  readonly outcome: PhaseOutcome
}

/** What is left behind at the venue after the cancel, as far as it could be asked. */
export interface Verification {
  readonly verified: boolean
  readonly details: string
}

/** The result every caller of `shutdown` gets. */
export interface ShutdownReport {
  readonly reason: string
  readonly exitCode: number
  readonly phases: ReadonlyArray<PhaseReport>
  readonly verification: Verification
  readonly fatalError: OrchestratorFatalError | undefined
}

/** What a shutdown takes down. */
export interface ShutdownTarget {
  readonly supervisor: Supervisor
  readonly budget: ReleaseBudget
  readonly hurry: Deferred.Deferred<void>
  readonly loop: Loop | undefined
  readonly steps: StepRunner | undefined
  readonly onShutdown: Effect.Effect<void>
  /** Cancels our open orders and asks the venue what is left; undefined where nothing could be sent yet. */
  readonly cancelOrders: Effect.Effect<Verification, unknown> | undefined
  /** Ends an init that still runs and releases the modules, reversed, each within its bound. */
  readonly releaseModules: Effect.Effect<void>
}

/** Part of the time left that the tick or the cancel may not use, so that modules have time to close. */
const KEPT_FOR_MODULES = 0.4
/** Part of the time left that the tick or the cancel may use, however much is reserved for modules. */
const KEPT_FOR_ORDERS = 0.2
/** What the cancel, and the report, get at least, even if a second signal has asked to hurry. */
const LEAST_MS = 500
/** Bound on what the composition does once the loop has stopped, and with the report. */
const HOOK_TIMEOUT_MS = 1_000

export const reasonText = (reason: ShutdownReason): string => {
  switch (reason._tag) {
    case "Signal":
      return `signal ${reason.signal}`
    case "Requested":
      return reason.by
    case "Fatal":
      return `fatal error in ${reason.error.module}.${reason.error.operation}: ${reason.error.message}`
  }
}

/** Runs the phases. Never fails: what went wrong is in the report. */
export const runShutdown = (target: ShutdownTarget, reason: ShutdownReason): Effect.Effect<ShutdownReport> =>
  Effect.gen(function* () {
    const { budget, loop, supervisor } = target
    const { shutdownTimeoutMs } = supervisor.settings
    const deadlineMs = (yield* monotonicMs) + shutdownTimeoutMs
    budget.deadlineMs = deadlineMs
    yield* Effect.logInfo("orchestrator_shutdown_start", {
      module: "orchestrator",
      reason: reasonText(reason),
      shutdownTimeoutMs
    })
    const phases: Array<PhaseReport> = []
    const phase = (name: PhaseReport["name"], run: Effect.Effect<PhaseOutcome>) =>
      Effect.map(timed(run), ([durationMs, outcome]) => {
        phases.push({ name, durationMs, outcome })
        return outcome
      })
    yield* phase(
      "stop-loop",
      loop === undefined ? Effect.succeed("skipped") : Effect.as(loop.close, "done" as const)
    )
    // Trading has stopped, whatever the composition does now.
    yield* hook(target, "on_shutdown_failed", target.onShutdown)
    yield* phase("inflight", awaitInflight(target, deadlineMs))
    let verification: Verification = { verified: true, details: "nothing could be sent yet" }
    yield* phase(
      "cancel-orders",
      Effect.map(cancelOrders(target, deadlineMs), ([found, outcome]) => {
        verification = found ?? verification
        return outcome
      })
    )
    yield* phase("modules", closeModules(target, deadlineMs))
    const raised = Option.getOrUndefined(yield* fatalOf(supervisor))
    const fatalError = raised ?? (reason._tag === "Fatal" ? reason.error : undefined)
    const exitCode = exitCodeFor({ fatalError, forced: budget.forced, verification })
    yield* phase("report", Effect.succeed("done"))
    return { reason: reasonText(reason), exitCode, phases, verification, fatalError }
  })

const fatalOf = (supervisor: Supervisor): Effect.Effect<Option.Option<OrchestratorFatalError>> =>
  Effect.flatMap(Deferred.poll(supervisor.fatal), (done) =>
    Option.isSome(done) ? Effect.option(done.value) : Effect.succeedNone
  )

const exitCodeFor = (end: {
  readonly fatalError: OrchestratorFatalError | undefined
  readonly forced: boolean
  readonly verification: Verification
}): number => {
  if (end.fatalError !== undefined) return exitCodeOf(end.fatalError)
  if (end.forced) return EXIT_CODES.forced
  return end.verification.verified ? EXIT_CODES.clean : EXIT_CODES.unverified
}

/** Waits at most so long, and only `hurriedMs` more once a second signal came. */
const within = <A>(
  target: Pick<ShutdownTarget, "hurry">,
  boundMs: number,
  hurriedMs: number,
  wait: Effect.Effect<A>
): Effect.Effect<Option.Option<A>> =>
  wait.pipe(
    Effect.interruptible,
    Effect.disconnect,
    Effect.timeoutOption(Duration.millis(Math.max(0, boundMs))),
    Effect.raceFirst(
      Deferred.await(target.hurry).pipe(
        Effect.zipRight(Effect.sleep(Duration.millis(hurriedMs))),
        Effect.as(Option.none<A>())
      )
    )
  )

/** Runs what the composition wants done at the begin or the end; neither a hang nor a failure holds up the rest. */
export const hook = (
  target: Pick<ShutdownTarget, "hurry">,
  event: string,
  effect: Effect.Effect<void>
): Effect.Effect<void> =>
  Effect.gen(function* () {
    const exit = yield* within(target, HOOK_TIMEOUT_MS, LEAST_MS, Effect.exit(effect))
    if (Option.isSome(exit) && Exit.isSuccess(exit.value)) return
    const cause =
      Option.isSome(exit) && Exit.isFailure(exit.value)
        ? exit.value.cause
        : Cause.die(new Error("it did not end in time"))
    yield* Effect.logWarning(event, { module: "orchestrator" }, cause)
  })

/** What a phase before the modules' may use of the time that is left. */
const boundBeforeModules = ({ budget }: ShutdownTarget, leftMs: number): number =>
  Math.max(leftMs * KEPT_FOR_ORDERS, Math.min(leftMs * (1 - KEPT_FOR_MODULES), leftMs - budget.reservedMs))

const awaitInflight = (target: ShutdownTarget, deadlineMs: number): Effect.Effect<PhaseOutcome> =>
  Effect.gen(function* () {
    const { budget, loop, steps, supervisor } = target
    if (loop === undefined || steps === undefined) return "skipped"
    yield* steps.stopWaiting
    const nowMs = yield* monotonicMs
    const { inflightTimeoutMs } = supervisor.settings
    const boundMs = Math.min(inflightTimeoutMs, boundBeforeModules(target, deadlineMs - nowMs))
    if (loop.tickInProgress) {
      yield* Effect.logInfo("waiting_for_inflight", {
        module: "orchestrator",
        tick: loop.tickCount,
        timeoutMs: boundMs
      })
    }
    const ended = yield* within(target, boundMs, 0, loop.awaitTick)
    if (Option.isSome(ended)) return "done"
    if (boundMs < inflightTimeoutMs || (yield* Deferred.isDone(target.hurry))) budget.forced = true
    yield* Effect.forkDaemon(loop.interruptTick)
    return "cut"
  })

const cancelOrders = (
  target: ShutdownTarget,
  deadlineMs: number
): Effect.Effect<readonly [Verification | undefined, PhaseOutcome]> =>
  Effect.gen(function* () {
    const cancel = target.cancelOrders
    if (cancel === undefined) return [undefined, "skipped"] as const
    const nowMs = yield* monotonicMs
    const boundMs = boundBeforeModules(target, deadlineMs - nowMs)
    const result = yield* within(target, boundMs, LEAST_MS, Effect.exit(cancel))
    if (Option.isNone(result)) {
      return [{ verified: false, details: "the venue did not answer in time" }, "cut"] as const
    }
    return verificationOf(result.value)
  })

const verificationOf = (exit: Exit.Exit<Verification, unknown>): readonly [Verification, PhaseOutcome] => {
  if (exit._tag === "Success") return [exit.value, "done"]
  const squashed = Cause.squash(exit.cause)
  return [
    { verified: false, details: squashed instanceof Error ? squashed.message : String(squashed) },
    "failed"
  ]
}

/** Every release has its own bound; the last bound here only holds if those were broken. */
const closeModules = (target: ShutdownTarget, deadlineMs: number): Effect.Effect<PhaseOutcome> =>
  Effect.gen(function* () {
    const { budget, supervisor } = target
    const before = supervisor.errors.errorCount
    const nowMs = yield* monotonicMs
    const closed = yield* target.releaseModules.pipe(
      Effect.interruptible,
      Effect.disconnect,
      Effect.timeoutOption(Duration.millis(Math.max(0, deadlineMs - nowMs) + DEADLINE_SLACK_MS))
    )
    if (Option.isNone(closed)) budget.forced = true
    if (budget.forced) return "cut"
    return supervisor.errors.errorCount > before ? "failed" : "done"
  })
