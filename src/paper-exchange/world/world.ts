/**
 * The embedded exchange's world: a market source and the matching engine, brought up to a moment whenever somebody asks.
 * No clock and no I/O: every call says what time it is, and the same calls give the same world.
 */
import { Option, Schema } from "effect"
import type { MicroUsd, SpotPrice } from "../../domain/money.ts"
import type { OrderId } from "../../domain/order.ts"
import { type ConditionId, Resolution, type TokenId, type WindowSlug } from "../../domain/window.ts"
import type { CancelOutcome } from "../../ports/exchange.ts"
import type { SpotTick } from "../../ports/spot.ts"
import type { VenueMarket } from "../../ports/venue.ts"
import type { AccountNews, Engine, EngineOrder, PlaceAnswer, TradeFate } from "../engine-types.ts"
import type { MarketEvent, MarketSource } from "../market-source.ts"
import { NOTE_HEARTBEAT } from "../engine/texts.ts"
import { Hub } from "./hub.ts"
import type { Operation } from "./operations.ts"
import { Registry } from "./registry.ts"
import type { SavedWorld } from "./saved-world.ts"

/** Spot history that a newcomer is given, as the venue's price stream does. */
const HISTORY_MS = 120_000
/** Windows that are remembered after they resolved. */
const REMEMBERED_WINDOWS = 2_000

const encodeResolution = Schema.encodeSync(Resolution)

export class World {
  readonly markets = new Map<WindowSlug, VenueMarket>()
  readonly pricesToBeat = new Map<ConditionId, SpotPrice>()
  readonly resolutions = new Map<WindowSlug, Resolution>()
  private readonly byCondition = new Map<ConditionId, VenueMarket>()
  private readonly byToken = new Map<TokenId, VenueMarket>()
  private readonly recentSpot: Array<SpotTick> = []
  /** News of accounts since the world was made or taken up. */
  newsHeard = 0
  readonly engine: Engine
  readonly source: MarketSource
  readonly hub = new Hub()
  readonly registry: Registry
  /** The account that is there from the beginning, in lower case. */
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
    this.account = parts.account.toLowerCase()
    this.registry = new Registry(parts.saved?.registry)
    this.nowMs = parts.saved?.nowMs ?? parts.source.startMs
    for (const market of parts.saved?.markets ?? []) {
      this.list({ ...market, settlementConfig: Option.getOrUndefined(market.settlementConfig) })
    }
    for (const [conditionId, price] of parts.saved?.pricesToBeat ?? [])
      this.pricesToBeat.set(conditionId, price)
    for (const resolution of parts.saved?.resolutions ?? []) this.resolutions.set(resolution.slug, resolution)
    this.recentSpot.push(...(parts.saved?.recentSpot ?? []))
  }

  /** Lets everything happen that happens up to `nowMs`, in the order of its time. Time never goes back. */
  catchUp(nowMs: number): void {
    for (let atMs = this.nextMs(); atMs !== undefined && atMs <= nowMs; atMs = this.nextMs()) this.step(atMs)
    this.hear(this.engine.advance(nowMs))
    this.nowMs = Math.max(this.nowMs, nowMs)
  }

  /** When the world changes by itself next: the market, the engine, or a heartbeat that stays away. */
  nextMs(): number | undefined {
    const times = [this.source.nextAtMs(), this.engine.nextDueMs(), this.registry.nextDueMs()]
    const known = times.filter((atMs) => atMs !== undefined)
    return known.length === 0 ? undefined : Math.min(...known)
  }

  place(account: string, order: EngineOrder, atMs: number): PlaceAnswer {
    const { answer, news } = this.engine.place(account, order, atMs)
    this.hear(news)
    return answer
  }

  cancel(account: string, orderIds: ReadonlyArray<OrderId>, atMs: number, note = ""): CancelOutcome {
    const { news, outcome } = this.engine.cancel(account, orderIds, atMs, note)
    this.hear(news)
    return outcome
  }

  /** Opens an account with cash; one that is open stays as it is. */
  openAccount(account: string, cash: MicroUsd): void {
    if (!this.engine.state.accounts.has(account)) this.engine.deposit(account, cash, this.nowMs)
  }

  settle(tradeId: string, fate: TradeFate, atMs: number): void {
    this.hear(this.engine.settle(tradeId, fate, atMs))
  }

  /** Does again what was once asked. */
  perform(operation: Operation, atMs: number): void {
    switch (operation._tag) {
      case "Place":
        this.place(operation.account ?? this.account, operation.order, atMs)
        return
      case "Cancel":
        this.cancel(operation.account ?? this.account, operation.orderIds, atMs)
        return
      case "OpenAccount":
        return this.openAccount(operation.account, operation.cashMicroUsd)
      case "CreateKey":
        return this.registry.addKey(operation)
      case "DeleteKey":
        return this.registry.deleteKey(operation.apiKey)
      case "BindWallet":
        return this.registry.bindWallet(operation)
      case "Heartbeat":
        this.registry.beat(operation.apiKey, atMs)
        return
      case "Settle":
        return this.settle(operation.tradeId, operation.fate, atMs)
    }
  }

  marketOfToken(tokenId: TokenId): VenueMarket | undefined {
    return this.byToken.get(tokenId)
  }

  marketOfCondition(conditionId: ConditionId): VenueMarket | undefined {
    return this.byCondition.get(conditionId)
  }

  /** Prices of the last two minutes, oldest first. */
  get spotHistory(): ReadonlyArray<SpotTick> {
    return this.recentSpot
  }

  save(): typeof SavedWorld.Encoded {
    return {
      version: 2,
      nowMs: this.nowMs,
      source: this.source.save(),
      engine: this.engine.save(),
      markets: [...this.markets.values()].map(({ settlementConfig, ...market }) => ({
        ...market,
        ...(settlementConfig === undefined ? {} : { settlementConfig })
      })),
      pricesToBeat: [...this.pricesToBeat],
      resolutions: [...this.resolutions.values()].map((resolution) => encodeResolution(resolution)),
      recentSpot: this.recentSpot,
      registry: this.registry.save()
    }
  }

  private list(market: VenueMarket): void {
    this.markets.set(market.slug, market)
    this.byCondition.set(market.conditionId, market)
    this.byToken.set(market.upTokenId, market)
    this.byToken.set(market.downTokenId, market)
  }

  /** What is due at one moment: what the engine had scheduled, then silence, then the market. */
  private step(atMs: number): void {
    if ((this.engine.nextDueMs() ?? Infinity) <= atMs) this.hear(this.engine.advance(atMs))
    for (const apiKey of this.registry.takeSilent(atMs)) this.cancelOwnedBy(apiKey, atMs)
    if ((this.source.nextAtMs() ?? Infinity) <= atMs)
      for (const event of this.source.take()) this.happen(event)
    this.nowMs = Math.max(this.nowMs, atMs)
  }

  private cancelOwnedBy(apiKey: string, atMs: number): void {
    const orders = [...this.engine.state.openOrders.values()].filter((order) => order.owner === apiKey)
    for (const { account, orderId } of orders) this.cancel(account, [orderId], atMs, NOTE_HEARTBEAT)
  }

  private happen(event: MarketEvent): void {
    switch (event._tag) {
      case "Listed":
        this.list(event.market)
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
      case "Average":
      case "Book":
      case "Taker":
      case "Closed":
        break
    }
    const news = this.engine.market(event)
    if (event._tag !== "Book" && event._tag !== "Taker") this.hub.publish({ _tag: "Market", event })
    this.hear(news)
    if (event._tag === "Resolved") this.forget()
  }

  private observe(tick: SpotTick): void {
    this.recentSpot.push(tick)
    const keepFromMs = tick.observedAtMs - HISTORY_MS
    while ((this.recentSpot[0]?.observedAtMs ?? keepFromMs) < keepFromMs) this.recentSpot.shift()
  }

  private hear(news: ReadonlyArray<AccountNews>): void {
    const { books, trades } = this.engine.takeSignals()
    for (const conditionId of books) this.followTick(conditionId)
    for (const trade of trades) this.hub.publish({ _tag: "Traded", trade })
    this.newsHeard += news.length
    for (const { account, update } of news) this.hub.publish({ _tag: "Account", account, update })
    const { nowMs } = this.engine.state
    for (const conditionId of books) this.hub.publish({ _tag: "BookChanged", conditionId, atMs: nowMs })
  }

  /** A market's listing tells the tick that the engine goes by. */
  private followTick(conditionId: ConditionId): void {
    const tickSizeTicks = this.engine.state.markets.get(conditionId)?.market.tickSizeTicks
    const listed = this.byCondition.get(conditionId)
    if (listed === undefined || tickSizeTicks === undefined || listed.tickSizeTicks === tickSizeTicks) return
    this.list({ ...listed, tickSizeTicks })
  }

  private forget(): void {
    const oldest = this.resolutions.entries().next()
    if (this.resolutions.size <= REMEMBERED_WINDOWS || oldest.done === true) return
    const [slug, { conditionId }] = oldest.value
    const market = this.markets.get(slug)
    this.resolutions.delete(slug)
    this.markets.delete(slug)
    this.byCondition.delete(conditionId)
    if (market !== undefined)
      for (const token of [market.upTokenId, market.downTokenId]) this.byToken.delete(token)
    this.pricesToBeat.delete(conditionId)
  }
}
