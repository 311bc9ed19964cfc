/** What a feed has heard and nobody took yet. Pure but for its own state, and bounded. */
import type { Book } from "../../domain/book.ts"
import { TokenId } from "../../domain/window.ts"
import type { FeedEvent } from "../../ports/market-feed.ts"
import type { SpotTick } from "../../ports/spot.ts"
import type { LastTrade } from "./wire/events.ts"

/** Trades, or prices, that wait: a busy window has some ten trades a second. */
const MAX_WAITING = 10_000

/** How many events were lost, by their kind. */
export type Lost = Readonly<Record<"trade" | "price", number>>

export class FeedNews {
  private trades: Array<FeedEvent> = []
  private prices: Array<FeedEvent> = []
  private changedBooks = new Set<TokenId>()
  private lost = { trade: 0, price: 0 }
  private readonly wake: () => void

  /** `wake` is called whenever there is something to take. */
  constructor(wake: () => void) {
    this.wake = wake
  }

  /** Books of other instruments are not waited for any longer. */
  follow(tokenIds: ReadonlySet<TokenId>): void {
    this.changedBooks = new Set([...this.changedBooks].filter((tokenId) => tokenIds.has(tokenId)))
  }

  /** A trade without a side says nothing about whose turn it was: the book that follows tells what is left. */
  traded({ asset_id, price, side, size }: LastTrade): void {
    if (side === "" || size === undefined || size === 0) return
    const tokenId = TokenId.make(asset_id)
    this.trades.push({ _tag: "Trade", tokenId, side, priceTicks: price, sizeMicroShares: size })
    if (this.trades.length > MAX_WAITING) {
      this.trades.shift()
      this.lost.trade += 1
    }
    // The venue's words come out of order: with the trade, the book as it is told what the trade took.
    this.changed(tokenId)
  }

  changed(tokenId: TokenId): void {
    this.changedBooks.add(tokenId)
    this.wake()
  }

  priced(kind: "spot" | "average", tick: SpotTick): void {
    this.prices.push({ _tag: kind === "spot" ? "Spot" : "Average", tick })
    if (this.prices.length > MAX_WAITING) {
      this.prices.shift()
      this.lost.price += 1
    }
    this.wake()
  }

  /** Takes everything; `bookOf` gives a book that can be relied on, or none, and then it is told when there is one. */
  take(bookOf: (tokenId: TokenId) => Book | undefined): {
    readonly events: ReadonlyArray<FeedEvent>
    readonly lost: Lost
  } {
    const books: Array<FeedEvent> = []
    const waiting = new Set<TokenId>()
    for (const tokenId of this.changedBooks) {
      const book = bookOf(tokenId)
      if (book === undefined) waiting.add(tokenId)
      else books.push({ _tag: "Book", tokenId, bids: book.bids, asks: book.asks })
    }
    const taken = { events: [...this.prices, ...this.trades, ...books], lost: this.lost }
    this.trades = []
    this.prices = []
    this.changedBooks = waiting
    this.lost = { trade: 0, price: 0 }
    return taken
  }
}
