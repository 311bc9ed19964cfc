#!/usr/bin/env node
/**
 * `npm run bench:wire`: what both sides of the venue's protocol cost, beside the packages that others use for it. Ends by itself
 * within minutes; --full takes more rounds; --only=PART runs one part. Only the ratios of one run mean anything: machines drift,
 * and a busy one misses marks that a quiet one meets.
 */
import { market } from "./market.mjs"
import { matching } from "./matching.mjs"
import { orderPath } from "./order-path.mjs"
import { rest } from "./rest.mjs"
import { sockets } from "./sockets.mjs"
import { signing } from "./signing.mjs"
import { full, runParts } from "./support/run-parts.mjs"

await runParts(
  {
    signing: () => signing({ rounds: full ? 31 : 11 }),
    sockets: () => sockets({ rounds: full ? 31 : 7 }),
    matching: () => matching({ rounds: full ? 31 : 7 }),
    rest: () => rest({ rounds: full ? 31 : 7 }),
    "order-path": () => orderPath({ rounds: full ? 31 : 5 }),
    market: () => market({ rounds: full ? 31 : 7 })
  },
  full ? 60 : 15
)
