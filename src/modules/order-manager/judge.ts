/** What the venue says of an order, taken in, and what it came to. */
import { Clock, Effect } from "effect"
import type { Order, OrderId } from "../../domain/order.ts"
import { coversSize } from "../../domain/order-state.ts"
import {
  type Cached,
  type Reported,
  type Traded,
  type Verdict,
  cachedOf,
  reportedOf,
  tradedOf,
  verdictOf
} from "../../domain/order-verdict.ts"
import type { VenueOrder, VenueTrade } from "../../ports/exchange.ts"
import { monotonicMs } from "../../ports/monotonic.ts"
import type { Desk } from "./desk.ts"
import { factOfOrder } from "./facts.ts"
import { same } from "./register.ts"

/** One comparison of our record of an order with the venue's word. */
export interface Judgement {
  /** The order as it is now. */
  readonly order: Order
  readonly cached: Cached
  readonly reported: Reported
  readonly traded: Traded
  readonly verdict: Verdict
  /** Did we learn anything of it? */
  readonly isNews: boolean
}

/** What the order has traded by our own record, where the venue's trades were not asked for. */
const tradedByRecord = ({ filledMicroShares, intent }: Order): Traded => {
  if (filledMicroShares === 0) return "none"
  return coversSize(filledMicroShares, intent.sizeMicroShares) ? "all" : "part"
}

/** The venue's word of an order. */
export interface Word {
  readonly reported: Reported
  /** Its own report; undefined where it has none, or there was no need to ask. */
  readonly report: VenueOrder | undefined
  /** Its trades of the window; undefined where they were not asked for. */
  readonly trades: ReadonlyArray<VenueTrade> | undefined
}

/** What the answer to a question by id says; without trades. */
export const wordOf = (
  report: VenueOrder | undefined,
  trades: ReadonlyArray<VenueTrade> | undefined = undefined
): Word => ({ reported: reportedOf(report), report, trades })

/** Compares with our record, then takes in what is news. Undefined where the order is not tracked. */
export const judge = (
  desk: Desk,
  orderId: OrderId,
  { report, reported, trades }: Word
): Effect.Effect<Judgement | undefined> =>
  Effect.gen(function* () {
    const before = desk.register.get(orderId)
    if (before === undefined) return undefined
    const own = trades?.filter((trade) => trade.orderId === orderId && trade.status !== "failed")
    const cached = cachedOf(before, desk.register.isInFlight(orderId))
    const traded = own === undefined ? tradedByRecord(before) : tradedOf(before.intent, own)
    const verdict = verdictOf(cached, reported, traded)
    const nowMs = yield* Clock.currentTimeMillis
    if (report !== undefined) {
      desk.register.found(orderId)
      desk.register.learn(orderId, factOfOrder(report, "", nowMs), nowMs)
    }
    for (const trade of trades ?? []) {
      if (trade.orderId === orderId) desk.register.trade(trade, nowMs)
    }
    desk.troubles.judged(orderId, verdict, yield* monotonicMs)
    const order = desk.register.get(orderId) ?? before
    return { order, cached, reported, traded, verdict, isNews: !same(before, order) }
  })

/**
 * May the order be given up that the venue does not know? What was never acknowledged may have traded without a trace in
 * lists that lag: the shares the venue holds for us must not say so. Raises where they cannot be had: unknown is not none.
 */
export const balanceSpeaksFor = (desk: Desk, { intent }: Order) =>
  Effect.gen(function* () {
    const balances = yield* desk.exchange.balances
    const { shares } = yield* desk.positions.booked
    const held = balances
      .filter(({ tokenId }) => tokenId === intent.tokenId)
      .reduce((sum, { sizeMicroShares }) => sum + sizeMicroShares, 0)
    const booked = shares.find(({ tokenId }) => tokenId === intent.tokenId)
    if (intent.side === "BUY") return held > (booked?.mostMicroShares ?? 0)
    return booked !== undefined && !booked.ended && held < booked.leastMicroShares
  })
