import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { replayCommand } from "./command/report.ts"
import { runSeed } from "./swarm/seed.ts"

/** What each draws changes with the daemon; together they know crashes and most kinds of faults. More: `npm run simulate`. */
const SEEDS = [3, 12, 14, 18]
const HOURS = 0.2
/** Real time for a run before it counts as hung. */
const LIMIT_MS = 240_000

describe("the whole daemon among faults", () => {
  const deaths: Array<number> = []
  const kinds = new Set<string>()

  it.each(SEEDS)(
    "simulation – seed %i: what must hold holds at every tick, and all is known after the last fault",
    (seed) =>
      Effect.runPromise(
        Effect.map(runSeed({ seed, hours: HOURS }), ({ counts, injected, problems }) => {
          expect(problems, replayCommand(seed, HOURS)).toEqual([])
          expect(counts["checks"]).toBeGreaterThan(100)
          deaths.push(counts["deaths"] ?? 0)
          for (const kind of Object.keys(injected)) kinds.add(kind)
        })
      ),
    LIMIT_MS
  )

  it("simulation – the seeds have crashes and many kinds of faults among them", () => {
    expect(deaths).toHaveLength(SEEDS.length)
    expect(Math.max(...deaths)).toBeGreaterThan(0)
    expect(kinds.size).toBeGreaterThan(10)
  })

  it(
    "simulation – a seed is the same to the byte twice, faults, crashes and all; another is not",
    () =>
      Effect.runPromise(
        Effect.gen(function* () {
          const [seed, other] = [SEEDS[0] ?? 0, SEEDS[1] ?? 1]
          const first = yield* runSeed({ seed, hours: HOURS / 2 })
          const second = yield* runSeed({ seed, hours: HOURS / 2 })
          expect(second.digest).toBe(first.digest)
          expect(second.injected).toEqual(first.injected)
          expect(second.counts).toEqual(first.counts)
          expect((yield* runSeed({ seed: other, hours: HOURS / 20 })).digest).not.toBe(first.digest)
        })
      ),
    LIMIT_MS
  )
})
