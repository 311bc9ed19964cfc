/** From an error to what is done about it: the one place that reads the policy. */
import { Cause, Clock, Deferred, Effect, Option } from "effect"
import { CapabilityHolds } from "./capabilities.ts"
import { type ErrorLog, codeOf } from "./error-log.ts"
import { ExecutionLoopError, OrchestratorFatalError } from "./errors.ts"
import { HealthRegistry, setStatus } from "./health.ts"
import { type Handling, POLICY, type TradewindError, handlingOf } from "./policy.ts"
import type { OrchestratorSettings } from "./settings.ts"

/** Who failed at what. */
export interface Site {
  readonly module: string
  readonly operation: string
}

export const siteKey = (site: Site): string => `${site.module}.${site.operation}`

const isTradewindError = (error: unknown): error is TradewindError =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  Object.hasOwn(POLICY, String(error._tag)) &&
  "module" in error &&
  "operation" in error

/**
 * The error inside a cause, whether it came as a failure or, where there was no channel for it, as a defect. What is
 * untyped, or only an interruption, becomes an ExecutionLoopError.
 */
export const errorOf = (site: Site, cause: Cause.Cause<unknown>): TradewindError => {
  const failures = [...Cause.failures(cause), ...Cause.defects(cause)]
  const known = failures.filter(isTradewindError)
  const worst = known.find((error) => handlingOf(error).category === "fatal") ?? known[0]
  if (worst !== undefined) return worst
  const [failure] = failures
  const squashed = failure ?? Cause.squash(cause)
  if (Cause.isInterruptedOnly(cause)) {
    // Not the words of the interruption: they name its fiber, and no two of them would be the same error.
    return new ExecutionLoopError({
      ...site,
      reason: "Interrupted",
      message: "it was interrupted",
      cause: squashed
    })
  }
  const message = squashed instanceof Error ? squashed.message : String(squashed)
  return new ExecutionLoopError({ ...site, reason: "Defect", message, cause: squashed })
}

const fatalOf = (site: Site, error: TradewindError): OrchestratorFatalError =>
  error._tag === "OrchestratorFatalError"
    ? error
    : new OrchestratorFatalError({ ...site, message: error.message, cause: error })

/** What is known of a step or fiber that has failed and not worked since. */
interface Failing {
  readonly module: string
  /** How often in a row it failed for good: 0 while it is tried again for the first time. */
  readonly failures: number
  readonly message: string
}

/** Who holds entries back once the daemon is about to end. */
const END = "orchestrator.end"

/** What one run of the daemon shares between hosting, loop and shutdown. */
export class Supervisor {
  readonly health = new HealthRegistry()
  readonly capabilities = new CapabilityHolds()
  readonly errors: ErrorLog
  /** Done once, with the error that makes the daemon stop. */
  readonly fatal: Deferred.Deferred<OrchestratorFatalError>
  settings: OrchestratorSettings
  /** Each step and fiber that fails now, the one that failed last at the end. */
  private readonly failing = new Map<string, Failing>()

  private constructor(
    errors: ErrorLog,
    fatal: Deferred.Deferred<OrchestratorFatalError>,
    settings: OrchestratorSettings
  ) {
    this.errors = errors
    this.fatal = fatal
    this.settings = settings
  }

  static make(settings: OrchestratorSettings, errors: ErrorLog): Effect.Effect<Supervisor> {
    return Effect.map(
      Deferred.make<OrchestratorFatalError>(),
      (fatal) => new Supervisor(errors, fatal, settings)
    )
  }

  /** Takes note of a failure of a step or fiber: counts, health, escalation, fatality. Says how to go on. */
  failed(event: string, site: Site, cause: Cause.Cause<unknown>): Effect.Effect<Handling> {
    return Effect.gen(this, function* () {
      const error = errorOf(site, cause)
      const handling = handlingOf(error)
      yield* this.errors.report(event, error, cause, site)
      yield* this.remember(site, error)
      yield* this.note(site, this.failuresOf(site), error.message)
      if (handling.category === "fatal") yield* this.dieOf(site, error)
      if (handling.category === "maintenance") yield* this.holdEntries(site, error.message)
      return handling
    })
  }

  /** A step failed for good this time (its retries are used up, or it has none). */
  gaveUp(site: Site, message: string): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      const failures = this.failuresOf(site) + 1
      yield* this.note(site, failures, message)
      const { escalateAfterFailures, fatalAfterFailures } = this.settings
      const words = `${failures} failures in a row: ${message}`
      if (failures >= escalateAfterFailures) yield* this.holdEntries(site, words)
      if (fatalAfterFailures > 0 && failures >= fatalAfterFailures) {
        yield* this.raise(site, new ExecutionLoopError({ ...site, reason: "Repeated", message: words }))
      }
    })
  }

  /** A step that had failed works again. */
  recovered(site: Site): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      this.errors.recoveryCount++
      this.errors.forget(site.module, site.operation)
      yield* Effect.logInfo("recovered", { module: site.module, operation: site.operation })
      this.failing.delete(siteKey(site))
      yield* this.judge(site.module)
      if (this.capabilities.release("enter", siteKey(site))) {
        yield* Effect.logInfo("capability_restored").pipe(
          Effect.annotateLogs({ ...site, capability: "enter", reason: "it works again" })
        )
      }
    })
  }

  /** What a module's failing steps and fibers, and its own word, make of its status while it is up. */
  judge(module: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const record = this.health.get(module)
      if (record === undefined) return Effect.void
      const failing = [...this.failing.values()].filter((site) => site.module === module)
      record.consecutiveFailures = Math.max(0, ...failing.map(({ failures }) => failures))
      if (!record.isUp) return Effect.void
      const reason = failing.at(-1)?.message ?? record.ownWords
      if (reason === undefined) return setStatus(record, "ready")
      const isInError = record.consecutiveFailures >= this.settings.escalateAfterFailures
      return setStatus(record, isInError ? "error" : "degraded", reason)
    })
  }

  /** The daemon is about to end: what is left of a tick enters nothing more. */
  endEntries(reason: string): void {
    this.capabilities.hold("enter", END, reason)
    this.capabilities.hold("quote", END, reason)
  }

  /** Ends the daemon for an error that was reported: the first one wins. What is left of a tick enters nothing more. */
  dieOf(site: Site, error: TradewindError): Effect.Effect<void> {
    this.endEntries(error.message)
    return Effect.asVoid(Deferred.succeed(this.fatal, fatalOf(site, error)))
  }

  /** Ends the daemon for what the orchestrator itself found; reported once, however often it is found. */
  raise(site: Site, error: TradewindError): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      if (yield* Deferred.isDone(this.fatal)) return
      const fatal = fatalOf(site, error)
      yield* this.errors.report("fatal_error", fatal, Cause.fail(fatal), site)
      yield* this.dieOf(site, fatal)
    })
  }

  /** Takes note of a fatal error that the daemon is told of from outside; not of the one it ends for already. */
  told(error: OrchestratorFatalError): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      const known = yield* Deferred.poll(this.fatal)
      if (Option.isSome(known) && (yield* known.value) === error) return
      yield* this.errors.report("fatal_error", error, Cause.fail(error))
      yield* this.dieOf(error, error)
    })
  }

  /** Whoever keeps the errors could not keep one: it is not told of that as well; a fatal reason ends the daemon. */
  notKept(site: Site, cause: Cause.Cause<unknown>): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      const error = errorOf(site, cause)
      if (handlingOf(error).category === "fatal" && !(yield* Deferred.isDone(this.fatal))) {
        return yield* this.raise(site, error)
      }
      yield* this.errors.tell("error_not_kept", error, cause, site)
    })
  }

  /** Keeps an error as its module's last one. */
  remember(site: Site, error: TradewindError): Effect.Effect<void> {
    return Effect.map(Clock.currentTimeMillis, (atMs) => {
      const record = this.health.get(site.module)
      if (record === undefined) return
      record.lastError = { atMs, operation: site.operation, code: codeOf(error), message: error.message }
    })
  }

  private failuresOf(site: Site): number {
    return this.failing.get(siteKey(site))?.failures ?? 0
  }

  private note(site: Site, failures: number, message: string): Effect.Effect<void> {
    this.failing.delete(siteKey(site))
    this.failing.set(siteKey(site), { module: site.module, failures, message })
    return this.judge(site.module)
  }

  private holdEntries(site: Site, reason: string): Effect.Effect<void> {
    return this.capabilities.hold("enter", siteKey(site), reason)
      ? Effect.logWarning("capability_held").pipe(
          Effect.annotateLogs({ ...site, capability: "enter", reason })
        )
      : Effect.void
  }
}
