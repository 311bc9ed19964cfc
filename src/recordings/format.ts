/** The recording format, version 1: docs/recordings.md. One header line, events in time order, one footer line. */
import { Schema } from "effect"
import { Asset } from "../domain/asset.ts"
import { FeeSchedule } from "../domain/fees.ts"
import { MicroShares, PriceTicks, SpotPrice, TICKS_PER_USD } from "../domain/money.ts"
import { Side } from "../domain/order.ts"
import { ConditionId, Interval, Outcome, TokenId, WindowSlug } from "../domain/window.ts"

export const FORMAT = "tradewind-recording"
export const VERSION = 1

/** The collections the importers know. */
export const SourceName = Schema.Literal("borisz42", "cronosvirus00", "frederick")
export type SourceName = typeof SourceName.Type

const Count = Schema.Int.pipe(Schema.nonNegative())
/** Unix milliseconds. */
const AtMs = Count

/** `[price in 0.0001 dollars, size in millionths of a share]`. */
export type RecordedLevel = readonly [PriceTicks, MicroShares]
export type Ladder = ReadonlyArray<RecordedLevel>

const isRecordedLevel = (level: unknown): level is RecordedLevel =>
  Array.isArray(level) &&
  level.length === 2 &&
  Number.isInteger(level[0]) &&
  level[0] >= 0 &&
  level[0] <= TICKS_PER_USD &&
  Number.isSafeInteger(level[1]) &&
  level[1] >= 0

/** One check for a whole side: recordings hold millions of levels, and a schema of each costs ten times as much. */
const RecordedLadder = Schema.declare(
  (value): value is Ladder => Array.isArray(value) && value.every(isRecordedLevel),
  { identifier: "levels [price in ticks from 0 to 10000, size in millionths of a share]" }
)

const RecordedMarket = Schema.Struct({
  asset: Asset,
  interval: Interval,
  startMs: AtMs,
  endMs: AtMs,
  conditionId: ConditionId,
  upTokenId: TokenId,
  downTokenId: TokenId,
  tickSizeTicks: PriceTicks,
  minSizeMicroShares: MicroShares,
  fees: FeeSchedule,
  /** Null on markets older than the averaged rule. */
  settlementConfig: Schema.NullOr(
    Schema.Struct({ twapEnabled: Schema.Boolean, twapLookbackSeconds: Schema.Int })
  ),
  takerHoldMs: Count
})

const Listed = Schema.Struct({
  kind: Schema.Literal("listed"),
  atMs: AtMs,
  window: WindowSlug,
  market: RecordedMarket
})
const Spot = Schema.Struct({
  kind: Schema.Literal("spot"),
  atMs: AtMs,
  asset: Asset,
  price: SpotPrice,
  observedAtMs: AtMs
})
const PriceToBeat = Schema.Struct({
  kind: Schema.Literal("priceToBeat"),
  atMs: AtMs,
  window: WindowSlug,
  price: SpotPrice
})
const ladders = {
  atMs: AtMs,
  window: WindowSlug,
  bids: RecordedLadder,
  asks: RecordedLadder
}
const Book = Schema.Struct({ kind: Schema.Literal("book"), ...ladders })
/** Levels that differ from the window's last book; size 0 takes a level away. */
const BookChange = Schema.Struct({ kind: Schema.Literal("bookChange"), ...ladders })
const Taker = Schema.Struct({
  kind: Schema.Literal("taker"),
  atMs: AtMs,
  window: WindowSlug,
  side: Side,
  priceTicks: PriceTicks,
  sizeMicroShares: MicroShares
})
const Closed = Schema.Struct({ kind: Schema.Literal("closed"), atMs: AtMs, window: WindowSlug })
const Resolved = Schema.Struct({
  kind: Schema.Literal("resolved"),
  atMs: AtMs,
  window: WindowSlug,
  outcome: Outcome,
  /** Where the outcome is known from, in words. */
  outcomeSource: Schema.String,
  /** The settlement source's own values; null where they were not recorded. */
  openPrice: Schema.NullOr(SpotPrice),
  closePrice: Schema.NullOr(SpotPrice)
})

/** One event line. */
export const EventLine = Schema.Union(Listed, Spot, PriceToBeat, Book, BookChange, Taker, Closed, Resolved)
export type EventLine = typeof EventLine.Type

/** What is known of a window that is in the recording. */
const WindowNote = Schema.Struct({
  window: WindowSlug,
  /** Recorded from open to close without a gap, and its outcome known. */
  complete: Schema.Boolean,
  books: Count,
  /** Stretches inside the window without a book. */
  gaps: Schema.Array(Schema.Struct({ fromMs: AtMs, toMs: AtMs }))
})

/** The first line: where the recording comes from and what was wrong with it. */
export const Header = Schema.Struct({
  format: Schema.Literal(FORMAT),
  version: Schema.Literal(VERSION),
  source: SourceName,
  /** Names of the files it was made from, without folders. */
  importedFrom: Schema.Array(Schema.String),
  windowFactsFrom: Schema.String,
  spotFrom: Schema.NullOr(Schema.String),
  rowsRead: Count,
  firstAtMs: AtMs,
  lastAtMs: AtMs,
  windows: Schema.Array(WindowNote),
  leftOut: Schema.Array(Schema.Struct({ window: WindowSlug, reason: Schema.String })),
  /** Counts by the names in docs/recordings.md. */
  defects: Schema.Record({ key: Schema.String, value: Count })
})
export type Header = typeof Header.Type

/** The last line: a file without it was cut short. */
export const Footer = Schema.Struct({
  kind: Schema.Literal("end"),
  events: Count,
  byKind: Schema.Record({ key: Schema.String, value: Count })
})
export type Footer = typeof Footer.Type
