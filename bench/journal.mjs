#!/usr/bin/env node
/**
 * `npm run bench:journal`: what the journal costs, beside the bare driver and the bare disk. Ends by itself within minutes; --full
 * takes more rounds and the restart with a million orders (5 GB of disk, and minutes to make them); --only=PART runs one part.
 * Only the ratios of one run mean anything: most of the time is the disk's.
 */
import { full, runParts } from "./support/run-parts.mjs"
import { backups } from "./journal/backups.mjs"
import { growth } from "./journal/growth.mjs"
import { intents } from "./journal/intents.mjs"
import { locked } from "./journal/locked.mjs"
import { restart } from "./journal/restart.mjs"

await runParts(
  {
    intents: () => intents({ rounds: full ? 15 : 5, orders: full ? 500 : 200 }),
    restart: () => restart({ sizes: full ? [100, 10_000, 1_000_000] : [100, 10_000] }),
    growth: () => growth({ orders: 1_000, ticks: 5_000 }),
    locked: () => locked({ seconds: [0.1, 1, 10] }),
    backups: () => backups({ orders: 10_000, rounds: full ? 15 : 5 })
  },
  full ? 60 : 15
)
