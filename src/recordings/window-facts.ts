/** What is known of recorded windows from the collection's `windows.csv.gz`: the outcome, coverage, opening price. */
import { Schema } from "effect"
import { Asset } from "../domain/asset.ts"
import type { SpotPrice } from "../domain/money.ts"
import { INTERVALS, INTERVAL_MS, type Interval, type Outcome } from "../domain/window.ts"
import { type CsvRow, csvRows } from "./csv.ts"
import type { SourceName } from "./format.ts"

export interface WindowFacts {
  readonly slug: string
  readonly asset: Asset
  readonly interval: Interval
  readonly startMs: number
  /** Undefined where the recording stopped before the window was decided. */
  readonly outcome: Outcome | undefined
  readonly outcomeSource: string
  /** Another source's price at the start, near the settlement source's but not it. */
  readonly spotOpen: SpotPrice | undefined
  readonly fullCoverage: boolean
}

const COLUMNS = [
  "dataset",
  "asset",
  "interval_sec",
  "slug",
  "window_start",
  "outcome",
  "outcome_source",
  "spot_open",
  "full_coverage"
]

const DATASETS: Readonly<Record<SourceName, string>> = {
  borisz42: "borisz42-mit",
  cronosvirus00: "cronosvirus00-ccby",
  frederick: "frederick-mit"
}

const isAsset = Schema.is(Asset)

const factsOf = (row: CsvRow): WindowFacts => {
  const asset = row.text("asset")
  const intervalMs = row.int("interval_sec") * 1000
  const interval = INTERVALS.find((known) => INTERVAL_MS[known] === intervalMs)
  const outcome = row.text("outcome")
  const coverage = row.text("full_coverage")
  const startMs = row.int("window_start") * 1000
  if (!isAsset(asset)) return row.refuse("asset", `one of ${Asset.literals.join(", ")}`)
  if (interval === undefined || interval === "1h") return row.refuse("interval_sec", "300 or 900")
  if (startMs % intervalMs !== 0)
    return row.refuse("window_start", `a multiple of ${intervalMs / 1000} seconds`)
  if (outcome !== "" && outcome !== "Up" && outcome !== "Down")
    return row.refuse("outcome", "Up, Down or blank")
  if (coverage !== "0" && coverage !== "1") return row.refuse("full_coverage", "0 or 1")
  return {
    slug: row.text("slug"),
    asset,
    interval,
    startMs,
    outcome: outcome === "" ? undefined : outcome,
    outcomeSource: row.text("outcome_source"),
    spotOpen: row.spotOrEmpty("spot_open"),
    fullCoverage: coverage === "1"
  }
}

/** The facts of one collection's windows by slug. Throws `RecordingError`. */
export const readWindowFacts = (
  path: string,
  content: Uint8Array,
  source: SourceName
): ReadonlyMap<string, WindowFacts> => {
  const facts = new Map<string, WindowFacts>()
  for (const row of csvRows(path, content, COLUMNS, "a table of windows")) {
    if (row.text("dataset") === DATASETS[source]) facts.set(row.text("slug"), factsOf(row))
  }
  return facts
}
