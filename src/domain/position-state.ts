/**
 * What becomes of a position: computed from all fills of its instrument and the window's resolution, in the order
 * the venue matched them. So late, repeated and failed fills need no undoing: the same fills always make the same
 * position.
 *
 * Money is exact. A buy costs its notional rounded up to a millionth, a sell brings its notional rounded down. The
 * cost of held shares is a running average: a sell takes `cost × sold ÷ held` with it, rounded down, and the last
 * share takes all that is left, so that over a closed position
 * `sells − buys − fees + payout = realizedPnlMicroUsd − feesMicroUsd` to the millionth.
 */
import type { Fill, FillStatus } from "./order.ts"
import { fillKey, isFinalFill, laterFillStatus } from "./order.ts"
import type { AtStake, Position, PositionStatus } from "./position.ts"
import { type MicroUsd, microShares, microUsd, mulDiv, notionalUsd } from "./money.ts"
import type { BookedShares, CashSlack } from "./reconciliation.ts"
import type { Outcome } from "./window.ts"

/** The instrument a position is held in. */
export type Instrument = Pick<Position, "slug" | "asset" | "conditionId" | "tokenId" | "outcome">

/** A position with all that it is computed from. */
export interface PositionState {
  readonly instrument: Instrument
  readonly fills: ReadonlyMap<string, Fill>
  /** The window is over, its resolution not known: only a resolution may end the position. */
  readonly ended: boolean
  readonly resolvedAs: Outcome | undefined
  /** What a stored position holds beyond the fills that were stored with it; zero in a whole journal. */
  readonly carried: Sums
  readonly openedAtMs: number
  readonly updatedAtMs: number
}

/** Whole millionths; shares are negative while a sell is known before the buy it sold from. */
interface Sums {
  readonly matched: number
  readonly settled: number
  readonly cost: number
  readonly fees: number
  readonly realized: number
}
const NO_SUMS: Sums = { matched: 0, settled: 0, cost: 0, fees: 0, realized: 0 }

const share = (whole: number, part: number, of: number): number =>
  Number(mulDiv(BigInt(whole), BigInt(part), BigInt(of), "down"))

/**
 * Dollars a fill moved, without its fee: what a buy cost, what a sell brought. A part of a millionth is the taker's to
 * bear, so that a maker never does worse than the limit.
 */
export const fillValue = (fill: Pick<Fill, "side" | "role" | "priceTicks" | "sizeMicroShares">): MicroUsd =>
  notionalUsd(
    fill.priceTicks,
    fill.sizeMicroShares,
    (fill.side === "BUY") === (fill.role === "taker") ? "up" : "down"
  )

/** A buy: first it covers what was sold before it was known, at once realized; the rest is held at its cost. */
const bought = (sums: Sums, fill: Fill): Sums => {
  const size = fill.sizeMicroShares
  const value = fillValue(fill)
  const covering = Math.min(size, Math.max(0, -sums.matched))
  const coverCost = size === 0 ? value : share(value, covering, size)
  return {
    ...sums,
    matched: sums.matched + size,
    settled: sums.settled + (fill.status === "confirmed" ? size : 0),
    cost: sums.cost + value - coverCost,
    realized: sums.realized - coverCost
  }
}

const sold = (sums: Sums, fill: Fill): Sums => {
  const size = fill.sizeMicroShares
  const held = Math.max(0, sums.matched)
  const costOut = size >= held ? sums.cost : share(sums.cost, size, held)
  return {
    ...sums,
    matched: sums.matched - size,
    settled: sums.settled - size,
    cost: sums.cost - costOut,
    realized: sums.realized + fillValue(fill) - costOut
  }
}

const inOrderOfMatching = (a: Fill, b: Fill): number =>
  a.matchedAtMs - b.matchedAtMs ||
  (a.side === b.side ? 0 : a.side === "BUY" ? -1 : 1) ||
  (fillKey(a) < fillKey(b) ? -1 : 1)

const sumsOf = (fills: Iterable<Fill>, carried: Sums, counts: (fill: Fill) => boolean = () => true): Sums =>
  [...fills]
    .filter((fill) => fill.status !== "failed" && counts(fill))
    .toSorted(inOrderOfMatching)
    .reduce((sums, fill) => {
      const moved = fill.side === "BUY" ? bought(sums, fill) : sold(sums, fill)
      return { ...moved, fees: sums.fees + fill.feeMicroUsd }
    }, carried)

/** Pays $1 for every share of the outcome that won; nothing for the other. */
const paidOut = (sums: Sums, won: boolean): Sums => ({
  ...sums,
  matched: 0,
  settled: 0,
  cost: 0,
  realized: sums.realized + (won ? Math.max(0, sums.matched) : 0) - sums.cost
})

const statusOf = (state: PositionState, sums: Sums): PositionStatus => {
  if (state.resolvedAs !== undefined || sums.matched <= 0) return "closed"
  return state.ended ? "awaiting-settlement" : "open"
}

/** The position that the fills and the resolution make. */
export const positionOf = (state: PositionState): Position => {
  const held = sumsOf(state.fills.values(), state.carried)
  const sums =
    state.resolvedAs === undefined ? held : paidOut(held, state.resolvedAs === state.instrument.outcome)
  return {
    ...state.instrument,
    matchedMicroShares: microShares(Math.max(0, sums.matched)),
    settledMicroShares: microShares(Math.max(0, Math.min(sums.settled, sums.matched))),
    costMicroUsd: microUsd(sums.cost),
    feesMicroUsd: microUsd(sums.fees),
    realizedPnlMicroUsd: microUsd(sums.realized),
    status: statusOf(state, sums),
    openedAtMs: state.openedAtMs,
    updatedAtMs: state.updatedAtMs
  }
}

/**
 * What the position puts at stake. A sell that is matched is not money yet: until it is confirmed its shares may come back, and
 * they count at what they cost. No later failure of a fill can make it more.
 */
export const atStakeOf = (state: PositionState): AtStake => {
  const { asset, slug, tokenId } = state.instrument
  const isSure = ({ side, status }: Fill) => side === "BUY" || status === "confirmed"
  const { cost } =
    state.resolvedAs === undefined ? sumsOf(state.fills.values(), state.carried, isSure) : NO_SUMS
  return { slug, asset, tokenId, costMicroUsd: microUsd(cost) }
}

/** An instrument in which nothing was traded yet. */
export const noPosition = (instrument: Instrument, atMs: number): PositionState => ({
  instrument,
  fills: new Map(),
  ended: false,
  resolvedAs: undefined,
  carried: NO_SUMS,
  openedAtMs: atMs,
  updatedAtMs: atMs
})

/** Takes up a stored position with the fills stored for it. What they do not explain of it is carried on as it is. */
export const resumed = (position: Position, fills: ReadonlyArray<Fill>): PositionState => {
  const { slug, asset, conditionId, tokenId, outcome } = position
  const known = new Map(fills.map((fill) => [fillKey(fill), fill]))
  const explained = sumsOf(known.values(), NO_SUMS)
  const settled = Math.max(0, Math.min(explained.settled, explained.matched))
  return {
    instrument: { slug, asset, conditionId, tokenId, outcome },
    fills: known,
    ended: position.status === "awaiting-settlement",
    resolvedAs: undefined,
    carried: {
      matched: position.matchedMicroShares - Math.max(0, explained.matched),
      settled: position.settledMicroShares - settled,
      cost: position.costMicroUsd - explained.cost,
      fees: position.feesMicroUsd - explained.fees,
      realized: position.realizedPnlMicroUsd - explained.realized
    },
    openedAtMs: position.openedAtMs,
    updatedAtMs: position.updatedAtMs
  }
}

/**
 * The shares the venue may show of a position: all that is confirmed less all that is being sold, to all that was bought less
 * what is surely sold.
 */
export const bookedShares = (state: PositionState): BookedShares => {
  const fills = [...state.fills.values()].filter((fill) => fill.status !== "failed")
  const sum = (side: Fill["side"], counts: (fill: Fill) => boolean): number =>
    fills
      .filter((fill) => fill.side === side && counts(fill))
      .reduce((total, fill) => total + fill.sizeMicroShares, 0)
  const isConfirmed = (fill: Fill) => fill.status === "confirmed"
  const { carried, instrument } = state
  return {
    tokenId: instrument.tokenId,
    slug: instrument.slug,
    leastMicroShares: microShares(
      Math.max(0, carried.settled + sum("BUY", isConfirmed) - sum("SELL", () => true))
    ),
    mostMicroShares: microShares(
      Math.max(0, carried.matched + sum("BUY", () => true) - sum("SELL", isConfirmed))
    ),
    ended: state.ended
  }
}

/** When the oldest fill was matched that is neither confirmed nor failed; undefined where none is under way. */
export const unsettledSinceMs = (state: PositionState): number | undefined => {
  const since = [...state.fills.values()]
    .filter((fill) => !isFinalFill(fill.status))
    .map((fill) => fill.matchedAtMs)
  return since.length === 0 ? undefined : Math.min(...since)
}

/** What fills under way, and a payout to come, may yet do to the venue's cash beyond our books. */
export const cashSlack = (state: PositionState): CashSlack => {
  const open = [...state.fills.values()].filter((fill) => !isFinalFill(fill.status))
  const sum = (side: Fill["side"], value: (fill: Fill) => number): number =>
    open.filter((fill) => fill.side === side).reduce((total, fill) => total + value(fill), 0)
  const payout = state.ended && state.resolvedAs === undefined ? positionOf(state).matchedMicroShares : 0
  return {
    moreMicroUsd: payout + sum("BUY", (fill) => fillValue(fill) + fill.feeMicroUsd),
    lessMicroUsd: sum("SELL", fillValue)
  }
}

/** Is any part of a resumed position not explained by its fills? Then the journal lost fills. */
export const isUnexplained = (state: PositionState): boolean =>
  Object.values(state.carried).some((amount) => amount !== 0)

/** The same fill with the later of both statuses; undefined where that is what is known already. */
const news = (known: Fill | undefined, fill: Fill): Fill | undefined => {
  if (known === undefined) return fill
  const status: FillStatus = laterFillStatus(known.status, fill.status)
  return status === known.status ? undefined : { ...known, status }
}

/** Adds a fill or its new status; the very same state where it says nothing new. */
export const applyFill = (state: PositionState, fill: Fill, atMs: number): PositionState => {
  const key = fillKey(fill)
  const learnt = news(state.fills.get(key), fill)
  return learnt === undefined
    ? state
    : {
        ...state,
        fills: new Map(state.fills).set(key, learnt),
        updatedAtMs: Math.max(state.updatedAtMs, atMs)
      }
}

/** Marks the window as over; the very same state where it is marked or resolved. */
export const endWindow = (state: PositionState, atMs: number): PositionState =>
  state.ended || state.resolvedAs !== undefined ? state : { ...state, ended: true, updatedAtMs: atMs }

/** Settles on the venue's resolution, the only source of one; the very same state where it is settled already. */
export const settle = (state: PositionState, outcome: Outcome, atMs: number): PositionState =>
  state.resolvedAs === undefined ? { ...state, resolvedAs: outcome, updatedAtMs: atMs } : state
