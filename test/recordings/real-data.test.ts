/** The real collections, where they lie beside the project; their rows are never copied into it. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { ROW_FATES } from "../../src/recordings/defects.ts"
import type { SourceName } from "../../src/recordings/format.ts"
import { importRecording } from "../../src/recordings/import.ts"
import { makeRecordedMarket } from "../../src/recordings/recorded-market.ts"
import { openRecording } from "../../src/recordings/recording.ts"
import { layer, scratch } from "./helpers.ts"

const DATA = fileURLToPath(new URL("../../../shared/data", import.meta.url))
const isAbsent = !existsSync(DATA)

const importReal = (source: SourceName, input: string) =>
  Effect.gen(function* () {
    const { at } = yield* scratch({})
    const output = at("out.jsonl.gz")
    const request = { source, input: `${DATA}/${input}`, output, overwrite: false }
    const result = yield* importRecording({ ...request, windows: undefined, spot: undefined })
    const recording = yield* openRecording(output)
    const source_ = yield* makeRecordedMarket(recording)
    const outcomes = new Map<string, string>()
    const lastMidTicks = new Map<string, number>()
    let crossed = 0
    let agree = 0
    while (source_.nextAtMs() !== undefined) {
      for (const event of source_.take()) {
        if (event._tag === "Resolved") {
          const { conditionId, outcome } = event.resolution
          outcomes.set(conditionId, outcome)
          const isHigh = (lastMidTicks.get(conditionId) ?? 5000) > 5000
          if (isHigh === (outcome === "Up")) agree += 1
        }
        if (event._tag !== "Book") continue
        const [bid, ask] = [event.bids[0], event.asks[0]]
        if (bid !== undefined || ask !== undefined) {
          lastMidTicks.set(event.conditionId, ((bid?.priceTicks ?? 0) + (ask?.priceTicks ?? 10_000)) / 2)
        }
        if (bid !== undefined && ask !== undefined && bid.priceTicks >= ask.priceTicks) crossed += 1
      }
    }
    const { defects, leftOut, rowsRead, windows } = result.header
    const kept = windows.reduce((sum, window) => sum + window.books, 0)
    const lost = ROW_FATES.reduce((sum, name) => sum + (defects[name] ?? 0), 0)
    const complete = windows.filter((window) => window.complete).length
    const ups = [...outcomes.values()].filter((outcome) => outcome === "Up").length
    return {
      rowsRead,
      unaccounted: rowsRead - kept - lost,
      windows: windows.length,
      complete,
      leftOut: leftOut.length,
      resolved: outcomes.size,
      ups,
      agree,
      crossed
    }
  }).pipe(Effect.scoped, Effect.provide(layer))

describe.skipIf(isAbsent)("real data (skipped where ../shared/data is absent)", () => {
  it.effect(
    "borisz42 – one day: its 32 windows, 30 of them complete, each with its recorded outcome",
    () =>
      Effect.gen(function* () {
        expect(yield* importReal("borisz42", "borisz42-mit/market_data_20251226.csv.gz")).toEqual({
          rowsRead: 28_494,
          unaccounted: 0,
          windows: 32,
          complete: 30,
          leftOut: 0,
          resolved: 32,
          ups: 16,
          agree: 32,
          crossed: 0
        })
      }),
    120_000
  )

  it.effect(
    "frederick – the 3 windows with an outcome, 2 of them complete",
    () =>
      Effect.gen(function* () {
        expect(yield* importReal("frederick", "frederick-mit")).toEqual({
          rowsRead: 13_749,
          unaccounted: 0,
          windows: 3,
          complete: 2,
          leftOut: 2,
          resolved: 3,
          ups: 0,
          agree: 3,
          crossed: 0
        })
      }),
    120_000
  )
})
