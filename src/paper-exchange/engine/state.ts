/**
 * The engine's whole state. It is plain data behind one Schema, so that saving is encoding and restoring is decoding.
 * The records are mutable: only the engine's own functions hold them.
 */
import { Schema } from "effect"
import { Asset } from "../../domain/asset.ts"
import { FeeSchedule } from "../../domain/fees.ts"
import { MicroShares, MicroUsd, PriceTicks, ZERO_USD } from "../../domain/money.ts"
import { FillStatus, OrderId, OrderType, Side } from "../../domain/order.ts"
import { ConditionId, Interval, Outcome, TokenId, WindowSlug } from "../../domain/window.ts"

const since2 = <A, I>(schema: Schema.Schema<A, I>, fallback: () => A) =>
  Schema.optionalWith(schema, { default: fallback })

const record = <Fields extends Schema.Struct.Fields>(fields: Fields) => Schema.mutable(Schema.Struct(fields))
const list = <Item extends Schema.Schema.Any>(item: Item) => Schema.mutable(Schema.Array(item))

const SettlementConfig = Schema.Struct({
  twapEnabled: Schema.Boolean,
  twapLookbackSeconds: Schema.Number
})

/** `VenueMarket` of the venue's port; JSON has no undefined, so a missing statement is null there. */
const ListedMarket = Schema.Struct({
  slug: WindowSlug,
  asset: Asset,
  interval: Interval,
  startMs: Schema.Finite,
  endMs: Schema.Finite,
  conditionId: ConditionId,
  upTokenId: TokenId,
  downTokenId: TokenId,
  tickSizeTicks: PriceTicks,
  minSizeMicroShares: MicroShares,
  fees: FeeSchedule,
  settlementConfig: Schema.transform(
    Schema.NullOr(SettlementConfig),
    Schema.UndefinedOr(Schema.typeSchema(SettlementConfig)),
    { strict: true, decode: (config) => config ?? undefined, encode: (config) => config ?? null }
  ),
  takerHoldMs: Schema.Finite
})

/** One place in the queue of a price level: others' liquidity that arrived together, or one of our orders. */
const QueueEntry = Schema.Union(
  record({ _tag: Schema.Literal("External"), sizeMicroShares: MicroShares }),
  record({ _tag: Schema.Literal("Own"), orderId: OrderId })
)

/**
 * All that rests at one price of the Up token, first in the queue first served.
 * What others still have here is always `shown − consumed`: see `external.ts`.
 */
export const PriceLevel = record({
  priceTicks: PriceTicks,
  /** What the market's last event said others have here. */
  shownMicroShares: MicroShares,
  /** How much of that our orders took since. */
  consumedMicroShares: MicroShares,
  queue: list(QueueEntry)
})
export type PriceLevel = typeof PriceLevel.Type

/** An order that was taken in. `held`: waiting out the taker hold. */
export const OrderRecord = record({
  orderId: OrderId,
  account: Schema.String,
  conditionId: ConditionId,
  tokenId: TokenId,
  outcome: Outcome,
  side: Side,
  orderType: OrderType,
  postOnly: Schema.Boolean,
  /** In the order's own token. */
  priceTicks: PriceTicks,
  sizeMicroShares: MicroShares,
  filledMicroShares: MicroShares,
  /** What the filled shares cost or brought, without fees. */
  notionalMicroUsd: since2(MicroUsd, () => ZERO_USD),
  /** Dollars a FOK or FAK BUY spends, however many shares they buy; null on orders for a size. */
  budgetMicroUsd: since2(Schema.NullOr(MicroUsd), () => null),
  /** Oldest first. */
  tradeIds: since2(list(Schema.String), () => []),
  /** The API key that sent it; empty where it came without one. */
  owner: since2(Schema.String, () => ""),
  createdAtMs: since2(Schema.Finite, () => 0),
  /** When a GTD order is really cancelled: a minute before its stated expiry. */
  cancelAtMs: Schema.NullOr(Schema.Finite),
  status: Schema.Literal("held", "live", "matched", "cancelled")
})
export type OrderRecord = typeof OrderRecord.Type

/** One own order's part in a trade. */
export const TradeRow = Schema.Struct({
  account: Schema.String,
  orderId: OrderId,
  tokenId: TokenId,
  side: Side,
  role: Schema.Literal("maker", "taker"),
  priceTicks: PriceTicks,
  sizeMicroShares: MicroShares,
  notionalMicroUsd: MicroUsd,
  feeMicroUsd: MicroUsd
})
export type TradeRow = typeof TradeRow.Type

const TakerTerms = Schema.Struct({ outcome: Outcome, side: Side, priceTicks: PriceTicks })
export type TakerTerms = typeof TakerTerms.Type

/** A match between two orders of ours (two rows), or between one of ours and others' liquidity (one row). */
export const TradeRecord = record({
  tradeId: Schema.String,
  matchedAtMs: Schema.Finite,
  updatedAtMs: since2(Schema.Finite, () => 0),
  status: FillStatus,
  /** In the taker's own token; absent in states older than it. */
  taker: since2(Schema.NullOr(TakerTerms), () => null),
  rows: Schema.Array(TradeRow)
})
export type TradeRecord = typeof TradeRecord.Type

export const MarketRecord = record({
  market: ListedMarket,
  /** listed: no book seen yet · open · closed: no more trading · resolved: paid out, or soon. */
  phase: Schema.Literal("listed", "open", "closed", "resolved"),
  /** Best first, in the Up token's prices. */
  bids: list(PriceLevel),
  asks: list(PriceLevel),
  changedAtMs: Schema.Finite,
  /** The last trade, ours or others'; null until there is one. */
  lastTrade: since2(Schema.NullOr(TakerTerms), () => null),
  /** What the Up token last traded at in each minute with a trade, oldest first, bounded. */
  minutePrices: since2(list(Schema.Struct({ minute: Schema.NonNegativeInt, upTicks: PriceTicks })), () => []),
  trades: Schema.Map({ key: Schema.String, value: TradeRecord }),
  /** Known once it resolved. */
  winner: since2(Schema.NullOr(Outcome), () => null),
  /** Dollars behind the pairs of Up and Down that exist. */
  lockedMicroUsd: MicroUsd,
  /** Shares that ended up with the others. */
  externalShares: record({ Up: MicroShares, Down: MicroShares })
})
export type MarketRecord = typeof MarketRecord.Type

/** Shares of one token: on chain, bought but not confirmed, sold but not confirmed. */
export const Holding = record({
  conditionId: ConditionId,
  settledMicroShares: MicroShares,
  incomingMicroShares: MicroShares,
  outgoingMicroShares: MicroShares
})
export type Holding = typeof Holding.Type

/**
 * An account. `cash` moves when a trade matches; the balance on chain, which the balance gate looks at, is
 * `cash + unsettledSpent − unsettledProceeds`.
 */
export const AccountRecord = record({
  cashMicroUsd: MicroUsd,
  unsettledSpentMicroUsd: MicroUsd,
  unsettledProceedsMicroUsd: MicroUsd,
  holdings: Schema.Map({ key: TokenId, value: Holding }),
  openOrderIds: Schema.Set(OrderId)
})
export type AccountRecord = typeof AccountRecord.Type

/** Something that happens by itself later. */
export const Due = Schema.Union(
  Schema.TaggedStruct("ReleaseHold", { atMs: Schema.Finite, orderId: OrderId }),
  Schema.TaggedStruct("Expire", { atMs: Schema.Finite, orderId: OrderId }),
  Schema.Struct({
    _tag: Schema.Literal("Mine", "Confirm"),
    atMs: Schema.Finite,
    conditionId: ConditionId,
    tradeId: Schema.String
  }),
  Schema.Struct({
    _tag: Schema.Literal("Redeem", "Forget"),
    atMs: Schema.Finite,
    conditionId: ConditionId
  })
)
export type Due = typeof Due.Type

/** An answer to an order whose hold is over. */
export const FinalAnswer = Schema.Union(
  Schema.TaggedStruct("Refused", { text: Schema.String }),
  Schema.TaggedStruct("Placed", {
    status: Schema.Literal("live", "matched"),
    filledMicroShares: MicroShares,
    notionalMicroUsd: since2(MicroUsd, () => ZERO_USD),
    tradeIds: since2(Schema.Array(Schema.String), () => [])
  })
)
export type FinalAnswer = typeof FinalAnswer.Type

export const EngineState = record({
  /** 1: before budgets, owners and public trades. What it lacks has defaults. */
  version: Schema.transform(Schema.Literal(1, 2), Schema.Literal(2), {
    strict: true,
    decode: () => 2 as const,
    encode: () => 2 as const
  }),
  nowMs: Schema.Finite,
  tradeCount: Schema.NonNegativeInt,
  accounts: Schema.Map({ key: Schema.String, value: AccountRecord }),
  markets: Schema.Map({ key: ConditionId, value: MarketRecord }),
  /** Held and live orders, in the order of their arrival. */
  openOrders: Schema.Map({ key: OrderId, value: OrderRecord }),
  /** Orders that are over, oldest first, bounded. */
  finishedOrders: Schema.Map({ key: OrderId, value: OrderRecord }),
  /** Answers after a hold, oldest first, bounded. */
  answers: Schema.Map({ key: OrderId, value: FinalAnswer }),
  /** Soonest first; those of the same moment in the order they were scheduled. */
  agenda: list(Due),
  /** The other side of every booking, so that all dollars can be accounted for. */
  ledger: record({ depositedMicroUsd: MicroUsd, externalMicroUsd: MicroUsd, feesMicroUsd: MicroUsd })
})
export type EngineState = typeof EngineState.Type
