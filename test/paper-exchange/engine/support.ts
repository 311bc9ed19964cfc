/** Markets, orders and shorthands for the engine's tests. */
import { Either, Option } from "effect"
import type { Level } from "../../../src/domain/book.ts"
import { MICROS, microShares, microUsd, priceTicks } from "../../../src/domain/money.ts"
import { OrderId, type OrderType, type Side } from "../../../src/domain/order.ts"
import { ConditionId, TokenId, WindowSlug } from "../../../src/domain/window.ts"
import type { AccountNews, Engine } from "../../../src/paper-exchange/engine-types.ts"
import { makeEngine } from "../../../src/paper-exchange/engine/make-engine.ts"
import { decodeState } from "../../../src/paper-exchange/engine/saved.ts"
import type { EngineState } from "../../../src/paper-exchange/engine/state.ts"
import type { MarketEvent } from "../../../src/paper-exchange/market-source.ts"
import type { VenueMarket, VenuePlace } from "../../../src/ports/venue.ts"

export const T0 = 1_780_000_000_000
export const settings = { minedAfterMs: 500, confirmedAfterMs: 2_000, redeemAfterMs: 0 }

export const marketOf = (name: string, change: Partial<VenueMarket> = {}): VenueMarket => ({
  slug: WindowSlug.make(`btc-updown-5m-${name}`),
  asset: "BTC",
  interval: "5m",
  startMs: T0,
  endMs: T0 + 300_000,
  conditionId: ConditionId.make(`0x${name}`),
  upTokenId: TokenId.make(`${name}-up`),
  downTokenId: TokenId.make(`${name}-down`),
  tickSizeTicks: priceTicks(100),
  minSizeMicroShares: microShares(5 * MICROS),
  fees: { rateMicros: 70_000, exponent: 1, takerOnly: true },
  settlementConfig: undefined,
  takerHoldMs: 0,
  ...change
})

export const cents = (value: number) => priceTicks(Math.round(value * 100))
export const shares = (value: number) => microShares(Math.round(value * MICROS))
export const usd = (value: number) => microUsd(Math.round(value * MICROS))
export const id = (name: string | number) => OrderId.make(`order-${name}`)

/** [price in cents, shares] */
export type Quote = readonly [number, number]
export const levels = (quotes: ReadonlyArray<Quote>): ReadonlyArray<Level> =>
  quotes.map(([price, size]) => ({ priceTicks: cents(price), sizeMicroShares: shares(size) }))

export const book = (
  market: VenueMarket,
  bids: ReadonlyArray<Quote>,
  asks: ReadonlyArray<Quote>,
  atMs = T0
): MarketEvent => ({
  _tag: "Book",
  atMs,
  conditionId: market.conditionId,
  bids: levels(bids),
  asks: levels(asks)
})

export const taker = (
  market: VenueMarket,
  side: Side,
  price: number,
  size: number,
  atMs = T0
): MarketEvent => ({
  _tag: "Taker",
  atMs,
  conditionId: market.conditionId,
  side,
  priceTicks: cents(price),
  sizeMicroShares: shares(size)
})

export const closed = (market: VenueMarket, atMs = T0): MarketEvent => ({
  _tag: "Closed",
  atMs,
  conditionId: market.conditionId
})

export const listed = (market: VenueMarket, atMs = T0): MarketEvent => ({ _tag: "Listed", atMs, market })

export interface OrderWish {
  readonly id: string | number
  readonly side?: Side
  readonly outcome?: "Up" | "Down"
  readonly type?: OrderType
  readonly price: number
  readonly size: number
  readonly postOnly?: boolean
  readonly expiresAtMs?: number | null
}

export const order = (market: VenueMarket, wish: OrderWish): VenuePlace => ({
  orderId: id(wish.id),
  conditionId: market.conditionId,
  tokenId: wish.outcome === "Down" ? market.downTokenId : market.upTokenId,
  side: wish.side ?? "BUY",
  orderType: wish.type ?? "GTC",
  priceTicks: cents(wish.price),
  sizeMicroShares: shares(wish.size),
  postOnly: wish.postOnly ?? false,
  expiresAtMs: wish.expiresAtMs ?? null
})

/** An engine with one open market and $1,000 on each account. */
export const openMarket = (
  market: VenueMarket,
  bids: ReadonlyArray<Quote> = [],
  asks: ReadonlyArray<Quote> = [],
  accounts: ReadonlyArray<string> = ["a", "b", "c"]
): Engine => {
  const engine = makeEngine(settings)
  for (const account of accounts) engine.deposit(account, usd(1_000), T0)
  engine.market(listed(market))
  engine.market(book(market, bids, asks))
  return engine
}

/**
 * Buys shares of both tokens from the others, has them confirmed, and empties the book again. Takes ten seconds; returns
 * the time after.
 */
export const giveShares = (
  engine: Engine,
  market: VenueMarket,
  account: string,
  size: number,
  atMs = T0
): number => {
  engine.deposit(account, usd(2 * size), atMs)
  engine.market(book(market, [[50, 1_000_000]], [[51, 1_000_000]], atMs))
  for (const [outcome, price] of [
    ["Up", 51],
    ["Down", 50]
  ] as const) {
    const wish = { id: `seed-${market.slug}-${account}-${outcome}`, outcome, price, size }
    engine.place(account, order(market, wish), atMs)
  }
  engine.advance(atMs + market.takerHoldMs)
  engine.market(book(market, [], [], atMs + market.takerHoldMs))
  engine.advance(atMs + 10_000)
  return atMs + 10_000
}

export const stateOf = (engine: Engine): EngineState => Either.getOrThrow(decodeState(engine.save()))

/** The first 4 fields of a trade that tests compare. */
export const fillsOf = (news: ReadonlyArray<AccountNews>) =>
  news.flatMap(({ account, update }) =>
    update._tag === "TradeUpdate" && update.trade.status === "matched"
      ? [
          {
            account,
            orderId: update.trade.orderId,
            role: update.trade.role,
            price: update.trade.priceTicks / 100,
            size: update.trade.sizeMicroShares / MICROS
          }
        ]
      : []
  )

export const resolved = (market: VenueMarket, winner: "Up" | "Down", atMs = T0): MarketEvent => ({
  _tag: "Resolved",
  atMs,
  resolution: {
    slug: market.slug,
    conditionId: market.conditionId,
    outcome: winner,
    openPrice: Option.none(),
    closePrice: Option.none(),
    resolvedAtMs: atMs
  }
})
