/**
 * What every error means. The tables are total over the tags and reasons that can be raised: a new one without a
 * row does not compile.
 */
import type { ExchangeReason } from "../ports/exchange.ts"
import type { ModuleError } from "../ports/module-host.ts"
import { PersistenceError } from "../ports/persistence.ts"
import { ReconciliationRefused } from "../ports/reconciliation.ts"
import type { SpotError } from "../ports/spot.ts"
import type { OrchestratorError } from "./errors.ts"

export const CATEGORIES = [
  "transient",
  "rate-limited",
  "maintenance",
  "ambiguous",
  "refused",
  "fatal"
] as const
export type Category = (typeof CATEGORIES)[number]

/** All errors that can reach the policy. */
export type TradewindError = ModuleError | OrchestratorError

/** How an error is handled: its category, and for waits that the venue set, how long. */
export interface Handling {
  readonly category: Category
  readonly retryAfterMs: number
}

type Rows<E extends { readonly _tag: string }> = {
  readonly [Tag in E["_tag"]]: (error: Extract<E, { readonly _tag: Tag }>) => Handling
}

const always = (category: Category) => (): Handling => ({ category, retryAfterMs: 0 })

const EXCHANGE: Rows<ExchangeReason> = {
  Unavailable: always("transient"),
  RateLimited: (reason) => ({ category: "rate-limited", retryAfterMs: reason.retryAfterMs }),
  Maintenance: (reason) => ({ category: "maintenance", retryAfterMs: reason.retryAfterMs }),
  OutcomeUnknown: always("ambiguous"),
  Refused: always("refused"),
  Undecodable: always("transient"),
  AuthFailed: always("fatal")
}

const PERSISTENCE: { readonly [R in PersistenceError["reason"]]: Category } = {
  Unavailable: "transient",
  Busy: "transient",
  DiskFull: "fatal",
  NotWritable: "fatal",
  Corrupt: "fatal",
  NewerSchema: "fatal",
  HeldByAnother: "fatal",
  WrongWorld: "fatal"
}

const SPOT: { readonly [R in SpotError["reason"]]: Category } = {
  Unavailable: "transient",
  Stale: "transient"
}

const byExchangeReason = (reason: ExchangeReason): Handling => {
  const row: (reason: never) => Handling = EXCHANGE[reason._tag]
  return row(reason as never)
}

/** The policy table of design.md §5. Unknown errors and defects are recoverable, and escalate by repetition. */
export const POLICY: Rows<TradewindError> = {
  ExchangeError: (error) => byExchangeReason(error.reason),
  PersistenceError: (error) => ({ category: PERSISTENCE[error.reason], retryAfterMs: 0 }),
  SpotError: (error) => ({ category: SPOT[error.reason], retryAfterMs: 0 }),
  ReconciliationRefused: always("fatal"),
  ExecutionLoopError: always("transient"),
  OrchestratorNotInitialized: always("refused"),
  OrchestratorAlreadyInitialized: always("refused"),
  ModuleInitFailed: always("fatal"),
  ModuleInitTimeout: always("fatal"),
  ModuleShutdownFailed: always("refused"),
  ModuleShutdownTimeout: always("refused"),
  OrchestratorFatalError: always("fatal")
}

/** The category of an error and what to wait for. */
export const handlingOf = (error: TradewindError): Handling => {
  const row: (error: never) => Handling = POLICY[error._tag]
  return row(error as never)
}

/** Exit codes of design.md §6. */
export const EXIT_CODES = {
  clean: 0,
  fatal: 1,
  unverified: 2,
  forced: 3,
  usage: 64,
  disk: 74,
  held: 75,
  config: 78
} as const

const PERSISTENCE_EXIT: { readonly [R in PersistenceError["reason"]]: number } = {
  Unavailable: EXIT_CODES.fatal,
  Busy: EXIT_CODES.fatal,
  DiskFull: EXIT_CODES.disk,
  NotWritable: EXIT_CODES.disk,
  Corrupt: EXIT_CODES.fatal,
  NewerSchema: EXIT_CODES.fatal,
  HeldByAnother: EXIT_CODES.held,
  WrongWorld: EXIT_CODES.config
}

/** The exit code a fatal error calls for, found in the error or in the causes beneath it. */
export const exitCodeOf = (error: unknown): number => {
  let current: unknown = error
  for (let depth = 0; depth < 10; depth++) {
    if (current instanceof PersistenceError) return PERSISTENCE_EXIT[current.reason]
    if (current instanceof ReconciliationRefused) return EXIT_CODES.unverified
    current =
      typeof current === "object" && current !== null && "cause" in current ? current.cause : undefined
  }
  return EXIT_CODES.fatal
}
