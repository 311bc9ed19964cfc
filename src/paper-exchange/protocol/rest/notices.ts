/** Notices to accounts, as the venue's bell shows them; kept in memory, the newest of each account. */
import type { World } from "../../world/world.ts"
import type { WorldEvent } from "../../world/hub.ts"
import { priceText } from "../shapes/book.ts"

/** The venue's numbers (ts-sdk 0.7). */
const TYPES = { cancel: 1, fill: 2, resolved: 4, failed: 8 } as const

const PER_ACCOUNT = 100
const ACCOUNTS = 1_000

export interface Notice {
  readonly id: number
  readonly type: number
  readonly payload: unknown
  /** Unix milliseconds. */
  readonly timestamp: number
}

export class Notices {
  private count = 0
  private readonly byAccount = new Map<string, ReadonlyArray<Notice>>()
  private readonly world: World

  constructor(world: World) {
    this.world = world
    world.hub.subscribe("notices", (event) => this.hear(event))
  }

  of(account: string): ReadonlyArray<Notice> {
    return this.byAccount.get(account) ?? []
  }

  drop(account: string, ids: ReadonlySet<number>): void {
    this.byAccount.set(
      account,
      this.of(account).filter(({ id }) => !ids.has(id))
    )
  }

  private add(account: string, type: number, payload: unknown, timestamp: number): void {
    this.count += 1
    const notice = { id: this.count, type, payload, timestamp }
    const kept = [...this.of(account), notice].slice(-PER_ACCOUNT)
    this.byAccount.delete(account)
    this.byAccount.set(account, kept)
    for (const oldest of this.byAccount.keys()) {
      if (this.byAccount.size <= ACCOUNTS) return
      this.byAccount.delete(oldest)
    }
  }

  private hear(event: WorldEvent): void {
    if (event._tag === "Account") this.hearAccount(event)
    if (event._tag !== "Market" || event.event._tag !== "Resolved") return
    const { conditionId, outcome, slug } = event.event.resolution
    const record = this.world.engine.state.markets.get(conditionId)
    const rows = [...(record?.trades.values() ?? [])].flatMap((trade) => trade.rows)
    for (const account of new Set(rows.map((row) => row.account)))
      this.add(account, TYPES.resolved, { market: conditionId, slug, outcome }, event.event.atMs)
  }

  private hearAccount({ account, update }: Extract<WorldEvent, { readonly _tag: "Account" }>): void {
    if (update._tag === "OrderUpdate") {
      if (update.order.status !== "cancelled") return
      const { conditionId, orderId } = update.order
      this.add(account, TYPES.cancel, { order_id: orderId, market: conditionId }, update.atMs)
      return
    }
    const { conditionId, orderId, priceTicks, side, status, tradeId } = update.trade
    if (status !== "matched" && status !== "failed") return
    const payload = {
      order_id: orderId,
      trade_id: tradeId,
      market: conditionId,
      side,
      price: priceText(priceTicks)
    }
    this.add(account, status === "matched" ? TYPES.fill : TYPES.failed, payload, update.atMs)
  }
}
