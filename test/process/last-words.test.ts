/** Every exit code by a real process, and what its log says last, for machines and for people. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { expectLastWords } from "./support/checks.ts"
import { type Daemon, type Finishing, PATIENT, run, scratch, start } from "./support/daemon.ts"

vi.setConfig({ maxConcurrency: 2 })

interface End {
  readonly code: number
  readonly result: string
  readonly args: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string>>
  /** What is there before the start. */
  readonly before?: (test: Finishing, home: string) => unknown
  /** What is done once it runs. */
  readonly during?: (daemon: Daemon) => Promise<unknown>
}

const SHORT = ["--speed", "1000", "--for", "5s"]
const PACED = ["--speed", "1"]

const ENDS: Readonly<Record<string, End>> = {
  "the time of --for": { code: 0, result: "clean", args: SHORT },
  "a stop while a module comes up": {
    code: 0,
    result: "clean",
    args: PACED,
    environment: { FAULT: "init hangs" },
    during: async (daemon) => {
      await daemon.printed("init_hangs")
      daemon.signal("SIGTERM")
    }
  },
  "a fatal error in a tick": {
    code: 1,
    result: "fatal error",
    args: SHORT,
    environment: { FAULT: "key revoked" }
  },
  "a module that does not come up": {
    code: 1,
    result: "fatal error",
    args: PACED,
    environment: { FAULT: "init hangs" }
  },
  "positions that could not be compared": {
    code: 2,
    result: "stopped, but open orders or positions could not be verified",
    args: SHORT,
    environment: { FAULT: "no balances" }
  },
  "a second signal": {
    code: 3,
    result: "forced by the deadline or a second signal",
    args: PACED,
    environment: { FAULT: "tick hangs", ...PATIENT },
    during: async (daemon) => {
      await daemon.printed("refresh_waits")
      daemon.signal("SIGTERM")
      await daemon.printed("waiting_for_inflight")
      daemon.signal("SIGINT")
    }
  },
  "a file in place of the state": {
    code: 74,
    result: "fatal error",
    args: SHORT,
    before: (_, home) => writeFileSync(join(home, "state"), "mine")
  },
  "a state that another holds": {
    code: 75,
    result: "fatal error",
    args: SHORT,
    before: (test, home) =>
      start(test, home, ["run", "--seed", "7", ...PACED, "--state-dir", "state"]).event(
        "execution_loop_started"
      )
  },
  "a state of another world": {
    code: 78,
    result: "fatal error",
    args: SHORT,
    before: (test, home) => run(test, home, ["run", "--seed", "8", ...SHORT, "--state-dir", "state"])
  }
}

const cases = Object.entries(ENDS).flatMap(([name, end]) =>
  (["json", "pretty"] as const).map((format) => [name, end, format] as const)
)

describe.concurrent("the last line", () => {
  it.for(cases)(
    "%s – in format $2: result, phases and exit code",
    async ([, { args, before, code, during, environment, result }, format], test) => {
      const home = scratch(test)
      await before?.(test, home)
      const daemon = start(test, home, ["run", "--seed", "7", ...args, "--state-dir", "state"], {
        TRADEWIND_LOGGER__FORMAT: format,
        ...environment
      })
      await during?.(daemon)
      const ended = await daemon.ended
      expect(ended.lines.length > 0).toBe(format === "json")
      expectLastWords(ended, code, result)
      // Nothing is said of money that nobody looked up.
      if (format === "pretty" && ended.stdout.includes("books      not read")) {
        expect(ended.stdout).not.toContain("cash $")
        expect(ended.stdout).not.toContain("execution_loop_started")
      }
    }
  )

  it("a process that nothing got a turn in – is ended all the same once it can be, and says so", async (test) => {
    const daemon = start(test, scratch(test), ["run", "--seed", "7", ...PACED], {
      FAULT: "release blocks",
      TRADEWIND_ORCHESTRATOR__SHUTDOWN_TIMEOUT_MS: "100"
    })
    await daemon.event("execution_loop_started")
    daemon.signal("SIGTERM")
    const ended = await daemon.ended
    expect(ended.code).toBe(3)
    expect(ended.lines.at(-1)).toMatchObject({
      event: "orchestrator_shutdown_complete",
      level: "error",
      result: expect.stringMatching(/^forced: .* 5100 ms/),
      exitCode: 3
    })
  })
})
