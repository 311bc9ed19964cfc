#!/usr/bin/env node
/**
 * `npm run bench:wire`: what both sides of the venue's protocol cost, beside the packages that others use for it. Ends by itself
 * within minutes; --full takes more rounds; --only=PART runs one part. Only the ratios of one run mean anything: machines drift,
 * and a busy one misses marks that a quiet one meets.
 */
import { cpus, loadavg } from "node:os"
import { repeatMarks, title } from "./support/stats.mjs"
import { market } from "./market.mjs"
import { matching } from "./matching.mjs"
import { orderPath } from "./order-path.mjs"
import { rest } from "./rest.mjs"
import { sockets } from "./sockets.mjs"
import { signing } from "./signing.mjs"

const full = process.argv.includes("--full")
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice("--only=".length)

const parts = {
  signing: () => signing({ rounds: full ? 31 : 11 }),
  sockets: () => sockets({ rounds: full ? 31 : 7 }),
  matching: () => matching({ rounds: full ? 31 : 7 }),
  rest: () => rest({ rounds: full ? 31 : 7 }),
  "order-path": () => orderPath({ rounds: full ? 31 : 5 }),
  market: () => market({ rounds: full ? 31 : 7 })
}

if (only !== undefined && parts[only] === undefined) {
  process.stderr.write(`--only=${only}: one of ${Object.keys(parts).join(", ")} is needed\n`)
  process.exit(64)
}

/** Whatever hangs, this ends. */
const BOUND_MS = (full ? 60 : 15) * 60_000
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
