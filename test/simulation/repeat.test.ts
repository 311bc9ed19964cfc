import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Tables, rowsOf } from "./journal.ts"
import { markets } from "./markets.ts"
import { LIMIT_MS, run } from "./verify.ts"

const REPEATED_MINUTES = 7
/** The migrator stamps its own table with the time of the machine. */
const OF_THE_MACHINE = "effect_sql_migrations"

const checkSame = (first: Tables, second: Tables) => {
  expect([...second.keys()]).toEqual([...first.keys()])
  for (const [name, rows] of first) {
    if (name === OF_THE_MACHINE) continue
    expect(JSON.stringify(rowsOf(second, name)), name).toBe(JSON.stringify(rows))
  }
}

describe("the whole daemon, twice", () => {
  it(
    "simulation – the same seed makes the same journal and the same venue to the byte, another seed does not",
    () =>
      Effect.runPromise(
        Effect.gen(function* () {
          const market = markets[1]
          const first = yield* run(market, REPEATED_MINUTES)
          const second = yield* run(market, REPEATED_MINUTES)
          const other = yield* run({ ...market, seed: market.seed + 1 }, REPEATED_MINUTES)
          expect(rowsOf(first.tables, "fills").length).toBeGreaterThan(0)
          checkSame(first.tables, second.tables)
          checkSame(first.venueTables, second.venueTables)
          expect(rowsOf(other.tables, "intents")).not.toEqual(rowsOf(first.tables, "intents"))
        })
      ),
    LIMIT_MS
  )
})
