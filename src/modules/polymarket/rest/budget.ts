/** Waits so that the venue has no cause to refuse, and no longer than the venue says where it had one. */
import { Clock, Duration, Effect } from "effect"
import {
  COUNTS,
  type Endpoint,
  KEPT_FOR_URGENT,
  LIMITS,
  type Limit,
  type LimitName,
  URGENT
} from "./limits.ts"

/** A request that would have to wait longer than it may. */
export interface OverBudget {
  readonly retryAfterMs: number
}

/**
 * Counts by the moment at which everything granted so far will have been earned (GCRA): one number for each limit, and the
 * same calls at the same times give the same waits.
 */
export class Budget {
  private readonly earnedAtMs = new Map<LimitName, number>()
  private readonly pausedUntilMs = new Map<Endpoint, number>()
  private readonly maxWaitMs: number

  constructor(maxWaitMs: number) {
    this.maxWaitMs = maxWaitMs
  }

  /** Grants a request of this cost and says how long it must wait; left ungranted where that is longer than allowed. */
  reserve(
    endpoint: Endpoint,
    cost: number,
    nowMs: number
  ): { readonly granted: boolean; readonly waitMs: number } {
    const urgent = URGENT.has(endpoint)
    const names = COUNTS[endpoint]
    const paused = (this.pausedUntilMs.get(endpoint) ?? 0) - nowMs
    const waitMs = Math.ceil(
      Math.max(0, paused, ...names.map((name) => this.waitFor(LIMITS[name], name, cost, urgent, nowMs)))
    )
    if (waitMs > this.maxWaitMs) return { granted: false, waitMs }
    for (const name of names) {
      const from = Math.max(this.earnedAtMs.get(name) ?? 0, nowMs)
      this.earnedAtMs.set(name, from + (cost * 1000) / LIMITS[name].perSecond)
    }
    return { granted: true, waitMs }
  }

  /** The venue told when requests of this kind will be taken again. */
  pause(endpoint: Endpoint, untilMs: number): void {
    this.pausedUntilMs.set(endpoint, Math.max(untilMs, this.pausedUntilMs.get(endpoint) ?? 0))
  }

  /** Waits for a request's turn. */
  take(endpoint: Endpoint, cost: number): Effect.Effect<void, OverBudget> {
    return Effect.gen(this, function* () {
      const nowMs = yield* Clock.currentTimeMillis
      const { granted, waitMs } = this.reserve(endpoint, cost, nowMs)
      if (!granted) return yield* Effect.fail<OverBudget>({ retryAfterMs: waitMs })
      if (waitMs > 0) yield* Effect.sleep(Duration.millis(waitMs))
    })
  }

  private waitFor(limit: Limit, name: LimitName, cost: number, urgent: boolean, nowMs: number): number {
    const burst = Math.max(1, Math.floor(limit.burst * (urgent ? 1 : 1 - KEPT_FOR_URGENT)))
    const from = Math.max(this.earnedAtMs.get(name) ?? 0, nowMs)
    return from - nowMs + ((Math.min(cost, burst) - burst) * 1000) / limit.perSecond
  }
}
