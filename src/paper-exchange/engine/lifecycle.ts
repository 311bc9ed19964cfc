/** A market's life: listed, open, closed, resolved, forgotten. */
import { ZERO_SHARES, microUsd } from "../../domain/money.ts"
import type { ConditionId, Outcome } from "../../domain/window.ts"
import type { VenueMarket } from "../../ports/venue.ts"
import { schedule } from "./agenda.ts"
import { cancelResting } from "./orders.ts"
import { refuseHeld } from "./placing.ts"
import type { MarketRecord } from "./state.ts"
import { NOTE_MARKET_CLOSED, NO_ORDERBOOK } from "./texts.ts"
import { confirmTrade } from "./trades.ts"
import { type Turn, touch } from "./turn.ts"

/** How long a resolved market's orders and trades stay readable, in market time. */
export const KEEP_RESOLVED_MS = 3_600_000

export const listMarket = (turn: Turn, market: VenueMarket): void => {
  if (turn.state.markets.has(market.conditionId)) return
  turn.state.markets.set(market.conditionId, {
    market,
    phase: "listed",
    bids: [],
    asks: [],
    changedAtMs: turn.atMs,
    lastTrade: null,
    minutePrices: [],
    trades: new Map(),
    winner: null,
    lockedMicroUsd: microUsd(0),
    externalShares: { Up: ZERO_SHARES, Down: ZERO_SHARES }
  })
}

/** Trading is over: what rests is cancelled, what is held is refused, others' liquidity is gone. */
export const closeMarket = (turn: Turn, record: MarketRecord): void => {
  if (record.phase === "closed" || record.phase === "resolved") return
  record.phase = "closed"
  const { conditionId } = record.market
  const orders = [...turn.state.openOrders.values()].filter((order) => order.conditionId === conditionId)
  for (const order of orders) {
    if (order.status === "held") refuseHeld(turn, order, NO_ORDERBOOK)
    else cancelResting(turn, order, NOTE_MARKET_CLOSED)
  }
  record.bids = []
  record.asks = []
  touch(turn, record)
}

/** Pays $1 for every winning share, as the venue's own redeemer does; all positions of the market vanish. */
const payOut = (turn: Turn, record: MarketRecord, winner: Outcome): void => {
  const { downTokenId, upTokenId } = record.market
  const winningToken = winner === "Up" ? upTokenId : downTokenId
  for (const account of turn.state.accounts.values()) {
    const paid = account.holdings.get(winningToken)?.settledMicroShares ?? 0
    account.cashMicroUsd = microUsd(account.cashMicroUsd + paid)
    record.lockedMicroUsd = microUsd(record.lockedMicroUsd - paid)
    account.holdings.delete(upTokenId)
    account.holdings.delete(downTokenId)
  }
  const external = record.externalShares[winner]
  turn.state.ledger.externalMicroUsd = microUsd(turn.state.ledger.externalMicroUsd + external)
  record.lockedMicroUsd = microUsd(record.lockedMicroUsd - external)
  record.externalShares = { Up: ZERO_SHARES, Down: ZERO_SHARES }
}

export const resolveMarket = (turn: Turn, record: MarketRecord, winner: Outcome): void => {
  if (record.phase === "resolved") return
  closeMarket(turn, record)
  record.phase = "resolved"
  touch(turn, record)
  for (const trade of record.trades.values()) confirmTrade(turn, record, trade)
  record.winner = winner
  const { conditionId } = record.market
  const redeemedAtMs = turn.atMs + turn.settings.redeemAfterMs
  if (redeemedAtMs > turn.atMs) schedule(turn.state, { _tag: "Redeem", atMs: redeemedAtMs, conditionId })
  else payOut(turn, record, winner)
  schedule(turn.state, { _tag: "Forget", atMs: redeemedAtMs + KEEP_RESOLVED_MS, conditionId })
}

/** Pays a resolved market's positions out. */
export const redeemMarket = (turn: Turn, conditionId: ConditionId): void => {
  const record = turn.state.markets.get(conditionId)
  if (record !== undefined && record.winner !== null) payOut(turn, record, record.winner)
}

export const forgetMarket = (turn: Turn, conditionId: ConditionId): void => {
  turn.state.markets.delete(conditionId)
  for (const order of turn.state.finishedOrders.values())
    if (order.conditionId === conditionId) turn.state.finishedOrders.delete(order.orderId)
}
