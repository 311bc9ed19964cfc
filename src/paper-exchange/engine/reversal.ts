/** A trade whose settlement failed, taken back in double entry. */
import { microShares, microUsd } from "../../domain/money.ts"
import { bookExternal } from "./others.ts"
import type { MarketRecord, TradeRecord, TradeRow } from "./state.ts"
import { type Turn, accountOf, holdingOf } from "./turn.ts"

const reverseRow = (turn: Turn, record: MarketRecord, row: TradeRow): void => {
  const account = accountOf(turn.state, row.account)
  const holding = holdingOf(account, row.tokenId, record.market.conditionId)
  const size = row.sizeMicroShares
  if (row.side === "BUY") {
    const spent = row.notionalMicroUsd + row.feeMicroUsd
    account.cashMicroUsd = microUsd(account.cashMicroUsd + spent)
    account.unsettledSpentMicroUsd = microUsd(account.unsettledSpentMicroUsd - spent)
    holding.incomingMicroShares = microShares(holding.incomingMicroShares - size)
  } else {
    const proceeds = row.notionalMicroUsd - row.feeMicroUsd
    account.cashMicroUsd = microUsd(account.cashMicroUsd - proceeds)
    account.unsettledProceedsMicroUsd = microUsd(account.unsettledProceedsMicroUsd - proceeds)
    holding.outgoingMicroShares = microShares(holding.outgoingMicroShares - size)
  }
  const { ledger } = turn.state
  ledger.feesMicroUsd = microUsd(ledger.feesMicroUsd - row.feeMicroUsd)
  if (holding.settledMicroShares + holding.incomingMicroShares + holding.outgoingMicroShares === 0)
    account.holdings.delete(row.tokenId)
}

/** Others undo what they did by doing the opposite for the same dollars. */
const reverseExternal = (turn: Turn, record: MarketRecord, own: TradeRow): void =>
  bookExternal(
    turn,
    record,
    {
      outcome: own.tokenId === record.market.upTokenId ? "Up" : "Down",
      side: own.side,
      notional: own.notionalMicroUsd
    },
    own.sizeMicroShares
  )

/** Pairs that two orders of ours made or dissolved. */
const reversePairs = (record: MarketRecord, first: TradeRow, second: TradeRow): void => {
  if (first.tokenId === second.tokenId) return
  const pairs = first.side === "BUY" ? first.sizeMicroShares : -first.sizeMicroShares
  record.lockedMicroUsd = microUsd(record.lockedMicroUsd - pairs)
}

/** Only for a trade that is not confirmed: its shares and dollars are still on their way. */
export const reverseTrade = (turn: Turn, record: MarketRecord, { rows }: TradeRecord): void => {
  for (const row of rows) reverseRow(turn, record, row)
  const [first, second] = rows
  if (first !== undefined && second !== undefined) reversePairs(record, first, second)
  else if (first !== undefined) reverseExternal(turn, record, first)
}
