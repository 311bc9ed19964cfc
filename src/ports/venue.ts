/** The venue's raw answers, before the module makes sense of them. The client of its protocol fills the port. */
import { Context, type Effect } from "effect"
import type { Asset } from "../domain/asset.ts"
import type { Book } from "../domain/book.ts"
import type { FeeSchedule } from "../domain/fees.ts"
import type { MicroShares, MicroUsd, PriceTicks, SpotPrice } from "../domain/money.ts"
import type { OrderId, OrderType, Side } from "../domain/order.ts"
import type { MarketSettlementConfig } from "../domain/settlement.ts"
import type { OrderAccount, OrderStruct } from "../domain/signed-order.ts"
import type { ConditionId, Interval, Resolution, TokenId, WindowSlug } from "../domain/window.ts"
import type {
  AccountUpdate,
  CancelOutcome,
  ExchangeError,
  VenueBalance,
  VenueOrder,
  VenueTrade
} from "./exchange.ts"

/** A market as the venue lists it. */
export interface VenueMarket {
  readonly slug: WindowSlug
  readonly asset: Asset
  readonly interval: Interval
  readonly startMs: number
  readonly endMs: number
  readonly conditionId: ConditionId
  readonly upTokenId: TokenId
  readonly downTokenId: TokenId
  readonly tickSizeTicks: PriceTicks
  readonly minSizeMicroShares: MicroShares
  readonly fees: FeeSchedule
  /** The market's own settlement statement; undefined on markets older than it. */
  readonly settlementConfig: MarketSettlementConfig | undefined
  /** Milliseconds a taker's order is held before it is matched (150 since 2026-09-04); 0 where none is. */
  readonly takerHoldMs: number
}

/** An order as it is sent. Its id is the EIP-712 digest that the sender computed. */
export interface VenuePlace {
  readonly orderId: OrderId
  readonly conditionId: ConditionId
  readonly tokenId: TokenId
  readonly side: Side
  readonly orderType: OrderType
  readonly priceTicks: PriceTicks
  readonly sizeMicroShares: MicroShares
  readonly postOnly: boolean
  /** Stated expiry of a GTD order; the venue cancels 60 s before it (polymarket.md §4.1). Null on other types. */
  readonly expiresAtMs: number | null
}

/** The venue's answer to an order it took; a refusal is an ExchangeError `Refused` with the venue's own text. */
export interface VenuePlaced {
  readonly orderId: OrderId
  /** duplicate: the venue had this very order before, and does not tell its state. */
  readonly status: "live" | "matched" | "delayed" | "duplicate"
  readonly filledMicroShares: MicroShares
}

export class Venue extends Context.Tag("tradewind/Venue")<
  Venue,
  {
    /** Who holds the funds, safe to log. */
    readonly account: string
    /** For whom, and by whom, orders are signed. */
    readonly orderAccount: OrderAccount
    readonly market: (slug: WindowSlug) => Effect.Effect<VenueMarket | undefined, ExchangeError>
    readonly priceToBeat: (slug: WindowSlug) => Effect.Effect<SpotPrice | undefined, ExchangeError>
    readonly resolution: (slug: WindowSlug) => Effect.Effect<Resolution | undefined, ExchangeError>
    /** Keeps the books of exactly these instruments at hand. */
    readonly follow: (tokenIds: ReadonlySet<TokenId>) => Effect.Effect<void, ExchangeError>
    /** The current book of an instrument; undefined where the venue has none. */
    readonly book: (tokenId: TokenId) => Effect.Effect<Book | undefined, ExchangeError>
    /**
     * The signed order in the venue's JSON; nothing is sent. `struct` is what the order's id is the digest of: another one is
     * `Refused`, as is what cannot be signed.
     */
    readonly sign: (order: VenuePlace, struct: OrderStruct) => Effect.Effect<string, ExchangeError>
    /**
     * Sends what {@link sign} made. Answers when the venue does: a marketable order waits out the taker hold. Bytes that are
     * not the order of this id are `Refused` and not sent.
     */
    readonly place: (order: VenuePlace, signedOrder: string) => Effect.Effect<VenuePlaced, ExchangeError>
    readonly cancel: (orderIds: ReadonlyArray<OrderId>) => Effect.Effect<CancelOutcome, ExchangeError>
    /** The user channel: news since the last call, oldest first. */
    readonly takeUpdates: Effect.Effect<ReadonlyArray<AccountUpdate>>
    /** How often the user channel was opened so far. */
    readonly newsStreams: Effect.Effect<number>
    readonly order: (orderId: OrderId) => Effect.Effect<VenueOrder | undefined, ExchangeError>
    readonly openOrders: Effect.Effect<ReadonlyArray<VenueOrder>, ExchangeError>
    readonly trades: (conditionId: ConditionId) => Effect.Effect<ReadonlyArray<VenueTrade>, ExchangeError>
    readonly cashMicroUsd: Effect.Effect<MicroUsd, ExchangeError>
    readonly balances: Effect.Effect<ReadonlyArray<VenueBalance>, ExchangeError>
    /** The loop got on. Where the dead-man switch is on, the venue is told so; never waits. */
    readonly beat: Effect.Effect<void>
  }
>() {}
