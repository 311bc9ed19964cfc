/** Borisz42/PolymarketAnalyst: BTC 15m, both tokens' best prices polled once a second; one trader's fills beside them. */
import { Either, Option } from "effect"
import { parseScaled } from "../domain/decimal.ts"
import { MICROS, TICKS_PER_USD, microShares, priceTicks } from "../domain/money.ts"
import { slugOf } from "./era.ts"
import { type CsvRow, csvRows } from "./csv.ts"
import { type Defects, makeDefects } from "./defects.ts"
import { TICK_SIZE_TICKS, isOffTick, onTick, spread } from "./ladder.ts"
import type { FileContent, Print, Quote, SourceRows, SourceWindow } from "./source.ts"
import { bestOf, joinTops } from "./tops.ts"

const MARKET_COLUMNS = [
  "Timestamp",
  "TargetTime",
  "Expiration",
  ...["Up", "Down"].flatMap((token) =>
    ["Bid", "Ask", "BidLiquidity", "AskLiquidity"].map((field) => `${token}${field}`)
  )
]
const FILL_COLUMNS = ["timestamp", "trade_side", "quantity", "price", "TargetTime"]

const topOf = (row: CsvRow, token: "Up" | "Down") => ({
  bid: bestOf(row.priceOrEmpty(`${token}Bid`), row.sharesOrEmpty(`${token}BidLiquidity`)),
  ask: bestOf(row.priceOrEmpty(`${token}Ask`), row.sharesOrEmpty(`${token}AskLiquidity`))
})

const quoteOf = (row: CsvRow, defects: Defects): Quote => {
  const { ask, bid } = joinTops(topOf(row, "Up"), topOf(row, "Down"), defects)
  const bids = bid === undefined ? [] : spread("bids", bid.priceTicks, bid.sizeMicroShares)
  const asks = ask === undefined ? [] : spread("asks", ask.priceTicks, ask.sizeMicroShares)
  if (isOffTick(bids) || isOffTick(asks)) defects.add("offTickRows")
  return { atMs: row.utcMs("Timestamp"), bids: onTick("bids", bids), asks: onTick("asks", asks) }
}

const windowSlug = (row: CsvRow): string => slugOf("BTC", "15m", row.utcMs("TargetTime"))

/** Cuts digits beyond what `scale` holds: the source's division leaves 14 and more of them. */
const parseCut = (text: string, scale: number): Option.Option<number> =>
  parseScaled(text.replace(new RegExp(`(\\.\\d{${Math.round(Math.log10(scale))}})\\d+$`), "$1"), scale)

/** Finer than ticks, so that 0.3199999 can be told from a price between ticks. */
const FINE_PER_TICK = 100

/**
 * A fill as the taker it was: buying Down at p takes an Up bid at 1 − p. Prices are a quotient of dollars and shares, so
 * they are first rounded to $0.0001 and then to the tick that reaches fewer resting orders.
 */
const printOf = (row: CsvRow, defects: Defects): Either.Either<Print, void> => {
  const outcome = row.text("trade_side")
  if (outcome !== "Up" && outcome !== "Down") return row.refuse("trade_side", "Up or Down")
  const size = Option.getOrElse(parseCut(row.text("quantity"), MICROS), () =>
    row.refuse("quantity", "a number of shares")
  )
  const fine = Option.getOrElse(parseCut(row.text("price"), TICKS_PER_USD * FINE_PER_TICK), () =>
    row.refuse("price", "a price in dollars")
  )
  const tokenTicks = Math.round(fine / FINE_PER_TICK)
  const upTicks = outcome === "Up" ? tokenTicks : TICKS_PER_USD - tokenTicks
  const step = outcome === "Up" ? Math.floor(upTicks / TICK_SIZE_TICKS) : Math.ceil(upTicks / TICK_SIZE_TICKS)
  const ticks = step * TICK_SIZE_TICKS
  if (size <= 0 || ticks <= 0 || ticks >= TICKS_PER_USD) return Either.left(undefined)
  if (ticks !== upTicks) defects.add("takersOffTick")
  return Either.right({
    atMs: row.utcMs("timestamp"),
    side: outcome === "Up" ? "BUY" : "SELL",
    priceTicks: priceTicks(ticks),
    sizeMicroShares: microShares(size)
  })
}

const printsBySlug = (fills: ReadonlyArray<FileContent>, defects: Defects): Map<string, Array<Print>> => {
  const bySlug = new Map<string, Array<Print>>()
  for (const file of fills) {
    for (const row of csvRows(file.path, file.content, FILL_COLUMNS, "a borisz42 user_data table")) {
      const print = printOf(row, defects)
      if (Either.isLeft(print)) {
        defects.add("takersUnusable")
        continue
      }
      const slug = windowSlug(row)
      const prints = bySlug.get(slug)
      if (prints === undefined) bySlug.set(slug, [print.right])
      else prints.push(print.right)
    }
  }
  return bySlug
}

/** Reads the polls and, where given, the fills (unpacked tables). Throws `RecordingError`. */
export const readBorisz42 = (
  polls: ReadonlyArray<FileContent>,
  fills: ReadonlyArray<FileContent>
): SourceRows => {
  const defects = makeDefects()
  const quotes = new Map<string, Array<Quote>>()
  let rowsRead = 0
  for (const file of polls) {
    for (const row of csvRows(file.path, file.content, MARKET_COLUMNS, "a borisz42 market_data table")) {
      rowsRead += 1
      const slug = windowSlug(row)
      const quote = quoteOf(row, defects)
      const known = quotes.get(slug)
      if (known === undefined) quotes.set(slug, [quote])
      else known.push(quote)
    }
  }
  const prints = printsBySlug(fills, defects)
  const windows = [...quotes].map(
    ([slug, rows]): SourceWindow => ({
      slug,
      quotes: () => rows,
      rows: rows.length,
      prints: prints.get(slug) ?? [],
      tokens: undefined
    })
  )
  const takersElsewhere = [...prints].filter(([slug]) => !quotes.has(slug))
  defects.add(
    "takersOutside",
    takersElsewhere.reduce((sum, [, list]) => sum + list.length, 0)
  )
  return { importedFrom: [...polls, ...fills].map((file) => file.path), windows, rowsRead, defects }
}
