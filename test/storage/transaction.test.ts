import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, FastCheck as fc, Fiber, TestClock } from "effect"
import { type Query, connect } from "../../src/storage/connection.ts"
import { addNotes, contentOf, inDirectory, notesIn, optionsFor, withDatabase } from "./support.ts"

const insert = (query: Query, text: string | null) => query("INSERT INTO notes (text) VALUES (?)", [text])

describe("write", () => {
  it.effect.prop(
    "write – stores all of a body or nothing of it, and the next one is not disturbed",
    [
      fc.array(
        fc.tuple(fc.array(fc.string(), { maxLength: 4 }), fc.constantFrom("ok", "fails", "dies", "refused"))
      )
    ],
    ([bodies]) =>
      inDirectory((directory) =>
        withDatabase(optionsFor(`${directory}/a.db`), (database) =>
          Effect.gen(function* () {
            const expected: Array<string> = []
            for (const [texts, end] of bodies) {
              const exit = yield* Effect.exit(
                database.write("body", (query) =>
                  Effect.gen(function* () {
                    for (const text of texts) yield* insert(query, text)
                    if (end === "fails") yield* query("SELECT * FROM nowhere")
                    if (end === "dies") return yield* Effect.die("a defect")
                    if (end === "refused") yield* insert(query, null)
                  })
                )
              )
              expect(Exit.isSuccess(exit)).toBe(end === "ok")
              if (end === "ok") expected.push(...texts)
            }
            expect(yield* notesIn(database)).toEqual(expected)
          })
        )
      ),
    { fastCheck: { numRuns: 20 } }
  )

  it.effect("write – names a full disk, keeps what was there, and works again when there is room", () =>
    inDirectory((directory) =>
      withDatabase(optionsFor(`${directory}/a.db`), (database) =>
        Effect.gen(function* () {
          yield* addNotes(database, ["kept"])
          const limit = (pages: number) =>
            database.read("limit", (query) => query(`PRAGMA max_page_count = ${pages}`))
          yield* limit(1)
          const error = yield* Effect.flip(addNotes(database, ["gone", "x".repeat(100_000)]))
          expect(error).toMatchObject({ reason: "DiskFull", operation: "add", path: database.path })
          yield* limit(1_000_000)
          yield* addNotes(database, ["after"])
          expect(yield* notesIn(database)).toEqual(["kept", "after"])
        })
      )
    )
  )

  it.effect(
    "write – waits for another writer for a bounded time: Busy if it stays, stored once if it goes",
    () =>
      inDirectory((directory) =>
        withDatabase(optionsFor(`${directory}/a.db`), (database) =>
          Effect.gen(function* () {
            const other = yield* connect(
              { module: "test", operation: "block", path: database.path },
              { readonly: false, busyTimeoutMs: 5 }
            )
            yield* other.unsafe("BEGIN IMMEDIATE")
            const given = yield* Effect.fork(Effect.flip(addNotes(database, ["never"])))
            yield* TestClock.adjust("150 millis")
            expect(yield* Fiber.join(given)).toMatchObject({ reason: "Busy" })
            const waiting = yield* Effect.fork(addNotes(database, ["at last"]))
            yield* TestClock.adjust("15 millis")
            yield* other.unsafe("COMMIT").unprepared
            yield* TestClock.adjust("150 millis")
            yield* Fiber.join(waiting)
            expect(yield* notesIn(database)).toEqual(["at last"])
          })
        )
      )
  )

  it.effect("write – fibers that write at once each get their own transaction", () =>
    inDirectory((directory) =>
      withDatabase(optionsFor(`${directory}/a.db`), (database) =>
        Effect.gen(function* () {
          const pairs = Array.from({ length: 50 }, (_, index) => [`a${index}`, `b${index}`])
          yield* Effect.forEach(
            pairs,
            ([first = "", second = ""]) =>
              database.write("pair", (query) =>
                insert(query, first).pipe(
                  Effect.zipRight(Effect.yieldNow()),
                  Effect.zipRight(insert(query, second))
                )
              ),
            { concurrency: "unbounded" }
          )
          expect(yield* notesIn(database)).toEqual(pairs.flat())
        })
      )
    )
  )
})

describe("flush", () => {
  it.effect("flush – moves the log into the file and empties it", () =>
    inDirectory((directory) =>
      withDatabase(optionsFor(`${directory}/a.db`), (database) =>
        Effect.gen(function* () {
          yield* addNotes(database, ["one"])
          yield* database.flush
          const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
          expect(yield* contentOf(directory)).toContain(`a.db-wal 600 ${empty}`)
        })
      )
    )
  )
})
