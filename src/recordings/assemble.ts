/** Joins a collection's rows with the window facts to a recording's lines in time order. */
import type { Asset } from "../domain/asset.ts"
import { INTERVAL_MS, type Outcome, WindowSlug } from "../domain/window.ts"
import type { SpotObservation } from "./candles.ts"
import { recordedMarket } from "./era.ts"
import type { EventLine, Header } from "./format.ts"
import type { Quote, SourceRows, SourceWindow } from "./source.ts"
import { type Placed, type WindowBooks, place, windowBooks } from "./window-books.ts"
import type { WindowFacts } from "./window-facts.ts"

/** The venue closes a market 0.9 minutes (median) after its end: polymarket.md §7. */
const RESOLVED_AFTER_MS = 54_000
/** Spot history given at the recording's first moment, for those who estimate volatility. */
const SPOT_HISTORY_MS = 3_600_000

/** Events of one moment come in this order; those of one rank in the order they were recorded. */
const KIND_RANK: Readonly<Record<EventLine["kind"], number>> = {
  listed: 0,
  spot: 1,
  priceToBeat: 2,
  book: 3,
  bookChange: 3,
  taker: 4,
  closed: 5,
  resolved: 6
}

interface KnownWindow {
  readonly source: SourceWindow
  readonly facts: WindowFacts
  readonly outcome: Outcome
  readonly endMs: number
  readonly books: WindowBooks
}

/** What the assembled recording says in its header about windows, and its lines. */
export interface Assembled {
  readonly lines: ReadonlyArray<Placed>
  readonly windows: Header["windows"]
  readonly leftOut: Header["leftOut"]
}

/** Listing, price to beat, close and resolution of a window. */
const factLines = (window: KnownWindow, recordingStartMs: number): ReadonlyArray<EventLine> => {
  const { endMs, facts, outcome } = window
  const { settlementConfig, slug, ...market } = recordedMarket({ ...facts, tokens: window.source.tokens })
  const listedAtMs = Math.max(recordingStartMs, facts.startMs - INTERVAL_MS[facts.interval])
  const openAtMs = Math.max(recordingStartMs, facts.startMs)
  const resolvedAtMs = endMs + RESOLVED_AFTER_MS
  const { outcomeSource, spotOpen } = facts
  return [
    {
      kind: "listed",
      atMs: listedAtMs,
      window: slug,
      market: { ...market, settlementConfig: settlementConfig ?? null }
    },
    ...(spotOpen === undefined
      ? []
      : [{ kind: "priceToBeat", atMs: openAtMs, window: slug, price: spotOpen } as const]),
    { kind: "closed", atMs: endMs, window: slug },
    {
      kind: "resolved",
      atMs: resolvedAtMs,
      window: slug,
      outcome,
      outcomeSource,
      openPrice: null,
      closePrice: null
    }
  ]
}

const takerLines = (
  { endMs, source }: KnownWindow,
  recordingStartMs: number,
  rows: SourceRows
): ReadonlyArray<EventLine> => {
  const { prints } = source
  const inside = prints.filter(({ atMs }) => atMs >= recordingStartMs && atMs < endMs)
  rows.defects.add("takersOutside", prints.length - inside.length)
  const window = WindowSlug.make(source.slug)
  return inside.map(({ atMs, priceTicks, side, sizeMicroShares }) => ({
    kind: "taker",
    atMs,
    window,
    side,
    priceTicks,
    sizeMicroShares
  }))
}

const spotLines = (
  spot: ReadonlyArray<SpotObservation>,
  asset: Asset,
  firstMs: number,
  lastMs: number
): ReadonlyArray<EventLine> =>
  spot
    .filter(({ observedAtMs }) => observedAtMs >= firstMs - SPOT_HISTORY_MS && observedAtMs <= lastMs)
    .map(({ observedAtMs, price }) => ({
      kind: "spot",
      atMs: Math.max(firstMs, observedAtMs),
      asset,
      price,
      observedAtMs
    }))

/** Windows whose outcome is known, with their books; the others are left out, for nothing in them could be settled. */
const chooseWindows = (
  rows: SourceRows,
  facts: ReadonlyMap<string, WindowFacts>
): { readonly known: ReadonlyArray<KnownWindow>; readonly leftOut: Header["leftOut"] } => {
  const known: Array<KnownWindow> = []
  const leftOut: Array<Header["leftOut"][number]> = []
  let previousLast: Quote | undefined
  for (const source of rows.windows) {
    const about = facts.get(source.slug)
    if (about?.outcome === undefined) {
      const reason = about === undefined ? "not in the table of windows" : "its outcome is not known"
      leftOut.push({ window: WindowSlug.make(source.slug), reason })
      rows.defects.add("rowsOfWindowsLeftOut", source.rows)
      rows.defects.add("takersOutside", source.prints.length)
      previousLast = undefined
      continue
    }
    const endMs = about.startMs + INTERVAL_MS[about.interval]
    const books = windowBooks(source, { startMs: about.startMs, endMs }, previousLast, rows.defects)
    previousLast = books.last
    known.push({ source, facts: about, outcome: about.outcome, endMs, books })
  }
  return { known, leftOut }
}

/** Throws `RecordingError` where a row cannot be read; no lines where no window can be settled. */
export const assemble = (
  rows: SourceRows,
  facts: ReadonlyMap<string, WindowFacts>,
  spot: ReadonlyArray<SpotObservation>
): Assembled => {
  const { known, leftOut } = chooseWindows(rows, facts)
  const withBooks = known.filter(({ books }) => books.firstAtMs !== undefined)
  const startMs = Math.min(...withBooks.map(({ books, facts: { startMs: at } }) => books.firstAtMs ?? at))
  const endMs = Math.max(...withBooks.map((window) => window.endMs + RESOLVED_AFTER_MS))
  const assets = new Set(withBooks.map((window) => window.facts.asset))
  const lines = [
    ...[...assets].flatMap((asset) => spotLines(spot, asset, startMs, endMs)).map(place),
    ...withBooks.flatMap((window) => [
      ...factLines(window, startMs).map(place),
      ...window.books.lines,
      ...takerLines(window, startMs, rows).map(place)
    ])
  ]
  lines.sort((a, b) => a.atMs - b.atMs || KIND_RANK[a.kind] - KIND_RANK[b.kind])
  return {
    lines,
    leftOut: [
      ...leftOut,
      ...known
        .filter((window) => !withBooks.includes(window))
        .map(({ facts: { slug } }) => ({ window: WindowSlug.make(slug), reason: "no usable row" }))
    ],
    windows: withBooks.map(({ books, facts: { fullCoverage, slug } }) => ({
      window: WindowSlug.make(slug),
      complete: fullCoverage,
      books: books.books,
      gaps: books.gaps
    }))
  }
}
