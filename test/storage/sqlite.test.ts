import { FileSystem } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import { openDatabase } from "../../src/storage/sqlite.ts"
import {
  SECOND,
  addNotes,
  contentOf,
  crashAfter,
  databaseOf,
  inDirectory,
  notesIn,
  optionsFor,
  tamper,
  withDatabase
} from "./support.ts"

describe("openDatabase", () => {
  it.effect(
    "openDatabase – keeps synchronous FULL and the other settings through transactions and checkpoints",
    () =>
      inDirectory((directory) =>
        withDatabase(optionsFor(`${directory}/a.db`), (database) =>
          Effect.gen(function* () {
            for (let turn = 0; turn < 5; turn++) {
              yield* addNotes(database, ["one", "two"])
              yield* database.flush
            }
            const settings = yield* database.read("settings", (query) =>
              Effect.forEach(
                [
                  "synchronous",
                  "journal_mode",
                  "foreign_keys",
                  "busy_timeout",
                  "application_id",
                  "user_version"
                ],
                (name) => Effect.map(query(`PRAGMA ${name}`), ([row]) => Object.values(row ?? {})[0])
              )
            )
            expect(settings).toEqual([2, "wal", 1, 5, optionsFor("").applicationId, 1])
          })
        )
      )
  )

  it.effect(
    "openDatabase – creates files for the owner only and leaves nothing but the database after a close",
    () =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const path = `${directory}/a.db`
          const modes = (lines: ReadonlyArray<string>) =>
            lines.map((line) => line.split(" ").slice(0, 2).join(" "))
          yield* withDatabase(optionsFor(path), (database) =>
            Effect.gen(function* () {
              yield* addNotes(database, ["one"])
              expect(modes(yield* contentOf(directory))).toEqual(["a.db 600", "a.db-shm 600", "a.db-wal 600"])
            })
          )
          expect(modes(yield* contentOf(directory))).toEqual(["a.db 600"])
        })
      )
  )

  it.effect("openDatabase – takes the place of a draft that a crash left behind", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* fs.writeFileString(`${directory}/a.db.new`, "half a database")
        yield* fs.writeFileString(`${directory}/a.db.new-journal`, "half a journal")
        const texts = yield* withDatabase(optionsFor(`${directory}/a.db`), (database) =>
          Effect.zipRight(addNotes(database, ["one"]), notesIn(database))
        )
        expect(texts).toEqual(["one"])
        expect(yield* fs.readDirectory(directory)).toEqual(["a.db"])
      })
    )
  )

  it.effect("openDatabase – migrates forward with the rows kept, and then refuses the older program", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const older = optionsFor(`${directory}/a.db`)
        const newer = { ...older, migrations: SECOND }
        yield* withDatabase(older, (database) => addNotes(database, ["kept"]))
        yield* withDatabase(newer, (database) =>
          Effect.gen(function* () {
            expect(yield* notesIn(database)).toEqual(["kept"])
            yield* database.write("paint", (query) => query("UPDATE notes SET colour = 'red'"))
          })
        )
        const before = yield* contentOf(directory)
        const error = yield* Effect.flip(Effect.scoped(openDatabase(older)))
        expect(error).toMatchObject({ reason: "NewerSchema", path: older.path })
        expect(error.message).toContain(older.path)
        expect(yield* contentOf(directory)).toEqual(before)
      })
    )
  )

  it.effect("openDatabase – a migration that fails changes nothing and says why", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const good = optionsFor(`${directory}/a.db`)
        const bad = {
          ...good,
          migrations: {
            ...good.migrations,
            "0002_bad": ["CREATE TABLE half (id INTEGER) STRICT", "NONSENSE"]
          }
        }
        yield* withDatabase(good, (database) => addNotes(database, ["kept"]))
        const error = yield* Effect.flip(Effect.scoped(openDatabase(bad)))
        expect(error.message).toContain("NONSENSE")
        const tables = yield* withDatabase(good, (database) =>
          database.read("tables", (query) => query("SELECT name FROM sqlite_schema WHERE name = 'half'"))
        )
        expect(tables).toEqual([])
        const fresh = yield* Effect.flip(
          Effect.scoped(openDatabase({ ...bad, path: `${directory}/fresh.db` }))
        )
        expect(fresh.message).toContain("NONSENSE")
        const fs = yield* FileSystem.FileSystem
        expect(yield* fs.readDirectory(directory)).toEqual(["a.db"])
      })
    )
  )
})

/** Ways a file can be no good, each made from a good one of eight pages or more. */
const damages: ReadonlyArray<fc.Arbitrary<(bytes: Uint8Array) => Uint8Array>> = [
  fc.uint8Array({ minLength: 0, maxLength: 9_000 }).map((noise) => () => noise),
  fc.nat().map((at) => (bytes) => bytes.slice(0, at % bytes.length)),
  fc.integer({ min: 1, max: 4_096 }).map((missing) => (bytes) => bytes.slice(0, bytes.length - missing)),
  fc
    .tuple(fc.nat(), fc.uint8Array({ minLength: 4_096, maxLength: 4_096 }))
    .map(([page, noise]) => (bytes) => {
      const damaged = bytes.slice()
      damaged.set(noise, (page % (bytes.length / 4_096)) * 4_096)
      return damaged
    })
]

/** Made once: most of the time of these properties would be spent in making it. */
const goodBytes = Effect.runSync(
  Effect.cached(
    inDirectory((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* databaseOf(`${directory}/a.db`, 8)
        return Uint8Array.from(yield* fs.readFile(`${directory}/a.db`))
      })
    )
  )
)

describe("damaged files", () => {
  it.effect.prop(
    "openDatabase – calls noise, a cut file and a bad page Corrupt, and leaves every byte as it was",
    [fc.oneof(...damages)],
    ([damage]) =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const path = `${directory}/a.db`
          yield* fs.writeFile(path, damage(yield* goodBytes))
          const before = yield* contentOf(directory)
          const error = yield* Effect.flip(Effect.scoped(openDatabase(optionsFor(path))))
          expect(error).toMatchObject({ reason: "Corrupt", path, module: "test", operation: "open" })
          expect(error.message).toContain(path)
          expect(yield* contentOf(directory)).toEqual(before)
        })
      ),
    { fastCheck: { numRuns: 60 } }
  )

  it.effect.prop(
    "openDatabase – refuses another program's database and a newer one, untouched, even where only the log says so",
    [
      fc.constantFrom(
        ["PRAGMA application_id = 7", "Corrupt"] as const,
        ["PRAGMA application_id = 0", "Corrupt"] as const,
        ["PRAGMA user_version = 2", "NewerSchema"] as const,
        ["INSERT INTO effect_sql_migrations (migration_id, name) VALUES (9, 'later')", "NewerSchema"] as const
      ),
      fc.boolean()
    ],
    ([[statement, reason], crashed]) =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const path = `${directory}/a.db`
          yield* fs.writeFile(path, yield* goodBytes)
          yield* crashed ? crashAfter(path, statement) : tamper(path, statement)
          const before = (yield* contentOf(directory)).filter((line) => !line.startsWith("a.db-shm"))
          const error = yield* Effect.flip(Effect.scoped(openDatabase(optionsFor(path))))
          expect(error).toMatchObject({ reason, path })
          // The -shm file is SQLite's scratch memory over the log, built anew by whoever looks.
          const after = (yield* contentOf(directory)).filter((line) => !line.startsWith("a.db-shm"))
          expect(after).toEqual(before)
        })
      ),
    { fastCheck: { numRuns: 16 } }
  )

  it.effect("openDatabase – refuses a log without its database", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* fs.writeFileString(`${directory}/a.db-wal`, "the last orders")
        const before = yield* contentOf(directory)
        const error = yield* Effect.flip(Effect.scoped(openDatabase(optionsFor(`${directory}/a.db`))))
        expect(error.reason).toBe("Corrupt")
        expect(yield* contentOf(directory)).toEqual(before)
      })
    )
  )

  it.effect("openDatabase – takes a directory in the file's place for NotWritable", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* fs.makeDirectory(`${directory}/a.db`)
        const error = yield* Effect.flip(Effect.scoped(openDatabase(optionsFor(`${directory}/a.db`))))
        expect(error).toMatchObject({ reason: "NotWritable" })
        expect(yield* fs.readDirectory(directory)).toEqual(["a.db"])
      })
    )
  )
})
