/** The best prices of a window's two tokens, joined to one book in the Up token's view. */
import {
  type MicroShares,
  type PriceTicks,
  TICKS_PER_USD,
  complement,
  minShares,
  priceTicks
} from "../domain/money.ts"
import type { Defects } from "./defects.ts"

/** The best price of one side of one token, with the size known of it. */
export interface Best {
  readonly priceTicks: PriceTicks
  readonly sizeMicroShares: MicroShares
}

/** One token's best bid and ask; undefined is an empty side. */
export interface Top {
  readonly bid: Best | undefined
  readonly ask: Best | undefined
}

/** A side with its price and size, or empty where either is missing. */
export const bestOf = (price: PriceTicks | undefined, size: MicroShares | undefined): Best | undefined =>
  price === undefined || size === undefined ? undefined : { priceTicks: price, sizeMicroShares: size }

const mirrorBest = (best: Best | undefined): Best | undefined =>
  best === undefined ? undefined : { ...best, priceTicks: complement(best.priceTicks) }

/** A Down token's top seen from Up: its asks are bids at 1 − p, with the same sizes. */
export const mirrorTop = (top: Top): Top => ({ bid: mirrorBest(top.ask), ask: mirrorBest(top.bid) })

const worse = (side: "bid" | "ask", a: Best, b: Best): Best => ({
  priceTicks: priceTicks(
    side === "bid" ? Math.min(a.priceTicks, b.priceTicks) : Math.max(a.priceTicks, b.priceTicks)
  ),
  sizeMicroShares: minShares(a.sizeMicroShares, b.sizeMicroShares)
})

/** More than this between the two views of one side is called skew: one tick of $0.01. */
const SKEW_TICKS = 100

const isSkewed = (a: Best | undefined, b: Best | undefined): boolean =>
  a !== undefined && b !== undefined && Math.abs(a.priceTicks - b.priceTicks) > SKEW_TICKS

const sumOf = (a: Best | undefined, b: Best | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a.priceTicks + b.priceTicks

/**
 * Joins tops of Up and Down that were fetched one after the other, taking on each side the worse price and the smaller
 * size of the two. A market that moved between the two requests looks like free money in them (asks that sum below 1);
 * in the join it is a wide spread. A side that only one of them shows is left empty.
 */
export const joinTops = (up: Top, down: Top, defects: Defects): Top => {
  const mirrored = mirrorTop(down)
  if (isSkewed(up.bid, mirrored.bid) || isSkewed(up.ask, mirrored.ask)) defects.add("skewedRows")
  const askSum = sumOf(up.ask, down.ask)
  const bidSum = sumOf(up.bid, down.bid)
  if ((askSum !== undefined && askSum < TICKS_PER_USD) || (bidSum !== undefined && bidSum > TICKS_PER_USD)) {
    defects.add("apparentArbitrageRows")
  }
  const joined = (side: "bid" | "ask"): Best | undefined => {
    const a = up[side]
    const b = mirrored[side]
    if (a === undefined && b === undefined) return undefined
    if (a !== undefined && b !== undefined) return worse(side, a, b)
    defects.add("sidesSeenOnce")
    return undefined
  }
  return { bid: joined("bid"), ask: joined("ask") }
}
