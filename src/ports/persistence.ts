/** The journal: what must survive a crash. */
import { Context, type Effect, Schema } from "effect"
import type { MicroUsd } from "../domain/money.ts"
import type { Fill, Intent, Order, OrderId, OrderIdentity, OrderStatus } from "../domain/order.ts"
import type { Position } from "../domain/position.ts"
import type { CashMark } from "../domain/reconciliation.ts"
import type { Outcome, Resolution, TokenId, Window, WindowSlug } from "../domain/window.ts"
import { failureFields } from "./failure.ts"

/**
 * The store failed. `Corrupt` and `NewerSchema` name the file and leave it untouched; `HeldByAnother` means a
 * second daemon uses the state directory; `NotWritable` and `DiskFull` are the disk's.
 */
export class PersistenceError extends Schema.TaggedError<PersistenceError>()("PersistenceError", {
  ...failureFields,
  reason: Schema.Literal(
    "Unavailable",
    "Busy",
    "DiskFull",
    "NotWritable",
    "Corrupt",
    "NewerSchema",
    "HeldByAnother",
    "WrongWorld"
  ),
  path: Schema.String
}) {}

/** What a tick did, as it is stored and published. */
export const TickSummary = Schema.Struct({
  tick: Schema.Int,
  atMs: Schema.Int,
  durationMs: Schema.Number,
  spot: Schema.Record({ key: Schema.String, value: Schema.String }),
  decisions: Schema.Array(Schema.String)
})
export type TickSummary = typeof TickSummary.Type

/** All that the journal knows, read at start. */
export interface JournalState {
  /** Every order that may still trade, and every order of a window that is not settled. */
  readonly orders: ReadonlyArray<Order>
  /** Every fill, with its last status, of every window that is not settled: positions are computed from them. */
  readonly fills: ReadonlyArray<Fill>
  /** Positions that are not closed. */
  readonly positions: ReadonlyArray<Position>
  /** Windows that are traded or seen and not settled. */
  readonly windows: ReadonlyArray<Window>
  /** Market time of the last stored tick, if any. */
  readonly lastTickAtMs: number | undefined
  /** The last total tick number stored; 0 on a new journal. */
  readonly tickCount: number
}

/** Sums over the whole journal, for the summary at the end of a run. */
export interface JournalTotals {
  readonly windowsSeen: number
  readonly windowsTraded: number
  readonly windowsSettled: number
  readonly fills: number
  /** Sums of `realizedPnlMicroUsd` and `feesMicroUsd` over every position ever stored, closed ones too. */
  readonly realizedPnlMicroUsd: MicroUsd
  readonly feesMicroUsd: MicroUsd
  /** How many orders ever stored have which status now: counts since the journal began survive a restart. */
  readonly orders: Readonly<Record<OrderStatus, number>>
}

/** An instrument that was traded once. */
export interface EverHeld {
  readonly slug: WindowSlug
  readonly outcome: Outcome
  /** The outcome of its window; undefined until it is settled. */
  readonly settledAs: Outcome | undefined
}

/** The write side is in the order of an order's life; each method is durable when it returns. */
export class Persistence extends Context.Tag("tradewind/Persistence")<
  Persistence,
  {
    /** The database file, for messages. */
    readonly path: string
    readonly load: Effect.Effect<JournalState, PersistenceError>
    readonly totals: Effect.Effect<JournalTotals, PersistenceError>
    /** Stores the intent with its order id, status `pending`, before anything is sent. Synchronous FULL. */
    readonly recordIntent: (intent: Intent, identity: OrderIdentity) => Effect.Effect<void, PersistenceError>
    /** Stores an order's new state, whoever told it. */
    readonly recordOrder: (order: Order) => Effect.Effect<void, PersistenceError>
    /** Stores a fill or its new status; a repeated fill changes nothing. */
    readonly recordFill: (fill: Fill, position: Position) => Effect.Effect<void, PersistenceError>
    readonly recordPosition: (position: Position) => Effect.Effect<void, PersistenceError>
    /** Stores a window when it is first tracked; a repeat changes nothing. */
    readonly recordWindow: (window: Window) => Effect.Effect<void, PersistenceError>
    /** Stores a window's resolution with the positions it closed, in one transaction. */
    readonly recordSettlement: (
      resolution: Resolution,
      positions: ReadonlyArray<Position>
    ) => Effect.Effect<void, PersistenceError>
    /** Appends to the event log: lifecycle, errors, decisions worth keeping. */
    readonly recordEvent: (
      kind: string,
      fields: Readonly<Record<string, unknown>>
    ) => Effect.Effect<void, PersistenceError>
    readonly recordTick: (summary: TickSummary) => Effect.Effect<void, PersistenceError>
    /** The last moment at which the venue's cash was explained by our books; kept once. */
    readonly recordCashMark: (mark: CashMark) => Effect.Effect<void, PersistenceError>
    readonly cashMark: Effect.Effect<CashMark | undefined, PersistenceError>
    /** What we ever held of a token, and how its window was settled in our books; undefined where we never held it. */
    readonly everHeld: (tokenId: TokenId) => Effect.Effect<EverHeld | undefined, PersistenceError>
    /** Positions that are not closed. */
    readonly openPositions: Effect.Effect<ReadonlyArray<Position>, PersistenceError>
    /** Orders by id, for reconciliation. */
    readonly orderById: (orderId: OrderId) => Effect.Effect<Order | undefined, PersistenceError>
    readonly settledOutcome: (slug: WindowSlug) => Effect.Effect<Resolution | undefined, PersistenceError>
  }
>() {}
