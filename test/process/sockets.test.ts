/** `sim` over real sockets: the daemon, its client and the exchange as in-process, with a network between them. */
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { expectMoneyReconciles, expectOrderlyEnd, expectTicksAddUp } from "./support/checks.ts"
import { PATIENT, readSummary, scratch, start } from "./support/daemon.ts"

/** A strategy that finds something to do at once. */
const EAGER = {
  TRADEWIND_STRATEGY__MIN_EDGE_TICKS: "0",
  TRADEWIND_STRATEGY__MODEL_WEIGHT: "1",
  TRADEWIND_STRATEGY__ONE_POSITION_PER_WINDOW: "false"
}

describe("run --transport sockets", () => {
  it("sim – listens on this machine, trades over it, and stops with nothing open and its money exact", async (test) => {
    const home = scratch(test)
    const path = join(home, "s.json")
    const flags = ["--mode", "sim", "--seed", "7", "--speed", "20", "--transport", "sockets"]
    const daemon = start(
      test,
      home,
      ["run", ...flags, "--summary", path, "--state-dir", join(home, "state")],
      { ...PATIENT, ...EAGER }
    )
    const { clob } = await daemon.event("exchange_listening")
    expect(clob).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const version: unknown = await (await fetch(`${String(clob)}/version`)).json()
    expect(version).toEqual({ version: 2 })
    await daemon.event("fill")
    daemon.signal("SIGTERM")
    const ended = await daemon.ended
    expectOrderlyEnd(ended, 0, true)
    expect(ended.lines.filter(({ level }) => level === "error" || level === "fatal")).toEqual([])
    const summary = readSummary(path)
    expect(summary.orders).toMatchObject({ unknown: 0, open: 0 })
    expect(summary.fills).toBeGreaterThan(0)
    expectTicksAddUp(summary)
    expectMoneyReconciles(summary)
    await expect(fetch(`${String(clob)}/version`)).rejects.toThrow()
  })
})
