/** The comparison of memory, journal and venue: when it is made, and what it found. */
import { Context, type Effect, Schema } from "effect"
import { Difference } from "../domain/reconciliation.ts"
import type { Bars } from "../domain/risk.ts"
import { failureFields } from "./failure.ts"
import type { ExchangeError } from "./exchange.ts"
import type { PersistenceError } from "./persistence.ts"

/** Differences at the start that the settings do not let pass; all of them are in the message. */
export class ReconciliationRefused extends Schema.TaggedError<ReconciliationRefused>()(
  "ReconciliationRefused",
  { ...failureFields, reason: Schema.Literal("Differences") }
) {}

/** start: before anything is traded · reconnect: news were lost · timer · recheck: a difference was pending · demand: asked for. */
export const ReconciliationCause = Schema.Literal("start", "reconnect", "timer", "recheck", "demand")
export type ReconciliationCause = typeof ReconciliationCause.Type

/** What is known from the comparisons so far. Times are Unix milliseconds of the daemon's clock. */
export const ReconciliationState = Schema.Struct({
  /** Comparisons that were made whole, and those that could not be. */
  runs: Schema.Int,
  failures: Schema.Int,
  lastAtMs: Schema.NullOr(Schema.Int),
  lastCause: Schema.NullOr(ReconciliationCause),
  /** How many differences of each kind there were, and how many of them were escalated. */
  counts: Schema.Record({
    key: Schema.String,
    value: Schema.Struct({ found: Schema.Int, escalated: Schema.Int })
  }),
  /** Differences of the last comparison, at most 100; `leftOut` counts those beyond. */
  differences: Schema.Array(Difference),
  leftOut: Schema.Int,
  /** Why nothing is entered at all, or in which instruments and why. */
  barred: Schema.Struct({
    everything: Schema.NullOr(Schema.String),
    instruments: Schema.Record({ key: Schema.String, value: Schema.String })
  })
})
export type ReconciliationState = typeof ReconciliationState.Type

export class Reconciler extends Context.Tag("tradewind/Reconciler")<
  Reconciler,
  {
    /**
     * Compares where it is due. `book` puts the fills that the comparison of the orders brought into the positions, before
     * those are compared. Raises where the venue or the journal cannot be asked: what was not compared is not taken for equal.
     */
    readonly ifDue: <E, R>(
      book: Effect.Effect<void, E, R>
    ) => Effect.Effect<void, E | ExchangeError | PersistenceError, R>
    readonly bars: Effect.Effect<Bars>
    readonly state: Effect.Effect<ReconciliationState>
  }
>() {}
