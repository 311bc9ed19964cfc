#!/usr/bin/env node
/**
 * `npm run bench:loop`: what the orchestrator costs. Ends by itself after some minutes, most of them for the million ticks;
 * with --full (600 ticks of a second, more rounds, the million with every step) after half an hour or more. --only=PART
 * runs one part. Only the ratios of one run mean anything: machines drift, and a busy one misses marks that a quiet one meets.
 */
import { daemon } from "./daemon.mjs"
import { growth } from "./growth.mjs"
import { lateness } from "./lateness.mjs"
import { lifecycle } from "./lifecycle.mjs"
import { STEPS, tickCost } from "./tick-cost.mjs"
import { full, runParts } from "./support/run-parts.mjs"

await runParts(
  {
    cost: () => tickCost({ rounds: full ? 9 : 5, ticks: full ? 10_000 : 2_000 }),
    lifecycle: () => lifecycle({ rounds: full ? 45 : 21 }),
    lateness: () => lateness({ ticks1s: full ? 600 : 30, ticks100ms: full ? 6_000 : 300 }),
    daemon: () => daemon({ rounds: full ? 9 : 5, ticks: 5, simulatedMinutes: full ? 60 : 5 }),
    growth: () => growth({ ticks: 1_000_000, steps: full ? STEPS : 1 })
  },
  full ? 120 : 30
)
