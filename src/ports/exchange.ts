/** The venue, as the rest of the daemon sees it: one contract for the embedded exchange and for Polymarket. */
import { Context, type Effect, Schema } from "effect"
import type { Asset } from "../domain/asset.ts"
import type { Book } from "../domain/book.ts"
import type { MicroShares, MicroUsd } from "../domain/money.ts"
import type { FillStatus, Intent, OrderId, OrderIdentity, Side } from "../domain/order.ts"
import type { PriceTicks } from "../domain/money.ts"
import type { ConditionId, Interval, Resolution, TokenId, Window } from "../domain/window.ts"
import { failureFields } from "./failure.ts"

/** Why a call to the venue failed. The sending of an order never fails this way: see {@link PlaceOutcome}. */
export const ExchangeReason = Schema.Union(
  /** No answer, a broken connection, a 5xx: may work the next time. */
  Schema.TaggedStruct("Unavailable", {}),
  Schema.TaggedStruct("RateLimited", { retryAfterMs: Schema.Number }),
  /** Engine restart, post-only, cancel-only or disabled trading. */
  Schema.TaggedStruct("Maintenance", { retryAfterMs: Schema.Number }),
  /** An order's fate is not known; resolved by its id, never by sending again. */
  Schema.TaggedStruct("OutcomeUnknown", { orderId: Schema.String }),
  Schema.TaggedStruct("Refused", {}),
  /** An answer that does not decode. */
  Schema.TaggedStruct("Undecodable", {}),
  Schema.TaggedStruct("AuthFailed", {})
)
export type ExchangeReason = typeof ExchangeReason.Type

export class ExchangeError extends Schema.TaggedError<ExchangeError>()("ExchangeError", {
  ...failureFields,
  reason: ExchangeReason
}) {}

/** What became of a sent order. `unknown` is not `refused`: the order may rest or have traded. */
export type PlaceOutcome =
  | { readonly _tag: "Accepted"; readonly orderId: OrderId; readonly status: "live" | "matched" | "delayed" }
  | { readonly _tag: "Refused"; readonly orderId: OrderId; readonly reason: string }
  | { readonly _tag: "Unknown"; readonly orderId: OrderId; readonly reason: string }
  /** The venue has this very order already, and does not tell what became of it: it is asked for. */
  | { readonly _tag: "Duplicate"; readonly orderId: OrderId; readonly reason: string }

/** What became of a cancel, order by order. */
export interface CancelOutcome {
  readonly cancelled: ReadonlyArray<OrderId>
  readonly notCancelled: ReadonlyMap<OrderId, string>
}

/** An order as the venue reports it. */
export interface VenueOrder {
  readonly orderId: OrderId
  readonly conditionId: ConditionId
  readonly tokenId: TokenId
  readonly side: Side
  readonly priceTicks: PriceTicks
  readonly sizeMicroShares: MicroShares
  readonly filledMicroShares: MicroShares
  readonly status: "live" | "matched" | "cancelled" | "expired"
}

/** One of our executions as the venue reports it: one row per trade and own order. */
export interface VenueTrade {
  readonly tradeId: string
  readonly orderId: OrderId
  readonly conditionId: ConditionId
  readonly tokenId: TokenId
  readonly side: Side
  readonly role: "maker" | "taker"
  readonly priceTicks: PriceTicks
  readonly sizeMicroShares: MicroShares
  readonly feeMicroUsd: MicroUsd
  readonly status: FillStatus
  readonly matchedAtMs: number
}

/** News of the account. Streams repeat and reorder: appliers must not mind. */
export type AccountUpdate =
  | { readonly _tag: "OrderUpdate"; readonly order: VenueOrder; readonly atMs: number; readonly note: string }
  | { readonly _tag: "TradeUpdate"; readonly trade: VenueTrade; readonly atMs: number }

/** Shares of one token as the venue holds them for us, settled ones only. */
export interface VenueBalance {
  readonly tokenId: TokenId
  readonly conditionId: ConditionId
  readonly sizeMicroShares: MicroShares
}

export class Exchange extends Context.Tag("tradewind/Exchange")<
  Exchange,
  {
    /** The account orders are sent for, safe to log. */
    readonly account: string
    /**
     * The window of an asset and interval that covers `atMs`, or undefined where the venue does not list it (yet).
     * A window whose settlement rule or protocol is not known here is refused with the reason.
     */
    readonly findWindow: (
      asset: Asset,
      interval: Interval,
      atMs: number
    ) => Effect.Effect<Window | undefined, ExchangeError>
    /** The price to beat: the settlement source's value at the window's start; undefined until it is known. */
    readonly priceToBeat: (
      window: Window
    ) => Effect.Effect<import("../domain/money.ts").SpotPrice | undefined, ExchangeError>
    /** Follows the books of exactly these windows; books of others are dropped. */
    readonly follow: (windows: ReadonlyArray<Window>) => Effect.Effect<void, ExchangeError>
    /** The last book of an instrument that is followed; never waits. */
    readonly book: (tokenId: TokenId) => Effect.Effect<Book | undefined>
    /**
     * The identity an intent will have at the venue, from chance and time of Effect: the order's EIP-712 digest, and the signed
     * order itself. One that cannot be signed has none, and is refused when it is placed.
     */
    readonly identify: (intent: Intent) => Effect.Effect<OrderIdentity>
    /** Sends an order once, in the very bytes its identity has. All that can happen to it is in the outcome. */
    readonly place: (intent: Intent, identity: OrderIdentity) => Effect.Effect<PlaceOutcome>
    readonly cancel: (orderIds: ReadonlyArray<OrderId>) => Effect.Effect<CancelOutcome, ExchangeError>
    /** Takes the account's news since the last call, oldest first; never waits. */
    readonly takeUpdates: Effect.Effect<ReadonlyArray<AccountUpdate>>
    /** How often the stream of that news was opened so far: between two of its lives news are lost. */
    readonly newsStreams: Effect.Effect<number>
    readonly order: (orderId: OrderId) => Effect.Effect<VenueOrder | undefined, ExchangeError>
    readonly openOrders: Effect.Effect<ReadonlyArray<VenueOrder>, ExchangeError>
    readonly trades: (conditionId: ConditionId) => Effect.Effect<ReadonlyArray<VenueTrade>, ExchangeError>
    readonly cashMicroUsd: Effect.Effect<MicroUsd, ExchangeError>
    readonly balances: Effect.Effect<ReadonlyArray<VenueBalance>, ExchangeError>
    /** The venue's resolution of a window; undefined until it resolved. */
    readonly resolution: (window: Window) => Effect.Effect<Resolution | undefined, ExchangeError>
    /**
     * The loop got on. Where the venue's dead-man switch is on, it cancels our orders once this is not said any more; never
     * waits.
     */
    readonly beat: Effect.Effect<void>
  }
>() {}
