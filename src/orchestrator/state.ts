/** What getState answers, described by Schema. */
import { Schema } from "effect"
import { Capability } from "../domain/capability.ts"
import { MODULE_STATUSES } from "./health.ts"
import { ReconciliationState } from "../ports/reconciliation.ts"
import { CATEGORIES } from "./policy.ts"

export const PHASES = ["idle", "initializing", "ready", "running", "paused", "stopping", "stopped"] as const

const AtMs = Schema.NullOr(Schema.Number)

/** One module's condition; times are Unix milliseconds of the daemon's clock, durations real milliseconds. */
export const ModuleHealth = Schema.Struct({
  status: Schema.Literal(...MODULE_STATUSES),
  sinceMs: Schema.Number,
  reason: Schema.String,
  lastError: Schema.NullOr(
    Schema.Struct({
      atMs: Schema.Number,
      operation: Schema.String,
      code: Schema.String,
      message: Schema.String
    })
  ),
  consecutiveFailures: Schema.Int,
  initMs: AtMs,
  shutdownMs: AtMs,
  facts: Schema.Record({
    key: Schema.String,
    value: Schema.Union(Schema.String, Schema.Number, Schema.Boolean, Schema.Null)
  }),
  /** How old the facts are; null where the module has none or never answered. */
  factsAgeMs: AtMs
})

export const LoopState = Schema.Struct({
  state: Schema.Literal("stopped", "running", "paused"),
  tickCount: Schema.Int,
  lastTickAt: AtMs,
  /** How long ago the last tick ended: grows when the loop makes no progress. */
  lastTickAgeMs: AtMs,
  tickIntervalMs: Schema.Int,
  tickInProgress: Schema.Boolean,
  counters: Schema.Struct({
    due: Schema.Int,
    completed: Schema.Int,
    failed: Schema.Int,
    skippedOverlap: Schema.Int,
    skippedPaused: Schema.Int
  }),
  lateness: Schema.Struct({
    lastMs: Schema.Number,
    p50Ms: Schema.Number,
    p99Ms: Schema.Number,
    maxMs: Schema.Number
  })
})

/** The whole state of the orchestrator, at any time and in any phase. */
export const OrchestratorState = Schema.Struct({
  version: Schema.Literal(1),
  initialized: Schema.Boolean,
  running: Schema.Boolean,
  paused: Schema.Boolean,
  phase: Schema.Literal(...PHASES),
  modules: Schema.Record({ key: Schema.String, value: ModuleHealth }),
  loop: LoopState,
  errors: Schema.Struct({
    errorCount: Schema.Int,
    recoveryCount: Schema.Int,
    lastError: Schema.NullOr(
      Schema.Struct({
        atMs: Schema.Number,
        module: Schema.String,
        operation: Schema.String,
        code: Schema.String,
        category: Schema.Literal(...CATEGORIES),
        message: Schema.String,
        occurrences: Schema.Int
      })
    )
  }),
  capabilities: Schema.Array(Capability),
  holds: Schema.Array(
    Schema.Struct({ capability: Capability, holder: Schema.String, reason: Schema.String })
  ),
  /** What memory, journal and venue were found to differ in; null until all modules are up, and where nobody compares them. */
  reconciliation: Schema.NullOr(ReconciliationState),
  startedAt: AtMs
})
export type OrchestratorState = typeof OrchestratorState.Type
export type Phase = OrchestratorState["phase"]
