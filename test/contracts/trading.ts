/** A trader's small moves in the contract's market, and sums over what the venue says of them. */
import { Clock, Effect } from "effect"
import { type MicroUsd, microShares, notionalUsd, priceTicks } from "../../src/domain/money.ts"
import type { Intent, OrderIdentity } from "../../src/domain/order.ts"
import { type Outcome, type TokenId, type Window, tokenOf } from "../../src/domain/window.ts"
import { Exchange, type VenueTrade } from "../../src/ports/exchange.ts"
import { MarketTime } from "./market-time.ts"

export const SHARE = 1_000_000

/** The 5-minute window that trades now, followed, with 20 s of trading behind it. */
export const tradingWindow = Effect.gen(function* () {
  const exchange = yield* Exchange
  const time = yield* MarketTime
  yield* time.pass(20_000)
  const window = yield* exchange.findWindow("BTC", "5m", yield* Clock.currentTimeMillis)
  if (window === undefined) return yield* Effect.dieMessage("the venue lists no 5-minute window of BTC")
  yield* exchange.follow([window])
  return window
})

/** An intent: by default 10 shares of Up, bought at a cent, resting. */
export const intentFor = (window: Window, over: Partial<Intent> = {}): Effect.Effect<Intent> =>
  Effect.map(Clock.currentTimeMillis, (createdAtMs) => {
    const outcome: Outcome = over.outcome ?? "Up"
    return {
      slug: window.slug,
      asset: window.asset,
      conditionId: window.conditionId,
      tokenId: tokenOf(window, outcome),
      outcome,
      side: "BUY",
      orderType: "GTC",
      priceTicks: window.tickSizeTicks,
      sizeMicroShares: microShares(10 * SHARE),
      postOnly: false,
      expiresAtMs: null,
      purpose: over.side === "SELL" ? "stop-loss" : "entry",
      reason: "contract",
      createdAtMs,
      ...over
    }
  })

/** Identifies and sends, while market time goes on. */
export const send = (window: Window, over: Partial<Intent> = {}) =>
  Effect.gen(function* () {
    const exchange = yield* Exchange
    const time = yield* MarketTime
    const intent = yield* intentFor(window, over)
    const identity = yield* exchange.identify(intent)
    const outcome = yield* time.during(exchange.place(intent, identity))
    return { intent, identity, outcome }
  })

/** Buys at whatever is asked. */
export const buyNow = (window: Window, shares: number, outcome: Outcome = "Up") =>
  send(window, {
    outcome,
    orderType: "FAK",
    priceTicks: priceTicks(10_000 - window.tickSizeTicks),
    // Whole cents at $0.99 as at $0.999.
    sizeMicroShares: microShares(shares * SHARE)
  })

/** Sells at whatever is bid. */
export const sellNow = (window: Window, shares: number, outcome: Outcome = "Up") =>
  send(window, {
    outcome,
    side: "SELL",
    orderType: "FAK",
    priceTicks: window.tickSizeTicks,
    sizeMicroShares: microShares(shares * SHARE)
  })

/** The same order a second time. */
export const sendAgain = (sent: { readonly intent: Intent; readonly identity: OrderIdentity }) =>
  Effect.gen(function* () {
    const exchange = yield* Exchange
    const time = yield* MarketTime
    return yield* time.during(exchange.place(sent.intent, sent.identity))
  })

/** Dollars that trades moved, in millionths, fees included. */
export const cashMoved = (trades: ReadonlyArray<VenueTrade>): number =>
  trades
    .filter(({ status }) => status !== "failed")
    .reduce((sum, { feeMicroUsd, priceTicks: price, side, sizeMicroShares }) => {
      const isBuy = side === "BUY"
      const value = notionalUsd(price, sizeMicroShares, isBuy ? "up" : "down")
      return sum + (isBuy ? -value : value) - feeMicroUsd
    }, 0)

/** Shares of a token that trades left; `confirmedOnly` counts what is on chain. */
export const sharesHeld = (
  trades: ReadonlyArray<VenueTrade>,
  tokenId: TokenId,
  confirmedOnly: boolean
): number =>
  trades
    .filter((trade) => trade.tokenId === tokenId && trade.status !== "failed")
    .filter(({ status }) => !confirmedOnly || status === "confirmed")
    .reduce(
      (sum, { side, sizeMicroShares }) => sum + (side === "BUY" ? sizeMicroShares : -sizeMicroShares),
      0
    )

/** Everything the venue says of the account and a window, at one instant. */
export const account = (window: Window) =>
  Effect.gen(function* () {
    const exchange = yield* Exchange
    const cash: MicroUsd = yield* exchange.cashMicroUsd
    const balances = yield* exchange.balances
    return {
      cash,
      trades: yield* exchange.trades(window.conditionId),
      open: yield* exchange.openOrders,
      balances: new Map(balances.map(({ sizeMicroShares, tokenId }) => [tokenId, sizeMicroShares]))
    }
  })
