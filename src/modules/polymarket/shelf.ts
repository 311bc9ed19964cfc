/** The last book of every instrument that is followed, in the order of the venue's own stamps. */
import type { Book, Level } from "../../domain/book.ts"
import type { TokenId, Window } from "../../domain/window.ts"

export interface Shelf {
  readonly followed: ReadonlySet<TokenId>
  readonly last: ReadonlyMap<TokenId, Book>
}

export const EMPTY_SHELF: Shelf = { followed: new Set(), last: new Map() }

/** Follows the instruments of exactly these windows; the books of others are forgotten. */
export const follow = (shelf: Shelf, windows: ReadonlyArray<Window>): Shelf => {
  const followed = new Set(windows.flatMap((window) => [window.upTokenId, window.downTokenId]))
  return { followed, last: new Map([...shelf.last].filter(([tokenId]) => followed.has(tokenId))) }
}

/**
 * Drops the books that came later than it is now: our clock was put back, and nobody knows how old they are. Their age is
 * told by that clock, so they would look young for as long as it was put back.
 */
export const withoutFuture = (shelf: Shelf, nowMs: number): Shelf =>
  [...shelf.last.values()].every(({ receivedAtMs }) => receivedAtMs <= nowMs)
    ? shelf
    : { ...shelf, last: new Map([...shelf.last].filter(([, { receivedAtMs }]) => receivedAtMs <= nowMs)) }

const sameLevels = (a: ReadonlyArray<Level>, b: ReadonlyArray<Level>): boolean =>
  a.length === b.length &&
  a.every(
    (level, index) =>
      level.priceTicks === b[index]?.priceTicks && level.sizeMicroShares === b[index].sizeMicroShares
  )

/**
 * Takes in a book as the venue gave it at `nowMs`. One that is older than the last, by the venue's stamp, is dropped. One that
 * is the last again keeps the moment it first came: a venue that repeats itself for ever must not look alive.
 */
export const receive = (
  shelf: Shelf,
  book: Book,
  nowMs: number
): { readonly shelf: Shelf; readonly book: Book | undefined; readonly dropped: boolean } => {
  const last = shelf.last.get(book.tokenId)
  if (!shelf.followed.has(book.tokenId)) return { shelf, book: undefined, dropped: false }
  if (last !== undefined && book.eventTimeMs < last.eventTimeMs) return { shelf, book: last, dropped: true }
  if (
    last !== undefined &&
    book.eventTimeMs === last.eventTimeMs &&
    book.tickSizeTicks === last.tickSizeTicks &&
    sameLevels(book.bids, last.bids) &&
    sameLevels(book.asks, last.asks)
  ) {
    return { shelf, book: last, dropped: false }
  }
  const received = { ...book, receivedAtMs: nowMs }
  return {
    shelf: { ...shelf, last: new Map(shelf.last).set(book.tokenId, received) },
    book: received,
    dropped: false
  }
}
