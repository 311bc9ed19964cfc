/** A venue and a journal in memory, which write down what was called in which order. */
import { Clock, Effect, Layer } from "effect"
import { microUsd } from "../../../src/domain/money.ts"
import type { Fill, Intent, Order, OrderIdentity } from "../../../src/domain/order.ts"
import { OrderId, fillKey } from "../../../src/domain/order.ts"
import { pendingOrder } from "../../../src/domain/order-state.ts"
import type { Position } from "../../../src/domain/position.ts"
import type { CashMark } from "../../../src/domain/reconciliation.ts"
import type { Resolution } from "../../../src/domain/window.ts"
import {
  type AccountUpdate,
  type CancelOutcome,
  Exchange,
  ExchangeError,
  type PlaceOutcome,
  type VenueBalance,
  type VenueOrder,
  type VenueTrade
} from "../../../src/ports/exchange.ts"
import { Persistence, PersistenceError } from "../../../src/ports/persistence.ts"

export const unavailable = new ExchangeError({
  module: "polymarket",
  operation: "test",
  message: "no answer",
  reason: { _tag: "Unavailable" }
})
export const diskFull = new PersistenceError({
  module: "persistence",
  operation: "test",
  message: "disk full",
  reason: "DiskFull",
  path: "memory"
})

export class FakeVenue {
  readonly calls: Array<string> = []
  readonly orders = new Map<OrderId, VenueOrder>()
  trades: Array<VenueTrade> = []
  updates: Array<AccountUpdate> = []
  balances: Array<VenueBalance> = []
  cash = microUsd(0)
  /** How often the stream of news was opened. */
  streams = 1
  balancesDown = false
  down = false
  identified = 0
  answer: (intent: Intent, identity: OrderIdentity) => Effect.Effect<PlaceOutcome> = (_, { orderId }) =>
    Effect.succeed({ _tag: "Accepted", orderId, status: "live" })
  /** What a cancel does to orders that rest; the default cancels them. */
  cancelling: (orderIds: ReadonlyArray<OrderId>) => CancelOutcome = (orderIds) => {
    const cancelled = orderIds.filter((orderId) => this.orders.get(orderId)?.status === "live")
    for (const orderId of cancelled) this.patch(orderId, { status: "cancelled" })
    return {
      cancelled,
      notCancelled: new Map(
        orderIds.filter((id) => !cancelled.includes(id)).map((id) => [id, "Order not found"])
      )
    }
  }

  patch(orderId: OrderId, patch: Partial<VenueOrder>): void {
    const order = this.orders.get(orderId)
    if (order !== undefined) this.orders.set(orderId, { ...order, ...patch })
  }

  #told<A>(call: string, value: () => A): Effect.Effect<A, ExchangeError> {
    return Effect.suspend(() => {
      this.calls.push(call)
      return this.down ? Effect.fail(unavailable) : Effect.sync(value)
    })
  }

  readonly layer = Layer.succeed(Exchange, {
    account: "0xaccount",
    findWindow: () => Effect.die("unused"),
    priceToBeat: () => Effect.die("unused"),
    follow: () => Effect.die("unused"),
    beat: Effect.void,
    book: () => Effect.die("unused"),
    newsStreams: Effect.sync(() => this.streams),
    cashMicroUsd: this.#told("cash", () => this.cash),
    balances: Effect.suspend(() =>
      this.balancesDown ? Effect.fail(unavailable) : this.#told("balances", () => this.balances)
    ),
    resolution: () => Effect.die("unused"),
    identify: () =>
      Effect.map(Clock.currentTimeMillis, (timestampMs) => {
        this.identified += 1
        const [orderId, salt] = [OrderId.make(`0x${this.identified}`), this.identified]
        return { orderId, salt, timestampMs, signedOrder: `signed ${orderId}` }
      }),
    place: (intent, identity) =>
      Effect.suspend(() => {
        // The client sends nothing else, and signs nothing anew.
        if (identity.signedOrder !== `signed ${identity.orderId}`) return Effect.die("not the signed order")
        this.calls.push(`place ${identity.orderId}`)
        return this.answer(intent, identity)
      }),
    cancel: (orderIds) => this.#told(`cancel ${orderIds.join(",")}`, () => this.cancelling(orderIds)),
    takeUpdates: Effect.sync(() => {
      const taken = this.updates
      this.updates = []
      return taken
    }),
    order: (orderId) => this.#told(`order ${orderId}`, () => this.orders.get(orderId)),
    openOrders: this.#told("openOrders", () =>
      [...this.orders.values()].filter(({ status }) => status === "live")
    ),
    trades: (conditionId) =>
      this.#told(`trades ${conditionId}`, () =>
        this.trades.filter((trade) => trade.conditionId === conditionId)
      )
  })
}

export class FakeJournal {
  readonly calls: Array<string>
  readonly orders = new Map<OrderId, Order>()
  readonly fills = new Map<string, Fill>()
  readonly positions = new Map<string, Position>()
  readonly resolutions = new Map<string, Resolution>()
  readonly events: Array<{ readonly kind: string; readonly fields: Readonly<Record<string, unknown>> }> = []
  mark: CashMark | undefined
  full = false
  /** Orders that `load` does not return: of settled windows. */
  readonly archived = new Set<OrderId>()

  constructor(calls: Array<string> = []) {
    this.calls = calls
  }

  #writes(call: string, write: () => void): Effect.Effect<void, PersistenceError> {
    return Effect.suspend(() => {
      if (this.full) return Effect.fail(diskFull)
      this.calls.push(call)
      return Effect.sync(write)
    })
  }

  #counts(): Record<Order["status"], number> {
    const counts = { pending: 0, unknown: 0, live: 0, filled: 0, cancelled: 0, expired: 0, refused: 0 }
    for (const { status } of this.orders.values()) counts[status] += 1
    return counts
  }

  readonly layer = Layer.succeed(Persistence, {
    path: "memory",
    load: Effect.sync(() => ({
      orders: [...this.orders.values()].filter(({ orderId }) => !this.archived.has(orderId)),
      fills: [...this.fills.values()].filter(
        ({ slug, status }) => !this.resolutions.has(slug) || (status !== "confirmed" && status !== "failed")
      ),
      positions: [...this.positions.values()].filter(({ status }) => status !== "closed"),
      windows: [],
      lastTickAtMs: undefined,
      tickCount: 0
    })),
    totals: Effect.sync(() => {
      const sum = (field: "realizedPnlMicroUsd" | "feesMicroUsd") =>
        microUsd([...this.positions.values()].reduce((total, position) => total + position[field], 0))
      return {
        windowsSeen: 0,
        windowsTraded: 0,
        windowsSettled: 0,
        fills: [...this.fills.values()].filter(({ status }) => status !== "failed").length,
        realizedPnlMicroUsd: sum("realizedPnlMicroUsd"),
        feesMicroUsd: sum("feesMicroUsd"),
        orders: this.#counts()
      }
    }),
    recordIntent: (intent, identity) =>
      this.#writes(`intent ${identity.orderId}`, () => {
        this.orders.set(identity.orderId, pendingOrder(intent, identity))
      }),
    recordOrder: (order) =>
      this.#writes(`order ${order.orderId} ${order.status}`, () => {
        this.orders.set(order.orderId, order)
      }),
    recordFill: (fill, position) =>
      this.#writes(`fill ${fillKey(fill)} ${fill.status}`, () => {
        this.fills.set(fillKey(fill), fill)
        this.positions.set(position.tokenId, position)
      }),
    recordPosition: (position) =>
      this.#writes(`position ${position.tokenId} ${position.status}`, () => {
        this.positions.set(position.tokenId, position)
      }),
    recordWindow: () => Effect.void,
    recordSettlement: (resolution, positions) =>
      this.#writes(`settlement ${resolution.slug}`, () => {
        this.resolutions.set(resolution.slug, resolution)
        for (const position of positions) this.positions.set(position.tokenId, position)
      }),
    recordEvent: (kind, fields) =>
      Effect.sync(() => {
        this.events.push({ kind, fields })
      }),
    recordCashMark: (mark) => this.#writes("cash mark", () => void (this.mark = mark)),
    cashMark: Effect.sync(() => this.mark),
    openPositions: Effect.sync(() =>
      [...this.positions.values()].filter(({ status }) => status !== "closed")
    ),
    everHeld: (tokenId) =>
      Effect.sync(() => {
        const position = this.positions.get(tokenId)
        return position && { ...position, settledAs: this.resolutions.get(position.slug)?.outcome }
      }),
    recordTick: () => Effect.void,
    orderById: (orderId) => Effect.sync(() => this.orders.get(orderId)),
    settledOutcome: (slug) => Effect.sync(() => this.resolutions.get(slug))
  })
}
