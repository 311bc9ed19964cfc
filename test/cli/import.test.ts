import { Command } from "@effect/cli"
import { FileSystem } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { gunzipSync, gzipSync } from "node:zlib"
import { importCommand } from "../../src/cli/import.ts"
import {
  BORISZ42_HEADER,
  START_MS,
  WINDOWS_HEADER,
  layer,
  poll,
  scratch,
  table,
  windowRow
} from "../recordings/helpers.ts"

const run = (args: ReadonlyArray<string>) =>
  Command.run(importCommand, { name: "tradewind", version: "0" })(["node", "tradewind", ...args])

const day = (rows: ReadonlyArray<string>) => table(BORISZ42_HEADER, rows)
const POLLS = [poll(1, [0.5, 0.52], [0.48, 0.5])]
const WINDOWS = table(WINDOWS_HEADER, [windowRow("borisz42-mit", 900, START_MS, "Up")])
const good = { "windows.csv.gz": WINDOWS, "data/market_data_1.csv.gz": day(POLLS) }

/** Runs a failing import: its message, and what is in the output's folder afterwards. */
const refusal = (
  files: Readonly<Record<string, Uint8Array | string>>,
  args: (at: (name: string) => string) => ReadonlyArray<string>
) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const { at, folder } = yield* scratch({ ...files, "out/keep": "kept" })
    const error = yield* Effect.flip(run(args(at)))
    expect(error._tag).toBe("RecordingError")
    expect(yield* fs.readDirectory(at("out"))).toEqual(["keep"])
    expect(yield* fs.readFileString(at("out/keep"))).toBe("kept")
    return "message" in error ? String(error.message).replaceAll(folder, "HERE") : ""
  })

const standard = (at: (name: string) => string) => ["borisz42", at("data"), at("out/day.gz")]

describe("import", () => {
  it.scoped("import – writes a recording, the same bytes each time, and replaces one only when told", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const { at } = yield* scratch(good)
      const args = ["borisz42", at("data/market_data_1.csv.gz"), at("day.gz")]
      yield* run(args)
      const first = yield* fs.readFile(at("day.gz"))
      expect(gunzipSync(first).toString()).toContain('"kind":"end"')
      const again = yield* Effect.flip(run(args))
      expect(again).toMatchObject({ _tag: "RecordingError", message: expect.stringContaining("--overwrite") })
      yield* run(["--overwrite", ...args])
      expect(yield* fs.readFile(at("day.gz"))).toEqual(first)
      expect((yield* fs.readDirectory(at("."))).toSorted()).toEqual(["data", "day.gz", "windows.csv.gz"])
    }).pipe(Effect.provide(layer))
  )

  const cut = day(Array.from({ length: 50 }, (_, index) => poll(index, [0.5, 0.52], [0.48, 0.5])))
  const cases: ReadonlyArray<readonly [string, Readonly<Record<string, Uint8Array | string>>, RegExp]> = [
    ["no input", { "windows.csv.gz": WINDOWS }, /^HERE\/data: cannot read the input: no such file/],
    ["folder without files", { ...good, "data/market_data_1.csv.gz": "", "data/x": "" }, /the file is empty/],
    [
      "not gzip",
      { ...good, "data/market_data_1.csv.gz": "Timestamp" },
      /market_data_1.csv.gz: not a gzip file/
    ],
    [
      "cut short",
      { ...good, "data/market_data_1.csv.gz": cut.subarray(0, cut.length - 20) },
      /market_data_1.csv.gz: the gzip data is cut short/
    ],
    [
      "another table",
      { ...good, "data/market_data_1.csv.gz": gzipSync("a,b\n1,2\n") },
      /line 1: this is not a borisz42 market_data table: the header has no column Timestamp/
    ],
    [
      "price above 1",
      { ...good, "data/market_data_1.csv.gz": day([poll(1, [0.5, 1.52], [0.48, 0.5])]) },
      /line 2, field UpAsk: "1.52" is not a price from 0 to 1/
    ],
    [
      "not a number",
      { ...good, "data/market_data_1.csv.gz": day([...POLLS, poll(1, [Number.NaN, 0.5], [0.48, 0.5])]) },
      /line 3, field UpBid: "NaN" is not a price/
    ],
    [
      "row cut off",
      { ...good, "data/market_data_1.csv.gz": day(["2025-12-26 12:00:01,2025"]) },
      /line 2: the row has 2 fields, the header 15/
    ],
    [
      "bad time",
      { ...good, "data/market_data_1.csv.gz": day([POLLS.join("").replace("2025-12-26", "26.12.2025")]) },
      /field Timestamp: "26.12.2025 12:00:01" is not a UTC time/
    ],
    [
      "no table of windows",
      { "data/market_data_1.csv.gz": day(POLLS) },
      /no windows.csv.gz .* --windows FILE/
    ],
    [
      "no outcome known",
      {
        ...good,
        "windows.csv.gz": table(WINDOWS_HEADER, [windowRow("borisz42-mit", 900, START_MS, "")])
      },
      /no window of it has a known outcome/
    ],
    [
      "bad table of windows",
      {
        ...good,
        "windows.csv.gz": table(WINDOWS_HEADER, [windowRow("borisz42-mit", 900, START_MS, "Maybe")])
      },
      /windows.csv.gz, line 2, field outcome: "Maybe" is not Up, Down or blank/
    ]
  ]
  for (const [name, files, expected] of cases) {
    it.scoped(`import – ${name}: one message, nothing left behind`, () =>
      Effect.gen(function* () {
        expect(yield* refusal(files, standard)).toMatch(expected)
      }).pipe(Effect.provide(layer))
    )
  }

  it.scoped("import – output that cannot be written, folder as output, no main file: one message each", () =>
    Effect.gen(function* () {
      const nowhere = yield* refusal(good, (at) => ["borisz42", at("data"), at("none/day.gz")])
      expect(nowhere).toMatch(/^HERE\/none\/day.gz: cannot write: no such file/)
      const folder = yield* refusal(good, (at) => ["borisz42", at("data"), at("out")])
      expect(folder).toMatch(/^HERE\/out: the output is a folder/)
      const wrong = yield* refusal(good, (at) => ["frederick", at("data"), at("out/day.gz")])
      expect(wrong).toMatch(/^HERE\/data: the folder has no btc_orderbook/)
    }).pipe(Effect.provide(layer))
  )
})
