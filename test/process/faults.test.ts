/** What goes wrong inside a running daemon, or is done to it from outside, and how it stops all the same. */
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { expectLastWords, expectOrderlyEnd, expectTicksAddUp } from "./support/checks.ts"
import {
  type Daemon,
  type Ended,
  type Finishing,
  PATIENT,
  readSummary,
  scratch,
  start
} from "./support/daemon.ts"
import { integrityOf, whileLocked } from "./support/ledgers.ts"

vi.setConfig({ maxConcurrency: 2 })

/** Market time goes as real time does, and every tick is in the log. */
const begun = (test: Finishing, environment: Readonly<Record<string, string>>) => {
  const home = scratch(test)
  const stateDir = join(home, "state")
  const summary = join(home, "s.json")
  const flags = ["run", "--seed", "7", "--speed", "1", "--state-dir", stateDir, "--summary", summary]
  const daemon = start(test, home, flags, { TRADEWIND_LOGGER__LEVEL: "debug", ...environment })
  return { daemon, stateDir, summary }
}

const shutdownOf = ({ lines }: Ended): string => String(lines.at(-1)?.["phases"])

const eventsOf = ({ lines }: Pick<Ended, "lines">, event: string) =>
  lines.filter((line) => line.event === event)

describe.concurrent("SIGTERM", () => {
  it("stop – during a tick waits for it, and the tick counts as completed", async (test) => {
    const { daemon, summary } = begun(test, { FAULT: "tick waits", ...PATIENT })
    await daemon.event("refresh_waits")
    daemon.signal("SIGTERM")
    const waiting = await daemon.event("waiting_for_inflight")
    daemon.signal("SIGUSR2")
    const ended = await daemon.ended
    expectOrderlyEnd(ended)
    expect(shutdownOf(ended)).toMatch(/inflight [\d.]+ ms done/)
    expect(eventsOf(ended, "tick_complete").at(-1)).toMatchObject({ tick: waiting["tick"], worked: true })
    expect(readSummary(summary).ticks.failed).toBe(0)
    expectTicksAddUp(readSummary(summary))
  })

  it("stop – cuts a tick that does not end at its bound, and counts it as failed", async (test) => {
    const { daemon, summary } = begun(test, {
      FAULT: "tick hangs",
      ...PATIENT,
      TRADEWIND_ORCHESTRATOR__INFLIGHT_TIMEOUT_MS: "200"
    })
    await daemon.event("refresh_waits")
    daemon.signal("SIGTERM")
    const ended = await daemon.ended
    expectOrderlyEnd(ended)
    expect(eventsOf(ended, "waiting_for_inflight")).toHaveLength(1)
    expect(shutdownOf(ended)).toMatch(/inflight [\d.]+ ms cut/)
    expect(readSummary(summary).ticks.failed).toBe(1)
    expectTicksAddUp(readSummary(summary))
  })

  it("stop – while a step waits for its next try ends the waiting", async (test) => {
    const { daemon, summary } = begun(test, {
      FAULT: "step fails",
      TRADEWIND_ORCHESTRATOR__RETRY_BACKOFF_MS: "600000"
    })
    await daemon.event("tick_error")
    // The next ticks go on without the step.
    const failed = eventsOf({ lines: daemon.heard }, "tick_start").at(-1)
    await daemon.line(
      ({ event, tick }) => event === "tick_complete" && Number(tick) > Number(failed?.["tick"])
    )
    daemon.signal("SIGTERM")
    const ended = await daemon.ended
    expectOrderlyEnd(ended)
    expect(eventsOf(ended, "tick_error")).toHaveLength(1)
    expect(shutdownOf(ended)).toMatch(/inflight [\d.]+ ms done/)
    expect(readSummary(summary)).toMatchObject({ errors: { errorCount: 1, recoveryCount: 0 } })
    expect(readSummary(summary).modules["spot"]).toMatchObject({ health: "degraded" })
    expectTicksAddUp(readSummary(summary))
  })

  it("stop – leaves a module behind that hangs at its release, and takes down the others", async (test) => {
    const { daemon, stateDir } = begun(test, {
      FAULT: "release hangs",
      TRADEWIND_ORCHESTRATOR__MODULE_SHUTDOWN_TIMEOUT_MS: "300"
    })
    await daemon.event("tick_complete")
    daemon.signal("SIGTERM")
    const ended = await daemon.ended
    expectOrderlyEnd(ended)
    expect(eventsOf(ended, "module_shutdown_timeout")).toMatchObject([
      { module: "spot", level: "warn", code: "MODULE_SHUTDOWN_TIMEOUT" }
    ])
    expect(shutdownOf(ended)).toMatch(/modules [\d.]+ ms failed/)
    expect(await integrityOf(test, stateDir)).toEqual(["ok", "ok"])
  })

  it("stop – goes on where a module's release breaks, and says why it broke", async (test) => {
    const { daemon } = begun(test, { FAULT: "release dies" })
    await daemon.event("tick_complete")
    daemon.signal("SIGTERM")
    const ended = await daemon.ended
    expectOrderlyEnd(ended)
    expect(eventsOf(ended, "module_shutdown_failed")).toMatchObject([
      { module: "spot", error: "the release broke", cause: { stack: expect.stringContaining("spot.mjs") } }
    ])
  })

  it("stop – a second signal cuts short what hangs, module after module", async (test) => {
    const { daemon, summary } = begun(test, {
      FAULT: "release hangs",
      ...PATIENT,
      TRADEWIND_ORCHESTRATOR__MODULE_SHUTDOWN_TIMEOUT_MS: "100000"
    })
    await daemon.event("tick_complete")
    daemon.signal("SIGTERM")
    await daemon.event("module_shutdown", "window-manager")
    daemon.signal("SIGINT")
    const ended = await daemon.ended
    expectOrderlyEnd(ended, 3)
    expect(eventsOf(ended, "signal_again")).toHaveLength(1)
    expect(shutdownOf(ended)).toMatch(/modules [\d.]+ ms cut/)
    expect(readSummary(summary).exitCode).toBe(3)
  })
})

const UNCAUGHT = [
  ["exception", "TypeError: thrown where nobody catches"],
  ["rejection", "RangeError: rejected where nobody catches"]
] as const

describe.concurrent("what nobody catches", () => {
  it.for(UNCAUGHT)(
    "uncaught %s – is one graceful shutdown with exit code 1, told once with its stack",
    async ([kind, words], test) => {
      const { daemon, stateDir, summary } = begun(test, { FAULT: `uncaught ${kind}` })
      await daemon.event("tick_complete")
      daemon.signal("SIGUSR2")
      const ended = await daemon.ended
      expectOrderlyEnd(ended, 1)
      expectLastWords(ended, 1, "fatal error")
      expect(eventsOf(ended, "orchestrator_shutdown_start")).toHaveLength(1)
      const told = ended.lines.filter(({ level }) => level === "error")
      expect(told).toMatchObject([
        {
          event: "fatal_error",
          module: "process",
          operation: "uncaught",
          code: "ORCHESTRATOR_FATAL_ERROR",
          category: "fatal",
          error: `nobody caught ${words}`
        }
      ])
      const stack = JSON.stringify(told[0]?.["cause"])
      expect(stack).toContain(`[cause]: ${words}`)
      expect(stack).toMatch(/uncaught\.mjs:\d+:\d+/)
      expect(readSummary(summary)).toMatchObject({ exitCode: 1, errors: { errorCount: 1 } })
      expectTicksAddUp(readSummary(summary))
      expect(await integrityOf(test, stateDir)).toEqual(["ok", "ok"])
    }
  )

  it("three rejections at once – are still one shutdown, and counted each", async (test) => {
    const { daemon, summary } = begun(test, { FAULT: "uncaught thrice" })
    await daemon.event("tick_complete")
    daemon.signal("SIGUSR2")
    const ended = await daemon.ended
    expectOrderlyEnd(ended, 1)
    expect(eventsOf(ended, "orchestrator_shutdown_start")).toHaveLength(1)
    expect(eventsOf(ended, "fatal_error")).toHaveLength(1)
    expect(readSummary(summary).errors.errorCount).toBe(3)
  })

  it("a fatal error of a step – is one graceful shutdown, told once with its stack", async (test) => {
    const { daemon, summary } = begun(test, { FAULT: "key revoked" })
    const ended = await daemon.ended
    expectOrderlyEnd(ended, 1)
    expect(ended.lines.filter(({ level }) => level === "error")).toMatchObject([
      { event: "tick_error", module: "polymarket", code: "ExchangeError.AuthFailed", category: "fatal" }
    ])
    expect(readSummary(summary).errors.errorCount).toBe(1)
  })
})

const stopped = (daemon: Daemon, ms: number) =>
  new Promise((resolve) => {
    daemon.signal("SIGSTOP")
    setTimeout(() => {
      daemon.signal("SIGCONT")
      resolve(undefined)
    }, ms)
  })

describe.concurrent("SIGSTOP", () => {
  it("stop – a daemon that was suspended goes on where it was, without a burst of ticks", async (test) => {
    const { daemon, summary } = begun(test, {})
    await daemon.line(({ event, tick }) => event === "tick_complete" && Number(tick) >= 2)
    await stopped(daemon, 5_000)
    await daemon.line(({ event, tick }) => event === "tick_complete" && Number(tick) >= 6)
    daemon.signal("SIGTERM")
    const ended = await daemon.ended
    expectOrderlyEnd(ended)
    // No tick is made up for: each is in a slot of its own, and market time has stood still meanwhile.
    const begins = eventsOf(ended, "tick_start").map(({ ts }) => Date.parse(ts))
    const grid = begins.map((atMs) => (atMs - (begins[0] ?? 0)) / 1_000)
    expect(grid.every(Number.isInteger)).toBe(true)
    expect(new Set(grid).size).toBe(grid.length)
    expectTicksAddUp(readSummary(summary))
  })
})

describe.concurrent("a locked database", () => {
  it("journal – locked by another program for a while, is written to again when it is free", async (test) => {
    const { daemon, stateDir, summary } = begun(test, {
      TRADEWIND_ORCHESTRATOR__RETRY_BACKOFF_MS: "50",
      TRADEWIND_ORCHESTRATOR__MAX_RETRY_ATTEMPTS: "20"
    })
    await daemon.event("tick_complete")
    await whileLocked(join(stateDir, "tradewind.db"), () => daemon.event("tick_error"))
    const failed = await daemon.event("tick_error")
    expect(failed).toMatchObject({ level: "warn", code: "PersistenceError.Busy", category: "transient" })
    await daemon.line(
      ({ event, ts, worked }) => event === "tick_complete" && worked === true && ts > failed.ts
    )
    daemon.signal("SIGTERM")
    const ended = await daemon.ended
    expectOrderlyEnd(ended)
    const { errors } = readSummary(summary)
    expect(errors.errorCount).toBeGreaterThan(0)
    expect(errors.recoveryCount).toBeGreaterThan(0)
    expect(await integrityOf(test, stateDir)).toEqual(["ok", "ok"])
  })
})
