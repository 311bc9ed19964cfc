/** The command line of `npm run simulate`. */
import { Either } from "effect"

export interface SimulateArguments {
  readonly firstSeed: number
  readonly lastSeed: number
  readonly hours: number
  /** Prints everything that happens; for one seed. */
  readonly trace: boolean
}

export const USAGE = `usage: npm run simulate -- --seeds A..B [--hours H] [--trace]
  --seeds A..B  whole numbers from 0 to 2147483647, A not above B; or one seed
  --hours H     virtual hours of each seed, above 0 and at most 1000; 1 where it is not given
  --trace       with one seed: everything that happens, line by line`

const MAX_SEED = 2_147_483_647
const MAX_HOURS = 1_000

const seedsOf = (text: string): Either.Either<readonly [number, number], string> => {
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(text)
  const first = Number(match?.[1] ?? Number.NaN)
  const last = Number(match?.[2] ?? first)
  return first <= last && last <= MAX_SEED
    ? Either.right([first, last])
    : Either.left(`--seeds is "${text}": give A..B, whole numbers from 0 to ${MAX_SEED}, A not above B`)
}

const hoursOf = (text: string): Either.Either<number, string> => {
  const hours = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  return hours > 0 && hours <= MAX_HOURS
    ? Either.right(hours)
    : Either.left(`--hours is "${text}": give a number above 0 and at most ${MAX_HOURS}`)
}

/** What is asked for, or what is wrong with it. */
export const parseArguments = (words: ReadonlyArray<string>): Either.Either<SimulateArguments, string> =>
  Either.gen(function* () {
    let seeds: readonly [number, number] | undefined
    let hours = 1
    let trace = false
    for (let index = 0; index < words.length; index++) {
      const word = words[index] ?? ""
      const [flag = "", given] = word.split("=", 2)
      if (flag === "--trace" && given === undefined) {
        trace = true
        continue
      }
      if (flag !== "--seeds" && flag !== "--hours") return yield* Either.left(`"${word}" is not known`)
      const value = given ?? words[++index]
      if (value === undefined) return yield* Either.left(`${flag} needs a value`)
      if (flag === "--seeds") seeds = yield* seedsOf(value)
      else hours = yield* hoursOf(value)
    }
    if (seeds === undefined) return yield* Either.left("--seeds is missing")
    const [firstSeed, lastSeed] = seeds
    if (trace && firstSeed !== lastSeed) return yield* Either.left("--trace is for one seed")
    return { firstSeed, lastSeed, hours, trace }
  })
