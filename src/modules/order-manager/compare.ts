/** Every order that matters compared with the venue's open orders and trades, and with the journal. */
import { Clock, Effect } from "effect"
import { microShares } from "../../domain/money.ts"
import type { Order, OrderId } from "../../domain/order.ts"
import type { Difference, Healing } from "../../domain/reconciliation.ts"
import { evidenceOf, isSettledOrder } from "../../domain/order-state.ts"
import type { Reported, Verdict } from "../../domain/order-verdict.ts"
import type { ConditionId } from "../../domain/window.ts"
import type { ExchangeError, VenueOrder, VenueTrade } from "../../ports/exchange.ts"
import { monotonicMs } from "../../ports/monotonic.ts"
import type { PersistenceError } from "../../ports/persistence.ts"
import { type Desk, ask, flush, isOurs } from "./desk.ts"
import { type Judgement, judge, wordOf } from "./judge.ts"
import { same } from "./register.ts"

/** Orders that are cancelled in one go because they should not rest. */
const MAX_CANCELS = 100

const byVerdict: Readonly<Record<Verdict, Healing>> = {
  agree: "healed",
  learn: "healed",
  wait: "pending",
  ask: "pending",
  lost: "pending",
  late: "pending",
  behind: "pending",
  stray: "escalated",
  clash: "escalated",
  over: "escalated"
}

const differenceOf = (desk: Desk, judgement: Judgement, nowMs: number): ReadonlyArray<Difference> => {
  const { cached, isNews, order, reported, traded, verdict } = judgement
  // What its own answer will tell is no difference, nor is the venue's word where it says what we know.
  if (verdict === "wait" || ((verdict === "agree" || verdict === "learn") && !isNews)) return []
  return [
    {
      _tag: "OrderDiffers",
      orderId: order.orderId,
      slug: order.intent.slug,
      tokenId: order.intent.tokenId,
      cached,
      reported,
      traded,
      verdict,
      healing: desk.troubles.isEscalated(order.orderId, nowMs) ? "escalated" : byVerdict[verdict]
    }
  ]
}

/** Orders that may still change, and those that changed lately. */
const compared = (desk: Desk, nowMs: number): ReadonlyArray<Order> =>
  desk.register
    .all()
    .filter((order) => !isSettledOrder(order) || nowMs - order.updatedAtMs <= desk.settings.compareWithinMs)

/** An order that is over in our record and is not listed as open is over there too: it need not be asked for. */
const REPORTED_AS: Readonly<Partial<Record<Order["status"], Reported>>> = {
  filled: "filled",
  cancelled: "cancelled",
  expired: "expired",
  refused: "not-found"
}

const judgeAll = (
  desk: Desk,
  listed: ReadonlyMap<OrderId, VenueOrder>
): Effect.Effect<ReadonlyArray<Judgement>, ExchangeError> =>
  Effect.gen(function* () {
    const tradesIn = new Map<ConditionId, ReadonlyArray<VenueTrade>>()
    const judgements: Array<Judgement> = []
    for (const { intent, orderId } of compared(desk, yield* Clock.currentTimeMillis)) {
      const trades = tradesIn.get(intent.conditionId) ?? (yield* desk.exchange.trades(intent.conditionId))
      tradesIn.set(intent.conditionId, trades)
      const open = listed.get(orderId)
      // Asked for before, an order of the same window may have brought this one's end.
      const ended = REPORTED_AS[desk.register.get(orderId)?.status ?? "pending"]
      const isOver = open === undefined && ended !== undefined
      const word = isOver ? { reported: ended, report: undefined, trades } : wordOf(open, trades)
      const judgement =
        open === undefined && !isOver && !desk.register.isInFlight(orderId)
          ? yield* ask(desk, orderId, trades)
          : yield* judge(desk, orderId, word)
      if (judgement !== undefined) judgements.push(judgement)
    }
    return judgements
  })

const foreign = (order: VenueOrder): Difference => ({
  _tag: "ForeignOrder",
  orderId: order.orderId,
  tokenId: order.tokenId,
  side: order.side,
  priceTicks: order.priceTicks,
  openMicroShares: microShares(Math.max(0, order.sizeMicroShares - order.filledMicroShares)),
  healing: "noted"
})

/** Cancels what should not rest; whether it worked, the next comparison tells. */
const cancelThem = (desk: Desk, orderIds: ReadonlyArray<OrderId>, event: string) =>
  Effect.gen(function* () {
    if (orderIds.length === 0) return
    const { cancelled, notCancelled } = yield* desk.exchange.cancel(orderIds.slice(0, MAX_CANCELS))
    yield* Effect.logWarning(event).pipe(
      Effect.annotateLogs({
        module: "order-manager",
        cancelled: cancelled.join(" "),
        notCancelled: [...notCancelled].map(([orderId, why]) => `${orderId}: ${why}`).join("; ")
      })
    )
  })

/**
 * Memory against the journal. What memory has and the journal has not, or otherwise, is stored again. Order by order: the journal
 * may be long, and those that matter are few.
 */
const againstJournal = (desk: Desk): Effect.Effect<ReadonlyArray<Difference>, PersistenceError> =>
  Effect.gen(function* () {
    const stored = new Map<OrderId, Order>()
    const differing: Array<Order> = []
    for (const order of compared(desk, yield* Clock.currentTimeMillis)) {
      if (desk.register.isInFlight(order.orderId)) continue
      const known = yield* desk.journal.orderById(order.orderId)
      if (known !== undefined) stored.set(order.orderId, known)
      if (known === undefined || !same(known, order)) differing.push(order)
    }
    for (const { orderId } of differing) desk.register.storeAgain(orderId)
    yield* flush(desk)
    return differing.map(({ orderId, status }) => ({
      _tag: "OrderNotAsStored" as const,
      orderId,
      memory: status,
      stored: stored.get(orderId)?.status ?? null,
      healing: "healed" as const
    }))
  })

/**
 * Compares all of our orders with the venue and the journal, takes in what is news, and says what differed. `acts`: may orders
 * be cancelled that should not rest. Raises where the venue or the journal cannot be asked: half a comparison is none.
 */
export const compareOrders = (
  desk: Desk,
  acts: boolean
): Effect.Effect<ReadonlyArray<Difference>, ExchangeError | PersistenceError> =>
  Effect.gen(function* () {
    const open = yield* desk.exchange.openOrders
    const ours = yield* Effect.filter(open, ({ orderId }) => isOurs(desk, orderId))
    const others = open.filter((order) => !ours.includes(order))
    const judgements = yield* judgeAll(desk, new Map(ours.map((order) => [order.orderId, order])))
    yield* flush(desk)
    const nowMs = yield* monotonicMs
    const differences = judgements.flatMap((judgement) => differenceOf(desk, judgement, nowMs))
    if (acts) {
      const strays = judgements.filter(({ verdict }) => verdict === "stray").map(({ order }) => order.orderId)
      yield* cancelThem(desk, strays, "stray_orders_cancelled")
      if (desk.settings.foreignOrders === "cancel") {
        yield* cancelThem(
          desk,
          others.map(({ orderId }) => orderId),
          "foreign_orders_cancelled"
        )
      }
    }
    return [...differences, ...others.map(foreign), ...(yield* againstJournal(desk))]
  })

/**
 * Fills that an order of ours knows and no position does, in windows that are not settled. Each is told again with the next
 * word of its trade.
 */
export const notBooked = (
  desk: Desk,
  booked: ReadonlySet<string>
): Effect.Effect<ReadonlyArray<Difference>, PersistenceError> =>
  Effect.gen(function* () {
    const missing = desk.register.all().flatMap((order) =>
      evidenceOf(order)
        .fills.filter(({ key }) => !booked.has(key))
        .map(({ key }) => ({ order, key }))
    )
    const differences: Array<Difference> = []
    for (const { key, order } of missing) {
      const { intent, orderId } = order
      if ((yield* desk.journal.settledOutcome(intent.slug)) !== undefined) continue
      desk.register.untell(orderId, key)
      differences.push({
        _tag: "FillNotBooked",
        orderId,
        fillKey: key,
        slug: intent.slug,
        healing: "pending"
      })
    }
    return differences
  })
