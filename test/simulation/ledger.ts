/** The run's result worked out a second time, from nothing but the rows of the journal and the market itself. */
import { microShares, notionalUsd, priceTicks } from "../../src/domain/money.ts"
import type { Outcome, WindowSlug } from "../../src/domain/window.ts"
import type { MarketSource } from "../../src/paper-exchange/market-source.ts"
import { type Row, type Tables, rowsOf } from "./journal.ts"

const number = (row: Row, column: string): number => Number(row[column])

/** What a fill moved, its fee included: negative where it was paid. */
const flowOf = (fill: Row): number => {
  const isBuy = fill["side"] === "BUY"
  const price = priceTicks(number(fill, "price_ticks"))
  const size = microShares(number(fill, "size_micro_shares"))
  const value = notionalUsd(price, size, isBuy ? "up" : "down")
  return (isBuy ? -value : value) - number(fill, "fee_micro_usd")
}

/** Shares of the winning token that the fills of a settled window leave are paid $1 each. */
const payoutOf = (tables: Tables, settlement: Row): number => {
  const window = rowsOf(tables, "windows").find(({ slug }) => slug === settlement["slug"])
  const winner = settlement["outcome"] === "Up" ? window?.["up_token_id"] : window?.["down_token_id"]
  return rowsOf(tables, "fills")
    .filter((fill) => fill["token_id"] === winner)
    .reduce((sum, fill) => sum + (fill["side"] === "BUY" ? 1 : -1) * number(fill, "size_micro_shares"), 0)
}

/** Cash after every fill and every settlement of the journal. */
export const cashByFills = (tables: Tables, startCash: number): number =>
  startCash +
  rowsOf(tables, "fills").reduce((sum, fill) => sum + flowOf(fill), 0) +
  rowsOf(tables, "settlements").reduce((sum, settlement) => sum + payoutOf(tables, settlement), 0)

/** Cash by the stored positions: start + realized − fees − cost of what is held. */
export const cashByPositions = (tables: Tables, startCash: number): number =>
  rowsOf(tables, "positions").reduce(
    (sum, row) =>
      sum +
      number(row, "realized_pnl_micro_usd") -
      number(row, "fees_micro_usd") -
      number(row, "cost_micro_usd"),
    startCash
  )

/** How the windows of a market end, asked of a second market of the same seed that nobody trades on. */
export const outcomesUntil = (market: MarketSource, untilMs: number): ReadonlyMap<WindowSlug, Outcome> => {
  const outcomes = new Map<WindowSlug, Outcome>()
  for (let atMs = market.nextAtMs(); atMs !== undefined && atMs <= untilMs; atMs = market.nextAtMs()) {
    for (const event of market.take()) {
      if (event._tag === "Resolved") outcomes.set(event.resolution.slug, event.resolution.outcome)
    }
  }
  return outcomes
}
