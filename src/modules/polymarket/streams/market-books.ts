/** The books of the instruments that are followed, kept by the market channel's events. Pure but for its own state. */
import type { Book, Level } from "../../../domain/book.ts"
import type { PriceTicks } from "../../../domain/money.ts"
import type { TokenId } from "../../../domain/window.ts"
import { FeedHealth } from "./feed-health.ts"
import { Ladder } from "./ladder.ts"
import type { LastTrade } from "../wire/events.ts"
import { type BadReason, type Change, type MarketEvent, readMarketFrame } from "./market-frame.ts"

/** Why an event, or a part of it, was dropped. */
export type DropReason = BadReason | "unknown-asset" | "older" | "ahead"

/** A stamp further ahead than this is no stamp of this venue: taken, it would keep out every true word after it. */
const MAX_AHEAD_MS = 60_000
/** How long a book may cross itself, or differ from the best prices the venue tells, before it is read anew. */
const MAX_DOUBT_MS = 2_000

interface TokenBook {
  readonly tokenId: TokenId
  readonly bids: Ladder
  readonly asks: Ladder
  /** Stamp of the newest event. */
  stampMs: number
  /** A snapshot was taken since the instrument was followed, its tick changed, or the socket opened. */
  whole: boolean
  /** It was whole before, whatever happened since. */
  known: boolean
  /** Since when the book has been doubtful, by our clock. */
  doubtSinceMs: number | undefined
  /** The market's tick, as far as it was told. */
  tickSizeTicks: PriceTicks | undefined
  /** Read once after a bad event that was about this instrument. */
  damaged: boolean
  made: Book | undefined
}

const makeTokenBook = (tokenId: TokenId): TokenBook => ({
  tokenId,
  bids: new Ladder("bids"),
  asks: new Ladder("asks"),
  stampMs: 0,
  whole: false,
  known: false,
  doubtSinceMs: undefined,
  tickSizeTicks: undefined,
  damaged: false,
  made: undefined
})

/** What of a snapshot is needed, from whichever side it comes. */
export interface Snapshot {
  readonly tokenId: string
  readonly stampMs: number
  readonly bids: ReadonlyArray<Level>
  readonly asks: ReadonlyArray<Level>
  readonly tickSizeTicks: PriceTicks | undefined
}

/** Drops that do not speak against the feed: late words of a busy venue, and of instruments just left. */
const INNOCENT: ReadonlySet<DropReason> = new Set<DropReason>(["unknown-asset", "older"])

/** Who is told of what the books take in, at the moment they do. */
export interface MarketHearing {
  readonly dropped: (reason: DropReason, message: string) => void
  readonly took: (kind: string) => void
  /** Somebody traded. */
  readonly traded?: (trade: LastTrade) => void
  /** A book is another than before. */
  readonly changed?: (tokenId: TokenId) => void
}

export class MarketBooks {
  private readonly books = new Map<string, TokenBook>()
  private readonly health = new FeedHealth()
  private readonly hears: MarketHearing

  constructor(hears: MarketHearing) {
    this.hears = hears
  }

  /** Keeps the books of exactly these instruments; says which are new and which are gone. */
  follow(tokenIds: ReadonlySet<TokenId>): {
    readonly added: ReadonlyArray<TokenId>
    readonly removed: ReadonlyArray<TokenId>
  } {
    const added = [...tokenIds].filter((tokenId) => !this.books.has(tokenId))
    const removed = [...this.books.values()]
      .map(({ tokenId }) => tokenId)
      .filter((tokenId) => !tokenIds.has(tokenId))
    for (const tokenId of removed) this.books.delete(tokenId)
    for (const tokenId of added) this.books.set(tokenId, makeTokenBook(tokenId))
    return { added, removed }
  }

  get followed(): ReadonlyArray<TokenId> {
    return [...this.books.values()].map(({ tokenId }) => tokenId)
  }

  /** Nothing is known any more: the socket closed, and what happened meanwhile is not told again. */
  forgetAll(): void {
    for (const book of this.books.values()) forget(book)
  }

  /** Takes a frame in; false where nothing in it was good. */
  take(text: string, nowMs: number): boolean {
    let good = false
    for (const event of readMarketFrame(text)) {
      const reason = this.apply(event, nowMs)
      this.health.count(nowMs, reason !== undefined && !INNOCENT.has(reason))
      good ||= reason === undefined
    }
    return good
  }

  /** Takes a snapshot that was asked for over REST. */
  snapshot(book: Snapshot, nowMs: number): void {
    this.apply({ kind: "book", ...book }, nowMs)
  }

  /** The book of an instrument; undefined while it is not whole, is doubted too long, or the feed is bad. */
  book(tokenId: TokenId, nowMs: number): Book | undefined {
    const book = this.books.get(tokenId)
    if (book === undefined || !isSound(book, nowMs) || this.health.isBad(nowMs)) return undefined
    book.made ??= {
      tokenId,
      bids: book.bids.levels(),
      asks: book.asks.levels(),
      tickSizeTicks: book.tickSizeTicks,
      eventTimeMs: book.stampMs,
      receivedAtMs: nowMs
    }
    return book.made
  }

  /** Instruments whose book must be read over REST. */
  inNeed(nowMs: number): ReadonlyArray<TokenId> {
    return [...this.books.values()]
      .filter((book) => !isSound(book, nowMs) || book.damaged)
      .map(({ tokenId }) => tokenId)
  }

  isHealthy(nowMs: number): boolean {
    return !this.health.isBad(nowMs) && [...this.books.values()].every((book) => !isDoubted(book, nowMs))
  }

  /** Is every book that was ever had one to rely on? A new instrument's first book may be on its way. */
  isReliable(nowMs: number): boolean {
    return (
      !this.health.isBad(nowMs) &&
      [...this.books.values()].every((book) => !book.known || isSound(book, nowMs))
    )
  }

  private dropped(reason: DropReason, message: string): DropReason {
    this.hears.dropped(reason, message)
    return reason
  }

  private apply(event: MarketEvent, nowMs: number): DropReason | undefined {
    switch (event.kind) {
      case "price_change":
        return this.change(event.stampMs, event.changes, nowMs)
      case "book":
        return this.replace(event, nowMs)
      case "tick_size_change":
        return this.retick(event, nowMs)
      case "bad": {
        const book = event.tokenId === undefined ? undefined : this.books.get(event.tokenId)
        if (book !== undefined) book.damaged = true
        return this.dropped(event.reason, event.message)
      }
      case "last_trade_price":
        this.hears.traded?.(event.trade)
        break
      default:
        break
    }
    this.hears.took(event.kind)
    return undefined
  }

  /** Another tick: the book is not whole until a snapshot comes that is no older. */
  private retick(
    event: { readonly tokenId: string; readonly stampMs: number; readonly tickSizeTicks: PriceTicks },
    nowMs: number
  ): DropReason | undefined {
    const book = this.books.get(event.tokenId)
    if (book === undefined) return this.dropped("unknown-asset", event.tokenId)
    if (event.stampMs > nowMs + MAX_AHEAD_MS) return this.dropped("ahead", `${event.stampMs}`)
    if (!book.bids.replace([], event.stampMs) || !book.asks.replace([], event.stampMs))
      return this.dropped("older", `a tick size of ${event.stampMs}`)
    book.tickSizeTicks = event.tickSizeTicks
    book.whole = false
    book.doubtSinceMs = undefined
    book.made = undefined
    this.hears.took("tick_size_change")
    return undefined
  }

  private replace(snapshot: Snapshot, nowMs: number): DropReason | undefined {
    const book = this.books.get(snapshot.tokenId)
    if (book === undefined) return this.dropped("unknown-asset", snapshot.tokenId)
    if (snapshot.stampMs > nowMs + MAX_AHEAD_MS) return this.dropped("ahead", `${snapshot.stampMs}`)
    // Both sides carry the same floor, so that either both take it or none.
    if (
      !book.bids.replace(snapshot.bids, snapshot.stampMs) ||
      !book.asks.replace(snapshot.asks, snapshot.stampMs)
    ) {
      return this.dropped("older", `a snapshot of ${snapshot.stampMs}`)
    }
    book.whole = true
    book.known = true
    book.damaged = false
    book.tickSizeTicks = snapshot.tickSizeTicks ?? book.tickSizeTicks
    touched(book, snapshot.stampMs, isCrossed(book), nowMs)
    this.hears.changed?.(book.tokenId)
    this.hears.took("book")
    return undefined
  }

  private change(stampMs: number, changes: ReadonlyArray<Change>, nowMs: number): DropReason | undefined {
    if (stampMs > nowMs + MAX_AHEAD_MS) return this.dropped("ahead", `${stampMs}`)
    let last: DropReason | undefined
    let taken = 0
    for (const change of changes) {
      const book = this.books.get(change.tokenId)
      if (book === undefined) {
        last = this.dropped("unknown-asset", change.tokenId)
      } else if (book[change.side].set(change.priceTicks, change.sizeMicroShares, stampMs)) {
        taken += 1
        touched(book, stampMs, isCrossed(book) || differs(book, change, stampMs), nowMs)
        this.hears.changed?.(book.tokenId)
      } else {
        last = this.dropped("older", `a change of ${stampMs}`)
      }
    }
    if (taken === 0 && last !== undefined) return last
    this.hears.took("price_change")
    return undefined
  }
}

const forget = (book: TokenBook): void => {
  book.bids.clear()
  book.asks.clear()
  book.stampMs = 0
  book.whole = false
  book.doubtSinceMs = undefined
  book.tickSizeTicks = undefined
  book.damaged = false
  book.made = undefined
}

const isCrossed = ({ asks, bids }: TokenBook): boolean =>
  bids.best >= 0 && asks.best >= 0 && bids.best >= asks.best

/** Whether the venue tells other best prices than the book has. It writes 0 and 1 for sides that are empty. */
const differs = (book: TokenBook, change: Change, stampMs: number): boolean => {
  if (!book.whole || stampMs < book.stampMs) return false
  const bid = book.bids.best < 0 ? 0 : book.bids.best
  const ask = book.asks.best < 0 ? 10_000 : book.asks.best
  return (
    (change.bestBidTicks >= 0 && change.bestBidTicks !== bid) ||
    (change.bestAskTicks > 0 && change.bestAskTicks !== ask)
  )
}

const touched = (book: TokenBook, stampMs: number, doubtful: boolean, nowMs: number): void => {
  book.made = undefined
  book.stampMs = Math.max(book.stampMs, stampMs)
  book.doubtSinceMs = doubtful ? (book.doubtSinceMs ?? nowMs) : undefined
}

const isDoubted = (book: TokenBook, nowMs: number): boolean =>
  book.doubtSinceMs !== undefined && nowMs - book.doubtSinceMs > MAX_DOUBT_MS

const isSound = (book: TokenBook, nowMs: number): boolean => book.whole && !isDoubted(book, nowMs)
