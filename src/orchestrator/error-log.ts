/** Every error once: counted, logged, published. */
import { type Cause, Clock, Effect, PubSub, Queue, Scope, Stream } from "effect"
import { type Category, type TradewindError, handlingOf } from "./policy.ts"

/** One error as monitors see it. */
export interface ErrorReport {
  readonly atMs: number
  readonly module: string
  readonly operation: string
  readonly code: string
  readonly category: Category
  readonly message: string
  /** How often this same error has come, this time included. */
  readonly occurrences: number
}

/** The code of an error: its own where it has one, else its tag and reason. */
export const codeOf = (error: TradewindError): string => {
  if ("code" in error) return error.code
  const reason = typeof error.reason === "string" ? error.reason : error.reason._tag
  return `${error._tag}.${reason}`
}

/** Distinct errors whose repetitions are remembered; the oldest is forgotten first. */
const REMEMBERED_ERRORS = 256
/** Reports a slow subscriber may fall behind before it loses the oldest. */
const STREAM_CAPACITY = 256

const prefixOf = (site: { readonly module: string; readonly operation: string }): string =>
  `${site.module}|${site.operation}`

const isPowerOfTen = (count: number): boolean => /^10*$/.test(String(count))

export class ErrorLog {
  errorCount = 0
  recoveryCount = 0
  lastError: ErrorReport | undefined
  private readonly occurrences = new Map<string, number>()
  private readonly reports: PubSub.PubSub<ErrorReport>

  private constructor(reports: PubSub.PubSub<ErrorReport>) {
    this.reports = reports
  }

  static readonly make: Effect.Effect<ErrorLog> = Effect.map(
    PubSub.sliding<ErrorReport>(STREAM_CAPACITY),
    (reports) => new ErrorLog(reports)
  )

  /** Errors from now on, the oldest dropped where a subscriber is more than 256 behind. */
  get stream(): Stream.Stream<ErrorReport> {
    return Stream.fromPubSub(this.reports)
  }

  /** Tells every error from now on to a listener that lives as long as the scope; it listens when this returns. */
  forEach<E>(
    listener: (report: ErrorReport) => Effect.Effect<void, E>,
    scope: Scope.Scope
  ): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      const reports = yield* Scope.extend(PubSub.subscribe(this.reports), scope)
      yield* Queue.take(reports).pipe(
        Effect.flatMap(listener),
        Effect.catchAllCause((cause) => Effect.logWarning("error_not_kept", cause)),
        Effect.forever,
        Effect.interruptible,
        Effect.forkIn(scope)
      )
    })
  }

  /**
   * Counts, logs and publishes an error that came to a step or fiber (the site). Repetitions of the same error at the
   * same site are counted, and logged at the 10th, 100th and so on, so that a fault that lasts for hours does not bury
   * the log.
   */
  report(
    event: string,
    error: TradewindError,
    cause: Cause.Cause<unknown>,
    site: { readonly module: string; readonly operation: string } = error
  ): Effect.Effect<ErrorReport> {
    return Effect.gen(this, function* () {
      const atMs = yield* Clock.currentTimeMillis
      const { category } = handlingOf(error)
      const code = codeOf(error)
      const occurrences = this.count(
        [prefixOf(site), error.module, error.operation, code, error.message].join("|")
      )
      const { message, module, operation } = error
      const report: ErrorReport = { atMs, module, operation, code, category, message, occurrences }
      this.errorCount++
      this.lastError = report
      if (isPowerOfTen(occurrences)) {
        const log = category === "fatal" ? Effect.logError : Effect.logWarning
        yield* log(event, { module, operation, error: message, code, category, occurrences }, cause)
      }
      yield* PubSub.publish(this.reports, report)
      return report
    })
  }

  private count(signature: string): number {
    const occurrences = (this.occurrences.get(signature) ?? 0) + 1
    this.occurrences.delete(signature)
    this.occurrences.set(signature, occurrences)
    const oldest = this.occurrences.keys().next()
    if (this.occurrences.size > REMEMBERED_ERRORS && oldest.done !== true)
      this.occurrences.delete(oldest.value)
    return occurrences
  }

  /** A site's errors begin anew after its recovery, so that its next first time is logged. */
  forget(module: string, operation: string): void {
    for (const signature of this.occurrences.keys()) {
      if (signature.startsWith(`${prefixOf({ module, operation })}|`)) this.occurrences.delete(signature)
    }
  }
}
