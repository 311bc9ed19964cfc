/** What a wrong command line, a wrong configuration or a wrong disk is answered with: one clear message, and nothing made. */
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { gzipSync } from "node:zlib"
import { expectOrderlyEnd } from "./support/checks.ts"
import { run, scratch, start } from "./support/daemon.ts"

vi.setConfig({ maxConcurrency: 2 })

interface Refusal {
  readonly args: ReadonlyArray<string>
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly environment?: Readonly<Record<string, string>>
  readonly code: number
  /** The whole message, or what must be in it. */
  readonly says: ReadonlyArray<string | RegExp>
}

const config = (text: string) => ({ args: ["--config", "own.json"], files: { "own.json": text }, code: 78 })
const replay = (name: string, content?: string | Uint8Array) => ({
  args: ["--mode", "replay", "--data", name],
  files: content === undefined ? {} : { [name]: content },
  code: 78
})
const HEADER = '{"format":"tradewind-recording","version":1}\n'

const REFUSALS: Readonly<Record<string, Refusal>> = {
  "an unknown key": {
    ...config('{\n  "safety": { "maxOrderUSD": "5" } }'),
    says: [/"safety\.maxOrderUSD" \(own\.json, line 2\): the nearest known key is "safety\.maxOrderUsd"/]
  },
  "a wrong type": {
    ...config('{"speed": "fast"}'),
    says: [/"speed" is "fast" \(own\.json, line 1\): expected a number from 0\.01/]
  },
  "a wrong amount": {
    ...config('{"safety": {"maxOrderUsd": -1}}'),
    says: [
      /is -1 \(own\.json, line 1\): expected an amount of dollars that is not negative\. Most that .* fee included\. Dollars, 0 or more\. Correct it/
    ]
  },
  "a number out of its range": {
    ...config('{"safety": {"maxOpenOrders": 2.5}}'),
    says: [
      /expected a whole number from 0 to 1000\. Open orders at which no entry is sent any more\. Correct it/
    ]
  },
  "no configuration file": {
    args: ["--config", "absent.json"],
    code: 78,
    says: [/cannot read configuration file absent\.json: there is no such file; check the path/]
  },
  "malformed JSON": {
    ...config('{\n  "seed": 7,\n  "speed": ,\n}'),
    says: [/own\.json: malformed JSON at line 3, column 12: expected a value/]
  },
  "no recording": { ...replay("absent.gz"), says: [/absent\.gz: cannot read: no such file; check the path/] },
  "a recording that is none": { ...replay("text.gz", "hello"), says: [/text\.gz: not a gzip file/] },
  "a recording cut short": {
    ...replay("cut.gz", gzipSync(HEADER + "x".repeat(10_000)).subarray(0, 60)),
    says: [/cut\.gz: the gzip data is cut short/]
  },
  "replay without a recording": {
    args: ["--mode", "replay"],
    code: 78,
    says: [/mode replay needs a recording: --data FILE/]
  },
  "paper with prices that need a key": {
    ...config('{ "mode": "paper", "polymarket": { "priceFeed": "polybolt" } }'),
    says: [
      /polybolt tells prices only to those with an API key.*no private key: set TRADEWIND_POLYMARKET__WALLET__PRIVATE_KEY.*priceFeed to rtds/
    ]
  },
  "paper at another speed": {
    args: ["--mode", "paper", "--speed", "10"],
    code: 78,
    says: [/--speed is for sim and replay, and the mode is paper: its market is live; leave it out/]
  },
  "a summary without its folder": {
    args: ["--summary", "no/where/s.json"],
    code: 78,
    says: [/--summary no\/where\/s\.json: nothing can be written in no\/where/]
  },
  "--speed 0": {
    args: ["--speed", "0"],
    code: 64,
    says: [/^--speed 0: .* from 0\.01 to 1000000 is needed$/m]
  },
  "--speed abc": {
    args: ["--speed", "abc"],
    code: 64,
    says: [/^--speed abc: .* from 0\.01 to 1000000 is needed$/m]
  },
  "--for 0": {
    args: ["--for", "0"],
    code: 64,
    says: [/^--for 0: a duration above 0 such as 90s, 30m or 1h30m is needed$/m]
  },
  "a negative seed": {
    args: ["--seed", "-3"],
    code: 64,
    says: [/^--seed -3: a whole number from 0 to 9007199254740991 is needed$/m]
  },
  "an unknown mode": {
    args: ["--mode", "demo"],
    code: 64,
    says: [/^--mode demo: one of sim, replay, paper, live is needed$/m]
  },
  "an unknown flag": {
    args: ["--sead", "7"],
    code: 64,
    says: [/^--sead: unknown flag, the nearest known one is --seed$/m]
  }
}

describe.concurrent("refusals", () => {
  it.for(Object.entries(REFUSALS))(
    "run – %s: one message, its exit code, nothing made",
    async ([, refusal], test) => {
      const home = scratch(test)
      for (const [name, content] of Object.entries(refusal.files ?? {}))
        writeFileSync(join(home, name), content)
      const before = readdirSync(home)
      const args = ["run", "--state-dir", "state", ...refusal.args]
      const ended = await run(test, home, args, refusal.environment)
      expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: refusal.code, stdout: "" })
      for (const words of refusal.says) expect(ended.stderr).toMatch(words)
      expect(ended.stderr).not.toMatch(/^\s+at /m)
      expect(ended.stderr.split("\n").length).toBeLessThanOrEqual(6)
      expect(readdirSync(home)).toEqual(before)
    }
  )

  it("tradewind – an unknown command is named, with those there are", async (test) => {
    const ended = await run(test, scratch(test), ["trade"])
    expect(ended).toMatchObject({ code: 64, stdout: "" })
    expect(ended.stderr).toMatch(
      /^trade: unknown command, the commands are run, reconcile, backup, import, exchange\n/
    )
  })
})

/** The message comes on the error output, and in the log with its cause; nothing of the daemon is left up. */
const expectNoStart = async (
  test: Parameters<typeof run>[0],
  home: string,
  stateDir: string,
  expected: { readonly code: number; readonly says: RegExp }
) => {
  const ended = await run(test, home, ["run", "--seed", "7", "--for", "5s", "--state-dir", stateDir])
  expect(ended.stderr).toMatch(expected.says)
  expect(ended.stderr.trimEnd().split("\n")).toHaveLength(1)
  expectOrderlyEnd({ ...ended, stderr: "" }, expected.code)
  const failures = ended.lines.filter(({ event }) => event === "module_init_failed")
  expect(failures).toHaveLength(1)
  expect(failures[0]).toMatchObject({
    module: "persistence",
    code: "MODULE_INIT_FAILED",
    error: ended.stderr.trimEnd()
  })
  return ended
}

/** A disk of so many bytes, where the machine lets us make one. */
const smallDisk = (test: Parameters<typeof scratch>[0], bytes: number): string | undefined => {
  const folder = scratch(test)
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder], { stdio: "ignore" })
  } catch {
    return undefined
  }
  test.onTestFinished(() => void execFileSync("umount", ["-l", folder], { stdio: "ignore" }))
  return folder
}

describe.concurrent("state directory", () => {
  it("run – a file in its place is exit code 74, and the file stays as it is", async (test) => {
    const home = scratch(test)
    writeFileSync(join(home, "state"), "mine")
    await expectNoStart(test, home, "state", {
      code: 74,
      says: /\/state: a directory is needed, and this is none\. Give a path that can be written/
    })
    expect(readdirSync(home)).toEqual(["state"])
  })

  it.skipIf(!existsSync("/proc/self"))(
    "run – a place where nothing can be made is exit code 74",
    async (test) => {
      await expectNoStart(test, scratch(test), "/proc/tradewind", {
        code: 74,
        says: /^\/proc\/tradewind: .*Give a path that can be written/
      })
    }
  )

  it("run – a disk that is full at the start is exit code 74", async (test) => {
    const disk = smallDisk(test, 64 * 1024)
    test.skip(disk === undefined, "no small disk can be mounted here (Linux and root are needed)")
    await expectNoStart(test, scratch(test), join(disk ?? "", "state"), {
      code: 74,
      says: /disk is full\. Free space on that disk and start again/
    })
  })

  it("run – a disk that fills up stops the daemon in order with exit code 74", async (test) => {
    const disk = smallDisk(test, 1024 * 1024)
    test.skip(disk === undefined, "no small disk can be mounted here (Linux and root are needed)")
    const stateDir = join(disk ?? "", "state")
    const ended = await run(test, scratch(test), [
      "run",
      "--seed",
      "7",
      "--speed",
      "6000",
      "--for",
      "2h",
      "--state-dir",
      stateDir
    ])
    expect(ended.code).toBe(74)
    expect(ended.lines.some(({ event, level }) => event === "tick_error" && level === "error")).toBe(true)
    expect(ended.lines.at(-1)).toMatchObject({ event: "orchestrator_shutdown_complete", exitCode: 74 })
    expect(String(ended.lines.at(-1)?.["reason"])).toMatch(/disk is full/)
  })

  it("run – one that another daemon holds is exit code 75, and names the holder", async (test) => {
    const home = scratch(test)
    mkdirSync(join(home, "other"))
    const holder = start(test, home, ["run", "--seed", "7", "--speed", "1", "--state-dir", "state"])
    await holder.event("execution_loop_started")
    await expectNoStart(test, home, "state", {
      code: 75,
      says: new RegExp(`in use by process ${holder.child.pid} since .*Stop the other one, or choose another`)
    })
    holder.signal("SIGTERM")
    expectOrderlyEnd(await holder.ended)
  })
})
