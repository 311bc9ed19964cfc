/** Another process holds the journal: how long the daemon stands still meanwhile, and what becomes of what it writes. */
import { Effect, Schedule } from "effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { openJournal, scratch } from "../support/journal-stack.mjs"
import { intentOf } from "../support/long-journal.mjs"
import { line, mark, show, title } from "../support/stats.mjs"

const HOLDER = fileURLToPath(new URL("../support/hold-journal.mjs", import.meta.url))
const LIMIT_MS = 100
const LOOK_MS = 2

/** The longest time in which no timer was served. */
const watchLoop = () => {
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last - LOOK_MS)
    last = now
  }, LOOK_MS)
  return () => {
    clearInterval(timer)
    return longest
  }
}

export const locked = async ({ seconds }) => {
  title(
    "the journal held by another process for so long; each write tries for about half a second, and is then wanted again"
  )
  const { directory, remove } = scratch()
  const { close, journal, run } = await openJournal(directory)
  let index = 0
  let worst = 0
  try {
    for (const held of seconds) {
      const holder = spawn(
        process.execPath,
        [HOLDER, join(directory, "tradewind.db"), String(held * 1_000)],
        {
          stdio: ["ignore", "pipe", "inherit"]
        }
      )
      const gone = once(holder, "exit")
      await once(holder.stdout, "data")
      const stop = watchLoop()
      const { identity, intent } = intentOf(index++)
      const began = performance.now()
      let failures = 0
      await run(
        journal.recordIntent(intent, identity).pipe(
          Effect.tapError(() => Effect.sync(() => failures++)),
          Effect.retry(Schedule.spaced("20 millis"))
        )
      )
      const tookMs = performance.now() - began
      const longest = stop()
      worst = Math.max(worst, longest)
      await gone
      line(
        `held for ${held} s`,
        `stored after ${show(tookMs)} ms and ${failures} failed writes; the loop stood still ${show(longest)} ms at most`
      )
    }
    mark(
      "R19",
      worst <= LIMIT_MS,
      `event loop never blocked for more than ${show(worst)} ms; mark ≤ ${LIMIT_MS} ms`
    )
  } finally {
    await close()
    remove()
  }
}
