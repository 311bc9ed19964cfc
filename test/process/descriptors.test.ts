/** What becomes of a daemon that may open no more files, from its start on or later. */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { startDaemon } from "../crash/ground.ts"
import { type Daemon, run, scratch } from "./support/daemon.ts"
import { TRADING, auditProblems, calmGround } from "./support/ground.ts"

const hasLimits = spawnSync("prlimit", ["--version"]).status === 0

/** Fewer than it has open: nothing more is opened, and what is open stays so. */
const TOO_FEW = "10"

const limit = ({ child }: Daemon, soft: string): void => {
  expect(spawnSync("prlimit", ["--pid", String(child.pid), `--nofile=${soft}:`]).status).toBe(0)
}

/** Sockets are closed again and again: whoever cannot open files cannot open them anew. */
const CLOSING = Array.from({ length: 30 }, (_, index) => ({
  kind: "closed-socket",
  atMs: (index + 1) * 6_000,
  forMs: 500,
  code: 1006,
  channels: ["/ws/user"]
}))

describe.skipIf(!hasLimits)("descriptors", () => {
  it("run – too few at the start is exit code 74, said in one sentence, and nothing is left behind", async (test) => {
    const home = scratch(test)
    const flags = ["run", "--seed", "7", "--speed", "6000", "--for", "1m", "--state-dir", "state"]
    const preload = new URL("support/few-descriptors.mjs", import.meta.url).href
    const ended = await run(test, home, flags, { NODE_OPTIONS: `--import ${preload}` })
    expect(ended.code).toBe(74)
    expect(ended.stderr).toMatch(
      /state: this process may not open 64 more files \(.*EMFILE.*\)\. Let it open more: ulimit -n 256/
    )
    expect(existsSync(join(home, "state"))).toBe(false)
    expect((await run(test, home, flags)).code).toBe(0)
  })

  it("run – none left while it trades: it goes on with what is open, opens the rest later, and the books agree", async (test) => {
    const ground = await calmGround(test, { faults: CLOSING })
    const daemon = await startDaemon(ground, TRADING, { TRADEWIND_LOGGER__LEVEL: "debug" })
    await daemon.event("order_sent")
    limit(daemon, TOO_FEW)
    const broken = await daemon.line(
      ({ channel, event, why }) => event === "channel_ended" && channel === "user" && why === "broken"
    )
    limit(daemon, "1024")
    const later = (event: string) => daemon.line((line) => line.event === event && line.ts > broken.ts)
    await daemon.line(
      ({ channel, event, ts }) => event === "channel_open" && channel === "user" && ts > broken.ts
    )
    await later("order_sent")
    daemon.signal("SIGTERM")
    const ended = await daemon.ended
    expect(ended.code).toBe(0)
    expect(await auditProblems(ground)).toEqual([])
  })
})
