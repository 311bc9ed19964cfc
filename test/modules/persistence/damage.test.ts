import { FileSystem } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Either, FastCheck as fc } from "effect"
import { backUpJournal } from "../../../src/modules/persistence/backups.ts"
import { connect } from "../../../src/storage/connection.ts"
import { contentOf, inDirectory } from "../../storage/support.ts"
import { command, record } from "./support/history.ts"
import { withJournal } from "./support/journal.ts"
import { identityNumber, intentNumber } from "./support/samples.ts"

const TABLES = ["intents", "orders", "fills", "positions", "windows", "settlements"]

/** All that is traded on, row by row. */
const rowsIn = (path: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const sql = yield* connect(
        { module: "test", operation: "look", path },
        { readonly: true, busyTimeoutMs: 5 }
      )
      return yield* Effect.forEach(TABLES, (table) => sql.unsafe(`SELECT * FROM ${table} ORDER BY rowid`))
    })
  )

/** A closed journal with a few of everything, made once. */
const whole = Effect.runSync(
  Effect.cached(
    inDirectory((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const path = yield* withJournal(directory, (journal) =>
          Effect.gen(function* () {
            for (let number = 10; number < 40; number++) {
              const signedOrder = `{"signature":"0x${"ab".repeat(65)}${number}"}`
              yield* journal.recordIntent(intentNumber(number), { ...identityNumber(number), signedOrder })
            }
            for (const step of fc.sample(command, { numRuns: 60, seed: 3 })) yield* record(journal, step)
            return journal.path
          })
        )
        const state = yield* withJournal(directory, (journal) => Effect.all([journal.load, journal.totals]))
        return { bytes: Uint8Array.from(yield* fs.readFile(path)), rows: yield* rowsIn(path), state }
      })
    )
  )
)

describe("a damaged journal", () => {
  it.effect.prop(
    "layerConfig, load, backup – a bit that fell over is refused with the file named and untouched, or found, or changes nothing",
    [fc.array(fc.tuple(fc.nat(), fc.nat({ max: 7 })), { minLength: 1, maxLength: 4 })],
    ([flips]) =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const path = `${directory}/tradewind.db`
          const { bytes, rows, state } = yield* whole
          const flipped = bytes.slice()
          for (const [at, bit] of flips) {
            const place = at % bytes.length
            flipped[place] = (flipped[place] ?? 0) ^ (1 << bit)
          }
          yield* fs.writeFile(path, flipped, { mode: 0o600 })
          const before = (yield* contentOf(directory)).filter((line) => line.startsWith("tradewind.db "))
          const opened = yield* Effect.either(
            withJournal(directory, (journal) => Effect.all([journal.load, journal.totals]))
          )
          if (Either.isLeft(opened)) {
            // A schema whose text is damaged is no page that is: what asks for it fails, and there is no start either.
            expect(["Corrupt", "NewerSchema", "Unavailable"]).toContain(opened.left.reason)
            expect(opened.left.message).toContain(path)
            if (opened.left.operation === "open") {
              const after = (yield* contentOf(directory)).filter((line) => line.startsWith("tradewind.db "))
              expect(after).toEqual(before)
            }
            return
          }
          const proved = yield* Effect.either(backUpJournal(directory, `${directory}/copy.db`))
          if (Either.isLeft(proved)) return
          expect(opened.right).toEqual(state)
          expect(yield* rowsIn(path)).toEqual(rows)
        })
      ),
    { fastCheck: { numRuns: 150, interruptAfterTimeLimit: 25_000 } }
  )
})
