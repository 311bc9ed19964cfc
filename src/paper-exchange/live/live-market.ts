/** The venue's market in the embedded exchange: windows are listed as they come, books and trades told as they happen. */
import { Clock, Duration, Effect } from "effect"
import type { ConditionId, WindowSlug } from "../../domain/window.ts"
import type { ExchangeError } from "../../ports/exchange.ts"
import type { MarketFeed } from "../../ports/market-feed.ts"
import type { PersistenceError } from "../../ports/persistence.ts"
import type { VenueMarket } from "../../ports/venue.ts"
import type { MarketEvent } from "../market-source.ts"
import type { Keeper } from "../world/keeper.ts"
import { marketEventOf } from "./live-events.ts"
import type { LiveSource } from "./live-source.ts"
import {
  type LiveScope,
  type LiveWindows,
  NO_WINDOWS,
  forget,
  learnPrice,
  putOff,
  toFind,
  toResolve,
  tokensOf,
  watch,
  withoutPrice
} from "./live-windows.ts"

/** How often it is looked what is to be asked. */
const LOOK_EVERY_MS = 1_000
/** A window the venue has not listed yet, or did not answer about, is looked for again after so long; one it refuses, later. */
const LOOK_AGAIN_MS = 5_000
const REFUSED_AGAIN_MS = 60_000
/** Refused windows that are remembered, so that each is told once. */
const MAX_REFUSED = 100
/** Questions to the venue at one time. */
const CONCURRENCY = 4

export interface LiveMarketParts {
  readonly feed: typeof MarketFeed.Service
  readonly keeper: Keeper
  readonly source: LiveSource
  readonly scope: LiveScope
}

export interface LiveMarket {
  /** Can orders be matched at that moment? Not while the venue's books are not sure, or those of a saved world are still old. */
  readonly isOpen: (nowMs: number) => boolean
  /** Takes in what the feed tells; never ends. Fails where the world cannot be written down. */
  readonly news: Effect.Effect<never, PersistenceError>
  /** Finds windows, their prices to beat and their outcomes; never ends. */
  readonly windows: Effect.Effect<never, PersistenceError>
}

class Live {
  windows: LiveWindows = NO_WINDOWS
  /** Markets of a saved world whose book is that of the time before, until the venue tells a newer one. */
  readonly old = new Map<ConditionId, VenueMarket>()
  private readonly parts: LiveMarketParts
  /** Windows whose refusal was told. */
  private refused: ReadonlySet<WindowSlug> = new Set()

  constructor(parts: LiveMarketParts) {
    this.parts = parts
    const { keeper, source } = parts
    const { markets, pricesToBeat, resolutions } = keeper.world
    for (const market of markets.values()) {
      if (resolutions.has(market.slug)) continue
      this.windows = watch(this.windows, market, pricesToBeat.has(market.conditionId))
      this.old.set(market.conditionId, market)
      source.push({ _tag: "Closed", atMs: market.endMs, conditionId: market.conditionId })
    }
  }

  /** Lets the world hear of events now. */
  tell(events: ReadonlyArray<MarketEvent>): Effect.Effect<void, PersistenceError> {
    if (events.length === 0) return Effect.void
    for (const event of events) this.parts.source.push(event)
    return this.parts.keeper.now(() => undefined)
  }

  get news(): Effect.Effect<void, PersistenceError> {
    return Effect.gen(this, function* () {
      const { feed, keeper } = this.parts
      const told = yield* feed.take
      const nowMs = yield* Clock.currentTimeMillis
      const events = told.flatMap(
        (event) => marketEventOf(event, nowMs, (tokenId) => keeper.world.marketOfToken(tokenId)) ?? []
      )
      yield* this.tell(events)
      for (const event of events) if (event._tag === "Book") this.old.delete(event.conditionId)
    })
  }

  /** Asks the venue; what it cannot answer now is asked again later. */
  private ask<A>(
    slug: WindowSlug,
    question: Effect.Effect<A | undefined, ExchangeError>
  ): Effect.Effect<A | undefined> {
    return Effect.catchAll(question, (error) =>
      Effect.gen(this, function* () {
        const isRefused = error.reason._tag === "Refused"
        const told =
          isRefused && !this.refused.has(slug)
            ? Effect.logWarning("window_refused")
            : Effect.logDebug("live_question_failed")
        yield* Effect.annotateLogs(told, { module: "exchange", slug, reason: error.message })
        if (!isRefused) return undefined
        this.refused = new Set([...this.refused, slug].slice(-MAX_REFUSED))
        this.windows = putOff(this.windows, slug, yield* Clock.currentTimeMillis, REFUSED_AGAIN_MS)
        return undefined
      })
    )
  }

  private find(slug: WindowSlug): Effect.Effect<void, PersistenceError> {
    return Effect.gen(this, function* () {
      this.windows = putOff(this.windows, slug, yield* Clock.currentTimeMillis, LOOK_AGAIN_MS)
      const market = yield* this.ask(slug, this.parts.feed.market(slug))
      const nowMs = yield* Clock.currentTimeMillis
      if (market === undefined || market.endMs <= nowMs) return
      this.windows = watch(this.windows, market)
      const { conditionId, endMs } = market
      yield* this.tell([
        { _tag: "Listed", atMs: nowMs, market },
        { _tag: "Closed", atMs: endMs, conditionId }
      ])
    })
  }

  private learn({ conditionId, slug }: VenueMarket): Effect.Effect<void, PersistenceError> {
    return Effect.gen(this, function* () {
      const price = yield* this.ask(slug, this.parts.feed.priceToBeat(slug))
      if (price === undefined) return
      this.windows = learnPrice(this.windows, slug)
      yield* this.tell([{ _tag: "PriceToBeat", atMs: yield* Clock.currentTimeMillis, conditionId, price }])
    })
  }

  private resolve({ slug }: VenueMarket): Effect.Effect<void, PersistenceError> {
    return Effect.gen(this, function* () {
      const resolution = yield* this.ask(slug, this.parts.feed.resolution(slug))
      if (resolution === undefined) return
      this.windows = forget(this.windows, slug)
      yield* this.tell([{ _tag: "Resolved", atMs: yield* Clock.currentTimeMillis, resolution }])
    })
  }

  get look(): Effect.Effect<void, PersistenceError> {
    return Effect.gen(this, function* () {
      const nowMs = yield* Clock.currentTimeMillis
      const over = toResolve(this.windows, nowMs)
      this.windows = over.windows
      const asked = [
        ...toFind(this.windows, this.parts.scope, nowMs).map((slug) => this.find(slug)),
        ...withoutPrice(this.windows, nowMs).map((market) => this.learn(market)),
        ...over.markets.map((market) => this.resolve(market))
      ]
      yield* Effect.all(asked, { concurrency: CONCURRENCY, discard: true })
      yield* this.parts.feed.follow(tokensOf(this.windows, yield* Clock.currentTimeMillis))
    })
  }

  isOpen(nowMs: number): boolean {
    return (
      this.parts.feed.isSound(nowMs) &&
      ![...this.old.values()].some(({ endMs, startMs }) => startMs <= nowMs && nowMs < endMs)
    )
  }
}

/** The live market over a keeper's world; where the world was saved, it goes on with the windows that it knows. */
export const makeLiveMarket = (parts: LiveMarketParts): LiveMarket => {
  const live = new Live(parts)
  return {
    isOpen: (nowMs) => live.isOpen(nowMs),
    news: Effect.forever(live.news),
    windows: Effect.forever(Effect.zipRight(live.look, Effect.sleep(Duration.millis(LOOK_EVERY_MS))))
  }
}
