/**
 * All orders in memory. Its methods are synchronous, so that each is atomic among fibers: a fact is applied the moment it
 * is known, and orders it changed are remembered until the journal has them.
 */
import {
  type Fill,
  type FillStatus,
  type Intent,
  type Order,
  type OrderId,
  type OrderStatus,
  fillKey,
  isOpen,
  laterFillStatus
} from "../../domain/order.ts"
import { type OrderFact, applyFact, isSettledOrder, missingMicroShares } from "../../domain/order-state.ts"
import type { VenueTrade } from "../../ports/exchange.ts"
import type { OrderCounts } from "../../ports/trading.ts"
import { nextAskAtMs } from "./attention.ts"
import { fillOf } from "./facts.ts"
import type { Settings } from "./settings.ts"

/** Orders kept in memory; above it the oldest that nothing is left to learn about are left to the journal. */
const MAX_ORDERS = 1_024
/** Ids of orders that are not ours, each reported once. */
const MAX_FOREIGN = 1_024

/** A fill with the intent it belongs to. */
export interface OwnFill {
  readonly fill: Fill
  readonly intent: Intent
}

interface Tracked {
  order: Order
  /** The send is under way: its answer will tell, nobody needs to ask. */
  inFlight: boolean
  asks: number
  askAtMs: number
  /** Since when the venue says that it does not know the order, by the monotonic clock. */
  missingSinceMs: number | undefined
  /** Fills told so far, with the status told. */
  readonly told: Map<string, FillStatus>
}

/** Is it the same state, whenever it was told? */
export const same = (a: Order, b: Order): boolean =>
  a.status === b.status && a.note === b.note && JSON.stringify(a.evidence) === JSON.stringify(b.evidence)

export class Register {
  readonly #settings: typeof Settings.Type
  readonly #byStatus: Record<OrderStatus, number>
  readonly #orders = new Map<OrderId, Tracked>()
  readonly #foreign = new Set<OrderId>()
  readonly #dirty = new Set<OrderId>()
  #fills: ReadonlyArray<OwnFill> = []

  constructor(settings: typeof Settings.Type, byStatus: Readonly<Record<OrderStatus, number>>) {
    this.#settings = settings
    this.#byStatus = { ...byStatus }
  }

  /** Takes up an order of the journal, which has counted it, with the fills stored of it. */
  adopt(order: Order, fills: ReadonlyArray<Fill>, nowMs: number): void {
    this.#orders.set(order.orderId, {
      order,
      inFlight: false,
      asks: 0,
      missingSinceMs: undefined,
      askAtMs: nextAskAtMs(order, 0, nowMs, this.#settings),
      told: new Map(fills.map((fill) => [fillKey(fill), fill.status]))
    })
    for (const fill of fills)
      this.learn(order.orderId, { _tag: "Filled", fill, atMs: order.updatedAtMs }, nowMs)
  }

  /** Takes up an order that is journalled and about to be sent. */
  begin(order: Order): void {
    this.#byStatus[order.status] += 1
    this.#orders.set(order.orderId, {
      order,
      inFlight: true,
      asks: 0,
      missingSinceMs: undefined,
      askAtMs: Number.POSITIVE_INFINITY,
      told: new Map()
    })
    this.#forget()
  }

  /** Applies a fact; of an order that is not tracked nothing is learnt. */
  learn(orderId: OrderId, fact: OrderFact, nowMs: number): void {
    const tracked = this.#orders.get(orderId)
    if (tracked === undefined) return
    const before = tracked.order
    const after = applyFact(before, fact)
    // Heard again is no change: what nothing happened to grows old.
    if (same(before, after)) return
    tracked.order = after
    this.#byStatus[before.status] -= 1
    this.#byStatus[after.status] += 1
    this.#dirty.add(orderId)
    tracked.asks = 0
    tracked.askAtMs = nextAskAtMs(after, 0, nowMs, this.#settings)
  }

  /** The send's answer is there. */
  answered(orderId: OrderId, fact: OrderFact, nowMs: number): void {
    const tracked = this.#orders.get(orderId)
    if (tracked !== undefined) {
      tracked.inFlight = false
      tracked.askAtMs = nextAskAtMs(tracked.order, 0, nowMs, this.#settings)
    }
    this.learn(orderId, fact, nowMs)
  }

  /** Applies a trade of a tracked order, and keeps its fill to be told where its status is news. */
  trade(trade: VenueTrade, nowMs: number): void {
    const tracked = this.#orders.get(trade.orderId)
    if (tracked === undefined) return
    const { intent } = tracked.order
    const fill = fillOf(trade, intent)
    this.learn(trade.orderId, { _tag: "Filled", fill, atMs: nowMs }, nowMs)
    const key = fillKey(fill)
    const told = tracked.told.get(key)
    const status = laterFillStatus(told ?? fill.status, fill.status)
    if (told === status) return
    tracked.told.set(key, status)
    this.#fills = [...this.#fills, { fill: { ...fill, status }, intent }]
  }

  /** A question brought its answer: the next one comes later each time nothing was learnt. */
  asked(orderId: OrderId, nowMs: number): void {
    const tracked = this.#orders.get(orderId)
    if (tracked === undefined) return
    tracked.asks += 1
    tracked.askAtMs = nextAskAtMs(tracked.order, tracked.asks, nowMs, this.#settings)
  }

  /** The venue does not know the order: for how long it has been saying so, without knowing it in between. */
  missingForMs(orderId: OrderId, monotonicMs: number): number {
    const tracked = this.#orders.get(orderId)
    if (tracked === undefined) return 0
    tracked.missingSinceMs ??= monotonicMs
    return monotonicMs - tracked.missingSinceMs
  }

  /** Since when the venue says that it does not know the order, by the monotonic clock. */
  missingSince(orderId: OrderId): number | undefined {
    return this.#orders.get(orderId)?.missingSinceMs
  }

  /** The venue knows the order. */
  found(orderId: OrderId): void {
    const tracked = this.#orders.get(orderId)
    if (tracked !== undefined) tracked.missingSinceMs = undefined
  }

  isInFlight(orderId: OrderId): boolean {
    return this.#orders.get(orderId)?.inFlight ?? false
  }

  /** A fill that was told and is in no position is told again with the next word of its trade. */
  untell(orderId: OrderId, key: string): void {
    this.#orders.get(orderId)?.told.delete(key)
  }

  /** Puts the next question about an order at a time: at once, or later where this one failed. */
  askAt(orderId: OrderId, atMs: number): void {
    const tracked = this.#orders.get(orderId)
    if (tracked !== undefined) tracked.askAtMs = atMs
  }

  /** Orders to ask about now, the longest due first, and how often they were asked about in vain. */
  due(nowMs: number): ReadonlyArray<{ readonly order: Order; readonly asks: number }> {
    return [...this.#orders.values()]
      .filter(({ askAtMs, inFlight }) => !inFlight && askAtMs <= nowMs)
      .toSorted((a, b) => a.askAtMs - b.askAtMs)
      .map(({ asks, order }) => ({ asks, order }))
  }

  get(orderId: OrderId): Order | undefined {
    return this.#orders.get(orderId)?.order
  }

  all(): ReadonlyArray<Order> {
    return [...this.#orders.values()].map(({ order }) => order)
  }

  /** Orders that may still trade, or whose last fills have not come yet. */
  open(): ReadonlyArray<Order> {
    return this.all().filter((order) => isOpen(order) || missingMicroShares(order) > 0)
  }

  /** Remembers an order that is not ours; says whether it is new. */
  isNewForeign(orderId: OrderId): boolean {
    if (this.#foreign.has(orderId)) return false
    const [oldest] = this.#foreign
    if (this.#foreign.size >= MAX_FOREIGN && oldest !== undefined) this.#foreign.delete(oldest)
    this.#foreign.add(orderId)
    return true
  }

  isForeign(orderId: OrderId): boolean {
    return this.#foreign.has(orderId)
  }

  /** Orders the journal does not have in their present state. */
  dirty(): ReadonlyArray<Order> {
    return [...this.#dirty].flatMap((orderId) => this.get(orderId) ?? [])
  }

  /** The journal has another state of the order: it gets this one. */
  storeAgain(orderId: OrderId): void {
    if (this.#orders.has(orderId)) this.#dirty.add(orderId)
  }

  /** The journal has this state of the order. */
  recorded(order: Order): void {
    const now = this.get(order.orderId)
    if (now === undefined || same(now, order)) this.#dirty.delete(order.orderId)
  }

  hasFills(): boolean {
    return this.#fills.length > 0
  }

  takeFills(): ReadonlyArray<OwnFill> {
    const fills = this.#fills
    this.#fills = []
    return fills
  }

  counts(): OrderCounts {
    const { cancelled, expired, filled, live, pending, refused, unknown } = this.#byStatus
    return {
      sent: cancelled + expired + filled + live + pending + refused + unknown,
      accepted: cancelled + expired + filled + live,
      refused,
      unknown,
      cancelled: cancelled + expired,
      open: pending + unknown + live
    }
  }

  #forget(): void {
    for (const [orderId, { order }] of this.#orders) {
      if (this.#orders.size <= MAX_ORDERS) return
      if (isSettledOrder(order) && !this.#dirty.has(orderId)) this.#orders.delete(orderId)
    }
  }
}
