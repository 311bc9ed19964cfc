/**
 * A restart on a journal of so many orders, in a process of its own: of the journal alone, to everything read that trading begins
 * from, and of the whole daemon, to the end of its first tick that may trade.
 */
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { statSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { fill } from "../support/long-journal.mjs"
import { openJournal, scratch } from "../support/journal-stack.mjs"
import { line, mark, median, show, spread, title } from "../support/stats.mjs"

const OPENER = fileURLToPath(new URL("../support/open-journal.mjs", import.meta.url))
const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url))
const TRIES = 5
const LIMITS_MS = { 10_000: 1_000, 1_000_000: 3_000 }
const DAEMON_LIMIT_MS = 60_000

const opened = (directory) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [OPENER, directory], { encoding: "utf8" })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** Milliseconds from the start of the process to its own first words, and to the end of its first tick. */
const started = async (directory, home) => {
  const began = performance.now()
  const words = ["run", "--seed", "7", "--speed", "1", "--state-dir", directory]
  const env = { PATH: process.env.PATH, HOME: home, TRADEWIND_LOGGER__LEVEL: "debug" }
  const daemon = spawn(process.execPath, [MAIN, ...words], { env, stdio: ["ignore", "pipe", "inherit"] })
  const ended = once(daemon, "exit")
  const limit = setTimeout(() => daemon.kill("SIGKILL"), DAEMON_LIMIT_MS)
  let found = undefined
  for await (const text of createInterface({ input: daemon.stdout })) {
    const { event, worked } = JSON.parse(text)
    if (event !== "tick_complete" || found !== undefined) continue
    if (!worked) throw new Error("the first tick did no work")
    found = performance.now() - began
    daemon.kill("SIGTERM")
  }
  clearTimeout(limit)
  const [code] = await ended
  if (code !== 0 || found === undefined) throw new Error(`the daemon ended with ${code}`)
  return found
}

/** The first start finds orders whose fate is open, and resolves them; later ones do not. */
const daemons = async (directory, home) => {
  const took = []
  for (let tried = 0; tried < TRIES; tried++) took.push(await started(directory, home))
  const [first, ...later] = took
  return { first, later }
}

const ofSize = async (size) => {
  const { directory: home, remove } = scratch()
  const directory = join(home, "state")
  try {
    await (await openJournal(directory)).close()
    const path = join(directory, "tradewind.db")
    fill(path, size)
    const found = Array.from({ length: TRIES }, () => opened(directory))
    const of = (what) => median(found.map((each) => each[what]))
    const label = `${size.toLocaleString("en")} orders, ${show(statSync(path).size / 2 ** 20)} MiB`
    line(
      `${label}: the journal`,
      `open ${show(of("openMs"))} ms, read ${show(of("readMs"))} ms (${found[0].loaded} orders), RSS ${show(of("rss") / 2 ** 20)} MiB`
    )
    const { first, later } = await daemons(directory, home)
    line(`${label}: the daemon`, `first ${show(first)} ms, later ${spread(later, "ms")}`)
    if ([...found, opened(directory)].some(({ total }) => total !== size)) throw new Error("orders are lost")
    const limit = LIMITS_MS[size]
    if (limit === undefined) return
    const worst = Math.max(first, median(later))
    mark(
      "I5.8",
      worst < limit,
      `restart with ${size.toLocaleString("en")} orders to trading in ${show(worst)} ms, Node's own start included; mark < ${limit} ms`
    )
  } finally {
    remove()
  }
}

export const restart = async ({ sizes }) => {
  title(
    `restart in mode sim: ${TRIES} times the journal alone, then ${TRIES} times the daemon to the end of its first tick`
  )
  for (const size of sizes) await ofSize(size)
}
