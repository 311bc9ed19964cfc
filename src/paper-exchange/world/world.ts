/**
 * The embedded exchange's world: a market source and the matching engine, brought up to a moment whenever somebody asks.
 * No clock and no I/O: every call says what time it is, and the same calls give the same world.
 */
import { Option, Schema } from "effect"
import type { MicroUsd, SpotPrice } from "../../domain/money.ts"
import type { OrderId } from "../../domain/order.ts"
import { type ConditionId, Resolution, type WindowSlug } from "../../domain/window.ts"
import type { AccountUpdate, CancelOutcome } from "../../ports/exchange.ts"
import type { SpotTick } from "../../ports/spot.ts"
import type { VenueMarket, VenuePlace } from "../../ports/venue.ts"
import type { AccountNews, Engine, PlaceAnswer } from "../engine-types.ts"
import type { MarketEvent, MarketSource } from "../market-source.ts"
import type { SavedWorld } from "./saved-world.ts"

/** Spot history that a newcomer is given, as the venue's price stream does. */
const HISTORY_MS = 120_000
/** News that nobody takes: the oldest is lost beyond this, as on a stream that is not read. */
const UNREAD_NEWS = 10_000
/** Windows that are remembered after they resolved. */
const REMEMBERED_WINDOWS = 2_000

const encodeResolution = Schema.encodeSync(Resolution)

const bounded = <A>(queue: Array<A>, capacity: number): void => {
  if (queue.length > capacity) queue.splice(0, queue.length - capacity)
}

export class World {
  readonly markets = new Map<WindowSlug, VenueMarket>()
  readonly pricesToBeat = new Map<ConditionId, SpotPrice>()
  readonly resolutions = new Map<WindowSlug, Resolution>()
  private readonly recentSpot: Array<SpotTick> = []
  private readonly news: Array<AccountUpdate> = []
  /** Ticks nobody has taken yet. */
  private untakenSpot: Array<SpotTick>
  /** News of the account since the world was made or taken up. */
  newsHeard = 0
  readonly engine: Engine
  readonly source: MarketSource
  readonly account: string
  nowMs: number

  constructor(parts: {
    readonly engine: Engine
    readonly source: MarketSource
    readonly account: string
    readonly saved?: SavedWorld
  }) {
    this.engine = parts.engine
    this.source = parts.source
    this.account = parts.account
    this.nowMs = parts.saved?.nowMs ?? parts.source.startMs
    for (const market of parts.saved?.markets ?? []) {
      this.markets.set(market.slug, {
        ...market,
        settlementConfig: Option.getOrUndefined(market.settlementConfig)
      })
    }
    for (const [conditionId, price] of parts.saved?.pricesToBeat ?? [])
      this.pricesToBeat.set(conditionId, price)
    for (const resolution of parts.saved?.resolutions ?? []) this.resolutions.set(resolution.slug, resolution)
    this.recentSpot.push(...(parts.saved?.recentSpot ?? []))
    this.untakenSpot = [...this.recentSpot]
  }

  /** Lets everything happen that happens up to `nowMs`, in the order of its time. Time never goes back. */
  catchUp(nowMs: number): void {
    for (;;) {
      const atMs = this.source.nextAtMs()
      if (atMs === undefined || atMs > nowMs) break
      for (const event of this.source.take()) this.happen(event)
    }
    this.hear(this.engine.advance(nowMs))
    this.nowMs = Math.max(this.nowMs, nowMs)
  }

  place(order: VenuePlace, atMs: number): PlaceAnswer {
    const { answer, news } = this.engine.place(this.account, order, atMs)
    this.hear(news)
    return answer
  }

  cancel(orderIds: ReadonlyArray<OrderId>, atMs: number): CancelOutcome {
    const { news, outcome } = this.engine.cancel(this.account, orderIds, atMs)
    this.hear(news)
    return outcome
  }

  deposit(amount: MicroUsd): void {
    this.engine.deposit(this.account, amount, this.nowMs)
  }

  takeNews(): ReadonlyArray<AccountUpdate> {
    return this.news.splice(0)
  }

  takeSpot(): ReadonlyArray<SpotTick> {
    const ticks = this.untakenSpot
    this.untakenSpot = []
    return ticks
  }

  save(): typeof SavedWorld.Encoded {
    return {
      version: 1,
      nowMs: this.nowMs,
      source: this.source.save(),
      engine: this.engine.save(),
      markets: [...this.markets.values()].map(({ settlementConfig, ...market }) => ({
        ...market,
        ...(settlementConfig === undefined ? {} : { settlementConfig })
      })),
      pricesToBeat: [...this.pricesToBeat],
      resolutions: [...this.resolutions.values()].map((resolution) => encodeResolution(resolution)),
      recentSpot: this.recentSpot
    }
  }

  private happen(event: MarketEvent): void {
    switch (event._tag) {
      case "Listed":
        this.markets.set(event.market.slug, event.market)
        break
      case "Spot":
        this.observe({ asset: event.asset, price: event.price, observedAtMs: event.observedAtMs })
        break
      case "PriceToBeat":
        this.pricesToBeat.set(event.conditionId, event.price)
        break
      case "Resolved":
        this.resolutions.set(event.resolution.slug, event.resolution)
        break
      case "Book":
      case "Taker":
      case "Closed":
        break
    }
    this.hear(this.engine.market(event))
    if (event._tag === "Resolved") this.forget()
  }

  private observe(tick: SpotTick): void {
    this.recentSpot.push(tick)
    this.untakenSpot.push(tick)
    bounded(this.untakenSpot, UNREAD_NEWS)
    const keepFromMs = tick.observedAtMs - HISTORY_MS
    while ((this.recentSpot[0]?.observedAtMs ?? keepFromMs) < keepFromMs) this.recentSpot.shift()
  }

  private hear(news: ReadonlyArray<AccountNews>): void {
    for (const { account, update } of news) {
      if (account !== this.account) continue
      this.newsHeard += 1
      this.news.push(update)
    }
    bounded(this.news, UNREAD_NEWS)
  }

  private forget(): void {
    const oldest = this.resolutions.entries().next()
    if (this.resolutions.size <= REMEMBERED_WINDOWS || oldest.done === true) return
    const [slug, { conditionId }] = oldest.value
    this.resolutions.delete(slug)
    this.markets.delete(slug)
    this.pricesToBeat.delete(conditionId)
  }
}
