/** The trading modules, in the order a tick calls them. */
import { Context, type Effect, type Either } from "effect"
import type { Asset } from "../domain/asset.ts"
import type { Book } from "../domain/book.ts"
import type { Capability } from "../domain/capability.ts"
import type { MicroUsd, SpotPrice } from "../domain/money.ts"
import type { Fill, Intent, Order, OrderId } from "../domain/order.ts"
import type { AtStake, Position } from "../domain/position.ts"
import type { BookedShares, CashSlack, Difference } from "../domain/reconciliation.ts"
import type { Approved, Bars } from "../domain/risk.ts"
import type { Decline, EntrySignal, ExitSignal } from "../domain/signal.ts"
import type { Resolution, TokenId, Window, WindowSlug } from "../domain/window.ts"
import type { ExchangeError, PlaceOutcome } from "./exchange.ts"
import type { PersistenceError } from "./persistence.ts"
import type { SpotView } from "./spot.ts"

/** A window under watch and what is known of it at this tick. */
export interface WindowView {
  readonly window: Window
  readonly phase: "upcoming" | "trading" | "ended"
  /** The settlement source's value at the start; undefined until known, and then there is no entry. */
  readonly priceToBeat: SpotPrice | undefined
  readonly upBook: Book | undefined
  readonly downBook: Book | undefined
}

export class WindowManager extends Context.Tag("tradewind/WindowManager")<
  WindowManager,
  {
    /** Finds the windows now and next of every configured asset and interval, follows their books, drops settled ones. */
    readonly roll: Effect.Effect<void, ExchangeError | PersistenceError>
    /** Asks the venue for the resolution of windows that ended; returns those newly resolved. */
    readonly resolutions: Effect.Effect<ReadonlyArray<Resolution>, ExchangeError>
    /** Marks a window as settled in our books: it is not asked for again. */
    readonly settled: (slug: WindowSlug) => Effect.Effect<void>
    readonly views: Effect.Effect<ReadonlyArray<WindowView>>
    readonly counts: Effect.Effect<{ readonly tracked: number; readonly awaitingResolution: number }>
  }
>() {}

/** What our books say of shares and cash, for the comparison with the venue. */
export interface Booked {
  /** Every instrument of a window that is not settled, closed positions too: their fills may still fail. */
  readonly shares: ReadonlyArray<BookedShares>
  readonly positions: ReadonlyArray<Position>
  /** Instruments with fills that are neither confirmed nor failed, and when the oldest was matched. */
  readonly unsettled: ReadonlyArray<{
    readonly tokenId: TokenId
    readonly slug: WindowSlug
    readonly sinceMs: number
  }>
  /** Keys of all fills that are in a position. */
  readonly fillKeys: ReadonlySet<string>
  readonly slack: CashSlack
  /** Realized profit less fees less the cost of what is held, since the journal began: what we did to cash. */
  readonly cashMicroUsd: MicroUsd
}

export class PositionManager extends Context.Tag("tradewind/PositionManager")<
  PositionManager,
  {
    /** Applies a fill or its new status, once however often it comes, and stores both. */
    readonly applyFill: (fill: Fill, intent: Intent) => Effect.Effect<void, PersistenceError>
    /** Settles positions on the venue's resolution, and stores it. */
    readonly settle: (resolution: Resolution) => Effect.Effect<ReadonlyArray<Position>, PersistenceError>
    /** Marks positions of ended windows as awaiting settlement. */
    readonly expire: (views: ReadonlyArray<WindowView>) => Effect.Effect<void, PersistenceError>
    readonly booked: Effect.Effect<Booked>
    /** Positions that are not closed. */
    readonly open: Effect.Effect<ReadonlyArray<Position>>
    /** What every instrument of a window that is not settled has at stake, closed positions too: their sells may still fail. */
    readonly atStake: Effect.Effect<ReadonlyArray<AtStake>>
    /** Totals since the journal began. */
    readonly totals: Effect.Effect<{
      readonly realizedPnlMicroUsd: MicroUsd
      readonly feesMicroUsd: MicroUsd
      readonly fills: number
    }>
  }
>() {}

/** Counts of orders since the journal began. */
export interface OrderCounts {
  readonly sent: number
  readonly accepted: number
  readonly refused: number
  readonly unknown: number
  readonly cancelled: number
  readonly open: number
}

export class OrderManager extends Context.Tag("tradewind/OrderManager")<
  OrderManager,
  {
    /** Journals, identifies and sends an approved intent. Its outcome is recorded; an unknown one quarantines the instrument. */
    readonly submit: (intent: Approved<Intent>) => Effect.Effect<PlaceOutcome, PersistenceError>
    /** Applies the account's news to orders and returns the fills, with the intent each belongs to. */
    readonly sync: Effect.Effect<
      ReadonlyArray<{ readonly fill: Fill; readonly intent: Intent }>,
      ExchangeError | PersistenceError
    >
    /** Are there fills that `sync` has not returned yet? They are in no open order any more, and in no position yet. */
    readonly hasNewFills: Effect.Effect<boolean>
    /** Asks the venue about orders whose outcome is unknown; records what it says. */
    readonly resolveUnknown: Effect.Effect<void, ExchangeError | PersistenceError>
    /** Sends an exit once more that the venue does not know, as the very same order, and journals that it does. */
    readonly resendLost: Effect.Effect<void, ExchangeError | PersistenceError>
    readonly cancel: (
      orderIds: ReadonlyArray<OrderId>,
      reason: string
    ) => Effect.Effect<void, ExchangeError | PersistenceError>
    /** Cancels every open order of ours and asks the venue whether any is left: those are returned. */
    readonly cancelAllAndVerify: Effect.Effect<
      { readonly cancelled: number; readonly left: ReadonlyArray<OrderId> },
      ExchangeError | PersistenceError
    >
    /**
     * Compares every order with the venue and the journal, takes in what is news, and says what differed. `acts`: orders that
     * should not rest are cancelled, strays of ours and, where the settings say so, those of others.
     */
    readonly compare: (options: {
      readonly acts: boolean
    }) => Effect.Effect<ReadonlyArray<Difference>, ExchangeError | PersistenceError>
    /** Fills of unsettled windows that are not among those booked; they are told again. */
    readonly notBooked: (
      booked: ReadonlySet<string>
    ) => Effect.Effect<ReadonlyArray<Difference>, PersistenceError>
    /** Instruments in which nothing may be entered: an outcome is unknown, or our record and the venue's differ. */
    readonly barred: Effect.Effect<ReadonlyMap<TokenId, string>>
    readonly openOrders: Effect.Effect<ReadonlyArray<Order>>
    readonly counts: Effect.Effect<OrderCounts>
  }
>() {}

/** What the decision modules see of the world at one tick. */
export interface TradingContext {
  readonly nowMs: number
  readonly views: ReadonlyArray<WindowView>
  readonly spot: ReadonlyMap<Asset, SpotView>
  readonly positions: ReadonlyArray<Position>
  readonly atStake: ReadonlyArray<AtStake>
  readonly openOrders: ReadonlyArray<Order>
  readonly cashMicroUsd: MicroUsd
  /** Where nothing may be entered, because books and venue differ. */
  readonly bars: Bars
}

/** What a decision module wants, and what it declined with its reason. */
export interface Decisions<A> {
  readonly wanted: ReadonlyArray<A>
  readonly declined: ReadonlyArray<Decline>
}

export class Safety extends Context.Tag("tradewind/Safety")<
  Safety,
  {
    /** Begins a tick: the per-tick counts start anew. */
    readonly beginTick: (tick: number) => Effect.Effect<void>
    /** The one gate to the order-manager: an intent that breaks a limit or lacks its capability is left with the reason. */
    readonly approve: (
      intent: Intent,
      context: TradingContext
    ) => Effect.Effect<Either.Either<Approved<Intent>, Decline>>
    /** What may be done now. */
    readonly capabilities: Effect.Effect<ReadonlySet<Capability>>
    /** Takes a capability away or gives it back; both are logged with their reason. */
    readonly revoke: (capability: Capability, reason: string) => Effect.Effect<void>
    readonly restore: (capability: Capability, reason: string) => Effect.Effect<void>
  }
>() {}

export class Strategy extends Context.Tag("tradewind/Strategy")<
  Strategy,
  { readonly evaluate: (context: TradingContext) => Effect.Effect<Decisions<EntrySignal>> }
>() {}

export class PositionSizer extends Context.Tag("tradewind/PositionSizer")<
  PositionSizer,
  {
    /** Turns a signal into an intent of a size, or declines it (too small for the venue, no cash, full). */
    readonly size: (
      signal: EntrySignal,
      context: TradingContext
    ) => Effect.Effect<Either.Either<Intent, Decline>>
  }
>() {}

interface Exits {
  readonly exits: (context: TradingContext) => Effect.Effect<Decisions<ExitSignal>>
}
export class StopLoss extends Context.Tag("tradewind/StopLoss")<StopLoss, Exits>() {}
export class TakeProfit extends Context.Tag("tradewind/TakeProfit")<TakeProfit, Exits>() {}
export class WindowExpiry extends Context.Tag("tradewind/WindowExpiry")<WindowExpiry, Exits>() {}
