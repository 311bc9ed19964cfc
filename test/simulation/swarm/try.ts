import { Effect } from "effect"
import { runSeed } from "./seed.ts"
const [seed, hours, verbose] = process.argv.slice(2)
const t = performance.now()
Effect.runPromise(runSeed({ seed: Number(seed), hours: Number(hours), ...(verbose ? { tell: (line: string) => console.log(line) } : {}) })).then(
  ({ tables: _, ...result }) => console.log(JSON.stringify(result, null, 1), performance.now() - t),
  (error) => console.log("BROKE", error)
)
