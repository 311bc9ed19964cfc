#!/usr/bin/env node
/**
 * `npm run bench:loop`: what the orchestrator costs. Ends by itself after some minutes, most of them for the million ticks;
 * with --full (600 ticks of a second, more rounds, the million with every step) after half an hour or more. --only=PART
 * runs one part. Only the ratios of one run mean anything: machines drift, and a busy one misses marks that a quiet one meets.
 */
import { cpus, loadavg } from "node:os"
import { repeatMarks, title } from "./support/stats.mjs"
import { daemon } from "./daemon.mjs"
import { growth } from "./growth.mjs"
import { lateness } from "./lateness.mjs"
import { lifecycle } from "./lifecycle.mjs"
import { STEPS, tickCost } from "./tick-cost.mjs"

const full = process.argv.includes("--full")
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice("--only=".length)

const parts = {
  cost: () => tickCost({ rounds: full ? 9 : 5, ticks: full ? 10_000 : 2_000 }),
  lifecycle: () => lifecycle({ rounds: full ? 45 : 21 }),
  lateness: () => lateness({ ticks1s: full ? 600 : 30, ticks100ms: full ? 6_000 : 300 }),
  daemon: () => daemon({ rounds: full ? 9 : 5, ticks: 5, simulatedMinutes: full ? 60 : 5 }),
  growth: () => growth({ ticks: 1_000_000, steps: full ? STEPS : 1 })
}

if (only !== undefined && parts[only] === undefined) {
  process.stderr.write(`--only=${only}: one of ${Object.keys(parts).join(", ")} is needed\n`)
  process.exit(64)
}

/** Whatever hangs, this ends. */
const BOUND_MS = (full ? 120 : 30) * 60_000
setTimeout(() => {
  process.stderr.write(`not done after ${BOUND_MS / 60_000} minutes: ended\n`)
  process.exit(1)
}, BOUND_MS).unref()

const [cpu] = cpus()
title(
  `Node ${process.version}, ${cpus().length} × ${cpu?.model ?? "?"}, load ${loadavg()
    .map((load) => load.toFixed(1))
    .join(" ")}; medians (min–max)`
)
const beganMs = performance.now()
for (const [name, run] of Object.entries(parts)) if (only === undefined || only === name) await run()
repeatMarks()
title(`${((performance.now() - beganMs) / 1_000).toFixed(0)} s; load now ${loadavg()[0].toFixed(1)}`)
