/** Reads event lines one after the other and says what happened; the state it keeps is small. */
import { Either, Option, ParseResult, Schema } from "effect"
import type { Level } from "../domain/book.ts"
import type { WindowSlug } from "../domain/window.ts"
import type { MarketEvent } from "../paper-exchange/market-source.ts"
import type { VenueMarket } from "../ports/venue.ts"
import { recordingError } from "./error.ts"
import { EventLine, type Ladder } from "./format.ts"
import { type BookSide, applyChanges, isBestFirst, isCrossed } from "./ladder.ts"

const decodeLine = Schema.decodeUnknownEither(EventLine)

interface WindowState {
  readonly market: VenueMarket
  /** Undefined before the first book. */
  book: { readonly bids: Ladder; readonly asks: Ladder } | undefined
}

/** Parses a line as JSON; throws `RecordingError`. */
export const parseJsonLine = (path: string, line: number, text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw recordingError({
      path,
      line,
      problem: `not JSON ("${text.slice(0, 40)}"); the file is damaged, import it again`
    })
  }
}

/** The first thing wrong with a line, as an error that names its field. */
export const decodeProblem = (path: string, line: number, error: ParseResult.ParseError) => {
  const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0]
  const field = issue?.path.join(".") ?? ""
  return recordingError({
    path,
    line,
    ...(field === "" ? {} : { field }),
    problem: issue?.message ?? "not as the format says"
  })
}

const BOOK_SIDES: ReadonlyArray<BookSide> = ["bids", "asks"]

const levelOf = ([priceTicks, sizeMicroShares]: Ladder[number]): Level => ({ priceTicks, sizeMicroShares })

/** One line, checked; its event is made only where somebody wants it. */
export interface Step {
  readonly kind: EventLine["kind"]
  readonly atMs: number
  readonly event: () => MarketEvent
}

/** Takes lines in the file's order. */
export interface Player {
  /** Decodes a line by Schema and checks it against what came before; throws `RecordingError`. */
  readonly step: (line: number, text: string) => Step
}

/** What a player knows so far. */
interface State {
  readonly path: string
  readonly windows: Map<WindowSlug, WindowState>
  latestMs: number
}

const stateOf = ({ path, windows }: State, line: number, slug: WindowSlug): WindowState => {
  const state = windows.get(slug)
  if (state !== undefined) return state
  throw recordingError({ path, line, field: "window", problem: `"${slug}" was not listed before` })
}

type BookEntry = Extract<EventLine, { kind: "book" | "bookChange" }>

const laddersAfter = (path: string, line: number, before: WindowState["book"], entry: BookEntry) => {
  if (entry.kind === "book") return { bids: entry.bids, asks: entry.asks }
  if (before === undefined) {
    throw recordingError({ path, line, problem: "a bookChange before any book of its window" })
  }
  return {
    bids: applyChanges("bids", before.bids, entry.bids),
    asks: applyChanges("asks", before.asks, entry.asks)
  }
}

const bookEvent = (state: State, line: number, entry: BookEntry): (() => MarketEvent) => {
  const { path } = state
  const window = stateOf(state, line, entry.window)
  const book = laddersAfter(path, line, window.book, entry)
  for (const side of BOOK_SIDES) {
    if (!isBestFirst(side, book[side])) {
      throw recordingError({
        path,
        line,
        field: side,
        problem: "levels are not best first, or one is of size 0"
      })
    }
  }
  if (isCrossed(book.bids, book.asks)) {
    throw recordingError({ path, line, field: "bids", problem: "the best bid is at or above the best ask" })
  }
  window.book = book
  return () => ({
    _tag: "Book",
    atMs: entry.atMs,
    conditionId: window.market.conditionId,
    bids: book.bids.map(levelOf),
    asks: book.asks.map(levelOf)
  })
}

const listedEvent = (
  { path, windows }: State,
  line: number,
  entry: Extract<EventLine, { kind: "listed" }>
): MarketEvent => {
  if (windows.has(entry.window)) {
    throw recordingError({ path, line, field: "window", problem: `"${entry.window}" is listed twice` })
  }
  const settlementConfig = entry.market.settlementConfig ?? undefined
  const market: VenueMarket = { ...entry.market, slug: entry.window, settlementConfig }
  windows.set(entry.window, { market, book: undefined })
  return { _tag: "Listed", atMs: entry.atMs, market }
}

const eventOf = (state: State, line: number, entry: EventLine): (() => MarketEvent) => {
  switch (entry.kind) {
    case "book":
    case "bookChange":
      return bookEvent(state, line, entry)
    case "listed": {
      const event = listedEvent(state, line, entry)
      return () => event
    }
    case "spot": {
      const { asset, atMs, observedAtMs, price } = entry
      return () => ({ _tag: "Spot", atMs, asset, price, observedAtMs })
    }
    default: {
      const { market } = stateOf(state, line, entry.window)
      return () => windowEvent(entry, market)
    }
  }
}

export const makePlayer = (path: string): Player => {
  const state: State = { path, windows: new Map(), latestMs: 0 }
  return {
    step: (line, text) => {
      const decoded = decodeLine(parseJsonLine(path, line, text))
      if (Either.isLeft(decoded)) throw decodeProblem(path, line, decoded.left)
      const entry = decoded.right
      if (entry.atMs < state.latestMs) {
        throw recordingError({
          path,
          line,
          field: "atMs",
          problem: `${entry.atMs} is before ${state.latestMs}, the time of an earlier line`
        })
      }
      state.latestMs = entry.atMs
      return { kind: entry.kind, atMs: entry.atMs, event: eventOf(state, line, entry) }
    }
  }
}

type WindowLine = Extract<EventLine, { kind: "priceToBeat" | "taker" | "closed" | "resolved" }>

const windowEvent = (entry: WindowLine, market: VenueMarket): MarketEvent => {
  const { conditionId, slug } = market
  const { atMs } = entry
  switch (entry.kind) {
    case "priceToBeat":
      return { _tag: "PriceToBeat", atMs, conditionId, price: entry.price }
    case "taker": {
      const { priceTicks, side, sizeMicroShares } = entry
      return { _tag: "Taker", atMs, conditionId, side, priceTicks, sizeMicroShares }
    }
    case "closed":
      return { _tag: "Closed", atMs, conditionId }
    case "resolved": {
      const { closePrice, openPrice, outcome } = entry
      const resolution = {
        slug,
        conditionId,
        outcome,
        openPrice: Option.fromNullable(openPrice),
        closePrice: Option.fromNullable(closePrice),
        resolvedAtMs: atMs
      }
      return { _tag: "Resolved", atMs, resolution }
    }
  }
}
