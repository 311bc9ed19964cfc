/**
 * What every property of the suite is drawn from. One fixed seed, so that the verdict on a commit is the same on every
 * machine and at every run; `npm run test:explore` draws another one and more cases. A failure prints its seed.
 */
import { FastCheck as fc } from "effect"

const seed = process.env["TRADEWIND_PROPERTY_SEED"] ?? "20200931"
const runs = process.env["TRADEWIND_PROPERTY_RUNS"]

fc.configureGlobal({
  ...(seed === "random" ? {} : { seed: Number(seed) }),
  ...(runs === undefined ? {} : { numRuns: Number(runs) })
})
