/** Everything the position-manager keeps in memory, and how it changes. */
import { type Fill, type Intent, type Order, fillKey } from "../../domain/order.ts"
import type { Position } from "../../domain/position.ts"
import {
  type Instrument,
  type PositionState,
  applyFill,
  noPosition,
  positionOf,
  resumed
} from "../../domain/position-state.ts"
import { type MicroUsd, microUsd } from "../../domain/money.ts"
import type { TokenId, WindowSlug } from "../../domain/window.ts"
import type { JournalState, JournalTotals } from "../../ports/persistence.ts"

/** Settled positions are kept this many at most, for late news of their fills; so are settled windows. */
const MAX_SETTLED = 512

export interface Totals {
  readonly realizedPnlMicroUsd: MicroUsd
  readonly feesMicroUsd: MicroUsd
  readonly fills: number
}

export interface Holdings {
  readonly states: ReadonlyMap<TokenId, PositionState>
  readonly settled: ReadonlySet<WindowSlug>
  readonly totals: Totals
}

const countOf = (state: PositionState | undefined): number =>
  state === undefined ? 0 : [...state.fills.values()].filter((fill) => fill.status !== "failed").length

const moved = (totals: Totals, before: PositionState | undefined, after: PositionState): Totals => {
  const was = before === undefined ? undefined : positionOf(before)
  const is = positionOf(after)
  return {
    realizedPnlMicroUsd: microUsd(
      totals.realizedPnlMicroUsd + is.realizedPnlMicroUsd - (was?.realizedPnlMicroUsd ?? 0)
    ),
    feesMicroUsd: microUsd(totals.feesMicroUsd + is.feesMicroUsd - (was?.feesMicroUsd ?? 0)),
    fills: totals.fills + countOf(after) - countOf(before)
  }
}

/** Keeps the newest of what is only remembered in case it is heard of again. */
const pruned = (states: Map<TokenId, PositionState>): ReadonlyMap<TokenId, PositionState> => {
  const settled = [...states].filter(([, state]) => state.resolvedAs !== undefined)
  for (const [tokenId] of settled.slice(0, Math.max(0, settled.length - MAX_SETTLED))) states.delete(tokenId)
  return states
}

/** Puts a changed state in place of the one before, and counts the difference. */
export const replaced = (holdings: Holdings, state: PositionState): Holdings => {
  const { tokenId } = state.instrument
  return {
    ...holdings,
    states: pruned(new Map(holdings.states).set(tokenId, state)),
    totals: moved(holdings.totals, holdings.states.get(tokenId), state)
  }
}

export const remembered = (holdings: Holdings, slug: WindowSlug): Holdings => ({
  ...holdings,
  settled: new Set([...holdings.settled, slug].slice(-MAX_SETTLED))
})

export const instrumentOf = (source: Intent | Position): Instrument => {
  const { asset, conditionId, outcome, slug, tokenId } = source
  return { slug, asset, conditionId, tokenId, outcome }
}

const grouped = (fills: ReadonlyArray<Fill>): ReadonlyMap<TokenId, ReadonlyArray<Fill>> =>
  fills.reduce(
    (groups, fill) => groups.set(fill.tokenId, [...(groups.get(fill.tokenId) ?? []), fill]),
    new Map<TokenId, ReadonlyArray<Fill>>()
  )

const fromFills = (fills: ReadonlyArray<Fill>, orders: ReadonlyArray<Order>): PositionState | undefined => {
  const intent = orders.find((order) => order.intent.tokenId === fills[0]?.tokenId)?.intent
  const openedAtMs = Math.min(...fills.map((fill) => fill.matchedAtMs))
  return intent === undefined
    ? undefined
    : fills.reduce(
        (state, fill) => applyFill(state, fill, fill.matchedAtMs),
        noPosition(instrumentOf(intent), openedAtMs)
      )
}

/**
 * What the journal says. Positions that fills closed are taken up too, where their window is not settled: their fills
 * may still fail. `settled` names windows whose fills only wait for the chain.
 */
export const holdingsFrom = (
  journal: JournalState,
  totals: JournalTotals,
  settled: ReadonlySet<WindowSlug>
): Holdings => {
  const fills = grouped(journal.fills.filter((fill) => !settled.has(fill.slug)))
  const stored = new Map(
    journal.positions.map((position) => [
      position.tokenId,
      resumed(position, fills.get(position.tokenId) ?? [])
    ])
  )
  const states = [...fills].flatMap(([tokenId, those]): ReadonlyArray<[TokenId, PositionState]> => {
    const state = stored.has(tokenId) ? undefined : fromFills(those, journal.orders)
    return state === undefined ? [] : [[tokenId, state]]
  })
  return {
    states: new Map([...stored, ...states]),
    settled,
    totals: {
      realizedPnlMicroUsd: totals.realizedPnlMicroUsd,
      feesMicroUsd: totals.feesMicroUsd,
      fills: totals.fills
    }
  }
}

/** The fill as it stands in a state: with the latest status known. */
export const knownFill = (state: PositionState, fill: Fill): Fill => state.fills.get(fillKey(fill)) ?? fill
