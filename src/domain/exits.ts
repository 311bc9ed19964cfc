/** Exits: the one way from an exit's judgement of a position to a sell signal or a stated reason. */
import type { Book } from "./book.ts"
import { bestBid } from "./book.ts"
import { formatPrice } from "./decimal.ts"
import { averageCost, sellableShares, whyNotSellable } from "./holding.ts"
import type { PriceTicks } from "./money.ts"
import type { Intent, Order, Purpose } from "./order.ts"
import type { Position } from "./position.ts"
import type { Decline, ExitSignal } from "./signal.ts"
import type { TokenId, Window } from "./window.ts"
import { tokenOf } from "./window.ts"

/** What exits see of the world; no spot price is among it, so that a dead spot feed stops no exit. */
export interface ExitContext {
  readonly nowMs: number
  readonly views: ReadonlyArray<{
    readonly window: Window
    readonly phase: "upcoming" | "trading" | "ended"
    readonly upBook: Book | undefined
    readonly downBook: Book | undefined
  }>
  readonly positions: ReadonlyArray<Position>
  readonly openOrders: ReadonlyArray<Order>
}

/** A position that could be sold now. */
export interface Holding {
  readonly position: Position
  readonly window: Window
  readonly bidTicks: PriceTicks
  /** What a held share cost on average, without fees, rounded up. */
  readonly averageCostTicks: PriceTicks
  readonly timeLeftMs: number
}

/** An exit's judgement of a holding. */
export type Verdict =
  | { readonly _tag: "Hold"; readonly reason: string }
  | { readonly _tag: "Sell"; readonly limitPriceTicks: PriceTicks; readonly reason: string }

export type ExitPurpose = Exclude<Purpose, "entry">

/** The module that speaks for each purpose. */
export const EXIT_MODULES: Readonly<Record<ExitPurpose, string>> = {
  "stop-loss": "stop-loss",
  "take-profit": "take-profit",
  expiry: "window-expiry"
}

/** What exits decided: the signals, and every position left alone with its reason. */
export interface ExitDecisions {
  readonly wanted: ReadonlyArray<ExitSignal>
  readonly declined: ReadonlyArray<Decline>
}

type Prepared =
  | { readonly _tag: "Holding"; readonly holding: Holding }
  | { readonly _tag: "Not"; readonly reason: string }

const not = (reason: string): Prepared => ({ _tag: "Not", reason })

const prepare = (context: ExitContext, position: Position, maxBookAgeMs: number): Prepared => {
  const view = context.views.find((candidate) => candidate.window.slug === position.slug)
  if (view === undefined) return not("its window is not tracked")
  const timeLeftMs = view.window.endMs - context.nowMs
  if (view.phase !== "trading" || timeLeftMs <= 0) return not("its window does not trade now")
  const book = position.outcome === "Up" ? view.upBook : view.downBook
  if (book === undefined) return not("no book")
  const ageMs = context.nowMs - book.receivedAtMs
  if (ageMs > maxBookAgeMs) return not(`the book is ${ageMs} ms old, more than ${maxBookAgeMs}`)
  const bid = bestBid(book)
  if (bid === undefined) return not("no bids: nobody to sell to")
  const averageCostTicks = averageCost(position)
  if (averageCostTicks === undefined) return not("no shares are matched")
  return {
    _tag: "Holding",
    holding: { position, window: view.window, bidTicks: bid.priceTicks, averageCostTicks, timeLeftMs }
  }
}

/**
 * Judges every open position in turn. Each ends in a sell signal of all that may be sold, or in a reason; positions
 * that await settlement or are closed are no exit's business.
 */
export const decideExits = (
  purpose: ExitPurpose,
  context: ExitContext,
  maxBookAgeMs: number,
  judge: (holding: Holding) => Verdict
): ExitDecisions => {
  const wanted: Array<ExitSignal> = []
  const declined: Array<Decline> = []
  for (const position of context.positions) {
    if (position.status !== "open") continue
    const decline = (reason: string) =>
      declined.push({
        module: EXIT_MODULES[purpose],
        subject: `${position.slug} ${position.outcome}`,
        reason
      })
    const prepared = prepare(context, position, maxBookAgeMs)
    if (prepared._tag === "Not") {
      decline(prepared.reason)
      continue
    }
    const { window } = prepared.holding
    const verdict = judge(prepared.holding)
    if (verdict._tag === "Hold") {
      decline(verdict.reason)
      continue
    }
    const sizeMicroShares = sellableShares(position, context.openOrders)
    if (sizeMicroShares === 0 || sizeMicroShares < window.minSizeMicroShares) {
      decline(`${verdict.reason}, but ${whyNotSellable(position, sizeMicroShares, window)}`)
      continue
    }
    wanted.push({
      window,
      outcome: position.outcome,
      side: "SELL",
      purpose,
      limitPriceTicks: verdict.limitPriceTicks,
      sizeMicroShares,
      reason: verdict.reason
    })
  }
  return { wanted, declined }
}

/**
 * Keeps the first signal of each token and declines later ones, so that two exits of one tick never sell the same
 * shares. `promised` names tokens already sold earlier in the tick; the answer's `promised` adds those kept here.
 */
export const withoutPromised = (
  signals: ReadonlyArray<ExitSignal>,
  promised: ReadonlySet<TokenId> = new Set()
): ExitDecisions & { readonly promised: ReadonlySet<TokenId> } => {
  const taken = new Set(promised)
  const wanted: Array<ExitSignal> = []
  const declined: Array<Decline> = []
  for (const signal of signals) {
    const tokenId = tokenOf(signal.window, signal.outcome)
    if (taken.has(tokenId)) {
      declined.push({
        module: EXIT_MODULES[signal.purpose],
        subject: `${signal.window.slug} ${signal.outcome}`,
        reason: `another exit sells it in this tick (wanted: ${signal.reason})`
      })
    } else {
      taken.add(tokenId)
      wanted.push(signal)
    }
  }
  return { wanted, declined, promised: taken }
}

/** The intent of an exit: a FAK sell, which trades at once or not at all and leaves nothing resting. */
export const toExitIntent = (signal: ExitSignal, nowMs: number): Intent => ({
  slug: signal.window.slug,
  asset: signal.window.asset,
  conditionId: signal.window.conditionId,
  tokenId: tokenOf(signal.window, signal.outcome),
  outcome: signal.outcome,
  side: signal.side,
  orderType: "FAK",
  priceTicks: signal.limitPriceTicks,
  sizeMicroShares: signal.sizeMicroShares,
  postOnly: false,
  expiresAtMs: null,
  purpose: signal.purpose,
  reason: `${signal.reason}; at ${formatPrice(signal.limitPriceTicks)} or better`,
  createdAtMs: nowMs
})
