/** Trades on their way from matched over mined to confirmed. */
import { microShares, microUsd } from "../../domain/money.ts"
import type { VenueTrade } from "../../ports/exchange.ts"
import { schedule } from "./agenda.ts"
import type { MarketRecord, TradeRecord, TradeRow } from "./state.ts"
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

/** Records a match and schedules its settlement. */
export const openTrade = (turn: Turn, record: MarketRecord, rows: ReadonlyArray<TradeRow>): void => {
  const { settings, state } = turn
  state.tradeCount += 1
  const tradeId = `trade-${state.tradeCount}`
  const trade: TradeRecord = { tradeId, matchedAtMs: turn.atMs, status: "matched", rows }
  record.trades.set(tradeId, trade)
  tellTrade(turn, record, trade)
  const { conditionId } = record.market
  schedule(state, { _tag: "Mine", atMs: turn.atMs + settings.minedAfterMs, conditionId, tradeId })
  schedule(state, { _tag: "Confirm", atMs: turn.atMs + settings.confirmedAfterMs, conditionId, tradeId })
}

export const mineTrade = (turn: Turn, record: MarketRecord, trade: TradeRecord): void => {
  if (trade.status !== "matched") return
  trade.status = "mined"
  tellTrade(turn, record, trade)
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
  if (trade.status === "confirmed") return
  trade.status = "confirmed"
  for (const row of trade.rows) settleRow(turn, record, row)
  tellTrade(turn, record, trade)
}
