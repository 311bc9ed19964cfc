/** Stopping at any moment, by signal or by kill -9, and going on from what was left. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { expectMoneyReconciles, expectOrderlyEnd, expectTicksAddUp } from "./support/checks.ts"
import { type Daemon, type Finishing, readSummary, run, scratch, start } from "./support/daemon.ts"
import { integrityOf, ordersOf } from "./support/ledgers.ts"

vi.setConfig({ maxConcurrency: 2 })

/** Well under the 25 s that a shutdown may take, and enough for a busy machine. */
const PROMPT_MS = 10_000

/** States of an order about which the venue has still something to say. */
const OPEN = new Set(["pending", "unknown", "live"])

const SOUND = ["ok", "ok"]

const begun = (test: Finishing, speed = "600") => {
  const home = scratch(test)
  const stateDir = join(home, "state")
  const summary = join(home, "first.json")
  const flags = ["run", "--seed", "7", "--speed", speed, "--state-dir", stateDir, "--summary", summary]
  return { home, stateDir, summary, daemon: start(test, home, flags) }
}

/** Starts again on what was left, for a moment. */
const goOn = async (test: Finishing, home: string) => {
  const path = join(home, "second.json")
  const flags = ["--seed", "7", "--speed", "600", "--state-dir", join(home, "state"), "--for", "10s"]
  const ended = await run(test, home, ["run", ...flags, "--summary", path])
  expectOrderlyEnd(ended)
  const summary = readSummary(path)
  expect(summary.exitCode).toBe(0)
  expect(summary.errors.errorCount).toBe(0)
  expect(Math.abs(summary.ticks.due - 10)).toBeLessThanOrEqual(2)
  expectTicksAddUp(summary)
  expectMoneyReconciles(summary)
  return { summary, lines: ended.lines }
}

const after = (ms: number) => new Promise((resolve) => void setTimeout(resolve, ms))

const MOMENTS: ReadonlyArray<readonly [string, (daemon: Daemon) => Promise<unknown>]> = [
  ["at the first order", (daemon) => daemon.event("order_sent")],
  ["at the first fill", (daemon) => daemon.event("fill")],
  ["at the first settlement", (daemon) => daemon.event("window_settled")],
  ["when the loop has just begun", (daemon) => daemon.event("execution_loop_started")],
  ["somewhere in the run", (daemon) => daemon.event("market").then(() => after(700 * Math.random()))]
]

describe.concurrent("SIGTERM", () => {
  it.for(MOMENTS)(
    "stop %s – is clean and prompt, and the next start goes on from it",
    async ([, moment], test) => {
      const { daemon, home, stateDir, summary } = begun(test)
      await moment(daemon)
      const askedAtMs = performance.now()
      daemon.signal("SIGTERM")
      const ended = await daemon.ended
      expect(performance.now() - askedAtMs).toBeLessThan(PROMPT_MS)
      expectOrderlyEnd(ended)
      expect(ended.lines.at(-1)).toMatchObject({ reason: "signal SIGTERM", result: "clean" })
      const first = readSummary(summary)
      expectTicksAddUp(first)
      expectMoneyReconciles(first)
      expect(await integrityOf(test, stateDir)).toEqual(SOUND)
      expect(existsSync(join(stateDir, "holder.json"))).toBe(false)

      const second = await goOn(test, home)
      const lastTs = ended.lines.at(-1)?.ts ?? ""
      const loopTs = second.lines.find(({ event }) => event === "execution_loop_started")?.ts ?? ""
      expect(lastTs).not.toBe("")
      expect(loopTs >= lastTs, `${loopTs} is not before ${lastTs}`).toBe(true)
      expect(second.summary.orders.sent).toBeGreaterThanOrEqual(first.orders.sent)
      expect(second.summary.fills).toBeGreaterThanOrEqual(first.fills)
      expect(second.summary.windows.settled).toBeGreaterThanOrEqual(first.windows.settled)
      // The first line about the market tells what the restarted daemon knows before it decides anything.
      const known = second.lines.find(({ event }) => event === "market")
      expect(known).toMatchObject({ openOrders: 0 })
      if (second.summary.fills === first.fills && second.summary.windows.settled === first.windows.settled) {
        expect(second.summary).toMatchObject({ cashUsd: first.cashUsd, feesUsd: first.feesUsd })
        expect(
          second.summary.positions.map(({ window, outcome, shares, costUsd }) => ({
            window,
            outcome,
            shares,
            costUsd
          }))
        ).toEqual(
          first.positions.map(({ window, outcome, shares, costUsd }) => ({
            window,
            outcome,
            shares,
            costUsd
          }))
        )
      }
    }
  )

  it.for(["persistence", "polymarket"])(
    "stop while %s comes up – releases what is up, exits 0, and the next start is clean",
    async (module, test) => {
      const { daemon, home, stateDir } = begun(test)
      await daemon.event("module_init", module)
      daemon.signal("SIGTERM")
      const ended = await daemon.ended
      expectOrderlyEnd(ended)
      expect(existsSync(join(stateDir, "holder.json"))).toBe(false)
      await goOn(test, home)
    }
  )
})

describe.concurrent("SIGINT", () => {
  it("stop – the second one cuts the waits short and modules still go down in reverse", async (test) => {
    const { daemon, stateDir } = begun(test, "60")
    await daemon.event("market")
    daemon.signal("SIGINT")
    // Two within a tenth of a second are one key press that the terminal and npm both passed on.
    await after(120)
    daemon.signal("SIGINT")
    const ended = await daemon.ended
    expect([0, 3]).toContain(ended.code)
    expectOrderlyEnd(ended, ended.code ?? -1)
    expect(await integrityOf(test, stateDir)).toEqual(SOUND)
  })

  it("stop – one key press that arrives twice is one, and the stop is clean", async (test) => {
    const { daemon } = begun(test, "60")
    await daemon.event("market")
    daemon.signal("SIGINT")
    daemon.signal("SIGINT")
    const ended = await daemon.ended
    expectOrderlyEnd(ended)
    expect(ended.lines.filter(({ event }) => event === "signal_again")).toEqual([])
  })
})

describe.concurrent("kill -9", () => {
  const KILLS = MOMENTS.filter(([name]) => !name.includes("begun") && !name.includes("settlement"))
  it.for(KILLS)(
    "kill %s – the journal knows every order, and the next start reconciles",
    async ([, moment], test) => {
      const { daemon, home, stateDir } = begun(test)
      await moment(daemon)
      daemon.signal("SIGKILL")
      expect((await daemon.ended).signal).toBe("SIGKILL")
      expect(await integrityOf(test, stateDir)).toEqual(SOUND)
      const left = await ordersOf(test, stateDir)
      expect([...left.atTheExchange].filter((orderId) => !left.intended.has(orderId))).toEqual([])

      const { summary } = await goOn(test, home)
      expect(summary.orders).toMatchObject({ unknown: 0, open: 0 })
      const end = await ordersOf(test, stateDir)
      expect([...end.atTheExchange].filter((orderId) => !end.intended.has(orderId))).toEqual([])
      expect([...left.intended].filter((orderId) => !end.intended.has(orderId))).toEqual([])
      expect([...end.statuses].filter(([, status]) => OPEN.has(status))).toEqual([])
      expect(await integrityOf(test, stateDir)).toEqual(SOUND)
    }
  )
})

describe.concurrent("a reader that goes away", () => {
  it("stdout – closed, the daemon goes on, and stops cleanly when it is told to", async (test) => {
    const { daemon, stateDir, summary } = begun(test)
    await daemon.event("market")
    daemon.child.stdout?.destroy()
    await after(1_500)
    expect(daemon.child.exitCode).toBeNull()
    daemon.signal("SIGTERM")
    const ended = await daemon.ended
    expect({ code: ended.code, signal: ended.signal, stderr: ended.stderr }).toEqual({
      code: 0,
      signal: null,
      stderr: ""
    })
    expectTicksAddUp(readSummary(summary))
    expectMoneyReconciles(readSummary(summary))
    // The line about the market came in the first tick: it was not the last.
    expect(readSummary(summary).ticks.completed).toBeGreaterThan(1)
    expect(await integrityOf(test, stateDir)).toEqual(SOUND)
  })
})
