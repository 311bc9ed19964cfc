/** Intents and the orders they become. */
import { Schema } from "effect"
import { Asset } from "./asset.ts"
import { MicroShares, MicroUsd, PriceTicks } from "./money.ts"
import { ConditionId, Outcome, TokenId, WindowSlug } from "./window.ts"

export const Side = Schema.Literal("BUY", "SELL")
export type Side = typeof Side.Type

/** GTC rests, GTD rests until its expiry, FOK fills whole or not at all, FAK fills what it can and cancels the rest. */
export const OrderType = Schema.Literal("GTC", "GTD", "FOK", "FAK")
export type OrderType = typeof OrderType.Type

/** Why an order is wanted: entries open risk, every other purpose closes it. */
export const Purpose = Schema.Literal("entry", "stop-loss", "take-profit", "expiry")
export type Purpose = typeof Purpose.Type

/** The order's EIP-712 digest, 0x and 64 hex digits: known before it is sent. */
export const OrderId = Schema.NonEmptyString.pipe(Schema.brand("OrderId"))
export type OrderId = typeof OrderId.Type

/** A wish that passed sizing and risk, in all that is needed to sign it to the same order id again. */
export const Intent = Schema.Struct({
  slug: WindowSlug,
  asset: Asset,
  conditionId: ConditionId,
  tokenId: TokenId,
  outcome: Outcome,
  side: Side,
  orderType: OrderType,
  priceTicks: PriceTicks,
  sizeMicroShares: MicroShares,
  postOnly: Schema.Boolean,
  /** When a GTD order lapses, Unix milliseconds; null on the other types. */
  expiresAtMs: Schema.NullOr(Schema.Int),
  purpose: Purpose,
  /** Why, in words for the journal and the log. */
  reason: Schema.String,
  createdAtMs: Schema.Int
})
export type Intent = typeof Intent.Type

/** What makes one order unlike every other: chance and time, kept with the intent. */
export const OrderIdentity = Schema.Struct({
  orderId: OrderId,
  /** At most 2^53 − 1. */
  salt: Schema.Int,
  timestampMs: Schema.Int,
  /**
   * The signed order in the venue's own JSON, signature included: these bytes are journalled, and these are sent. Absent where
   * it could not be signed, and on orders of journals that did not keep it.
   */
  signedOrder: Schema.optional(Schema.NonEmptyString)
})
export type OrderIdentity = typeof OrderIdentity.Type

/**
 * pending: journalled, not yet answered · unknown: sent, outcome not known · live: rests at the venue ·
 * filled, cancelled, expired, refused: over.
 */
export const OrderStatus = Schema.Literal(
  "pending",
  "unknown",
  "live",
  "filled",
  "cancelled",
  "expired",
  "refused"
)
export type OrderStatus = typeof OrderStatus.Type

/** Settlement of a fill on chain; FAILED is terminal and takes the fill back. */
export const FillStatus = Schema.Literal("matched", "mined", "confirmed", "retrying", "failed")
export type FillStatus = typeof FillStatus.Type

const FILL_STATUS_RANK: Readonly<Record<FillStatus, number>> = {
  matched: 0,
  retrying: 1,
  mined: 2,
  confirmed: 3,
  failed: 4
}
/** Of two reports on one fill the one that holds, in whichever order they came: streams repeat and reorder. */
export const laterFillStatus = (a: FillStatus, b: FillStatus): FillStatus =>
  FILL_STATUS_RANK[a] >= FILL_STATUS_RANK[b] ? a : b
/** Will the venue say no more about a fill of this status? */
export const isFinalFill = (status: FillStatus): boolean => status === "confirmed" || status === "failed"

/**
 * All that was ever learnt about an order. Every part only grows, so that facts may come in any order and any
 * number of times; the order's status is computed from it (domain/order-state.ts). Texts are null until learnt.
 */
export const OrderEvidence = Schema.Struct({
  /** The venue had the order: it said so, or the order traded. */
  acknowledged: Schema.Boolean,
  unknown: Schema.NullOr(Schema.String),
  refused: Schema.NullOr(Schema.String),
  cancelled: Schema.NullOr(Schema.String),
  expired: Schema.NullOr(Schema.String),
  /** Why the very same order was sent a second time; absent where it was not. */
  resent: Schema.optional(Schema.String),
  /** The most the venue ever reported as filled. */
  venueFilledMicroShares: MicroShares,
  /** Each fill once, by key, with its last status. */
  fills: Schema.Array(
    Schema.Struct({ key: Schema.NonEmptyString, sizeMicroShares: MicroShares, status: FillStatus })
  )
})
export type OrderEvidence = typeof OrderEvidence.Type

export const Order = Schema.Struct({
  ...OrderIdentity.fields,
  intent: Intent,
  status: OrderStatus,
  /** Sum of the fills seen that have not failed, each counted once. */
  filledMicroShares: MicroShares,
  /** The venue's words where it refused or cancelled. */
  note: Schema.String,
  updatedAtMs: Schema.Int,
  /** Absent on an order that was only journalled. */
  evidence: Schema.optional(OrderEvidence)
})
export type Order = typeof Order.Type

/** One execution of one of our orders, keyed by trade id and order id. */
export const Fill = Schema.Struct({
  tradeId: Schema.NonEmptyString,
  orderId: OrderId,
  slug: WindowSlug,
  tokenId: TokenId,
  side: Side,
  role: Schema.Literal("maker", "taker"),
  priceTicks: PriceTicks,
  sizeMicroShares: MicroShares,
  feeMicroUsd: MicroUsd,
  status: FillStatus,
  matchedAtMs: Schema.Int
})
export type Fill = typeof Fill.Type

export const fillKey = (fill: Pick<Fill, "tradeId" | "orderId">): string => `${fill.tradeId}|${fill.orderId}`

const OPEN_STATUSES: ReadonlySet<OrderStatus> = new Set(["pending", "unknown", "live"])
/** May this order still trade? */
export const isOpen = (order: Order): boolean => OPEN_STATUSES.has(order.status)
