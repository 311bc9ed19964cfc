/** `npm run simulate`: the whole daemon among faults, seed by seed, on virtual time. */
import { Either } from "effect"
import { fileURLToPath } from "node:url"
import { FAULTS, SPELLS } from "../swarm/weather.ts"
import { type SimulateArguments, USAGE, parseArguments } from "./arguments.ts"
import { runSeeds } from "./pool.ts"
import { type Outcome, failureLines, seedLine, summaryLines } from "./report.ts"
import { outcomeOf, work } from "./worker.ts"

const WRONG_COMMAND_LINE = 64

const print = (line: string): void => void process.stdout.write(`${line}\n`)

const simulate = async ({ firstSeed, hours, lastSeed, trace }: SimulateArguments): Promise<number> => {
  const beganMs = performance.now()
  const outcomes: Array<Outcome> = []
  const tell = (outcome: Outcome) => {
    outcomes.push(outcome)
    print(seedLine(outcome))
    for (const line of failureLines(outcome, hours)) print(line)
  }
  if (trace) tell(await outcomeOf({ seed: firstSeed, hours }, print))
  else {
    const seeds = Array.from({ length: lastSeed - firstSeed + 1 }, (_, index) => firstSeed + index)
    await runSeeds(seeds, hours, fileURLToPath(import.meta.url), tell)
  }
  const wallMs = performance.now() - beganMs
  for (const line of summaryLines(outcomes, wallMs, [...FAULTS, ...SPELLS])) print(line)
  return outcomes.some(({ problems }) => problems.length > 0) ? 1 : 0
}

const words = process.argv.slice(2)
if (words[0] === "--worker") work()
else {
  const parsed = parseArguments(words)
  if (Either.isRight(parsed)) process.exitCode = await simulate(parsed.right)
  else {
    process.stderr.write(`${parsed.left}\n${USAGE}\n`)
    process.exitCode = WRONG_COMMAND_LINE
  }
}
