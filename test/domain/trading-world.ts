/** A small world for the tests of decisions: one BTC window, its books, positions and orders. */
import { FastCheck as fc } from "effect"
import { CAPABILITIES } from "../../src/domain/capability.ts"
import type { Book, Level } from "../../src/domain/book.ts"
import { microShares, microUsd, priceTicks, spotPrice } from "../../src/domain/money.ts"
import type { Order } from "../../src/domain/order.ts"
import { OrderId } from "../../src/domain/order.ts"
import { NO_BARS, type RiskState } from "../../src/domain/risk.ts"
import type { AtStake, Position } from "../../src/domain/position.ts"
import {
  ConditionId,
  type Outcome,
  TokenId,
  type Window,
  WindowSlug,
  tokenOf
} from "../../src/domain/window.ts"
import type { SpotView } from "../../src/ports/spot.ts"
import type { TradingContext, WindowView } from "../../src/ports/trading.ts"

export const START_MS = 1_790_000_100_000
export const END_MS = START_MS + 300_000
export const NOW_MS = START_MS + 150_000
export const STRIKE = spotPrice(6_330_000_000_000)

export const makeWindow = (name: string, patch: Partial<Window> = {}): Window => ({
  slug: WindowSlug.make(`btc-updown-5m-${name}`),
  asset: "BTC",
  interval: "5m",
  startMs: START_MS,
  endMs: END_MS,
  conditionId: ConditionId.make(`0x${name}`),
  upTokenId: TokenId.make(`${name}-up`),
  downTokenId: TokenId.make(`${name}-down`),
  tickSizeTicks: priceTicks(100),
  minSizeMicroShares: microShares(5_000_000),
  fees: { rateMicros: 70_000, exponent: 1, takerOnly: true },
  rule: { _tag: "ChainlinkTwap", lookbackSeconds: 60 },
  ...patch
})
export const WINDOW = makeWindow("1")

const level = (ticks: number, shares: number): Level => ({
  priceTicks: priceTicks(ticks),
  sizeMicroShares: microShares(Math.round(shares * 1_000_000))
})

/** A book of one level a side; a side is empty where its price is undefined. */
export const makeBook = (
  tokenId: TokenId,
  bidTicks: number | undefined,
  askTicks: number | undefined,
  patch: Partial<Book> = {}
): Book => ({
  tokenId,
  bids: bidTicks === undefined ? [] : [level(bidTicks, 200)],
  asks: askTicks === undefined ? [] : [level(askTicks, 200)],
  eventTimeMs: NOW_MS - 100,
  receivedAtMs: NOW_MS - 50,
  ...patch
})

/** A window under watch whose Down book mirrors the Up book. */
export const makeView = (bidTicks: number, askTicks: number, patch: Partial<WindowView> = {}): WindowView => {
  const window = patch.window ?? WINDOW
  return {
    window,
    phase: "trading",
    priceToBeat: STRIKE,
    upBook: makeBook(window.upTokenId, bidTicks, askTicks),
    downBook: makeBook(window.downTokenId, 10_000 - askTicks, 10_000 - bidTicks),
    ...patch
  }
}

export const makeSpot = (gapMicros: number, patch: Partial<SpotView> = {}): SpotView => {
  const price = spotPrice(Math.round(STRIKE * (1 + gapMicros / 1e6)))
  return {
    asset: "BTC",
    price,
    observedAtMs: NOW_MS - 1_000,
    average60s: price,
    volatilityPerSqrtSecondE9: 95_000,
    last60s: [],
    ...patch
  }
}

/** What positions have at stake whose fills are all settled. */
export const settledStakes = (positions: ReadonlyArray<Position> = []): ReadonlyArray<AtStake> =>
  positions.map(({ asset, costMicroUsd, slug, tokenId }) => ({ asset, costMicroUsd, slug, tokenId }))

/** What the gate judges by where nothing speaks against an entry. */
export const makeRisk = (patch: Partial<RiskState> = {}): RiskState => ({
  nowMs: NOW_MS,
  capabilities: new Set(CAPABILITIES),
  views: [makeView(5_000, 5_100)],
  positions: [],
  atStake: settledStakes(patch.positions),
  openOrders: [],
  approved: [],
  cashMicroUsd: microUsd(1_000_000_000),
  bars: NO_BARS,
  entriesThisTick: 0,
  entriesInWindow: 0,
  ...patch
})

export const makeContext = (patch: Partial<TradingContext> = {}): TradingContext => ({
  nowMs: NOW_MS,
  views: [],
  spot: new Map(),
  positions: [],
  atStake: settledStakes(patch.positions),
  openOrders: [],
  cashMicroUsd: microUsd(100_000_000),
  bars: NO_BARS,
  ...patch
})

/** Shares held at an average price, all settled unless told. */
export const makePosition = (
  shares: number,
  costTicks: number,
  patch: Partial<Position> & { readonly outcome?: Outcome } = {},
  window: Window = WINDOW
): Position => {
  const outcome = patch.outcome ?? "Up"
  return {
    slug: window.slug,
    asset: window.asset,
    conditionId: window.conditionId,
    tokenId: tokenOf(window, outcome),
    outcome,
    matchedMicroShares: microShares(Math.round(shares * 1_000_000)),
    settledMicroShares: microShares(Math.round(shares * 1_000_000)),
    costMicroUsd: microUsd(Math.round(shares * costTicks * 100)),
    feesMicroUsd: microUsd(0),
    realizedPnlMicroUsd: microUsd(0),
    status: "open",
    openedAtMs: START_MS,
    updatedAtMs: START_MS,
    ...patch
  }
}

/** A live order of ours. */
export const makeOrder = (
  side: "BUY" | "SELL",
  shares: number,
  ticks: number,
  patch: Partial<Order> = {},
  outcome: Outcome = "Up",
  window: Window = WINDOW
): Order => ({
  orderId: OrderId.make(`0x${side}${shares}${ticks}`),
  salt: 1,
  timestampMs: NOW_MS,
  intent: {
    slug: window.slug,
    asset: window.asset,
    conditionId: window.conditionId,
    tokenId: tokenOf(window, outcome),
    outcome,
    side,
    orderType: "GTC",
    priceTicks: priceTicks(ticks),
    sizeMicroShares: microShares(Math.round(shares * 1_000_000)),
    postOnly: false,
    expiresAtMs: null,
    purpose: side === "BUY" ? "entry" : "take-profit",
    reason: "test",
    createdAtMs: NOW_MS
  },
  status: "live",
  filledMicroShares: microShares(0),
  note: "",
  updatedAtMs: NOW_MS,
  ...patch
})

/** Prices a $0.01 market takes. */
export const centPrice = fc.integer({ min: 1, max: 99 }).map((cents) => priceTicks(cents * 100))
/** Shares in millionths, round and crooked. */
export const anyShares = fc
  .oneof(
    fc.integer({ min: 0, max: 50_000 }).map((n) => n * 10_000),
    fc.nat(300_000_000)
  )
  .map(microShares)
