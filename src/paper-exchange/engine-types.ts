/** The words of the matching engine: what it is told, what it answers, what it reports. */
import type { Level } from "../domain/book.ts"
import type { MicroShares, MicroUsd } from "../domain/money.ts"
import type { OrderId } from "../domain/order.ts"
import type { ConditionId, TokenId } from "../domain/window.ts"
import type { AccountUpdate, CancelOutcome, VenueBalance, VenueOrder, VenueTrade } from "../ports/exchange.ts"
import type { VenuePlace } from "../ports/venue.ts"
import type { Json, MarketEvent } from "./market-source.ts"

/** Delays of settlement on chain and what the account begins with. */
export interface EngineSettings {
  /** From match to `mined`, milliseconds. */
  readonly minedAfterMs: number
  /** From match to `confirmed`, when shares become spendable, milliseconds. */
  readonly confirmedAfterMs: number
}

/** The immediate answer to an order: refused in the venue's words, held, or done. */
export type PlaceAnswer =
  | { readonly _tag: "Refused"; readonly text: string }
  /** Held until then; after `advance` past it, `placed(orderId)` has the answer. */
  | { readonly _tag: "Held"; readonly untilMs: number }
  | { readonly _tag: "Placed"; readonly status: "live" | "matched"; readonly filledMicroShares: MicroShares }

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
    order: VenuePlace,
    atMs: number
  ) => { readonly answer: PlaceAnswer; readonly news: ReadonlyArray<AccountNews> }
  /** The final answer to an order that was held, once its hold is over. */
  readonly placed: (orderId: OrderId) => PlaceAnswer | undefined
  readonly cancel: (
    account: string,
    orderIds: ReadonlyArray<OrderId>,
    atMs: number
  ) => { readonly outcome: CancelOutcome; readonly news: ReadonlyArray<AccountNews> }
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
      }
    | undefined
  readonly order: (account: string, orderId: OrderId) => VenueOrder | undefined
  readonly openOrders: (account: string) => ReadonlyArray<VenueOrder>
  readonly trades: (account: string, conditionId: ConditionId) => ReadonlyArray<VenueTrade>
  readonly cash: (account: string) => MicroUsd
  /** Confirmed shares. */
  readonly balances: (account: string) => ReadonlyArray<VenueBalance>
  readonly save: () => Json
}
