/**
 * The matching engine of the embedded exchange.
 *
 * One book per condition, kept in the Up token's prices; a Down order is its mirror image. Price, then time. Money moves
 * in double entry: what accounts own, what others paid or got, fees and the dollars behind existing pairs always add up
 * to what was deposited.
 */
import { Either } from "effect"
import { microUsd } from "../../domain/money.ts"
import type { AccountNews, Engine, EngineSettings } from "../engine-types.ts"
import type { Json } from "../market-source.ts"
import { takeDue } from "./agenda.ts"
import { applyDue, applyEvent, cancelOrders, settleOtherwise } from "./events.ts"
import { placeOrder } from "./placing.ts"
import { reservesOf } from "./reserves.ts"
import { decodeState, encodeState } from "./saved.ts"
import type { EngineState } from "./state.ts"
import { refineTicks } from "./tick-size.ts"
import { type Signals, type Turn, accountOf, emptyState } from "./turn.ts"
import { viewBalances, viewBook, viewOpenOrders, viewOrder, viewTrades } from "./views.ts"

const engineOf = (settings: EngineSettings, state: EngineState): Engine => {
  const signals: Signals = { books: new Set(), trades: [] }
  const reserves = reservesOf(state)
  /** Does all that is due before a moment begins; a time before the last one counts as the last one. */
  const begin = (atMs: number): Turn => {
    const news: Array<AccountNews> = []
    const nowMs = Math.max(state.nowMs, atMs)
    for (let due = takeDue(state, nowMs); due !== undefined; due = takeDue(state, nowMs)) {
      state.nowMs = Math.max(state.nowMs, due.atMs)
      const turn = { state, settings, atMs: state.nowMs, news, signals, reserves }
      applyDue(turn, due)
      refineTicks(turn)
    }
    state.nowMs = nowMs
    return { state, settings, atMs: nowMs, news, signals, reserves }
  }
  return {
    deposit: (name, amount) => {
      const account = accountOf(state, name)
      account.cashMicroUsd = microUsd(account.cashMicroUsd + amount)
      state.ledger.depositedMicroUsd = microUsd(state.ledger.depositedMicroUsd + amount)
    },
    market: (event) => {
      const turn = begin(event.atMs)
      applyEvent(turn, event)
      refineTicks(turn)
      return turn.news
    },
    place: (account, order, atMs) => {
      const turn = begin(atMs)
      const answer = placeOrder(turn, account, order)
      refineTicks(turn)
      return { answer, news: turn.news }
    },
    placed: (orderId) => state.answers.get(orderId),
    cancel: (account, orderIds, atMs, note = "") => {
      const turn = begin(atMs)
      const outcome = cancelOrders(turn, account, orderIds, note)
      refineTicks(turn)
      return { outcome, news: turn.news }
    },
    settle: (tradeId, fate, atMs) => {
      const turn = begin(atMs)
      settleOtherwise(turn, tradeId, fate)
      return turn.news
    },
    takeSignals: () => {
      const taken = { books: [...signals.books], trades: signals.trades.splice(0) }
      signals.books.clear()
      return taken
    },
    nextDueMs: () => state.agenda[0]?.atMs,
    advance: (atMs) => begin(atMs).news,
    book: (tokenId) => viewBook(state, tokenId),
    order: (account, orderId) => viewOrder(state, account, orderId),
    openOrders: (account) => viewOpenOrders(state, account),
    trades: (account, conditionId) => viewTrades(state, account, conditionId),
    cash: (account) => state.accounts.get(account)?.cashMicroUsd ?? microUsd(0),
    balances: (account) => viewBalances(state, account),
    state,
    save: () => encodeState(state)
  }
}

/**
 * Takes up an engine where {@link Engine.save} left it; left with the reason where the JSON is none of its states.
 * The delays of the settings hold for trades from now on; what is already scheduled keeps its time.
 */
export const restoreEngine = (settings: EngineSettings, saved: Json): Either.Either<Engine, string> =>
  Either.map(decodeState(saved), (state) => engineOf(settings, state))

/** A new engine, or one taken up from a saved state; throws an Error where that does not decode. */
export const makeEngine = (settings: EngineSettings, saved?: Json): Engine =>
  saved === undefined
    ? engineOf(settings, emptyState())
    : Either.getOrThrowWith(restoreEngine(settings, saved), (reason) => new Error(reason))
