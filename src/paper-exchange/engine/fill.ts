/** One fill: who pays whom, in double entry. */
import { takerFee } from "../../domain/fees.ts"
import {
  type MicroShares,
  type MicroUsd,
  type PriceTicks,
  ZERO_USD,
  microShares,
  microUsd,
  notionalUsd
} from "../../domain/money.ts"
import type { Side } from "../../domain/order.ts"
import { type BookSide, mirrorPrice } from "./levels.ts"
import { type Leg, type Terms, bookExternal } from "./others.ts"
import type { MarketRecord, OrderRecord, TradeRow } from "./state.ts"
import { openTrade } from "./trades.ts"
import { type Turn, accountOf, holdingOf, tellEverybody, touch } from "./turn.ts"

/** A side of a fill: one of our orders, or the others. */
export type Party = OrderRecord | "external"

interface OwnLeg extends Leg {
  readonly fee: MicroUsd
}

const otherSide = (side: Side): Side => (side === "BUY" ? "SELL" : "BUY")

/** What the taker pays or gets at a price of its own token, rounded against it, and its fee on top. */
export const takerAmounts = (
  record: MarketRecord,
  side: Side,
  price: PriceTicks,
  size: MicroShares
): { readonly notional: MicroUsd; readonly fee: MicroUsd } => {
  const notional = notionalUsd(price, size, side === "BUY" ? "up" : "down")
  const fee = takerFee(record.market.fees, price, size)
  // The least fee can exceed what a few millionths of a share bring: a seller never pays to sell.
  return { notional, fee: side === "SELL" && fee > notional ? notional : fee }
}

const bookOwn = (
  turn: Turn,
  order: OrderRecord,
  leg: OwnLeg,
  role: TradeRow["role"],
  price: PriceTicks,
  size: MicroShares
): TradeRow => {
  const account = accountOf(turn.state, order.account)
  const holding = holdingOf(account, order.tokenId, order.conditionId)
  order.filledMicroShares = microShares(order.filledMicroShares + size)
  order.notionalMicroUsd = microUsd(order.notionalMicroUsd + leg.notional)
  if (leg.side === "BUY") {
    const spent = leg.notional + leg.fee
    account.cashMicroUsd = microUsd(account.cashMicroUsd - spent)
    account.unsettledSpentMicroUsd = microUsd(account.unsettledSpentMicroUsd + spent)
    holding.incomingMicroShares = microShares(holding.incomingMicroShares + size)
  } else {
    const proceeds = leg.notional - leg.fee
    account.cashMicroUsd = microUsd(account.cashMicroUsd + proceeds)
    account.unsettledProceedsMicroUsd = microUsd(account.unsettledProceedsMicroUsd + proceeds)
    holding.outgoingMicroShares = microShares(holding.outgoingMicroShares + size)
  }
  turn.state.ledger.feesMicroUsd = microUsd(turn.state.ledger.feesMicroUsd + leg.fee)
  return {
    account: order.account,
    orderId: order.orderId,
    tokenId: order.tokenId,
    side: order.side,
    role,
    priceTicks: price,
    sizeMicroShares: size,
    notionalMicroUsd: leg.notional,
    feeMicroUsd: leg.fee
  }
}

/** Others stand on the other side of the same token. */
const termsOf = (party: Party, own: OrderRecord): Terms =>
  party === "external"
    ? { outcome: own.outcome, side: otherSide(own.side) }
    : { outcome: party.outcome, side: party.side }

/** Both legs at the maker's price. The taker bears the rounding, so that no maker does worse than its limit. */
const legsOf = (
  record: MarketRecord,
  terms: { readonly taker: Terms; readonly maker: Terms },
  upPrice: PriceTicks,
  size: MicroShares
): { readonly taker: OwnLeg; readonly maker: OwnLeg } => {
  const { maker, taker } = terms
  const amounts = takerAmounts(record, taker.side, mirrorPrice(taker.outcome, upPrice), size)
  const isDirect = taker.outcome === maker.outcome
  const makerNotional = isDirect ? amounts.notional : microUsd(size - amounts.notional)
  return {
    taker: { outcome: taker.outcome, side: taker.side, notional: amounts.notional, fee: amounts.fee },
    maker: { outcome: maker.outcome, side: maker.side, notional: makerNotional, fee: ZERO_USD }
  }
}

/** Others who take are seen in the Up token where both sides are others, and in our own order's where one is ours. */
const tellTaken = (
  turn: Turn,
  record: MarketRecord,
  taker: Party,
  own: Party,
  upPrice: PriceTicks,
  size: MicroShares,
  takenSide: BookSide
): void => {
  const up: Terms = { outcome: "Up", side: takenSide === "asks" ? "BUY" : "SELL" }
  const { outcome, side } = own === "external" ? up : termsOf(taker, own)
  tellEverybody(turn, record, { outcome, side, priceTicks: mirrorPrice(outcome, upPrice) }, size)
}

/**
 * Books a fill at the maker's price (in the Up token's prices). Orders for the same outcome trade directly; two
 * buyers of opposite outcomes mint a pair for $1, two sellers merge one (Polymarket/ctf-exchange, docs/Overview.md).
 */
export const bookFill = (
  turn: Turn,
  record: MarketRecord,
  taker: Party,
  maker: Party,
  upPrice: PriceTicks,
  size: MicroShares,
  takenSide: BookSide
): void => {
  const own = taker === "external" ? maker : taker
  tellTaken(turn, record, taker, own, upPrice, size, takenSide)
  if (own === "external") return
  const terms = { taker: termsOf(taker, own), maker: termsOf(maker, own) }
  const legs = legsOf(record, terms, upPrice, size)
  if (terms.taker.outcome !== terms.maker.outcome) {
    const pairs = terms.taker.side === "BUY" ? size : -size
    record.lockedMicroUsd = microUsd(record.lockedMicroUsd + pairs)
  }
  const book = (party: Party, role: TradeRow["role"]): ReadonlyArray<TradeRow> => {
    const price = mirrorPrice(legs[role].outcome, upPrice)
    if (party !== "external") return [bookOwn(turn, party, legs[role], role, price, size)]
    bookExternal(turn, record, legs[role], size)
    return []
  }
  const rows = [...book(taker, "taker"), ...book(maker, "maker")]
  touch(turn, record)
  const { outcome, side } = terms.taker
  const tradeId = openTrade(turn, record, rows, { outcome, side, priceTicks: mirrorPrice(outcome, upPrice) })
  for (const party of [taker, maker]) if (party !== "external") party.tradeIds.push(tradeId)
}
