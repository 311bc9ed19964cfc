/** What every step of the engine works with. */
import type { OrderId } from "../../domain/order.ts"
import { type MicroShares, type PriceTicks, ZERO_SHARES, ZERO_USD } from "../../domain/money.ts"
import type { ConditionId, TokenId } from "../../domain/window.ts"
import { mirrorPrice } from "./levels.ts"
import type { AccountNews, EngineSettings, PublicTrade } from "../engine-types.ts"
import type { Reserves } from "./reserves.ts"
import type { AccountRecord, EngineState, FinalAnswer, Holding, MarketRecord, TakerTerms } from "./state.ts"

/** One moment: the state it changes, when it is, and the news it makes. */
export interface Turn {
  readonly state: EngineState
  readonly settings: EngineSettings
  readonly atMs: number
  readonly news: Array<AccountNews>
  readonly signals: Signals
  readonly reserves: Reserves
}

/** What turns changed for everybody, until somebody takes it. */
export interface Signals {
  readonly books: Set<ConditionId>
  readonly trades: Array<PublicTrade>
}

/** Trades that nobody takes: the oldest is lost beyond this. */
const UNREAD_TRADES = 10_000

/** The market's book or phase is another one from now on. */
export const touch = (turn: Turn, record: MarketRecord): void => {
  record.changedAtMs = turn.atMs
  turn.signals.books.add(record.market.conditionId)
}

/** Somebody traded, with us or not. */
export const tellEverybody = (
  turn: Turn,
  record: MarketRecord,
  taken: TakerTerms,
  sizeMicroShares: MicroShares
): void => {
  const { trades } = turn.signals
  const { conditionId, downTokenId, upTokenId } = record.market
  const { outcome, priceTicks, side } = taken
  const tokenId = outcome === "Up" ? upTokenId : downTokenId
  trades.push({ tokenId, side, priceTicks, sizeMicroShares, conditionId, atMs: turn.atMs })
  if (trades.length > UNREAD_TRADES) trades.shift()
  record.lastTrade = taken
  keepMinute(record, turn.atMs, mirrorPrice(outcome, priceTicks))
}

/** Two days of them; longer windows are not traded here. */
const MAX_MINUTES = 2_880
const MINUTE_MS = 60_000

const keepMinute = ({ minutePrices }: MarketRecord, atMs: number, upTicks: PriceTicks): void => {
  const minute = Math.floor(atMs / MINUTE_MS)
  const last = minutePrices.length - 1
  if (minutePrices[last]?.minute === minute) minutePrices[last] = { minute, upTicks }
  else minutePrices.push({ minute, upTicks })
  if (minutePrices.length > MAX_MINUTES) minutePrices.shift()
}

/** So many orders that are over are kept at least, and twice as many at most; of answers to held orders too. */
export const MIN_REMEMBERED = 10_000

export const emptyState = (): EngineState => ({
  version: 2,
  nowMs: 0,
  tradeCount: 0,
  accounts: new Map(),
  markets: new Map(),
  openOrders: new Map(),
  finishedOrders: new Map(),
  answers: new Map(),
  agenda: [],
  ledger: { depositedMicroUsd: ZERO_USD, externalMicroUsd: ZERO_USD, feesMicroUsd: ZERO_USD }
})

export const accountOf = (state: EngineState, name: string): AccountRecord => {
  const known = state.accounts.get(name)
  if (known !== undefined) return known
  const account: AccountRecord = {
    cashMicroUsd: ZERO_USD,
    unsettledSpentMicroUsd: ZERO_USD,
    unsettledProceedsMicroUsd: ZERO_USD,
    holdings: new Map(),
    openOrderIds: new Set()
  }
  state.accounts.set(name, account)
  return account
}

export const holdingOf = (account: AccountRecord, tokenId: TokenId, conditionId: ConditionId): Holding => {
  const known = account.holdings.get(tokenId)
  if (known !== undefined) return known
  const holding: Holding = {
    conditionId,
    settledMicroShares: ZERO_SHARES,
    incomingMicroShares: ZERO_SHARES,
    outgoingMicroShares: ZERO_SHARES
  }
  account.holdings.set(tokenId, holding)
  return holding
}

/**
 * Adds to a map that forgets its oldest entries. It forgets many at once, for looking for the oldest entry of a map that
 * has lost its first ones is slow.
 */
export const remember = <Key, Value>(map: Map<Key, Value>, key: Key, value: Value): void => {
  map.set(key, value)
  if (map.size < 2 * MIN_REMEMBERED) return
  for (const oldest of map.keys()) {
    if (map.size <= MIN_REMEMBERED) return
    map.delete(oldest)
  }
}

export const rememberAnswer = (state: EngineState, orderId: OrderId, answer: FinalAnswer): void =>
  remember(state.answers, orderId, answer)
