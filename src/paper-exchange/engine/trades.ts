/** Trades on their way from matched over mined to confirmed. */
import { microShares, microUsd } from "../../domain/money.ts"
import type { VenueTrade } from "../../ports/exchange.ts"
import { isFinalFill } from "../../domain/order.ts"
import { schedule, unscheduleTrade } from "./agenda.ts"
import { reverseTrade } from "./reversal.ts"
import type { MarketRecord, TakerTerms, TradeRecord, TradeRow } from "./state.ts"
import { type Turn, accountOf, holdingOf } from "./turn.ts"

export const toVenueTrade = (record: MarketRecord, trade: TradeRecord, row: TradeRow): VenueTrade => ({
  tradeId: trade.tradeId,
  orderId: row.orderId,
  conditionId: record.market.conditionId,
  tokenId: row.tokenId,
  side: row.side,
  role: row.role,
  priceTicks: row.priceTicks,
  sizeMicroShares: row.sizeMicroShares,
  feeMicroUsd: row.feeMicroUsd,
  status: trade.status,
  matchedAtMs: trade.matchedAtMs
})

const tellTrade = (turn: Turn, record: MarketRecord, trade: TradeRecord): void => {
  for (const row of trade.rows)
    turn.news.push({
      account: row.account,
      update: { _tag: "TradeUpdate", trade: toVenueTrade(record, trade, row), atMs: turn.atMs }
    })
}

/** Trade ids look like the venue's, but count on. */
const tradeIdOf = (count: number): string => `00000000-0000-4000-8000-${count.toString(16).padStart(12, "0")}`

const moveOn = (
  turn: Turn,
  record: MarketRecord,
  trade: TradeRecord,
  status: TradeRecord["status"]
): void => {
  trade.status = status
  trade.updatedAtMs = turn.atMs
  tellTrade(turn, record, trade)
}

const scheduleSettlement = (turn: Turn, record: MarketRecord, tradeId: string): void => {
  const { settings, state } = turn
  const { conditionId } = record.market
  schedule(state, { _tag: "Mine", atMs: turn.atMs + settings.minedAfterMs, conditionId, tradeId })
  schedule(state, { _tag: "Confirm", atMs: turn.atMs + settings.confirmedAfterMs, conditionId, tradeId })
}

/** Records a match and schedules its settlement; returns the trade's id. */
export const openTrade = (
  turn: Turn,
  record: MarketRecord,
  rows: ReadonlyArray<TradeRow>,
  taker: TakerTerms
): string => {
  turn.state.tradeCount += 1
  const tradeId = tradeIdOf(turn.state.tradeCount)
  const trade: TradeRecord = {
    tradeId,
    matchedAtMs: turn.atMs,
    updatedAtMs: turn.atMs,
    status: "matched",
    taker,
    rows
  }
  record.trades.set(tradeId, trade)
  tellTrade(turn, record, trade)
  scheduleSettlement(turn, record, tradeId)
  return tradeId
}

export const mineTrade = (turn: Turn, record: MarketRecord, trade: TradeRecord): void => {
  if (trade.status === "matched" || trade.status === "retrying") moveOn(turn, record, trade, "mined")
}

const settleRow = (turn: Turn, record: MarketRecord, row: TradeRow): void => {
  const account = accountOf(turn.state, row.account)
  const holding = holdingOf(account, row.tokenId, record.market.conditionId)
  if (row.side === "BUY") {
    const spent = row.notionalMicroUsd + row.feeMicroUsd
    account.unsettledSpentMicroUsd = microUsd(account.unsettledSpentMicroUsd - spent)
    holding.incomingMicroShares = microShares(holding.incomingMicroShares - row.sizeMicroShares)
    holding.settledMicroShares = microShares(holding.settledMicroShares + row.sizeMicroShares)
  } else {
    const proceeds = row.notionalMicroUsd - row.feeMicroUsd
    account.unsettledProceedsMicroUsd = microUsd(account.unsettledProceedsMicroUsd - proceeds)
    holding.outgoingMicroShares = microShares(holding.outgoingMicroShares - row.sizeMicroShares)
    holding.settledMicroShares = microShares(holding.settledMicroShares - row.sizeMicroShares)
  }
  const left = holding.settledMicroShares + holding.incomingMicroShares + holding.outgoingMicroShares
  if (left === 0) account.holdings.delete(row.tokenId)
}

/** Shares and dollars of a trade are on chain now: shares bought can be sold, proceeds can be spent. */
export const confirmTrade = (turn: Turn, record: MarketRecord, trade: TradeRecord): void => {
  if (isFinalFill(trade.status)) return
  for (const row of trade.rows) settleRow(turn, record, row)
  moveOn(turn, record, trade, "confirmed")
}

/** Sends the settlement on its way once more: it is mined and confirmed as late as if it had matched just now. */
export const retryTrade = (turn: Turn, record: MarketRecord, trade: TradeRecord): void => {
  if (isFinalFill(trade.status)) return
  unscheduleTrade(turn.state, trade.tradeId)
  scheduleSettlement(turn, record, trade.tradeId)
  moveOn(turn, record, trade, "retrying")
}

/**
 * The settlement failed for good: what was given comes back and what was got is gone, fees too. The orders stay as
 * filled as they were (py-clob-client-v2#34).
 */
export const failTrade = (turn: Turn, record: MarketRecord, trade: TradeRecord): void => {
  if (isFinalFill(trade.status)) return
  unscheduleTrade(turn.state, trade.tradeId)
  reverseTrade(turn, record, trade)
  moveOn(turn, record, trade, "failed")
}
