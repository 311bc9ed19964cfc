/** Temporary directories, their exact content, and a small database to break. */
import { FileSystem, Path } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Effect, type Scope } from "effect"
import { createHash } from "node:crypto"
import { connect } from "../../src/storage/connection.ts"
import { type Database, type DatabaseOptions, openDatabase } from "../../src/storage/sqlite.ts"

export const APPLICATION_ID = 0x74_65_73_74

const FIRST = { "0001_notes": ["CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"] }
export const SECOND = { ...FIRST, "0002_colour": ["ALTER TABLE notes ADD COLUMN colour TEXT"] }

export const optionsFor = (path: string, changes: Partial<DatabaseOptions> = {}): DatabaseOptions => ({
  module: "test",
  path,
  applicationId: APPLICATION_ID,
  migrations: FIRST,
  busyTimeoutMs: 5,
  ...changes
})

type Needs = Scope.Scope | FileSystem.FileSystem | Path.Path

/** Memory where there is such a disk: thousands of small commits, and none of these tests is about the disk's speed. */
const MEMORY_DISK = "/dev/shm"

/** Runs with a directory of its own that is removed afterwards. */
export const inDirectory = <A, E>(
  use: (directory: string) => Effect.Effect<A, E, Needs>
): Effect.Effect<A, E> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const parent = (yield* Effect.orDie(fs.exists(MEMORY_DISK))) ? { directory: MEMORY_DISK } : {}
    const directory = yield* Effect.orDie(
      fs.makeTempDirectoryScoped({ ...parent, prefix: "tradewind-test-" })
    )
    return yield* use(directory)
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))

/** Opens, uses, closes. */
export const withDatabase = <A, E, R>(
  options: DatabaseOptions,
  use: (database: Database) => Effect.Effect<A, E, R>
) => Effect.scoped(Effect.flatMap(openDatabase(options), use))

/** Statements from outside, as another program would send them. */
export const tamper = (path: string, ...statements: ReadonlyArray<string>) =>
  Effect.scoped(
    Effect.flatMap(
      connect({ module: "test", operation: "tamper", path }, { readonly: false, busyTimeoutMs: 5 }),
      (sql) => Effect.forEach(statements, (text) => sql.unsafe(text))
    )
  )

/** A statement that reached the log and not the file, as after kill -9. */
export const crashAfter = (path: string, statement: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const live = `${yield* fs.makeTempDirectoryScoped()}/live.db`
      yield* fs.copyFile(path, live)
      const sql = yield* connect(
        { module: "test", operation: "crash", path: live },
        { readonly: false, busyTimeoutMs: 5 }
      )
      yield* sql.unsafe(statement)
      yield* fs.copyFile(live, path)
      yield* fs.copyFile(`${live}-wal`, `${path}-wal`)
    })
  )

/** Every file below a directory with its mode and the hash of its bytes. */
export const contentOf = (directory: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const names = (yield* fs.readDirectory(directory, { recursive: true })).toSorted()
    return yield* Effect.forEach(names, (name) =>
      Effect.gen(function* () {
        const { mode, type } = yield* fs.stat(`${directory}/${name}`)
        const bytes = type === "File" ? yield* fs.readFile(`${directory}/${name}`) : new Uint8Array()
        return `${name} ${(mode & 0o777).toString(8)} ${createHash("sha256").update(bytes).digest("hex")}`
      })
    )
  }).pipe(Effect.orDie)

export const addNotes = (database: Database, texts: ReadonlyArray<string>) =>
  database.write("add", (query) =>
    Effect.forEach(texts, (text) => query("INSERT INTO notes (text) VALUES (?)", [text]), { discard: true })
  )

export const notesIn = (database: Database) =>
  Effect.map(
    database.read("notes", (query) => query("SELECT text FROM notes ORDER BY id")),
    (rows) => rows.map((row) => row["text"])
  )

/** A closed database of about `pages` pages of 4 KiB, every one of them in use. */
export const databaseOf = (path: string, pages: number) =>
  withDatabase(optionsFor(path), (database) =>
    addNotes(
      database,
      Array.from({ length: pages * 4 }, (_, index) => `${index} ${"x".repeat(1_000)}`)
    )
  )
