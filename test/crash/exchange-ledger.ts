/** What the exchange itself has written down: all that was asked of it, and its accounts and trades at the end. */
import { Either, Schema } from "effect"
import { join } from "node:path"
import { decodeState } from "../../src/paper-exchange/engine/saved.ts"
import type { MarketRecord, OrderRecord, TradeRow } from "../../src/paper-exchange/engine/state.ts"
import { Operation } from "../../src/paper-exchange/world/operations.ts"
import { ACCOUNT } from "./configuration.ts"
import { lookAt, lookAtCopy } from "./files.ts"

const exchangePath = (stateDir: string): string => join(stateDir, "exchange.db")
const decodeOperation = Schema.decodeUnknownSync(Schema.parseJson(Operation))

/** One order as it reached the exchange. */
export interface Asked {
  readonly orderId: string
  readonly conditionId: string
  readonly side: string
}

/** All that was asked of a running exchange since it was started, in order. */
const operationsAsked = (stateDir: string): Promise<ReadonlyArray<Operation>> =>
  lookAt(exchangePath(stateDir), async (ask) =>
    (await ask("SELECT body FROM operations ORDER BY seq")).map(({ body }) => decodeOperation(body))
  )

/** Every order that reached a running exchange, as often as it came. */
export const ordersAsked = async (stateDir: string): Promise<ReadonlyArray<Asked>> =>
  (await operationsAsked(stateDir)).flatMap((operation) =>
    operation._tag === "Place" ? [operation.order] : []
  )

/** Orders that a running exchange was asked to cancel. */
export const cancelsAsked = async (stateDir: string): Promise<ReadonlySet<string>> =>
  new Set(
    (await operationsAsked(stateDir)).flatMap((operation) =>
      operation._tag === "Cancel" ? operation.orderIds : []
    )
  )

export interface Trade extends TradeRow {
  readonly tradeId: string
  readonly status: string
  readonly matchedAtMs: number
  readonly conditionId: string
}

export interface ExchangeLedger {
  readonly cashMicroUsd: number
  /** Shares by token: confirmed, and bought or sold on the way. */
  readonly shares: ReadonlyMap<string, number>
  readonly orders: ReadonlyArray<OrderRecord>
  /** Orders that it held, and then did not take after all. */
  readonly refusedAfterHold: ReadonlySet<string>
  readonly trades: ReadonlyArray<Trade>
  readonly markets: ReadonlyArray<MarketRecord>
}

const tradesOf = (market: MarketRecord): ReadonlyArray<Trade> =>
  [...market.trades.values()].flatMap(({ matchedAtMs, rows, status, tradeId }) =>
    rows
      .filter(({ account }) => account === ACCOUNT)
      .map((row) => ({ ...row, tradeId, status, matchedAtMs, conditionId: market.market.conditionId }))
  )

/** The ledger of an exchange that has ended and saved its state. */
export const readExchangeLedger = (home: string, stateDir: string): Promise<ExchangeLedger> =>
  lookAtCopy(home, exchangePath(stateDir), async (ask) => {
    const [row] = await ask("SELECT body FROM snapshot")
    const saved: { readonly engine: never } = JSON.parse(String(row?.["body"]))
    const state = Either.getOrThrowWith(decodeState(saved.engine), (problem) => new Error(problem))
    const account = state.accounts.get(ACCOUNT)
    if (account === undefined) throw new Error(`the exchange has no account ${ACCOUNT}`)
    const mine = (order: OrderRecord) => order.account === ACCOUNT
    return {
      cashMicroUsd: account.cashMicroUsd,
      shares: new Map(
        [...account.holdings].map(
          ([token, { incomingMicroShares, outgoingMicroShares, settledMicroShares }]) => [
            token,
            settledMicroShares + incomingMicroShares - outgoingMicroShares
          ]
        )
      ),
      orders: [...state.openOrders.values(), ...state.finishedOrders.values()].filter(mine),
      refusedAfterHold: new Set(
        [...state.answers].flatMap(([orderId, { _tag }]) => (_tag === "Refused" ? [orderId] : []))
      ),
      trades: [...state.markets.values()].flatMap(tradesOf),
      markets: [...state.markets.values()]
    }
  })
