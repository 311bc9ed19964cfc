/** The market channel (polymarket.md §5.1; spot-feeds.md §9): books, their changes, trades, listings, resolutions. */
import type { ConditionId, Resolution, TokenId } from "../../../domain/window.ts"
import type { VenueMarket } from "../../../ports/venue.ts"
import type { MarketRecord } from "../../engine/state.ts"
import type { WorldEvent } from "../../world/hub.ts"
import type { World } from "../../world/world.ts"
import { bookJson } from "../shapes/book.ts"
import { BothBooks, type ToldBook, bestOf, bookNow, priceChange } from "./book-changes.ts"
import {
  bestBidAskEvent,
  bookEvent,
  lastTradeEvent,
  newMarketEvent,
  resolvedEvent,
  tickSizeEvent
} from "./market-frames.ts"
import { MarketSession } from "./market-session.ts"
import type { Outbox } from "./outbox.ts"
import type { Channel } from "./session.ts"

/** What was last told of a market that somebody follows. */
interface Told {
  readonly book: ToldBook
  readonly best: ReadonlyMap<TokenId, string>
  readonly tickSize: VenueMarket["tickSizeTicks"]
}

const tokensOf = (record: MarketRecord): ReadonlyArray<TokenId> => [
  record.market.upTokenId,
  record.market.downTokenId
]

export class MarketChannel implements Channel {
  private readonly sessions = new Set<MarketSession>()
  private readonly told = new Map<ConditionId, Told>()
  /** Markets that traded since their book was last told. */
  private readonly traded = new Set<ConditionId>()
  private readonly world: World

  constructor(world: World) {
    this.world = world
  }

  open(outbox: Outbox): MarketSession {
    const session = new MarketSession(outbox, {
      dump: (tokenIds, levelsPerSide) => this.dump(tokenIds, levelsPerSide),
      left: () => this.sessions.delete(session)
    })
    this.sessions.add(session)
    return session
  }

  notice(event: WorldEvent): void {
    if (this.sessions.size === 0) return void this.told.clear()
    switch (event._tag) {
      case "BookChanged":
        return this.bookChanged(event.conditionId, event.atMs)
      case "Traded":
        this.traded.add(event.trade.conditionId)
        return this.tell(this.following([event.trade.tokenId]), lastTradeEvent(event.trade))
      case "Market":
        if (event.event._tag === "Listed") this.listed(event.event.market, event.event.atMs)
        if (event.event._tag === "Resolved") this.resolved(event.event.resolution, event.event.atMs)
        return
      case "Account":
        return
    }
  }

  private following(tokenIds: ReadonlyArray<TokenId>): ReadonlyArray<MarketSession> {
    return [...this.sessions].filter((session) => tokenIds.some((tokenId) => session.follows(tokenId)))
  }

  private tell(sessions: ReadonlyArray<MarketSession>, message: unknown): void {
    if (sessions.length === 0) return
    const text = JSON.stringify(message)
    for (const session of sessions) session.outbox.text(text)
  }

  /** Books as they are now; from here on their changes are told. Nothing for tokens that have none (yet). */
  private dump(tokenIds: ReadonlyArray<TokenId>, levelsPerSide: number) {
    const wanted = new Set(tokenIds)
    return [...this.world.engine.state.markets.values()].flatMap((record) => {
      const tokens = tokensOf(record).filter((tokenId) => wanted.has(tokenId))
      if (tokens.length === 0 || record.phase === "listed") return []
      const { conditionId } = record.market
      if (!this.told.has(conditionId)) this.remember(record, new BothBooks(this.world.engine, record))
      return tokens.map((tokenId) => bookEvent(bookJson(this.world.engine, record, tokenId), levelsPerSide))
    })
  }

  private remember(record: MarketRecord, books: BothBooks): void {
    const best = new Map(
      tokensOf(record).map((tokenId) => [tokenId, JSON.stringify(bestOf(books.of(tokenId)))])
    )
    const book = bookNow(this.world.engine, record)
    this.told.set(record.market.conditionId, { book, best, tickSize: record.market.tickSizeTicks })
  }

  private bookChanged(conditionId: ConditionId, atMs: number): void {
    const record = this.world.engine.state.markets.get(conditionId)
    const hasTraded = this.traded.delete(conditionId)
    if (record === undefined || record.phase === "listed") return
    const sessions = this.following(tokensOf(record))
    const before = this.told.get(conditionId)
    if (sessions.length === 0) return void this.told.delete(conditionId)
    const books = new BothBooks(this.world.engine, record)
    this.remember(record, books)
    const hasNewTick = before !== undefined && this.tellTick(record, before, atMs)
    // Whoever hears of another tick drops the book, and waits for a whole one.
    if (before === undefined || hasTraded || hasNewTick) this.tellBooks(books, sessions)
    else {
      const change = priceChange(books, before.book, bookNow(this.world.engine, record))
      if (change !== undefined) this.tell(sessions, change)
    }
    if (before !== undefined) this.tellBest(books, before)
  }

  /** Tells both tokens' new tick, where there is one. */
  private tellTick(record: MarketRecord, before: Told, atMs: number): boolean {
    if (before.tickSize === record.market.tickSizeTicks) return false
    for (const tokenId of tokensOf(record))
      this.tell(this.following([tokenId]), tickSizeEvent(record.market, tokenId, before.tickSize, atMs))
    return true
  }

  private tellBooks(books: BothBooks, sessions: ReadonlyArray<MarketSession>): void {
    for (const session of sessions) {
      const tokens = tokensOf(books.record).filter((tokenId) => session.follows(tokenId))
      session.outbox.json(tokens.map((tokenId) => bookEvent(books.of(tokenId), session.levelsPerSide)))
    }
  }

  private tellBest(books: BothBooks, before: Told): void {
    for (const tokenId of tokensOf(books.record)) {
      const book = books.of(tokenId)
      if (before.best.get(tokenId) === JSON.stringify(bestOf(book))) continue
      const sessions = this.following([tokenId]).filter((session) => session.wantsCustom)
      this.tell(sessions, bestBidAskEvent(book))
    }
  }

  private listed(market: VenueMarket, atMs: number): void {
    const sessions = [...this.sessions].filter((session) => session.wantsCustom)
    this.tell(sessions, newMarketEvent(market, atMs))
  }

  private resolved(resolution: Resolution, atMs: number): void {
    const record = this.world.engine.state.markets.get(resolution.conditionId)
    if (record === undefined) return
    const tokens = tokensOf(record)
    const sessions = this.following(tokens)
    this.tell(
      sessions.filter((session) => session.wantsCustom),
      resolvedEvent(record.market, resolution, atMs)
    )
    this.told.delete(resolution.conditionId)
    for (const session of sessions) session.resolve(tokens)
  }
}
