import { FileSystem } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Fiber } from "effect"
import type { Body } from "../../src/storage/connection.ts"
import { backUp } from "../../src/storage/backup.ts"
import {
  APPLICATION_ID,
  addNotes,
  contentOf,
  databaseOf,
  inDirectory,
  notesIn,
  optionsFor,
  tamper,
  withDatabase
} from "./support.ts"

const nothing: Body<ReadonlyArray<string>> = () => Effect.succeed([])

const copyOf = (directory: string, findings = nothing) =>
  backUp({
    module: "test",
    from: `${directory}/a.db`,
    to: `${directory}/copy.db`,
    applicationId: APPLICATION_ID,
    version: 1,
    busyTimeoutMs: 5,
    findings
  })

const names = (directory: string) =>
  Effect.map(
    Effect.flatMap(FileSystem.FileSystem, (fs) => fs.readDirectory(directory)),
    (found) => found.filter((name) => !name.startsWith("a.db")).toSorted()
  )

describe("backUp", () => {
  it.effect.prop(
    "backUp – of a database that is written to: one moment of it, whole, in one file of the owner's",
    [fc.integer({ min: 0, max: 120 }), fc.integer({ min: 1, max: 60 })],
    ([before, meanwhile]) =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const pair = (number: number) => [`${number} first ${"x".repeat(3_000)}`, `${number} second`]
          yield* withDatabase(optionsFor(`${directory}/a.db`), (database) =>
            Effect.gen(function* () {
              for (let number = 0; number < before; number++) yield* addNotes(database, pair(number))
              const writing = yield* Effect.fork(
                Effect.forEach(Array.from({ length: meanwhile }).keys(), (more) =>
                  Effect.zipRight(Effect.yieldNow(), addNotes(database, pair(before + more)))
                )
              )
              yield* copyOf(directory)
              yield* Fiber.join(writing)
            })
          )
          expect(yield* names(directory)).toEqual(["copy.db"])
          expect((yield* contentOf(directory)).find((line) => line.startsWith("copy.db"))).toContain(" 600 ")
          const [mode] = yield* tamper(`${directory}/copy.db`, "PRAGMA journal_mode")
          expect(mode).toEqual([{ journal_mode: "delete" }])
          const kept = yield* withDatabase(optionsFor(`${directory}/copy.db`), notesIn)
          expect(kept).toEqual(Array.from({ length: kept.length / 2 }, (_, number) => pair(number)).flat())
          expect(kept.length).toBeGreaterThanOrEqual(before * 2)
        })
      ),
    { fastCheck: { numRuns: 20 } }
  )

  it.effect("backUp – keeps a file that is there, and says when there is nothing to copy", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const missing = yield* Effect.flip(copyOf(directory))
        expect(missing).toMatchObject({ reason: "NotWritable", path: `${directory}/a.db` })
        expect(yield* fs.readDirectory(directory)).toEqual([])
        yield* withDatabase(optionsFor(`${directory}/a.db`), (database) => addNotes(database, ["one"]))
        yield* fs.writeFileString(`${directory}/copy.db`, "mine")
        const taken = yield* Effect.flip(copyOf(directory))
        expect(taken).toMatchObject({ reason: "NotWritable", path: `${directory}/copy.db` })
        expect(yield* fs.readFileString(`${directory}/copy.db`)).toBe("mine")
      })
    )
  )

  it.effect("backUp – finds damage, names the database, and leaves no copy", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* databaseOf(`${directory}/a.db`, 8)
        const bytes = Uint8Array.from(yield* fs.readFile(`${directory}/a.db`))
        bytes.fill(0xa5, 4_096 * 5, 4_096 * 5 + 64)
        yield* fs.writeFile(`${directory}/a.db`, bytes)
        const error = yield* Effect.flip(copyOf(directory))
        expect(error).toMatchObject({ reason: "Corrupt", path: `${directory}/a.db` })
        expect(yield* names(directory)).toEqual([])
        expect(Uint8Array.from(yield* fs.readFile(`${directory}/a.db`))).toEqual(bytes)
      })
    )
  )

  it.effect("backUp – finds content that contradicts itself, and leaves no copy", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        yield* withDatabase(optionsFor(`${directory}/a.db`), (database) => addNotes(database, ["one"]))
        const findings: Body<ReadonlyArray<string>> = (query) =>
          Effect.map(query("SELECT text FROM notes"), (rows) => rows.map((row) => String(row["text"])))
        const error = yield* Effect.flip(copyOf(directory, findings))
        expect(error).toMatchObject({ reason: "Unavailable", path: `${directory}/a.db` })
        expect(error.message).toContain("contradicts itself: one")
        expect(yield* names(directory)).toEqual([])
      })
    )
  )
})
