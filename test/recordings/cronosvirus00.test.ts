import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { gzipSync } from "node:zlib"
import { WINDOWS_HEADER, imported, layer, table, windowRow } from "./helpers.ts"

const START_MS = Date.UTC(2026, 3, 13, 12, 5)
const START_S = START_MS / 1000
const HEADER =
  "window_start,recv_ms,ts_ms,token,best_bid,best_bid_size,best_ask,best_ask_size,bid_levels,ask_levels"
const frame = (
  atS: number,
  quote: string,
  options: { readonly token?: string; readonly stampS?: number } = {}
) =>
  [
    START_S,
    START_MS + atS * 1000,
    START_MS + (options.stampS ?? atS) * 1000,
    options.token ?? "down",
    quote,
    "1,1"
  ].join(",")

const windows = table(WINDOWS_HEADER, [windowRow("cronosvirus00-ccby", 300, START_MS, "Up")])
const files = (rows: ReadonlyArray<string>) => ({
  "windows.csv.gz": windows,
  "data/btc5m_bbo_1.csv.gz": table(HEADER, rows)
})
const booksOf = (lines: ReadonlyArray<Record<string, unknown>>) =>
  lines.filter(({ kind }) => kind === "book").map(({ asks, bids }) => [bids, asks])

describe("import cronosvirus00", () => {
  it.scoped("recorded Down token – is mirrored to the Up view, blank is an empty side", () =>
    Effect.gen(function* () {
      const { header, lines } = yield* imported(
        "cronosvirus00",
        files([
          frame(1, "0.49,1355.05,0.5,685.03"),
          frame(2, ",,0.01,20"),
          frame(3, "0.2,10,0.3,10", { token: "other" }),
          frame(4, "0.2,10,0.3,10", { stampS: 1 }),
          frame(300, "0.2,10,0.3,10")
        ]),
        "data"
      )
      expect(booksOf(lines).slice(0, 2)).toEqual([
        [[[5000, 685_030_000]], [[5100, 1_355_050_000]]],
        [[[9900, 20_000_000]], []]
      ])
      expect(header.defects).toMatchObject({ otherTokenRows: 1, lateRows: 1, rowsAfterEnd: 1, emptySides: 1 })
    }).pipe(Effect.provide(layer))
  )

  it.scoped("full depth – takes the place of the tops of its window, best last on the wire", () =>
    Effect.gen(function* () {
      const msg = {
        timestamp: String(START_MS + 1000),
        bids: [
          { price: "0.01", size: "7" },
          { price: "0.48", size: "5.5" },
          { price: "0.485", size: "2" }
        ],
        asks: [
          { price: "0.99", size: "1" },
          { price: "0.5", size: "3" }
        ]
      }
      const lines = [
        { recv_ms: START_MS + 1000, msg },
        {
          recv_ms: START_MS + 2000,
          msg: { ...msg, asks: [...msg.asks.slice(0, 1), { price: "0.49", size: "4" }] }
        }
      ].map((line) => JSON.stringify(line))
      const result = yield* imported(
        "cronosvirus00",
        {
          ...files([frame(1, "0.48,5.5,0.5,3")]),
          [`data/l2/btc-updown-5m-${START_S}.down.jsonl.gz`]: gzipSync(`${lines.join("\n")}\n`)
        },
        "data"
      )
      expect(booksOf(result.lines)[0]).toEqual([
        [
          [5000, 3_000_000],
          [100, 1_000_000]
        ],
        [
          [5200, 7_500_000],
          [9900, 7_000_000]
        ]
      ])
      expect(result.lines.find(({ kind }) => kind === "bookChange")).toBeUndefined()
      expect(result.header.defects).toMatchObject({ rowsReplacedByDepth: 1, offTickRows: 2 })
      expect(result.header.rowsRead).toBe(3)
    }).pipe(Effect.provide(layer))
  )

  it.scoped(
    "--spot – gives closes when they became known, an hour of history first, and nothing in between",
    () =>
      Effect.gen(function* () {
        const minute = (offset: number) => START_S + offset * 60
        const candles = [-62, -61, -1, 0, 4, 9].map((at) => `${minute(at)},${70_000 + at}`)
        const { lines } = yield* imported(
          "cronosvirus00",
          {
            ...files([frame(0, "0.49,10,0.5,10")]),
            "candles.csv.gz": table("open_time_s,close", candles)
          },
          "data",
          "candles.csv.gz"
        )
        const spot = lines.filter(({ kind }) => kind === "spot")
        expect(spot.map(({ atMs, observedAtMs, price }) => [atMs, observedAtMs, price])).toEqual([
          [START_MS, START_MS - 3_600_000, 69_939 * 1e8],
          [START_MS, START_MS, 69_999 * 1e8],
          [START_MS + 60_000, START_MS + 60_000, 70_000 * 1e8],
          [START_MS + 300_000, START_MS + 300_000, 70_004 * 1e8]
        ])
      }).pipe(Effect.provide(layer))
  )
})
