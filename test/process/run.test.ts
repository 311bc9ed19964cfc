/** A run of `sim` from its start to `--for`, as a process. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { expectMoneyReconciles, expectOrderlyEnd, expectTicksAddUp, micro } from "./support/checks.ts"
import { type Ended, type Finishing, type Line, readSummary, run, scratch } from "./support/daemon.ts"

const words = (text: string) => text.split(" ")

const SUMMARY_KEYS = words(
  "version mode seed exitCode ticks windows orders fills feesUsd realizedPnlUsd cashUsd startCashUsd positions errors shutdown modules"
)
const MODULES = words(
  "logger persistence polymarket spot window-manager position-manager order-manager reconciler safety strategy position-sizer stop-loss take-profit window-expiry"
)

/** A run in a folder of its own. */
const simulated = async (test: Finishing, speed: string, forMarketTime: string, seed = "7") => {
  const home = scratch(test)
  const path = join(home, "s.json")
  const flags = ["--mode", "sim", "--seed", seed, "--speed", speed, "--for", forMarketTime]
  const ended = await run(test, home, [
    "run",
    ...flags,
    "--summary",
    path,
    "--state-dir",
    join(home, "state")
  ])
  expectOrderlyEnd(ended)
  return { ended, summary: readSummary(path) }
}

/** How long things took, where they lie, and what was asked for on the command line: all that may differ. */
const MAY_DIFFER = new Set(["durationMs", "phases", "state", "speed", "configHash", "summary"])

const decided = (line: Line) =>
  Object.fromEntries(Object.entries(line).filter(([key]) => !MAY_DIFFER.has(key)))
const logOf = ({ lines }: Ended) => lines.map(decided)

describe("run --mode sim", () => {
  it("run – ends by itself after --for with every tick counted, windows settled, orders filled and money exact", async (test) => {
    const { ended, summary } = await simulated(test, "600", "12m")
    expect(Object.keys(summary)).toEqual(expect.arrayContaining(SUMMARY_KEYS))
    expect(summary).toMatchObject({ mode: "sim", seed: 7, exitCode: 0, errors: { errorCount: 0 } })
    expect(Math.abs(summary.ticks.due - 720)).toBeLessThanOrEqual(2)
    expectTicksAddUp(summary)
    expect(summary.windows.settled).toBeGreaterThanOrEqual(1)
    expect(summary.windows.traded).toBeGreaterThanOrEqual(1)
    expect(summary.windows.seen).toBeGreaterThanOrEqual(summary.windows.traded)
    expect(summary.orders.sent).toBeGreaterThan(0)
    expect(summary.orders.accepted + summary.orders.refused + summary.orders.unknown).toBe(
      summary.orders.sent
    )
    expect(summary.orders.open).toBe(0)
    expect(summary.fills).toBeGreaterThan(0)
    expect(micro(summary.feesUsd)).toBeGreaterThan(0n)
    expectMoneyReconciles(summary)
    expect(Object.keys(summary.modules)).toEqual(MODULES)
    for (const module of Object.values(summary.modules)) {
      expect(module).toEqual({ initMs: expect.any(Number), shutdownMs: expect.any(Number), health: "ready" })
    }
    expect(summary.shutdown.phases.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(
      ["stop-loop", "inflight", "cancel-orders", "modules", "report"].map((name) => `${name} done`)
    )
    expect(ended.lines.filter(({ event }) => event === "module_ready").map(({ module }) => module)).toEqual(
      MODULES
    )
    const counts = (event: string) => ended.lines.filter((line) => line.event === event).length
    expect(counts("order_sent")).toBe(summary.orders.sent)
    expect(counts("fill")).toBe(summary.fills)
    expect(counts("window_settled")).toBe(summary.windows.settled)
  })

  it("run – says the same and earns the same in another folder and at another speed", async (test) => {
    const [slow, fast] = await Promise.all([simulated(test, "300", "7m"), simulated(test, "20000", "7m")])
    expect(slow.summary.orders.sent).toBeGreaterThan(0)
    expect(slow.summary.windows.settled).toBeGreaterThan(0)
    expect(logOf(slow.ended)).toEqual(logOf(fast.ended))
    const { modules: _, shutdown: __, ...slowBooks } = slow.summary
    const { modules: ___, shutdown: ____, ...fastBooks } = fast.summary
    expect(slowBooks).toEqual(fastBooks)
  })

  it("run – decides otherwise with another seed", async (test) => {
    const [one, other] = await Promise.all([
      simulated(test, "20000", "2m", "7"),
      simulated(test, "20000", "2m", "8")
    ])
    expect(logOf(one.ended)).not.toEqual(logOf(other.ended))
  })
})
