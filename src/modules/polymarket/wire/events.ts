/** Events of the market and user channels (docs.polymarket.com/market-data/realtime-data, /trading/realtime-order-updates). */
import { Schema } from "effect"
import { Side } from "../../../domain/order.ts"
import { WireTrade } from "./clob.ts"
import { NearPrice, Price, Shares, Whole, known } from "./numbers.ts"

const Texts = Schema.Array(Schema.String)

/** The rarer events of the market channel; books and price changes have a reader of their own (streams/market-frame.ts). */
export const RARE_EVENTS = {
  last_trade_price: Schema.Struct({
    asset_id: Schema.NonEmptyString,
    price: Price,
    size: known(Shares),
    side: Schema.Union(Side, Schema.Literal("")),
    timestamp: Whole
  }),
  tick_size_change: Schema.Struct({
    asset_id: Schema.NonEmptyString,
    old_tick_size: Price,
    new_tick_size: Price,
    timestamp: Whole
  }),
  best_bid_ask: Schema.Struct({
    asset_id: Schema.NonEmptyString,
    best_bid: known(Price),
    best_ask: known(Price),
    timestamp: Whole
  }),
  new_market: Schema.Struct({
    slug: Schema.String,
    assets_ids: Schema.optional(Schema.NullOr(Texts)),
    timestamp: known(Whole)
  }),
  market_resolved: Schema.Struct({
    market: Schema.String,
    assets_ids: Schema.optional(Schema.NullOr(Texts)),
    winning_asset_id: Schema.String,
    winning_outcome: Schema.String,
    timestamp: known(Whole)
  })
} as const
export type RareEvent = keyof typeof RARE_EVENTS
export type LastTrade = typeof RARE_EVENTS.last_trade_price.Type

/** An order's news. A killed FOK has "" in the fields that never got a value. */
export const WireOrderEvent = Schema.Struct({
  event_type: Schema.Literal("order"),
  id: Schema.NonEmptyString,
  market: Schema.NonEmptyString,
  asset_id: Schema.NonEmptyString,
  side: Side,
  original_size: known(Shares),
  size_matched: known(Shares),
  price: NearPrice,
  type: Schema.String,
  status: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null }),
  expiration: known(Whole),
  order_type: Schema.optional(Schema.NullOr(Schema.String)),
  timestamp: Whole
})
export type WireOrderEvent = typeof WireOrderEvent.Type

/** A trade's news: the same id again at each step of its settlement. */
export const WireTradeEvent = Schema.extend(
  WireTrade,
  Schema.Struct({ event_type: Schema.Literal("trade"), timestamp: known(Whole) })
)
export type WireTradeEvent = typeof WireTradeEvent.Type

export const WireUserEvent = Schema.Union(WireOrderEvent, WireTradeEvent)
