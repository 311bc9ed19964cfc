/** Frederick2313072/polymarket-backtest: BTC 15m, a row for each change of either token's best prices, with sizes. */
import { TokenId } from "../domain/window.ts"
import { type CsvRow, csvRows } from "./csv.ts"
import { type Defects, makeDefects } from "./defects.ts"
import { isOffTick, onTick } from "./ladder.ts"
import type { FileContent, Quote, SourceRows, SourceWindow } from "./source.ts"
import { type Best, type Top, bestOf, joinTops, mirrorTop } from "./tops.ts"

const COLUMNS = [
  "recorded_at_ts",
  "market_slug",
  "up_token_id",
  "down_token_id",
  "up_book_ts",
  "down_book_ts",
  ...["up", "down"].flatMap((token) =>
    ["bid", "bid_size", "ask", "ask_size"].map((field) => `${token}_${field}`)
  )
]

const topOf = (row: CsvRow, token: "up" | "down"): Top => ({
  bid: bestOf(row.priceOrEmpty(`${token}_bid`), row.sharesOrEmpty(`${token}_bid_size`)),
  ask: bestOf(row.priceOrEmpty(`${token}_ask`), row.sharesOrEmpty(`${token}_ask_size`))
})

/** The two books carry the venue's own stamps: the newer one is the market, for each is the other's mirror. */
const newerTop = (row: CsvRow, defects: Defects): Top => {
  const up = topOf(row, "up")
  const down = topOf(row, "down")
  const joined = joinTops(up, down, defects)
  const upMs = row.int("up_book_ts")
  const downMs = row.int("down_book_ts")
  if (upMs === downMs) return joined
  return upMs > downMs ? up : mirrorTop(down)
}

const ladderOf = (best: Best | undefined) =>
  best === undefined ? [] : [[best.priceTicks, best.sizeMicroShares] as const]

const quoteOf = (row: CsvRow, defects: Defects): Quote => {
  const top = newerTop(row, defects)
  const bids = ladderOf(top.bid)
  const asks = ladderOf(top.ask)
  if (isOffTick(bids) || isOffTick(asks)) defects.add("offTickRows")
  return {
    atMs: row.secondsAsMs("recorded_at_ts"),
    bids: onTick("bids", bids),
    asks: onTick("asks", asks)
  }
}

const tokenIn = (row: CsvRow, column: string): TokenId =>
  /^\d{1,78}$/.test(row.text(column))
    ? TokenId.make(row.text(column))
    : row.refuse(column, "a token id, a number of up to 78 digits")

/** Reads the tables (unpacked). Throws `RecordingError`. */
export const readFrederick = (tables: ReadonlyArray<FileContent>): SourceRows => {
  const defects = makeDefects()
  const windows = new Map<string, { quotes: Array<Quote>; tokens: NonNullable<SourceWindow["tokens"]> }>()
  let rowsRead = 0
  for (const file of tables) {
    for (const row of csvRows(file.path, file.content, COLUMNS, "a frederick order book table")) {
      rowsRead += 1
      const slug = row.text("market_slug")
      const quote = quoteOf(row, defects)
      const known = windows.get(slug)
      if (known === undefined) {
        const tokens = { up: tokenIn(row, "up_token_id"), down: tokenIn(row, "down_token_id") }
        windows.set(slug, { quotes: [quote], tokens })
      } else known.quotes.push(quote)
    }
  }
  return {
    importedFrom: tables.map((file) => file.path),
    windows: [...windows].map(([slug, { quotes, tokens }]) => ({
      slug,
      quotes: () => quotes,
      rows: quotes.length,
      prints: [],
      tokens
    })),
    rowsRead,
    defects
  }
}
