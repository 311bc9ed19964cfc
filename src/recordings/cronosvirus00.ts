/** CronosVirus00/polymarket-BTC5min-database: BTC 5m, every book frame of the Down token; some windows at full depth. */
import { type CsvRow, csvRows } from "./csv.ts"
import { depthQuotes } from "./cronosvirus00-depth.ts"
import { type Defects, makeDefects } from "./defects.ts"
import { slugOf } from "./era.ts"
import { isOffTick, onTick } from "./ladder.ts"
import type { FileContent, Quote, SourceRows, SourceWindow } from "./source.ts"
import { bestOf, mirrorTop } from "./tops.ts"

const COLUMNS = [
  "window_start",
  "recv_ms",
  "ts_ms",
  "token",
  "best_bid",
  "best_bid_size",
  "best_ask",
  "best_ask_size"
]

const quoteOf = (row: CsvRow, defects: Defects): Quote => {
  const top = mirrorTop({
    bid: bestOf(row.priceOrEmpty("best_bid"), row.sharesOrEmpty("best_bid_size")),
    ask: bestOf(row.priceOrEmpty("best_ask"), row.sharesOrEmpty("best_ask_size"))
  })
  const bids = top.bid === undefined ? [] : [[top.bid.priceTicks, top.bid.sizeMicroShares] as const]
  const asks = top.ask === undefined ? [] : [[top.ask.priceTicks, top.ask.sizeMicroShares] as const]
  if (isOffTick(bids) || isOffTick(asks)) defects.add("offTickRows")
  return { atMs: row.int("recv_ms"), bids: onTick("bids", bids), asks: onTick("asks", asks) }
}

interface Gathered {
  readonly quotes: Array<Quote>
  lastStampMs: number
}

/** Takes one row of the Down token; a frame stamped before the last one is late. */
const gather = (windows: Map<string, Gathered>, slug: string, row: CsvRow, defects: Defects): void => {
  const known = windows.get(slug) ?? { quotes: [], lastStampMs: 0 }
  windows.set(slug, known)
  const stampMs = row.int("ts_ms")
  if (stampMs < known.lastStampMs) return defects.add("lateRows")
  known.lastStampMs = stampMs
  known.quotes.push(quoteOf(row, defects))
}

/** `btc-updown-5m-1776081900.down.jsonl.gz` → the window's slug. */
const slugOfDepthFile = (path: string): string | undefined =>
  /(btc-updown-5m-\d+)\.down\.jsonl\.gz$/.exec(path)?.[1]

/** Reads the tops (unpacked tables) and the depth files (packed, unpacked one at a time). Throws `RecordingError`. */
export const readCronosvirus00 = (
  tables: ReadonlyArray<FileContent>,
  depthFiles: ReadonlyArray<FileContent>
): SourceRows => {
  const defects = makeDefects()
  const depthBySlug = new Map(depthFiles.map((file) => [slugOfDepthFile(file.path), file]))
  const windows = new Map<string, Gathered>()
  let rowsRead = 0
  for (const file of tables) {
    for (const row of csvRows(file.path, file.content, COLUMNS, "a cronosvirus00 table of best prices")) {
      rowsRead += 1
      const slug = slugOf("BTC", "5m", row.int("window_start") * 1000)
      if (row.text("token") !== "down") defects.add("otherTokenRows")
      else if (depthBySlug.has(slug)) {
        defects.add("rowsReplacedByDepth")
        if (!windows.has(slug)) windows.set(slug, { quotes: [], lastStampMs: 0 })
      } else gather(windows, slug, row, defects)
    }
  }
  const sourceWindows = [...windows].map(([slug, { quotes }]): SourceWindow => {
    const depth = depthBySlug.get(slug)
    if (depth === undefined) {
      return { slug, quotes: () => quotes, rows: quotes.length, prints: [], tokens: undefined }
    }
    const { quotes: books, rows } = depthQuotes(depth, defects)
    return { slug, quotes: books, rows, prints: [], tokens: undefined }
  })
  const used = depthFiles.filter((file) => windows.has(slugOfDepthFile(file.path) ?? ""))
  const depthRows = sourceWindows.reduce(
    (sum, window) => sum + (depthBySlug.has(window.slug) ? window.rows : 0),
    0
  )
  return {
    importedFrom: [...tables, ...used].map((file) => file.path),
    windows: sourceWindows,
    rowsRead: rowsRead + depthRows,
    defects
  }
}
