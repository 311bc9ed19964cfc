/** Database files that a trader can rely on: checked before they are touched, durable when a write returns. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import type { SqlClient } from "@effect/sql"
import { Effect, type Scope } from "effect"
import type { PersistenceError } from "../ports/persistence.ts"
import {
  type Body,
  connect,
  heldFor,
  inTransaction,
  onConnection,
  raisingDefects,
  whileBusy
} from "./connection.ts"
import { type Subject, storageError, storageFailure } from "./failure.ts"
import { inspect } from "./inspect.ts"
import { type Migrations, latestVersion, migrate } from "./migrations.ts"

export interface DatabaseOptions {
  /** The module that owns the file, for its errors. */
  readonly module: string
  readonly path: string
  /** Written into the header of the file: another program's database is never taken for ours. 1 to 2^31 − 1. */
  readonly applicationId: number
  readonly migrations: Migrations
  /** How long one attempt may wait for another program, milliseconds, at most 50: it stops the event loop meanwhile. */
  readonly busyTimeoutMs: number
  /** Up to which size the file is walked whole before it is opened; unlimited by default. */
  readonly wholeCheckBytes?: number
  /** Runs read-only on a database that was there before, ahead of everything that writes: what it refuses stays untouched. */
  readonly examine?: Body<void>
}

/** An open database. A file held by another program is tried again for about half a second, then `Busy`. */
export interface Database {
  readonly path: string
  /** Reads with nothing written in between. */
  readonly read: <A>(operation: string, body: Body<A>) => Effect.Effect<A, PersistenceError>
  /** One transaction, on disk (fsync) when it returns; not interruptible once it has begun. */
  readonly write: <A>(operation: string, body: Body<A>) => Effect.Effect<A, PersistenceError>
  /** Moves the write-ahead log into the file and empties it. */
  readonly flush: Effect.Effect<void, PersistenceError>
}

const OWNER_ONLY = 0o600
const SYNCHRONOUS_FULL = 2
/** Pages after which a commit also checkpoints, and the size the log is cut back to. */
const WAL_AUTOCHECKPOINT_PAGES = 1_000
const WAL_SIZE_LIMIT_BYTES = 16 * 1024 * 1024

/** Made whole beside its place and moved there: a crash leaves either no database or a complete one. */
const create = (options: DatabaseOptions, subject: Subject) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const draft = { ...subject, path: `${subject.path}.new` }
    const removeDraft = Effect.forEach(["", "-journal"], (suffix) =>
      fs.remove(`${draft.path}${suffix}`, { force: true })
    )
    yield* Effect.gen(function* () {
      yield* removeDraft
      yield* fs.writeFile(draft.path, new Uint8Array(), { flag: "wx", mode: OWNER_ONLY })
      yield* Effect.scoped(
        Effect.gen(function* () {
          const sql = yield* connect(draft, { ...options, readonly: false })
          yield* sql.unsafe("PRAGMA synchronous = FULL")
          yield* sql.unsafe(`PRAGMA application_id = ${options.applicationId}`)
          yield* migrate(sql, options.migrations, draft)
        })
      )
      yield* fs.rename(draft.path, subject.path)
      yield* Effect.scoped(
        Effect.flatMap(fs.open(path.dirname(subject.path), { flag: "r" }), (directory) => directory.sync)
      )
    }).pipe(Effect.onError(() => Effect.ignore(removeDraft)))
  }).pipe(Effect.mapError(storageFailure(subject)))

/** Reads each setting back after a transaction: SQLite ignores what it cannot do, and better-sqlite3's default for synchronous falls to NORMAL. */
const proveSettings = (sql: SqlClient.SqlClient, options: DatabaseOptions, subject: Subject) =>
  Effect.gen(function* () {
    yield* onConnection(
      sql,
      subject,
      inTransaction((query) => query(`PRAGMA user_version = ${latestVersion(options.migrations)}`))
    )
    const wanted = {
      journal_mode: "wal",
      synchronous: SYNCHRONOUS_FULL,
      foreign_keys: 1,
      busy_timeout: options.busyTimeoutMs
    }
    for (const [name, value] of Object.entries(wanted)) {
      // Not from the cache: a prepared pragma may answer with what was true when it was prepared.
      const rows = yield* sql.unsafe(`PRAGMA ${name}`).unprepared
      const actual = rows[0] === undefined ? undefined : Object.values(rows[0])[0]
      if (actual !== value) {
        const problem = `SQLite did not take ${name} = ${value}: it says ${String(actual)}`
        return yield* storageError(subject, "Unavailable", problem)
      }
    }
  })

const open = (options: DatabaseOptions, subject: Subject) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    yield* fs.chmod(subject.path, OWNER_ONLY)
    const sql = yield* connect(subject, { ...options, readonly: false })
    yield* sql.unsafe("PRAGMA journal_mode = WAL")
    yield* sql.unsafe("PRAGMA synchronous = FULL")
    yield* sql.unsafe("PRAGMA foreign_keys = ON")
    yield* sql.unsafe(`PRAGMA wal_autocheckpoint = ${WAL_AUTOCHECKPOINT_PAGES}`)
    yield* sql.unsafe(`PRAGMA journal_size_limit = ${WAL_SIZE_LIMIT_BYTES}`)
    yield* whileBusy(migrate(sql, options.migrations, subject))
    yield* whileBusy(raisingDefects(subject)(proveSettings(sql, options, subject)))
    return sql
  }).pipe(raisingDefects(subject))

const checkpoint =
  (subject: Subject): Body<void> =>
  (query) =>
    Effect.flatMap(query("PRAGMA wal_checkpoint(TRUNCATE)"), (rows) =>
      rows[0]?.["busy"] === 0
        ? Effect.void
        : Effect.fail(storageError(subject, "Busy", "a reader keeps the write-ahead log from being emptied"))
    )

/**
 * Opens a database file in WAL mode with synchronous FULL, creating it (mode 0600) where there is none, and closes it with
 * the scope, log emptied. The caller must hold the state directory ({@link holdDirectory}); one process opens a file once.
 * Raises `Corrupt` and `NewerSchema` with the file untouched, `NotWritable`, `DiskFull`, `Busy`, `Unavailable`.
 */
export const openDatabase = (
  options: DatabaseOptions
): Effect.Effect<Database, PersistenceError, Scope.Scope | FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const subject = (operation: string): Subject => ({
      module: options.module,
      operation,
      path: options.path
    })
    const opening = subject("open")
    const version = latestVersion(options.migrations)
    const exists = yield* inspect(opening, { ...options, version })
    if (!exists) yield* create(options, opening)
    const sql = yield* open(options, opening)
    const alone = yield* raisingDefects(opening)(heldFor(sql))
    return {
      path: options.path,
      read: (operation, body) => whileBusy(alone(subject(operation), body)),
      write: (operation, body) => whileBusy(alone(subject(operation), inTransaction(body))),
      flush: whileBusy(alone(subject("flush"), checkpoint(subject("flush"))))
    }
  })
