/** `npm run crash`: the real daemon against the real exchange, killed again and again. */
import { Either } from "effect"
import { availableParallelism } from "node:os"
import { planOf } from "../plan.ts"
import { type Outcome, abandonAll, runPlan } from "../run.ts"
import { type CrashArguments, USAGE, parseArguments } from "./arguments.ts"
import { problemLines, runLine, summaryLines } from "./report.ts"

const WRONG_COMMAND_LINE = 64

const print = (line: string): void => void process.stdout.write(`${line}\n`)

/** Tells the sums, and answers with the exit code. */
const conclude = (outcomes: ReadonlyArray<Outcome>, beganMs: number): number => {
  for (const line of summaryLines(outcomes, (performance.now() - beganMs) / 1_000)) print(line)
  return outcomes.some(({ problems }) => problems.length > 0) ? 1 : 0
}

const crash = async ({ at, keep, kills, lanes, runs, seed }: CrashArguments): Promise<number> => {
  const beganMs = performance.now()
  const waiting = Array.from({ length: runs }, (_, index) => seed + index)
  const outcomes: Array<Outcome> = []
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      abandonAll()
      print(`${signal}: ${runs - outcomes.length} runs were not made, or not to their end`)
      process.exit(Math.max(1, conclude(outcomes, beganMs)))
    })
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const outcome = await runPlan(planOf(next, kills, at), keep)
      outcomes.push(outcome)
      print(runLine(outcome))
      for (const line of problemLines(outcome, kills, at)) print(line)
    }
  }
  await Promise.all(Array.from({ length: lanes ?? availableParallelism() }, lane))
  return conclude(outcomes, beganMs)
}

const parsed = parseArguments(process.argv.slice(2))
if (Either.isRight(parsed)) process.exitCode = await crash(parsed.right)
else {
  process.stderr.write(`${parsed.left}\n${USAGE}\n`)
  process.exitCode = WRONG_COMMAND_LINE
}
