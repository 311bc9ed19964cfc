/** A trade in the venue's JSON, as one account sees it (polymarket.md §3.2, §5.2). */
import { createHash } from "node:crypto"
import { formatShares } from "../../../domain/decimal.ts"
import type { Side } from "../../../domain/order.ts"
import type { Outcome, TokenId } from "../../../domain/window.ts"
import { parseAddress } from "../../../protocol/address.ts"
import type { Engine } from "../../engine-types.ts"
import type { MarketRecord, OrderRecord, TradeRecord, TradeRow } from "../../engine/state.ts"
import { priceText } from "./book.ts"

/** Ids of what others own: made from the trade's, so that they are the same whenever they are told. */
const othersId = (trade: TradeRecord, what: string, digits: number): string =>
  `0x${createHash("sha256").update(`${what} ${trade.tradeId}`).digest("hex").slice(0, digits)}`

const othersKey = "00000000-0000-0000-0000-000000000000"

/** With the checksum in the case of its letters, as the venue tells addresses. */
export const spelt = (account: string): string => parseAddress(account) ?? account

export const seconds = (atMs: number): string => String(Math.floor(atMs / 1_000))

export const orderRecordOf = (engine: Engine, orderId: OrderRecord["orderId"]): OrderRecord | undefined =>
  engine.state.openOrders.get(orderId) ?? engine.state.finishedOrders.get(orderId)

interface Part {
  readonly orderId: string
  readonly owner: string
  readonly account: string
  readonly tokenId: TokenId
  readonly outcome: Outcome
  readonly side: Side
  readonly price: string
  readonly size: string
}

const outcomeOf = (record: MarketRecord, tokenId: TokenId): Outcome =>
  tokenId === record.market.upTokenId ? "Up" : "Down"

const partOf = (engine: Engine, record: MarketRecord, row: TradeRow): Part => ({
  orderId: row.orderId,
  owner: orderRecordOf(engine, row.orderId)?.owner ?? "",
  account: row.account,
  tokenId: row.tokenId,
  outcome: outcomeOf(record, row.tokenId),
  side: row.side,
  price: priceText(row.priceTicks),
  size: formatShares(row.sizeMicroShares)
})

/** The other side where it is nobody's account: others trade the same token the other way round. */
const othersPart = (trade: TradeRecord, own: Part, role: TradeRow["role"]): Part => ({
  ...own,
  orderId: othersId(trade, `${role} order`, 64),
  owner: othersKey,
  account: othersId(trade, `${role} account`, 40),
  side: own.side === "BUY" ? "SELL" : "BUY"
})

const partsOf = (engine: Engine, record: MarketRecord, trade: TradeRecord) => {
  const row = (role: TradeRow["role"]) => trade.rows.find((each) => each.role === role)
  const takerRow = row("taker")
  const makerRow = row("maker")
  const taker = takerRow && partOf(engine, record, takerRow)
  const maker = makerRow && partOf(engine, record, makerRow)
  if (taker !== undefined) return { taker, maker: maker ?? othersPart(trade, taker, "maker") }
  return maker === undefined ? undefined : { taker: othersPart(trade, maker, "taker"), maker }
}

const STATUS = {
  matched: "MATCHED",
  mined: "MINED",
  confirmed: "CONFIRMED",
  retrying: "RETRYING",
  failed: "FAILED"
} as const

/** On chain there is a hash as soon as the trade was sent there. */
const transactionHash = (trade: TradeRecord): string | null =>
  trade.status === "mined" || trade.status === "confirmed" ? othersId(trade, "transaction", 64) : null

const makerOrderJson = (part: Part) => ({
  order_id: part.orderId,
  owner: part.owner,
  maker_address: spelt(part.account),
  matched_amount: part.size,
  price: part.price,
  fee_rate_bps: "0",
  asset_id: part.tokenId,
  outcome: part.outcome,
  outcome_index: part.outcome === "Up" ? 0 : 1,
  side: part.side
})

/**
 * The trade as the account of one of its rows sees it; undefined where it has no rows. The outer fields are the taker's,
 * `owner` and `maker_address` the account's own.
 */
export const tradeJson = (
  engine: Engine,
  record: MarketRecord,
  trade: TradeRecord,
  role: TradeRow["role"]
) => {
  const parts = partsOf(engine, record, trade)
  if (parts === undefined) return undefined
  const { maker, taker } = parts
  const own = parts[role]
  return {
    id: trade.tradeId,
    taker_order_id: taker.orderId,
    market: record.market.conditionId,
    asset_id: taker.tokenId,
    side: taker.side,
    size: taker.size,
    fee_rate_bps: "0",
    price: taker.price,
    status: STATUS[trade.status],
    match_time: seconds(trade.matchedAtMs),
    match_time_nano: `${trade.matchedAtMs}000000`,
    last_update: seconds(trade.updatedAtMs),
    outcome: taker.outcome,
    bucket_index: 0,
    owner: own.owner,
    maker_address: spelt(own.account),
    transaction_hash: transactionHash(trade),
    trader_side: role === "taker" ? ("TAKER" as const) : ("MAKER" as const),
    maker_orders: [makerOrderJson(maker)]
  }
}
