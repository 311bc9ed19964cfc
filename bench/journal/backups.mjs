/** A backup by a process of its own: how long it takes, and what the daemon's writes notice of it. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { fill, intentOf } from "../support/long-journal.mjs"
import { openJournal, scratch, timedEach } from "../support/journal-stack.mjs"
import { line, mark, median, quantile, show, spread, title } from "../support/stats.mjs"

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url))
const WRITES = 50

export const backups = async ({ orders, rounds }) => {
  title(
    `tradewind backup of ${orders.toLocaleString("en")} orders beside a writer; ${rounds} rounds of alone, beside`
  )
  const { directory, remove } = scratch()
  try {
    await (await openJournal(directory)).close()
    fill(join(directory, "tradewind.db"), orders)
    const { close, journal, run } = await openJournal(directory)
    let index = orders
    const one = () => {
      const { identity, intent } = intentOf(index++)
      return journal.recordIntent(intent, identity)
    }
    const writes = () => run(timedEach(WRITES, one))
    const [alone, beside, tookMs] = [[], [], []]
    await writes()
    for (let round = 0; round < rounds; round++) {
      alone.push(...(await writes()))
      const began = performance.now()
      const backup = spawn(process.execPath, [MAIN, "backup", "--state-dir", directory], {
        stdio: ["ignore", "ignore", "inherit"]
      })
      const ended = once(backup, "exit")
      while (backup.exitCode === null) beside.push(...(await run(timedEach(1, one))))
      const [code] = await ended
      if (code !== 0) throw new Error(`the backup ended with ${code}`)
      tookMs.push(performance.now() - began)
    }
    await close()
    line("a backup, its process's start included", spread(tookMs, "ms"))
    const of = (took) => [0.5, 0.99].map((share) => quantile(took, share))
    const [[p50, p99], [p50b, p99b]] = [of(alone), of(beside)]
    line("recordIntent alone", `p50 ${show(p50)} ms, p99 ${show(p99)} ms`)
    line("recordIntent beside a backup", `p50 ${show(p50b)} ms, p99 ${show(p99b)} ms of ${beside.length}`)
    mark(
      "R18",
      p99b < 5 * p99,
      `p99 of commits beside a backup ${show(p99b / p99)} × alone; mark < 5 × (median ${show(median(beside) / median(alone))} ×)`
    )
  } finally {
    remove()
  }
}
