/** A restart on a journal of so many orders, in a process of its own: to everything read that trading begins from. */
import { spawnSync } from "node:child_process"
import { statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { fill } from "../support/long-journal.mjs"
import { openJournal, scratch } from "../support/journal-stack.mjs"
import { line, mark, median, show, title } from "../support/stats.mjs"

const OPENER = fileURLToPath(new URL("../support/open-journal.mjs", import.meta.url))
const TRIES = 5
const LIMITS_MS = { 10_000: 1_000, 1_000_000: 3_000 }

const tryOnce = (directory) => {
  const began = performance.now()
  const { status, stderr, stdout } = spawnSync(process.execPath, [OPENER, directory], { encoding: "utf8" })
  if (status !== 0) throw new Error(stderr)
  return { ...JSON.parse(stdout), wholeMs: performance.now() - began }
}

export const restart = async ({ sizes }) => {
  title(
    `restart: open, check and read the journal, ${TRIES} processes one after the other; whole has Node's start in it`
  )
  for (const size of sizes) {
    const { directory, remove } = scratch()
    try {
      await (await openJournal(directory)).close()
      const path = join(directory, "tradewind.db")
      fill(path, size)
      const found = Array.from({ length: TRIES }, () => tryOnce(directory))
      if (found.some(({ total }) => total !== size)) throw new Error("orders are lost")
      const of = (what) => median(found.map((each) => each[what]))
      const mib = statSync(path).size / 2 ** 20
      line(
        `${size.toLocaleString("en")} orders, ${show(mib)} MiB`,
        `open ${show(of("openMs"))} ms, read ${show(of("readMs"))} ms (${found[0].loaded} orders), whole ${show(of("wholeMs"))} ms, RSS ${show(of("rss") / 2 ** 20)} MiB`
      )
      const limit = LIMITS_MS[size]
      const ms = of("openMs") + of("readMs")
      if (limit !== undefined) {
        mark(
          "I5.8",
          ms < limit,
          `restart with ${size.toLocaleString("en")} orders in ${show(ms)} ms; mark < ${limit} ms`
        )
      }
    } finally {
      remove()
    }
  }
}
