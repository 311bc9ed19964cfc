/** What the CLOB answers over REST: docs.polymarket.com/api-reference, and the official clients' types. */
import { Schema } from "effect"
import { Side } from "../../../domain/order.ts"
import { BaseUnits, Micros, NearPrice, Price, Shares, Whole, known } from "./numbers.ts"

const WireLevel = Schema.Struct({ price: Price, size: Shares })

/** GET /book and POST /books. Bids ascend, asks descend: the best is the last of both. */
export const WireBook = Schema.Struct({
  market: Schema.String,
  asset_id: Schema.String,
  timestamp: Whole,
  hash: Schema.optional(Schema.String),
  bids: Schema.Array(WireLevel),
  asks: Schema.Array(WireLevel),
  tick_size: known(Price)
})
export type WireBook = typeof WireBook.Type
export const WireBooks = Schema.Array(WireBook)

/** GET /clob-markets/{condition_id}: names are the venue's short ones. */
export const WireClobMarket = Schema.Struct({
  c: Schema.optional(Schema.String),
  t: Schema.Array(Schema.Struct({ t: Schema.String, o: Schema.String })),
  /** Tick and least size. */
  mts: Price,
  mos: Shares,
  nr: Schema.optional(Schema.NullOr(Schema.Boolean)),
  /** Fee rate, exponent, and whether only takers pay. */
  fd: Schema.optional(
    Schema.NullOr(
      Schema.Struct({ r: Micros, e: Schema.Number, to: Schema.optional(Schema.NullOr(Schema.Boolean)) })
    )
  ),
  /** Whether takers are held. */
  itode: Schema.optional(Schema.NullOr(Schema.Boolean)),
  /** Seconds of delay, on sports markets. */
  sd: known(Whole)
})
export type WireClobMarket = typeof WireClobMarket.Type

export const WireTickSize = Schema.Struct({ minimum_tick_size: Price })
export const WireNegRisk = Schema.Struct({ neg_risk: Schema.Boolean })
export const WireVersion = Schema.Struct({ version: Whole })
/** GET /time: Unix seconds. */
export const WireTime = Whole

/** An answer to an order. Amounts are decimal text, "" where nothing matched. */
export const WirePlaced = Schema.Struct({
  success: Schema.Boolean,
  errorMsg: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null }),
  orderID: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null }),
  status: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null }),
  makingAmount: known(Shares),
  takingAmount: known(Shares)
})
export type WirePlaced = typeof WirePlaced.Type
export const WirePlacedLegs = Schema.Array(WirePlaced)

export const WireCancelled = Schema.Struct({
  canceled: Schema.optionalWith(Schema.NullOr(Schema.Array(Schema.String)), { default: () => null }),
  not_canceled: Schema.optionalWith(
    Schema.NullOr(Schema.Record({ key: Schema.String, value: Schema.String })),
    { default: () => null }
  )
})
export type WireCancelled = typeof WireCancelled.Type

export const WireOrder = Schema.Struct({
  id: Schema.NonEmptyString,
  status: Schema.String,
  market: Schema.NonEmptyString,
  asset_id: Schema.NonEmptyString,
  side: Side,
  original_size: Shares,
  size_matched: known(Shares),
  price: NearPrice
})
export type WireOrder = typeof WireOrder.Type

/** One of the resting orders in a trade. */
export const WireMakerOrder = Schema.Struct({
  order_id: Schema.NonEmptyString,
  maker_address: Schema.optionalWith(Schema.String, { default: () => "" }),
  owner: Schema.optionalWith(Schema.String, { default: () => "" }),
  matched_amount: Shares,
  price: NearPrice,
  asset_id: Schema.NonEmptyString,
  side: Schema.optional(Side)
})
export type WireMakerOrder = typeof WireMakerOrder.Type

export const WireTrade = Schema.Struct({
  id: Schema.NonEmptyString,
  taker_order_id: Schema.String,
  market: Schema.NonEmptyString,
  asset_id: Schema.NonEmptyString,
  side: Side,
  size: Shares,
  price: NearPrice,
  status: Schema.String,
  /** Unix seconds; older frames write `matchtime`. */
  match_time: known(Whole),
  matchtime: known(Whole),
  maker_address: Schema.optionalWith(Schema.String, { default: () => "" }),
  owner: Schema.optionalWith(Schema.String, { default: () => "" }),
  trader_side: Schema.optional(Schema.Literal("TAKER", "MAKER")),
  maker_orders: Schema.optionalWith(Schema.NullOr(Schema.Array(WireMakerOrder)), { default: () => null })
})
export type WireTrade = typeof WireTrade.Type

/** A page of a list: `next_cursor` is {@link END_CURSOR} on the last one. */
export const pageOf = <A, I>(item: Schema.Schema<A, I>) =>
  Schema.Struct({ next_cursor: Schema.String, data: Schema.NullOr(Schema.Array(item)) })

export const FIRST_CURSOR = "MA=="
export const END_CURSOR = "LTE="

export const WireBalance = Schema.Struct({ balance: BaseUnits })
export const WireApiKey = Schema.Struct({
  apiKey: Schema.NonEmptyString,
  secret: Schema.NonEmptyString,
  passphrase: Schema.NonEmptyString
})
export const WireClosedOnly = Schema.Struct({ closed_only: Schema.Boolean })
export const WireHeartbeat = Schema.Struct({ heartbeat_id: Schema.NonEmptyString })
export const WireGeoblock = Schema.Struct({
  blocked: Schema.Boolean,
  country: Schema.optional(Schema.String)
})

/** The body of a refusal, in the forms the venue's routes use. */
export const WireError = Schema.Struct({
  error: Schema.optional(Schema.String),
  error_msg: Schema.optional(Schema.String),
  errorMsg: Schema.optional(Schema.String),
  message: Schema.optional(Schema.String),
  code: Schema.optional(Schema.Union(Schema.String, Schema.Number)),
  retry_after_seconds: Schema.optional(Schema.Number)
})
export type WireError = typeof WireError.Type
