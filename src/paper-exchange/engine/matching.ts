/** Who trades with whom: price, then time. */
import {
  type MicroShares,
  type MicroUsd,
  ZERO_SHARES,
  microShares,
  microUsd,
  minShares,
  notionalUsd,
  sharesFor
} from "../../domain/money.ts"
import type { Outcome } from "../../domain/window.ts"
import { type Party, bookFill } from "./fill.ts"
import { type BookSide, mirrorPrice, pruneLevel, reaches, removeOwn, takeExternal } from "./levels.ts"
import { dropOrder, finishOrder, tellOrder } from "./orders.ts"
import { release, remainingOf, reserve } from "./reserves.ts"
import type { EngineState, MarketRecord, OrderRecord, PriceLevel } from "./state.ts"
import type { Turn } from "./turn.ts"

/** Part of a match: so much with one of our orders, or with all others of a level together. */
export interface PlannedFill {
  readonly level: PriceLevel
  readonly maker: Party
  readonly sizeMicroShares: MicroShares
}

const planLevel = (state: EngineState, level: PriceLevel, size: number): Array<PlannedFill> => {
  const own: Array<PlannedFill> = []
  let external = 0
  let left = size
  for (const entry of level.queue) {
    if (left === 0) break
    const order = entry._tag === "Own" ? state.openOrders.get(entry.orderId) : undefined
    const available = entry._tag === "External" ? entry.sizeMicroShares : order ? remainingOf(order) : 0
    const taken = Math.min(left, available)
    left -= taken
    if (order === undefined) external += taken
    else own.push({ level, maker: order, sizeMicroShares: microShares(taken) })
  }
  return external === 0 ? own : [{ level, maker: "external", sizeMicroShares: microShares(external) }, ...own]
}

/** What a taker with this limit would trade with, best price first; changes nothing. */
export const planFills = (
  state: EngineState,
  record: MarketRecord,
  restingSide: BookSide,
  limit: number,
  size: MicroShares
): ReadonlyArray<PlannedFill> => {
  const fills: Array<PlannedFill> = []
  let left: number = size
  for (const level of record[restingSide]) {
    if (left === 0 || !reaches(restingSide, level.priceTicks, limit)) break
    for (const fill of planLevel(state, level, left)) {
      fills.push(fill)
      left -= fill.sizeMicroShares
    }
  }
  return fills
}

const costOf = (outcome: Outcome, fill: PlannedFill): number =>
  notionalUsd(mirrorPrice(outcome, fill.level.priceTicks), fill.sizeMicroShares, "up")

/** Dollars a BUY's fills cost, without fees. */
export const plannedCost = (outcome: Outcome, fills: ReadonlyArray<PlannedFill>): number =>
  fills.reduce((sum, fill) => sum + costOf(outcome, fill), 0)

/** What a BUY for dollars would trade with: as many shares as they buy, level by level. */
export const planSpending = (
  state: EngineState,
  record: MarketRecord,
  order: { readonly outcome: Outcome; readonly limit: number; readonly budget: MicroUsd }
): ReadonlyArray<PlannedFill> => {
  const { budget, limit, outcome } = order
  const restingSide: BookSide = outcome === "Up" ? "asks" : "bids"
  const fills: Array<PlannedFill> = []
  let left: number = budget
  for (const level of record[restingSide]) {
    if (left === 0 || !reaches(restingSide, level.priceTicks, limit)) break
    const price = mirrorPrice(outcome, level.priceTicks)
    for (const fill of planLevel(state, level, sharesFor(microUsd(left), price))) {
      const sizeMicroShares = minShares(fill.sizeMicroShares, sharesFor(microUsd(left), price))
      if (sizeMicroShares === 0) break
      const taken = { ...fill, sizeMicroShares }
      fills.push(taken)
      left -= costOf(outcome, taken)
    }
  }
  return fills
}

export const plannedSize = (fills: ReadonlyArray<PlannedFill>): MicroShares =>
  microShares(fills.reduce<number>((sum, fill) => sum + fill.sizeMicroShares, ZERO_SHARES))

const tellMaker = (turn: Turn, level: PriceLevel, order: OrderRecord): void => {
  if (remainingOf(order) === 0) {
    removeOwn(level, order.orderId)
    dropOrder(turn, order)
    finishOrder(turn, order, "matched")
  }
  tellOrder(turn, order, "")
}

/**
 * Carries out a plan. Others' liquidity that our order takes stays consumed; what another taker takes the market's
 * own events no longer show, so there it is no longer shown.
 */
export const carryOut = (
  turn: Turn,
  record: MarketRecord,
  taker: Party,
  fills: ReadonlyArray<PlannedFill>,
  takenSide: BookSide
): void => {
  for (const { level, maker, sizeMicroShares: size } of fills) {
    if (maker === "external") {
      takeExternal(level, size, "front")
      if (taker === "external") level.shownMicroShares = microShares(level.shownMicroShares - size)
      else level.consumedMicroShares = microShares(level.consumedMicroShares + size)
      bookFill(turn, record, taker, maker, level.priceTicks, size, takenSide)
    } else {
      release(turn, maker)
      bookFill(turn, record, taker, maker, level.priceTicks, size, takenSide)
      reserve(turn, maker)
      tellMaker(turn, level, maker)
    }
    pruneLevel(record, takenSide, level)
  }
}
