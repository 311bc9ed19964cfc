#!/usr/bin/env node
/**
 * `npm run soak:exchange -- [--minutes M] [--speed X]`: `tradewind exchange` under the official client's load, an hour unless it
 * says otherwise. Passes (exit code 0) where its log has no complaint, no answer was a surprise, its memory did not grow, and it
 * ended cleanly. Growth is the median resident size of the last third less the first third's, after a warm-up of a tenth.
 */
import { setTimeout as sleep } from "node:timers/promises"
import { startExchange } from "./support/exchange-process.mjs"
import { loadExchange, makeTally } from "./support/exchange-load.mjs"
import { line, median, show, title } from "./support/stats.mjs"

const MAX_GROWTH = 0.1
const SAMPLE_EVERY_MS = 30_000
const EVERY_MS = 250
/** Fewer samples than these tell nothing of growth. */
const MIN_SAMPLES = 6

const flag = (name, fallback, max) => {
  const at = process.argv.indexOf(`--${name}`)
  if (at < 0) return fallback
  const value = Number(process.argv[at + 1])
  if (value > 0 && value <= max) return value
  process.stderr.write(`--${name} ${process.argv[at + 1]}: a number above 0 and up to ${max} is needed\n`)
  process.exit(64)
}
const minutes = flag("minutes", 60, 10_000)
const speed = flag("speed", 10, 1_000_000)

const runMs = minutes * 60_000
const everyMs = Math.min(SAMPLE_EVERY_MS, runMs / 20)
const beganMs = performance.now()
const untilMs = beganMs + runMs
/** Where the exchange stops answering, the soak ends all the same. */
setTimeout(() => {
  process.stderr.write("the soak did not end by itself\n")
  process.exit(1)
}, runMs + 120_000).unref()

title(
  `tradewind exchange for ${minutes} minutes at speed ${speed}, one action of the official client every ${EVERY_MS} ms`
)
const exchange = await startExchange(["--speed", String(speed)], {
  TRADEWIND_EXCHANGE__START_CASH_USD: "1000000.00"
})
const tally = makeTally()

const samples = []
const sampling = async () => {
  await sleep(runMs / 10)
  while (performance.now() < untilMs) {
    const atS = (performance.now() - beganMs) / 1_000
    const time = await fetch(`${exchange.addresses.clob}/time`).then((answer) => answer.json())
    const sample = {
      atS,
      mib: exchange.residentMiB(),
      marketS: Number(time),
      orders: tally.counts.get("limit order") ?? 0
    }
    samples.push(sample)
    line(
      `${show(atS)} s`,
      `${show(sample.mib)} MiB, market time ${new Date(sample.marketS * 1_000).toISOString()}, ${sample.orders} limit orders, ${tally.counts.get("surprises") ?? 0} surprises, ${exchange.complaints.length} complaints`
    )
    await sleep(Math.min(everyMs, Math.max(0, untilMs - performance.now())))
  }
}

const died = exchange.ended.then((code) => Promise.reject(new Error(`the exchange ended with ${code}`)))
died.catch(() => undefined)
const problems = []
await Promise.race([
  Promise.all([loadExchange(exchange.addresses, { everyMs: EVERY_MS, untilMs, tally }), sampling()]),
  died
]).catch((error) => problems.push(error.message))
const exitCode = await exchange.stop()

title("answers and frames")
for (const [name, count] of [...tally.counts].toSorted(([a], [b]) => a.localeCompare(b)))
  line(name, String(count))
for (const text of tally.surprises) line("surprise", text)
for (const text of exchange.complaints) line("complaint", text)

const third = Math.floor(samples.length / 3)
const [first, last] = [samples.slice(0, third), samples.slice(-third)].map((part) =>
  median(part.map(({ mib }) => mib))
)
const growth = last / first - 1
if (samples.length < MIN_SAMPLES)
  problems.push(`${samples.length} samples of memory, at least ${MIN_SAMPLES} are needed`)
else if (!(growth <= MAX_GROWTH))
  problems.push(`memory grew by ${show(growth * 100)} %, from ${show(first)} to ${show(last)} MiB`)
if (exchange.complaints.length > 0) problems.push(`${exchange.complaints.length} complaints in its log`)
if (tally.surprises.length > 0)
  problems.push(`${tally.counts.get("surprises")} answers or closed sockets that were no success`)
if (exitCode !== 0) problems.push(`it ended with ${exitCode}`)
for (const kind of ["limit order", "market buy", "market frames", "user frames"])
  if (!tally.counts.has(kind)) problems.push(`not one ${kind}: the load was none`)

title(
  problems.length === 0
    ? `passed: ${show(first)} MiB in the first third, ${show(last)} MiB in the last (${show(growth * 100)} %)`
    : `failed: ${problems.join("; ")}`
)
process.exit(problems.length === 0 ? 0 : 1)
