/** A recorded day of the real market, from the collection beside the project to settled windows. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { gunzipSync } from "node:zlib"
import { expectMoneyReconciles, expectOrderlyEnd, expectTicksAddUp } from "./support/checks.ts"
import { readSummary, run, scratch } from "./support/daemon.ts"

const DATA = fileURLToPath(new URL("../../../shared/data", import.meta.url))
const DAY = join(DATA, "borisz42-mit", "market_data_20251226.csv.gz")

/** Outcomes by slug of the day's windows that were recorded from begin to end. */
const completeWindows = (): ReadonlyMap<string, string> => {
  const [header = "", ...rows] = gunzipSync(readFileSync(join(DATA, "windows.csv.gz")))
    .toString()
    .trim()
    .split("\n")
  const names = header.split(",")
  const windows = rows.map((row) => {
    const cells = row.split(",")
    return (name: string) => cells[names.indexOf(name)] ?? ""
  })
  return new Map(
    windows
      .filter((cell) => cell("dataset") === "borisz42-mit" && cell("start_utc").startsWith("2025-12-26"))
      .filter((cell) => cell("full_coverage") === "1" && cell("outcome") !== "")
      .map((cell) => [cell("slug"), cell("outcome")])
  )
}

describe("run --mode replay", () => {
  it.skipIf(!existsSync(DAY))(
    "replay – a real day: every complete window is seen and settles as it did (skipped where ../shared/data is absent)",
    async (test) => {
      const home = scratch(test)
      const imported = await run(test, home, ["import", "borisz42", DAY, "day.jsonl.gz"])
      expect({ code: imported.code, stderr: imported.stderr }).toEqual({ code: 0, stderr: "" })

      // Thirty seconds a tick take the daemon through eight hours in no time; the market goes on in between all the same.
      const flags = [
        "--mode",
        "replay",
        "--data",
        "day.jsonl.gz",
        "--speed",
        "1000000",
        "--summary",
        "s.json"
      ]
      const ended = await run(test, home, ["run", ...flags], {
        TRADEWIND_ORCHESTRATOR__TICK_INTERVAL_MS: "30000"
      })
      expectOrderlyEnd(ended)

      const outcomes = new Map(
        ended.lines
          .filter(({ event }) => event === "window_settled")
          .map((line) => [String(line["window"]), String(line["outcome"])])
      )
      const expected = completeWindows()
      expect(expected.size).toBeGreaterThan(20)
      expect(new Map([...outcomes].filter(([slug]) => expected.has(slug)))).toEqual(expected)
      expect(new Set(expected.values())).toEqual(new Set(["Up", "Down"]))

      const summary = readSummary(join(home, "s.json"))
      expect(summary).toMatchObject({
        mode: "replay",
        exitCode: 0,
        shutdown: { reason: "the recording is over" }
      })
      expect(summary.windows.settled).toBe(outcomes.size)
      expectTicksAddUp(summary)
      expectMoneyReconciles(summary)
    }
  )
})
