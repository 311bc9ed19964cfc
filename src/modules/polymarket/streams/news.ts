/** The account's news between the stream and whoever takes it: each once, none older than what was told of its order. */
import type { OrderId } from "../../../domain/order.ts"
import type { AccountUpdate } from "../../../ports/exchange.ts"

/** News that nobody took yet; what comes beyond it is read over REST once there is room. */
const UNTAKEN = 10_000
/** Remembered so that what comes twice is told once. */
const REMEMBERED = 8_192

const keyOf = (update: AccountUpdate): string =>
  update._tag === "TradeUpdate"
    ? `${update.trade.tradeId}|${update.trade.orderId}|${update.trade.status}`
    : `${update.order.orderId}|${update.order.status}|${update.order.filledMicroShares}`

export type Offered = "taken" | "duplicate" | "older" | "overflow"

export class News {
  private untaken: Array<AccountUpdate> = []
  private readonly told = new Set<string>()
  private readonly lastMs = new Map<OrderId, number>()
  /** Orders that may still trade, as far as was told here. */
  private readonly open = new Set<OrderId>()

  private full = false

  /** Takes news of the stream, or what was read: only the stream's stamps are all of one clock, and have an order. */
  offer(update: AccountUpdate, from: "stream" | "read"): Offered {
    const key = keyOf(update)
    if (this.told.has(key)) return "duplicate"
    if (this.untaken.length >= UNTAKEN) {
      this.full = true
      return "overflow"
    }
    if (update._tag === "OrderUpdate") {
      const { orderId, status } = update.order
      if (from === "stream") {
        if (update.atMs < (this.lastMs.get(orderId) ?? 0)) return "older"
        remember(this.lastMs, orderId, update.atMs)
      }
      if (status === "live") this.watch(orderId)
      else this.open.delete(orderId)
    }
    this.told.add(key)
    if (this.told.size > REMEMBERED) forgetFirst(this.told)
    this.untaken.push(update)
    return "taken"
  }

  /** An order that was sent and may be open. */
  watch(orderId: OrderId): void {
    this.open.add(orderId)
    if (this.open.size > REMEMBERED) forgetFirst(this.open)
  }

  unwatch(orderId: OrderId): void {
    this.open.delete(orderId)
  }

  get watched(): ReadonlyArray<OrderId> {
    return [...this.open]
  }

  /** Was news turned away for want of room, since the last time some was taken? */
  get overflowed(): boolean {
    return this.full
  }

  take(): ReadonlyArray<AccountUpdate> {
    const taken = this.untaken
    this.untaken = []
    this.full = false
    return taken
  }
}

const forgetFirst = (set: Set<string>): void => {
  for (const first of set) {
    set.delete(first)
    return
  }
}

const remember = (map: Map<OrderId, number>, orderId: OrderId, atMs: number): void => {
  map.delete(orderId)
  map.set(orderId, atMs)
  if (map.size <= REMEMBERED) return
  for (const first of map.keys()) {
    map.delete(first)
    return
  }
}
