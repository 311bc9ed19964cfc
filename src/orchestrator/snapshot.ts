/** From what the orchestrator knows to the state it answers. */
import type { ModuleRecord } from "./health.ts"
import type { ReconciliationState } from "../ports/reconciliation.ts"
import type { Loop } from "./loop.ts"
import type { OrchestratorState, Phase } from "./state.ts"
import type { Supervisor } from "./supervisor.ts"

const moduleHealth = (record: ModuleRecord, nowMs: number): OrchestratorState["modules"][string] => ({
  status: record.status,
  sinceMs: record.sinceMs,
  reason: record.reason,
  lastError: record.lastError ?? null,
  consecutiveFailures: record.consecutiveFailures,
  initMs: record.initMs ?? null,
  shutdownMs: record.shutdownMs ?? null,
  facts: record.facts,
  factsAgeMs: record.factsAtMs === undefined ? null : nowMs - record.factsAtMs
})

const loopState = (
  loop: Loop | undefined,
  tickIntervalMs: number,
  nowMs: number
): OrchestratorState["loop"] => ({
  state: loop?.status ?? "stopped",
  tickCount: loop?.tickCount ?? 0,
  lastTickAt: loop?.lastTickAtMs ?? null,
  lastTickAgeMs: loop?.lastTickEndMs === undefined ? null : nowMs - loop.lastTickEndMs,
  tickIntervalMs,
  tickInProgress: loop?.tickInProgress ?? false,
  counters: {
    due: loop?.counters.due ?? 0,
    completed: loop?.counters.completed ?? 0,
    failed: loop?.counters.failed ?? 0,
    skippedOverlap: loop?.counters.skippedOverlap ?? 0,
    skippedPaused: loop?.counters.skippedPaused ?? 0
  },
  lateness: loop?.lateness.summary() ?? { lastMs: 0, p50Ms: 0, p99Ms: 0, maxMs: 0 }
})

/** The state at `nowMs` of the monotonic clock, from one run's parts. */
export const snapshot = (
  parts: {
    readonly phase: Phase
    readonly initialized: boolean
    readonly supervisor: Supervisor
    readonly loop: Loop | undefined
    readonly startedAtMs: number | undefined
    readonly reconciliation: ReconciliationState | undefined
  },
  nowMs: number
): OrchestratorState => {
  const { loop, supervisor } = parts
  return {
    version: 1,
    initialized: parts.initialized,
    running: parts.initialized && (loop?.status === "running" || loop?.status === "paused"),
    paused: parts.initialized && loop?.status === "paused",
    phase: parts.phase,
    modules: Object.fromEntries(
      supervisor.health.all().map((record) => [record.name, moduleHealth(record, nowMs)])
    ),
    loop: loopState(loop, supervisor.settings.tickIntervalMs, nowMs),
    errors: {
      errorCount: supervisor.errors.errorCount,
      recoveryCount: supervisor.errors.recoveryCount,
      lastError: supervisor.errors.lastError ?? null
    },
    capabilities: supervisor.capabilities.granted(),
    holds: supervisor.capabilities.reasons(),
    reconciliation: parts.reconciliation ?? null,
    startedAt: parts.startedAtMs ?? null
  }
}
