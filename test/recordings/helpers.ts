/** Small tables made up for tests, and the plumbing to import and read them. */
import { FileSystem, Path } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Effect } from "effect"
import { gunzipSync, gzipSync } from "node:zlib"
import type { SourceName } from "../../src/recordings/format.ts"
import { importRecording } from "../../src/recordings/import.ts"
import { openRecording } from "../../src/recordings/recording.ts"

export const layer = NodeContext.layer

/** 2025-12-26 12:00:00 UTC, a quarter-hour's start. */
export const START_MS = Date.UTC(2025, 11, 26, 12)
export const WINDOW_15M = `btc-updown-15m-${START_MS / 1000}`

export const table = (header: string, rows: ReadonlyArray<string>): Uint8Array =>
  gzipSync([header, ...rows, ""].join("\n"))

const utc = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replace("T", " ")

export const BORISZ42_HEADER =
  "Timestamp,TargetTime,Expiration,UpBid,UpAsk,UpMid,UpSpread,UpBidLiquidity,UpAskLiquidity,DownBid,DownAsk,DownMid,DownSpread,DownBidLiquidity,DownAskLiquidity"

/** One poll, `atS` seconds into the window that begins `windowOffset` quarter-hours after the first. */
export const poll = (
  atS: number,
  up: readonly [number, number],
  down: readonly [number, number],
  options: { readonly windowOffset?: number; readonly liquidity?: number } = {}
): string => {
  const startMs = START_MS + (options.windowOffset ?? 0) * 900_000
  const size = (price: number): number => (price === 0 ? 0 : (options.liquidity ?? 500))
  const token = ([bid, ask]: readonly [number, number]) => [bid, ask, 0, 0, size(bid), size(ask)]
  const times = [startMs + atS * 1000, startMs, startMs + 900_000].map(utc)
  return [...times, ...token(up), ...token(down)].join(",")
}

export const fill = (atS: number, outcome: string, quantity: string, price: string): string =>
  [utc(START_MS + atS * 1000), outcome, quantity, price, utc(START_MS), utc(START_MS + 900_000)].join(",")
export const FILL_HEADER = "timestamp,trade_side,quantity,price,TargetTime,ExpirationTime"

export const WINDOWS_HEADER =
  "dataset,asset,interval_sec,slug,window_start,outcome,outcome_source,spot_open,full_coverage"

/** A row of the table of windows. */
export const windowRow = (
  dataset: string,
  intervalS: number,
  startMs: number,
  outcome: string,
  options: { readonly spotOpen?: string; readonly full?: 0 | 1 } = {}
): string => {
  const slug = `btc-updown-${intervalS / 60}m-${startMs / 1000}`
  const open = options.spotOpen ?? "88000.5"
  return [dataset, "BTC", intervalS, slug, startMs / 1000, outcome, "test", open, options.full ?? 1].join(",")
}

/** Writes files (name → content) to a scratch folder that goes away with the scope. */
export const scratch = (files: Readonly<Record<string, Uint8Array | string>>) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const folder = yield* fs.makeTempDirectoryScoped()
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(folder, name)
      yield* fs.makeDirectory(path.dirname(file), { recursive: true })
      yield* fs.writeFile(file, typeof content === "string" ? Buffer.from(content) : content)
    }
    return { folder, at: (name: string) => path.join(folder, name) }
  })

/** Imports a scratch folder's files and opens the result. */
export const imported = (
  source: SourceName,
  files: Readonly<Record<string, Uint8Array | string>>,
  input: string,
  spot?: string
) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const { at, folder } = yield* scratch(files)
    const output = at("out.jsonl.gz")
    const result = yield* importRecording({
      source,
      input: at(input),
      output,
      windows: undefined,
      spot: spot === undefined ? undefined : at(spot),
      overwrite: false
    })
    const recording = yield* openRecording(output)
    const lines = gunzipSync(yield* fs.readFile(output))
      .toString()
      .trimEnd()
      .split("\n")
      .slice(1, -1)
      .map((line): Record<string, unknown> => JSON.parse(line))
    return { ...result, recording, lines, folder, output }
  })

/** Imports polls of the first window (and perhaps more) whose outcome is Up. */
export const importedPolls = (polls: ReadonlyArray<string>, fills?: ReadonlyArray<string>) =>
  imported(
    "borisz42",
    {
      "windows.csv.gz": table(WINDOWS_HEADER, [
        windowRow("borisz42-mit", 900, START_MS, "Up"),
        windowRow("borisz42-mit", 900, START_MS + 900_000, "Down", { full: 0 })
      ]),
      "data/market_data_1.csv.gz": table(BORISZ42_HEADER, polls),
      ...(fills === undefined ? {} : { "data/user_data_1.csv.gz": table(FILL_HEADER, fills) })
    },
    "data"
  )
