/** Raw market-channel `book` frames of a Down token, as JSON lines: polymarket.md §5.1, best last on both sides. */
import { Either, Option, ParseResult, Predicate, Schema } from "effect"
import { parsePrice, parseShares } from "../domain/decimal.ts"
import { type MicroShares, type PriceTicks, complement } from "../domain/money.ts"
import { countLines, linesOf } from "./csv.ts"
import type { Defects } from "./defects.ts"
import { recordingError } from "./error.ts"
import { unpack } from "./files.ts"
import type { Ladder, RecordedLevel } from "./format.ts"
import { type BookSide, isOffTick, onTick } from "./ladder.ts"
import type { FileContent, Quote } from "./source.ts"

interface WireLevel {
  readonly price: string
  readonly size: string
}

const isWireLevel = (level: unknown): level is WireLevel =>
  Predicate.hasProperty(level, "price") &&
  typeof level.price === "string" &&
  Predicate.hasProperty(level, "size") &&
  typeof level.size === "string"

/** One check for a whole side: a frame has a hundred levels, and a schema of each would take minutes over a collection. */
const WireLevels = Schema.declare(
  (value): value is ReadonlyArray<WireLevel> => Array.isArray(value) && value.every(isWireLevel),
  { identifier: "a list of levels with price and size as text" }
)
const Frame = Schema.Struct({
  recv_ms: Schema.Int,
  msg: Schema.Struct({ timestamp: Schema.NumberFromString, bids: WireLevels, asks: WireLevels })
})
const decodeFrame = Schema.decodeUnknownEither(Schema.parseJson(Frame))

/** Parsed texts by their text: the same prices and sizes come up again and again. Forgotten when it has grown large. */
const remembering = <A>(parse: (text: string) => Option.Option<A>): ((text: string) => Option.Option<A>) => {
  const known = new Map<string, Option.Option<A>>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    if (known.size >= MAX_REMEMBERED) known.clear()
    const parsed = parse(text)
    known.set(text, parsed)
    return parsed
  }
}
const MAX_REMEMBERED = 50_000

interface Parsers {
  /** A Down price, as the Up price it mirrors. */
  readonly price: (text: string) => Option.Option<PriceTicks>
  readonly size: (text: string) => Option.Option<MicroShares>
}

/** The Up token's levels, best first, from the Down token's opposite side, best last. */
const mirrored = (
  levels: ReadonlyArray<WireLevel>,
  parse: Parsers,
  refuse: (text: string) => never
): Ladder => {
  const ladder: Array<RecordedLevel> = []
  for (const level of levels.toReversed()) {
    const price = Option.getOrElse(parse.price(level.price), () => refuse(`price "${level.price}"`))
    const size = Option.getOrElse(parse.size(level.size), () => refuse(`size "${level.size}"`))
    if (size > 0) ladder.push([price, size])
  }
  return ladder
}

const sideOf = (side: BookSide, ladder: Ladder, defects: { offTick: boolean }): Ladder => {
  if (isOffTick(ladder)) defects.offTick = true
  return onTick(side, ladder)
}

/** The frames of one file: how many there are, and their books, read at each call. Throws `RecordingError`. */
export const depthQuotes = (
  file: FileContent,
  defects: Defects
): { readonly rows: number; readonly quotes: () => Iterable<Quote> } => {
  const quotes = function* (): Generator<Quote> {
    let lastStampMs = 0
    const parse = {
      price: remembering((price) => Option.map(parsePrice(price), complement)),
      size: remembering(parseShares)
    }
    for (const [line, text] of linesOf(unpack(file.path, file.content))) {
      const frame = Either.getOrElse(decodeFrame(text), (error) => {
        const issue = ParseResult.ArrayFormatter.formatErrorSync(error)[0]
        throw recordingError({
          path: file.path,
          line,
          field: issue?.path.join(".") || "frame",
          problem: issue?.message ?? "not a book frame"
        })
      })
      if (frame.msg.timestamp < lastStampMs) {
        defects.add("lateRows")
        continue
      }
      lastStampMs = frame.msg.timestamp
      const refuse = (what: string): never => {
        throw recordingError({ path: file.path, line, problem: `${what} is not a plain decimal in range` })
      }
      const flags = { offTick: false }
      const bids = sideOf("bids", mirrored(frame.msg.asks, parse, refuse), flags)
      const asks = sideOf("asks", mirrored(frame.msg.bids, parse, refuse), flags)
      if (flags.offTick) defects.add("offTickRows")
      yield { atMs: frame.recv_ms, bids, asks }
    }
  }
  return { rows: countLines(unpack(file.path, file.content)), quotes }
}
