/** The command line of `npm run crash`. */
import { Either } from "effect"
import { POINTS } from "../points.ts"

export interface CrashArguments {
  readonly runs: number
  readonly seed: number
  readonly kills: number
  readonly lanes: number | undefined
  /** Every kill is at this point; undefined: wherever the seed says. */
  readonly at: string | undefined
  /** Leaves the runs' files behind. */
  readonly keep: boolean
}

export const USAGE = `usage: npm run crash -- --runs N [--seed S] [--kills K] [--lanes L] [--at POINT] [--keep]
  --runs N   how many runs, 1 to 100000; the first has seed S, each next one a seed that is one higher
  --seed S   a whole number from 0 to 2147483647; 1 where it is not given
  --kills K  how often the daemon is killed in a run, 1 to 100; 6 where it is not given
  --lanes L  runs at a time, 1 to 64; as many as there are cores where it is not given
  --at POINT every kill at this point, the first time it comes: send:sent, fill-commit:before, …
  --keep     leaves each run's files, with the log of every life, and says where they are`

const BOUNDS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  "--runs": [1, 100_000],
  "--seed": [0, 2_147_483_647],
  "--kills": [1, 100],
  "--lanes": [1, 64]
}

const numberOf = (flag: string, text: string | undefined): Either.Either<number, string> => {
  const [least, most] = BOUNDS[flag] ?? [0, 0]
  const value = /^\d+$/.test(text ?? "") ? Number(text) : Number.NaN
  return value >= least && value <= most
    ? Either.right(value)
    : Either.left(`${flag} is "${text ?? ""}": give a whole number from ${least} to ${most}`)
}

/** What is asked for, or what is wrong with it. */
export const parseArguments = (words: ReadonlyArray<string>): Either.Either<CrashArguments, string> =>
  Either.gen(function* () {
    const given = new Map<string, number>()
    let keep = false
    let at: string | undefined
    for (let index = 0; index < words.length; index++) {
      const word = words[index] ?? ""
      if (word === "--keep") {
        keep = true
        continue
      }
      const [flag = "", value] = word.split("=", 2)
      if (flag === "--at") {
        at = value ?? words[++index] ?? ""
        if (!POINTS.has(at))
          return yield* Either.left(`--at is "${at}": give one of ${[...POINTS].join(", ")}`)
        continue
      }
      if (!(flag in BOUNDS)) return yield* Either.left(`"${word}" is not known`)
      given.set(flag, yield* numberOf(flag, value ?? words[++index]))
    }
    const runs = given.get("--runs")
    if (runs === undefined) return yield* Either.left("--runs is missing")
    const lanes = given.get("--lanes")
    return { runs, seed: given.get("--seed") ?? 1, kills: given.get("--kills") ?? 6, lanes, at, keep }
  })
