/** The gate: the one place where limits are enforced, and the type of what passed it. */
import { Brand, Either } from "effect"
import { type Book, bookDefect } from "./book.ts"
import type { Capability } from "./capability.ts"
import { formatShares, formatUsd } from "./decimal.ts"
import { takerFee } from "./fees.ts"
import type { Limits } from "./limits.ts"
import {
  type MicroShares,
  type MicroUsd,
  type SpotPrice,
  TICKS_PER_USD,
  addUsd,
  microShares,
  notionalUsd
} from "./money.ts"
import type { Intent, Order } from "./order.ts"
import { isOpen } from "./order.ts"
import { outstandingMicroShares } from "./order-state.ts"
import type { AtStake, Position } from "./position.ts"
import type { TokenId, Window } from "./window.ts"
import { tokenOf } from "./window.ts"

/** A value that the safety gate let through; the only way to one is `domain/risk.ts`'s own gate. */
export type Approved<A> = A & Brand.Brand<"Approved">

/** A window as the gate looks at it. */
export interface RiskView {
  readonly window: Window
  readonly priceToBeat: SpotPrice | undefined
  readonly upBook: Book | undefined
  readonly downBook: Book | undefined
}

/** Where nothing may be entered while books and venue differ, each with its reason. */
export interface Bars {
  /** Undefined where entries are not barred as a whole. */
  readonly everything: string | undefined
  readonly instruments: ReadonlyMap<TokenId, string>
}
export const NO_BARS: Bars = { everything: undefined, instruments: new Map() }

/** What the gate judges an intent by. */
export interface RiskState {
  readonly nowMs: number
  readonly capabilities: ReadonlySet<Capability>
  readonly views: ReadonlyArray<RiskView>
  /** What can be sold. */
  readonly positions: ReadonlyArray<Position>
  /** What positions have at stake, sold ones among them whose sells are not settled. */
  readonly atStake: ReadonlyArray<AtStake>
  /** Orders that may still trade, or whose last fills have not come yet. */
  readonly openOrders: ReadonlyArray<Order>
  /** Intents approved a moment ago that are no open orders and no positions yet. */
  readonly approved: ReadonlyArray<Intent>
  readonly cashMicroUsd: MicroUsd
  readonly bars: Bars
  readonly entriesThisTick: number
  /** Entries approved so far in the intent's own window. */
  readonly entriesInWindow: number
}

/** Shares of an instrument that are spoken for or asked for, at a price. */
interface Commitment {
  readonly intent: Intent
  readonly sizeMicroShares: MicroShares
}

const commitments = (state: RiskState): ReadonlyArray<Commitment> => [
  ...state.openOrders.map((order) => ({
    intent: order.intent,
    sizeMicroShares: outstandingMicroShares(order)
  })),
  ...state.approved.map((intent) => ({ intent, sizeMicroShares: intent.sizeMicroShares }))
]

/** The most a promised buy can cost: all of it at its limit, with the fee where the window's terms are known. */
const costOf = (state: RiskState, { intent, sizeMicroShares }: Commitment): MicroUsd => {
  const view = state.views.find(({ window }) => window.conditionId === intent.conditionId)
  const notional = notionalUsd(intent.priceTicks, sizeMicroShares, "up")
  return view === undefined
    ? notional
    : addUsd(notional, takerFee(view.window.fees, intent.priceTicks, sizeMicroShares))
}

/** Dollars at stake in those positions and open buys that the filter picks. */
export const exposure = (
  state: RiskState,
  picks: (instrument: Pick<Intent, "slug" | "asset" | "tokenId">) => boolean
): number =>
  state.atStake.filter(picks).reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0) +
  commitments(state)
    .filter(({ intent }) => intent.side === "BUY" && picks(intent))
    .reduce((sum, commitment) => sum + costOf(state, commitment), 0)

/** Shares of an instrument that can be sold for sure: the smaller quantity, less what sells under way have promised. */
export const sellableMicroShares = (state: RiskState, tokenId: TokenId): MicroShares => {
  const held = state.positions
    .filter((position) => position.tokenId === tokenId)
    .reduce((sum, position) => sum + Math.min(position.matchedMicroShares, position.settledMicroShares), 0)
  const promised = commitments(state)
    .filter(({ intent }) => intent.side === "SELL" && intent.tokenId === tokenId)
    .reduce((sum, commitment) => sum + commitment.sizeMicroShares, 0)
  return microShares(Math.max(0, held - promised))
}

const wrongShape = (intent: Intent): string | undefined => {
  if (intent.sizeMicroShares === 0) return "an order of no shares"
  if (intent.priceTicks === 0 || intent.priceTicks === TICKS_PER_USD) return "a price that no order can have"
  if ((intent.purpose === "entry") !== (intent.side === "BUY")) return "an entry buys and an exit sells"
  return undefined
}

const refuseExit = (state: RiskState, intent: Intent): string | undefined => {
  if (!state.capabilities.has("exit")) return "exits are halted"
  const sellable = sellableMicroShares(state, intent.tokenId)
  return intent.sizeMicroShares > sellable
    ? `sells ${formatShares(intent.sizeMicroShares)} shares where ${formatShares(sellable)} can be sold for sure`
    : undefined
}

/** An entry that is asked for, with what its limits are about. */
interface Entry {
  readonly state: RiskState
  readonly intent: Intent
  readonly view: RiskView
  readonly costMicroUsd: MicroUsd
}

/** Says why an entry is refused; undefined where this check lets it through. */
type Check<Limit> = (limit: Limit, entry: Entry) => string | undefined

const withinStake =
  (name: string, isCounted: (one: Intent, other: Parameters<Parameters<typeof exposure>[1]>[0]) => boolean) =>
  (limit: MicroUsd, { costMicroUsd, intent, state }: Entry): string | undefined => {
    const stake = exposure(state, (other) => isCounted(intent, other)) + costMicroUsd
    return stake > limit ? `${name} would have more than $${formatUsd(limit)} at stake` : undefined
  }

const unfit = (name: string, book: Book | undefined, nowMs: number, maxAgeMs: number): string | undefined => {
  const defect = bookDefect(book, nowMs, maxAgeMs)
  return defect === undefined ? undefined : `the ${name} book is not fit: ${defect}`
}

/**
 * How each limit is enforced, in the order of asking. A check is given its own limit and no other, and nothing else reads
 * limits: one without a check here does not compile, and is thus never there in vain.
 */
export const LIMIT_CHECKS: { readonly [Name in keyof Limits]: Check<Limits[Name]> } = {
  entryMarginMs: (marginMs, { state, view: { window } }) =>
    state.nowMs >= window.endMs - marginMs ? "the window is about to end or over" : undefined,
  maxBookAgeMs: (maxAgeMs, { state: { nowMs }, view: { downBook, upBook } }) =>
    unfit("Up", upBook, nowMs, maxAgeMs) ?? unfit("Down", downBook, nowMs, maxAgeMs),
  maxBookSkewMs: (maxSkewMs, { view: { downBook, upBook } }) => {
    const skewMs = Math.abs((upBook?.eventTimeMs ?? 0) - (downBook?.eventTimeMs ?? 0))
    return skewMs <= maxSkewMs ? undefined : `the two books are ${skewMs} ms apart`
  },
  maxOpenOrders: (most, { state }) => {
    const open = state.openOrders.filter(isOpen).length + state.approved.length
    return open >= most ? `${open} orders are open` : undefined
  },
  maxEntriesPerTick: (most, { state }) =>
    state.entriesThisTick >= most ? "entries of this tick are used up" : undefined,
  maxEntriesPerWindow: (most, { state }) =>
    state.entriesInWindow >= most ? "entries of this window are used up" : undefined,
  maxOrderUsd: (limit, { costMicroUsd }) =>
    costMicroUsd > limit ? `the order would have more than $${formatUsd(limit)} at stake` : undefined,
  maxWindowUsd: withinStake("the window", ({ slug }, other) => other.slug === slug),
  maxAssetUsd: withinStake("the asset", ({ asset }, other) => other.asset === asset),
  maxTotalUsd: withinStake("the total", () => true)
}

const refuseByLimit = (limits: Limits, entry: Entry): string | undefined => {
  const names = Object.keys(LIMIT_CHECKS) as ReadonlyArray<keyof Limits>
  for (const name of names) {
    // The table pairs each name with a check of that limit's own type.
    const check: Check<never> = LIMIT_CHECKS[name]
    const refusal = check(limits[name] as never, entry)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

const refuseWindow = (state: RiskState, view: RiskView, intent: Intent): string | undefined => {
  const { priceToBeat, window } = view
  if (
    intent.tokenId !== tokenOf(window, intent.outcome) ||
    intent.conditionId !== window.conditionId ||
    intent.asset !== window.asset
  )
    return "it does not belong to its window"
  if (intent.sizeMicroShares < window.minSizeMicroShares)
    return "fewer shares than can be sold again: they would be held to settlement"
  if (intent.priceTicks % window.tickSizeTicks !== 0) return "its price is off the market's tick"
  if (state.nowMs < window.startMs) return "the window has not begun"
  return priceToBeat === undefined ? "the price to beat is not known" : undefined
}

const refuseCash = ({ costMicroUsd, state }: Entry): string | undefined => {
  const reserved = commitments(state)
    .filter((commitment) => commitment.intent.side === "BUY")
    .reduce((sum, commitment) => sum + costOf(state, commitment), 0)
  return reserved + costMicroUsd > state.cashMicroUsd
    ? "cash does not cover the order with its fee"
    : undefined
}

const refuseEntry = (limits: Limits, state: RiskState, intent: Intent): string | undefined => {
  if (!state.capabilities.has("enter")) return "entries are halted"
  if (intent.postOnly && !state.capabilities.has("quote")) return "quotes are halted"
  const unknown = state.openOrders.some(
    (order) => order.intent.tokenId === intent.tokenId && order.status === "unknown"
  )
  if (unknown) return "an order of the instrument has an unknown outcome"
  const barred = state.bars.everything ?? state.bars.instruments.get(intent.tokenId)
  if (barred !== undefined) return barred
  const view = state.views.find(({ window }) => window.slug === intent.slug)
  if (view === undefined) return "its window is not followed"
  const costMicroUsd = costOf(state, { intent, sizeMicroShares: intent.sizeMicroShares })
  const entry = { state, intent, view, costMicroUsd }
  return refuseWindow(state, view, intent) ?? refuseByLimit(limits, entry) ?? refuseCash(entry)
}

const approved = Brand.nominal<Approved<Intent>>()

/**
 * Lets an intent through or says why not. Entries need everything: capability, a window that is trading, a known
 * price to beat, sane books, counts, limits, cash. Exits need their capability and shares that are there: no limit
 * and no state of the market holds one back.
 */
export const approve = (
  limits: Limits,
  state: RiskState,
  intent: Intent
): Either.Either<Approved<Intent>, string> => {
  const refusal =
    wrongShape(intent) ??
    (intent.purpose === "entry" ? refuseEntry(limits, state, intent) : refuseExit(state, intent))
  return refusal === undefined ? Either.right(approved(intent)) : Either.left(refusal)
}
