/** One window's rows made into book lines: rows that cannot be used are counted and dropped, gaps are blacked out. */
import { WindowSlug } from "../domain/window.ts"
import type { Defects } from "./defects.ts"
import type { EventLine, Header, Ladder } from "./format.ts"
import { changesOf, isCrossed } from "./ladder.ts"
import type { Quote, SourceWindow } from "./source.ts"

/** A window without a book for longer than this has a gap: nobody knows what could be traded in it. */
export const GAP_MS = 10_000

/** A line's place in time, and its text: lines are many, and text is small. */
export interface Placed {
  readonly atMs: number
  readonly kind: EventLine["kind"]
  readonly text: string
}

export const place = (line: EventLine): Placed => ({
  atMs: line.atMs,
  kind: line.kind,
  text: JSON.stringify(line)
})

export interface WindowBooks {
  readonly lines: ReadonlyArray<Placed>
  /** Books that were recorded, without those that black out a gap. */
  readonly books: number
  readonly gaps: Header["windows"][number]["gaps"]
  readonly firstAtMs: number | undefined
  /** The last row there is of the window, for the next window's first. */
  readonly last: Quote | undefined
}

const sameLadder = (a: Ladder, b: Ladder): boolean =>
  a.length === b.length &&
  a.every(([price, size], index) => price === b[index]?.[0] && size === b[index]?.[1])

const sameBook = (a: Quote, b: Quote): boolean => sameLadder(a.bids, b.bids) && sameLadder(a.asks, b.asks)

/** Drops rows that are late, crossed, after the end, or the previous window's last book shown once more. */
const usable = function* (
  source: SourceWindow,
  endMs: number,
  previousLast: Quote | undefined,
  defects: Defects
): Generator<Quote> {
  let latestMs = 0
  let isFirst = true
  for (const quote of source.quotes()) {
    const isStaleFirst =
      isFirst &&
      previousLast !== undefined &&
      quote.bids.length + quote.asks.length > 0 &&
      sameBook(quote, previousLast)
    isFirst = false
    if (isStaleFirst) defects.add("staleFirstRows")
    else if (quote.atMs >= endMs) defects.add("rowsAfterEnd")
    else if (quote.atMs < latestMs) defects.add("lateRows")
    else if (isCrossed(quote.bids, quote.asks)) defects.add("crossedRows")
    else {
      latestMs = quote.atMs
      if (quote.bids.length === 0 || quote.asks.length === 0) defects.add("emptySides")
      yield quote
    }
  }
}

/** The whole book, or what changed where that is less than half of it. */
const bookLine = (window: WindowSlug, before: Quote | undefined, quote: Quote): EventLine => {
  const { asks, atMs, bids } = quote
  if (before !== undefined) {
    const changed = { bids: changesOf("bids", before.bids, bids), asks: changesOf("asks", before.asks, asks) }
    if ((changed.bids.length + changed.asks.length) * 2 < bids.length + asks.length) {
      return { kind: "bookChange", atMs, window, ...changed }
    }
  }
  return { kind: "book", atMs, window, bids, asks }
}

/** Throws `RecordingError` where the rows do. */
export const windowBooks = (
  source: SourceWindow,
  span: { readonly startMs: number; readonly endMs: number },
  previousLast: Quote | undefined,
  defects: Defects
): WindowBooks => {
  const window = WindowSlug.make(source.slug)
  const lines: Array<Placed> = []
  const gaps: Array<{ fromMs: number; toMs: number }> = []
  let books = 0
  let first: Quote | undefined
  let before: Quote | undefined
  /** Notes a gap up to `toMs`, and takes the book away once it is too old to be believed. */
  const reach = (toMs: number): void => {
    const sinceMs = before?.atMs ?? span.startMs
    if (toMs - sinceMs <= GAP_MS) return
    defects.add("gaps")
    gaps.push({ fromMs: sinceMs, toMs })
    if (before === undefined) return
    defects.add("blackouts")
    before = { atMs: sinceMs + GAP_MS, bids: [], asks: [] }
    lines.push(place({ kind: "book", window, ...before }))
  }
  for (const quote of usable(source, span.endMs, previousLast, defects)) {
    reach(quote.atMs)
    lines.push(place(bookLine(window, before, quote)))
    books += 1
    first ??= quote
    before = quote
  }
  const last = before
  if (first !== undefined) reach(span.endMs)
  return { lines, books, gaps, firstAtMs: first?.atMs, last }
}
