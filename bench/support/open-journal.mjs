/** A process that opens a journal, reads all that a start reads, and says how long both took and what it weighs. */
import { openJournal } from "./journal-stack.mjs"

const began = performance.now()
const { close, journal, run } = await openJournal(process.argv[2])
const openMs = performance.now() - began
const { orders } = await run(journal.load)
const { orders: byStatus } = await run(journal.totals)
const readMs = performance.now() - began - openMs
const total = Object.values(byStatus).reduce((sum, count) => sum + count, 0)
process.stdout.write(
  JSON.stringify({ openMs, readMs, loaded: orders.length, total, rss: process.memoryUsage.rss() })
)
await close()
