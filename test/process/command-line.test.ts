/** The words before any run: help, version, and what happens without any. */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { expectOrderlyEnd } from "./support/checks.ts"
import { run, scratch, start } from "./support/daemon.ts"

vi.setConfig({ maxConcurrency: 2 })

const HELP: ReadonlyArray<readonly [string, ReadonlyArray<RegExp>]> = [
  ["--version", [/^\d+\.\d+\.\d+\n$/]],
  ["--help", [/Tradewind/, /\brun\b/, /\bimport\b/]],
  ["run --help", [/--mode sim\|replay\|paper\|live/, /--for DURATION/, /--state-dir DIR/]],
  ["import --help", [/<source>/, /borisz42, cronosvirus00, frederick/, /--overwrite/]]
]

describe.concurrent("tradewind", () => {
  it.for(HELP)(
    "%s – is answered in plain text, with exit code 0 and nothing made",
    async ([args, says], test) => {
      const home = scratch(test)
      const ended = await run(test, home, args.split(" "))
      expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: "" })
      for (const words of says) expect(ended.stdout).toMatch(words)
      expect(ended.stdout).not.toContain("\u001B")
      expect(readdirSync(home)).toEqual([])
    }
  )

  it("no argument – runs the daemon in mode sim, with its state where the user keeps such things", async (test) => {
    const home = scratch(test)
    const daemon = start(test, home, [])
    await daemon.event("market")
    daemon.signal("SIGTERM")
    const ended = await daemon.ended
    expectOrderlyEnd(ended)
    const stateDir = join(home, ".local", "state", "tradewind", "sim")
    expect(ended.lines[0]).toMatchObject({
      event: "tradewind_starting",
      mode: "sim",
      money: "simulated",
      state: stateDir,
      limitsUsd: expect.stringMatching(/^order \d/),
      account: expect.stringMatching(/^0x[0-9a-fA-F]{4}…[0-9a-fA-F]{4}$/),
      configHash: expect.stringMatching(/^[0-9a-f]+$/)
    })
    expect(existsSync(join(stateDir, "tradewind.db"))).toBe(true)
  })

  it("--seed – without --state-dir keeps nothing", async (test) => {
    const home = scratch(test)
    const flags = ["--seed", "7", "--speed", "1000", "--for", "3s"]
    const first = await run(test, home, flags)
    expectOrderlyEnd(first)
    expect(readdirSync(home)).toEqual([])
  })
})
