/** One holder of an account and a state directory, whatever happens to processes. */
import { fork } from "node:child_process"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { type Finishing, PATIENT, run, scratch, start } from "./support/daemon.ts"
import { TEST_KEY, type Venue, exchange, liveConfiguration, liveEnvironment } from "./support/live.ts"

const CONTENDER = fileURLToPath(new URL("support/contender.mjs", import.meta.url))
const STARTERS = 8
const ROUNDS = 20

interface Answer {
  readonly held?: boolean
  readonly reason?: string
  readonly message?: string
}

const contender = async (test: Finishing) => {
  const child = fork(CONTENDER)
  test.onTestFinished(() => void child.kill("SIGKILL"))
  const next = () =>
    new Promise<Answer>((resolve) => void child.once("message", (said: Answer) => resolve(said)))
  await next()
  const ask = (what: object): Promise<Answer> => {
    const answer = next()
    child.send(what)
    return answer
  }
  return {
    child,
    hold: (directory: string) => ask({ hold: directory }),
    release: () => ask({ release: true })
  }
}

describe("a state directory", () => {
  it("one holder – of eight that start at once exactly one gets it, and the others learn who", async (test) => {
    const starters = await Promise.all(Array.from({ length: STARTERS }, () => contender(test)))
    for (let round = 0; round < ROUNDS; round++) {
      const directory = scratch(test)
      const answers = await Promise.all(starters.map(({ hold }) => hold(directory)))
      expect(answers.filter(({ held }) => held === true)).toHaveLength(1)
      const refused = answers.filter(({ held }) => held !== true)
      expect(refused.map(({ reason }) => reason)).toEqual(Array(STARTERS - 1).fill("HeldByAnother"))
      await Promise.all(starters.map(({ release }) => release()))
    }
  })

  it("one holder – that is killed with kill -9 holds nobody off, and nobody's number is taken for his", async (test) => {
    const directory = scratch(test)
    const [first, second] = [await contender(test), await contender(test)]
    expect(await first.hold(directory)).toEqual({ held: true })
    const refusal = await second.hold(directory)
    expect(refusal.message).toContain(`in use by process ${first.child.pid} since `)
    const gone = new Promise((resolve) => void first.child.once("exit", resolve))
    first.child.kill("SIGKILL")
    await gone
    // A process that lives has the dead one's number now.
    writeFileSync(join(directory, "holder.json"), JSON.stringify({ pid: process.pid }))
    expect(await second.hold(directory)).toEqual({ held: true })
  })

  it("one holder – that is suspended goes on holding, and goes on after it", async (test) => {
    const home = scratch(test)
    const flags = ["run", "--seed", "7", "--speed", "1", "--state-dir", "state"]
    const first = start(test, home, flags, { ...PATIENT, TRADEWIND_LOGGER__LEVEL: "debug" })
    await first.event("tick_complete")
    first.signal("SIGSTOP")
    const second = await run(test, home, flags)
    expect(second.code).toBe(75)
    expect(second.stderr).toMatch(
      new RegExp(`the state directory is in use by process ${first.child.pid} since .*Stop the other one`)
    )
    const before = first.heard.length
    first.signal("SIGCONT")
    await first.line((line) => line.event === "tick_complete" && first.heard.indexOf(line) >= before)
    first.signal("SIGTERM")
    expect((await first.ended).code).toBe(0)
  })
})

const liveDaemon = (test: Finishing, home: string, venue: Venue, stateDir: string) => {
  const config = join(home, `${stateDir}.json`)
  writeFileSync(config, JSON.stringify(liveConfiguration(venue)))
  const words = ["run", "--mode", "live", "--config", config, "--state-dir", join(home, stateDir)]
  return start(test, home, words, {
    ...liveEnvironment(venue),
    TRADEWIND_POLYMARKET__WALLET__PRIVATE_KEY: `0x${TEST_KEY}`
  })
}

describe("an account", () => {
  it("one holder – a second daemon with a state directory of its own is refused, and learns who trades", async (test) => {
    const home = scratch(test)
    const venue = await exchange(test)
    const first = liveDaemon(test, home, venue, "first")
    await first.event("module_ready", "persistence")
    const second = await liveDaemon(test, home, venue, "second").ended
    expect(second.code).toBe(75)
    expect(second.stderr).toMatch(
      new RegExp(
        `account 0x[0-9a-fA-F]{40} is in use by process ${first.child.pid} since .* \\(state directory .*/first\\)\\. Stop the other one first`
      )
    )
    expect(second.lines.filter(({ event }) => event === "order_sent")).toEqual([])
  })

  it("one holder – that was suspended while another took over sends nothing more, cancels nothing, and exits with 75", async (test) => {
    const home = scratch(test)
    const venue = await exchange(test)
    const first = liveDaemon(test, home, venue, "state")
    await first.event("order_sent")
    first.signal("SIGSTOP")
    for (const held of [
      "state",
      ".local/state/tradewind/accounts/0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
    ])
      rmSync(join(home, held, "lock.db"))
    const second = liveDaemon(test, home, venue, "state")
    await second.event("order_sent")
    const sentBefore = first.heard.filter(({ event }) => event === "order_sent").length
    first.signal("SIGCONT")
    const ended = await first.ended
    expect(ended.code).toBe(75)
    const fatal = ended.lines.find(({ level }) => level === "error" || level === "fatal")
    expect(fatal).toMatchObject({
      code: "PersistenceError.HeldByAnother",
      error: expect.stringContaining(
        `process ${second.child.pid} has taken the journal over (lease 2, this one has 1)`
      )
    })
    expect(ended.lines.filter(({ event }) => event === "order_sent")).toHaveLength(sentBefore)
    const holder: unknown = JSON.parse(readFileSync(join(home, "state", "holder.json"), "utf8"))
    expect(holder).toMatchObject({ pid: second.child.pid })
    // Its orders are not the first one's to cancel.
    second.signal("SIGTERM")
    const last = await second.ended
    expect(last.code).toBe(0)
    expect(last.lines.filter(({ event }) => event === "foreign_order")).toEqual([])
  })
})
