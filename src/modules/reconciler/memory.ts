/** What the reconciler remembers, when it is due, and what it says of itself: pure. */
import type { Bars } from "../../domain/risk.ts"
import type { TokenId } from "../../domain/window.ts"
import type { ReconciliationCause, ReconciliationState } from "../../ports/reconciliation.ts"
import { type Findings, NO_FINDINGS, barsOf, hasPending } from "./findings.ts"
import type { Settings } from "./settings.ts"

/** Differences that are shown one by one. */
const MAX_SHOWN = 100

export interface Memory {
  readonly findings: Findings
  /** Streams of news that had been opened when the last whole comparison began. */
  readonly streams: number
  readonly runs: number
  readonly failures: number
  /** When a comparison was last tried, by the monotonic clock. */
  readonly triedMs: number
  readonly hasFailed: boolean
  readonly lastAtMs: number | undefined
  readonly lastCause: ReconciliationCause | undefined
}

export const FIRST_MEMORY: Memory = {
  findings: NO_FINDINGS,
  streams: 0,
  runs: 0,
  failures: 0,
  triedMs: Number.NEGATIVE_INFINITY,
  hasFailed: false,
  lastAtMs: undefined,
  lastCause: undefined
}

/** Why a comparison is due now; undefined where none is. After a failure none is made at once. */
export const causeOf = (
  { findings, hasFailed, runs, streams: seen, triedMs }: Memory,
  streams: number,
  nowMs: number,
  { everyMs, recheckMs }: Pick<typeof Settings.Type, "everyMs" | "recheckMs">
): ReconciliationCause | undefined => {
  const sinceMs = nowMs - triedMs
  if (hasFailed && sinceMs < Math.min(recheckMs, everyMs)) return undefined
  if (runs === 0) return "start"
  if (streams > seen) return "reconnect"
  if (sinceMs >= everyMs || hasFailed) return "timer"
  return hasPending(findings) && sinceMs >= recheckMs ? "recheck" : undefined
}

/** Where nothing may be entered: nowhere, before the first comparison has been made. */
export const barsNow = ({ findings, runs }: Memory, orders: ReadonlyMap<TokenId, string>): Bars => {
  const bars = barsOf(findings, orders)
  return runs > 0 ? bars : { ...bars, everything: "memory, journal and venue have not been compared yet" }
}

export const stateOf = (memory: Memory, bars: Bars): ReconciliationState => {
  const { counts, differences } = memory.findings
  return {
    runs: memory.runs,
    failures: memory.failures,
    lastAtMs: memory.lastAtMs ?? null,
    lastCause: memory.lastCause ?? null,
    counts,
    differences: differences.slice(0, MAX_SHOWN),
    leftOut: Math.max(0, differences.length - MAX_SHOWN),
    barred: {
      everything: bars.everything ?? null,
      instruments: Object.fromEntries(bars.instruments)
    }
  }
}
