/** The words of the matching engine: what it is told, what it answers, what it reports. */
import type { Level } from "../domain/book.ts"
import type { MicroShares, MicroUsd, PriceTicks } from "../domain/money.ts"
import type { OrderId, Side } from "../domain/order.ts"
import type { ConditionId, TokenId } from "../domain/window.ts"
import type { AccountUpdate, CancelOutcome, VenueBalance, VenueOrder, VenueTrade } from "../ports/exchange.ts"
import type { VenuePlace } from "../ports/venue.ts"
import type { EngineState } from "./engine/state.ts"
import type { Json, MarketEvent } from "./market-source.ts"

/** Delays of settlement on chain and what the account begins with. */
export interface EngineSettings {
  /** From match to `mined`, milliseconds. */
  readonly minedAfterMs: number
  /** From match to `confirmed`, when shares become spendable, milliseconds. */
  readonly confirmedAfterMs: number
  /** From a market's resolution to its positions being paid out by themselves, milliseconds; until then they are redeemable. */
  readonly redeemAfterMs: number
}

/** An order as the engine takes it in. */
export interface EngineOrder extends VenuePlace {
  /**
   * Dollars that a FOK or FAK BUY spends at its limit or better, however many shares they buy (py-clob-client-v2#89).
   * Without it such an order is for its size, and its dollars must be whole cents.
   */
  readonly budgetMicroUsd?: MicroUsd
  /** The API key that sent it. */
  readonly owner?: string
}

/** The immediate answer to an order: refused in the venue's words, held, or done. */
export type PlaceAnswer =
  | { readonly _tag: "Refused"; readonly text: string }
  /** Held until then; after `advance` past it, `placed(orderId)` has the answer. */
  | { readonly _tag: "Held"; readonly untilMs: number }
  | {
      readonly _tag: "Placed"
      readonly status: "live" | "matched"
      readonly filledMicroShares: MicroShares
      /** What those shares cost or brought, without the fee. */
      readonly notionalMicroUsd: MicroUsd
      readonly tradeIds: ReadonlyArray<string>
    }

/** A trade as everybody sees it, in the taker's own token. */
export interface PublicTrade {
  readonly conditionId: ConditionId
  readonly tokenId: TokenId
  /** The taker's. */
  readonly side: Side
  readonly priceTicks: PriceTicks
  readonly sizeMicroShares: MicroShares
  readonly atMs: number
}

/** How a trade's settlement goes other than well. */
export type TradeFate = "failed" | "retrying"

/** What an engine's turns changed for everybody. */
export interface EngineSignals {
  /** Markets whose book or phase changed, in the order of their first change. */
  readonly books: ReadonlyArray<ConditionId>
  readonly trades: ReadonlyArray<PublicTrade>
}

/** News for one account. */
export interface AccountNews {
  readonly account: string
  readonly update: AccountUpdate
}

/**
 * The matching engine: no clock, no chance, no I/O. Every call says when it happens; times never go back. Its whole state
 * can be saved as JSON and taken up again.
 */
export interface Engine {
  readonly deposit: (account: string, amount: MicroUsd, atMs: number) => void
  /** Takes in what happened in the market (Spot events are ignored). */
  readonly market: (event: MarketEvent) => ReadonlyArray<AccountNews>
  readonly place: (
    account: string,
    order: EngineOrder,
    atMs: number
  ) => { readonly answer: PlaceAnswer; readonly news: ReadonlyArray<AccountNews> }
  /** The final answer to an order that was held, once its hold is over. */
  readonly placed: (orderId: OrderId) => PlaceAnswer | undefined
  readonly cancel: (
    account: string,
    orderIds: ReadonlyArray<OrderId>,
    atMs: number,
    /** Why, for the account's news. */
    note?: string
  ) => { readonly outcome: CancelOutcome; readonly news: ReadonlyArray<AccountNews> }
  /** Fails a trade that is not settled, or delays its settlement; without effect on any other. */
  readonly settle: (tradeId: string, fate: TradeFate, atMs: number) => ReadonlyArray<AccountNews>
  /** Takes what changed for everybody since the last call. */
  readonly takeSignals: () => EngineSignals
  /** When something is due by itself: the end of a hold, an expiry, a settlement step. */
  readonly nextDueMs: () => number | undefined
  /** Does all that is due up to `atMs`, in order. */
  readonly advance: (atMs: number) => ReadonlyArray<AccountNews>
  /** Levels of an instrument, others' and ours together, best first; undefined for an unknown token. */
  readonly book: (tokenId: TokenId) =>
    | {
        readonly bids: ReadonlyArray<Level>
        readonly asks: ReadonlyArray<Level>
        readonly changedAtMs: number
        /** The market's tick of this moment. */
        readonly tickSizeTicks: PriceTicks
      }
    | undefined
  readonly order: (account: string, orderId: OrderId) => VenueOrder | undefined
  readonly openOrders: (account: string) => ReadonlyArray<VenueOrder>
  readonly trades: (account: string, conditionId: ConditionId) => ReadonlyArray<VenueTrade>
  readonly cash: (account: string) => MicroUsd
  /** Confirmed shares. */
  readonly balances: (account: string) => ReadonlyArray<VenueBalance>
  /** To be read only: all there is to know of orders, trades and markets. */
  readonly state: EngineState
  readonly save: () => Json
}
