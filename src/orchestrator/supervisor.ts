/** From an error to what is done about it: the one place that reads the policy. */
import { Cause, Clock, Deferred, Effect, Option } from "effect"
import { CapabilityHolds } from "./capabilities.ts"
import { type ErrorLog, codeOf } from "./error-log.ts"
import { ExecutionLoopError, OrchestratorFatalError } from "./errors.ts"
import { HealthRegistry, setCondition, setStatus } from "./health.ts"
import { type Handling, type TradewindError, handlingOf } from "./policy.ts"
import type { OrchestratorSettings } from "./settings.ts"

/** Who failed at what. */
export interface Site {
  readonly module: string
  readonly operation: string
}

export const siteKey = (site: Site): string => `${site.module}.${site.operation}`

const isTradewindError = (error: unknown): error is TradewindError =>
  typeof error === "object" && error !== null && "_tag" in error && "module" in error && "operation" in error

/** The error inside a cause; a defect, an interruption or anything untyped becomes an ExecutionLoopError. */
export const errorOf = (site: Site, cause: Cause.Cause<unknown>): TradewindError => {
  const failures = [...Cause.failures(cause)]
  const known = failures.filter(isTradewindError)
  const worst = known.find((error) => handlingOf(error).category === "fatal") ?? known[0]
  if (worst !== undefined) return worst
  const [failure] = failures
  const reason = Cause.isInterruptedOnly(cause) ? "Interrupted" : "Defect"
  const squashed = failure ?? Cause.squash(cause)
  return new ExecutionLoopError({
    ...site,
    reason,
    message: squashed instanceof Error ? squashed.message : String(squashed),
    cause: squashed
  })
}

const fatalOf = (site: Site, error: TradewindError): OrchestratorFatalError =>
  error._tag === "OrchestratorFatalError"
    ? error
    : new OrchestratorFatalError({ ...site, message: error.message, cause: error })

/** Who holds entries back once the daemon is about to end. */
const FATAL = "orchestrator.fatal"

/** What one run of the daemon shares between hosting, loop and shutdown. */
export class Supervisor {
  readonly health = new HealthRegistry()
  readonly capabilities = new CapabilityHolds()
  readonly errors: ErrorLog
  /** Done once, with the error that makes the daemon stop. */
  readonly fatal: Deferred.Deferred<OrchestratorFatalError>
  settings: OrchestratorSettings
  /** Failures in a row of each step and fiber that fails now. */
  private readonly failing = new Map<string, number>()

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
      yield* this.noteError(site, error)
      if (handling.category === "fatal") yield* this.dieOf(site, error)
      if (handling.category === "maintenance") yield* this.holdEntries(site, error.message)
      return handling
    })
  }

  /** A step failed for good this time (its retries are used up, or it has none). */
  gaveUp(site: Site, message: string): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      const failures = (this.failing.get(siteKey(site)) ?? 0) + 1
      this.failing.set(siteKey(site), failures)
      const { escalateAfterFailures, fatalAfterFailures } = this.settings
      const words = `${failures} failures in a row: ${message}`
      const record = this.health.get(site.module)
      if (record !== undefined) {
        record.consecutiveFailures = Math.max(record.consecutiveFailures, failures)
        yield* setCondition(record, failures >= escalateAfterFailures ? "error" : "degraded", message)
      }
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
      const record = this.health.get(site.module)
      const others = [...this.failing].filter(([key]) => key.startsWith(`${site.module}.`))
      if (record !== undefined)
        record.consecutiveFailures = Math.max(0, ...others.map(([, failures]) => failures))
      if (
        record !== undefined &&
        others.length === 0 &&
        (record.status === "degraded" || record.status === "error")
      ) {
        yield* setStatus(record, "ready")
      }
      if (this.capabilities.release("enter", siteKey(site))) {
        yield* Effect.logInfo("capability_restored").pipe(
          Effect.annotateLogs({ ...site, capability: "enter", reason: "it works again" })
        )
      }
    })
  }

  /** Ends the daemon for an error that was reported: the first one wins. What is left of a tick enters nothing more. */
  dieOf(site: Site, error: TradewindError): Effect.Effect<void> {
    this.capabilities.hold("enter", FATAL, error.message)
    this.capabilities.hold("quote", FATAL, error.message)
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

  private noteError(site: Site, error: TradewindError): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      const record = this.health.get(site.module)
      if (record === undefined) return
      const atMs = yield* Clock.currentTimeMillis
      record.lastError = { atMs, operation: site.operation, code: codeOf(error), message: error.message }
      if (record.status === "ready") yield* setStatus(record, "degraded", error.message)
    })
  }

  private holdEntries(site: Site, reason: string): Effect.Effect<void> {
    return this.capabilities.hold("enter", siteKey(site), reason)
      ? Effect.logWarning("capability_held").pipe(
          Effect.annotateLogs({ ...site, capability: "enter", reason })
        )
      : Effect.void
  }
}
