/** Looks at a database file before it is opened for writing, and leaves it as it was. */
import * as FileSystem from "@effect/platform/FileSystem"
import { Effect, Option } from "effect"
import type { PersistenceError } from "../ports/persistence.ts"
import { type Body, type Query, connect, onConnection, whileBusy } from "./connection.ts"
import { type Subject, storageError, storageFailure } from "./failure.ts"
import { MIGRATIONS_TABLE } from "./migrations.ts"

/** What the file must be. */
export interface Expected {
  readonly applicationId: number
  readonly version: number
  readonly busyTimeoutMs: number
  /** A file up to this size is walked page by page; of a longer one only what is read is looked at. Unlimited by default. */
  readonly wholeCheckBytes?: number
  /** The owner's own look at it, once all else is in order. */
  readonly examine?: Body<void>
}

/** What is walked in well under a second on any machine: some 3 ms a megabyte. */
export const WHOLE_CHECK_BYTES = 64 * 1_024 * 1_024

const MAGIC = "SQLite format 3\0"
/** sqlite.org/fileformat.html §1.3: big-endian, in the first hundred bytes. */
const HEADER_BYTES = 100
const PAGE_SIZE_AT = 16
const USER_VERSION_AT = 60
const APPLICATION_ID_AT = 68

const compareVersions = (
  subject: Subject,
  found: { readonly applicationId: number; readonly version: number },
  expected: Expected
): Effect.Effect<void, PersistenceError> => {
  if (found.applicationId !== expected.applicationId) {
    return Effect.fail(storageError(subject, "Corrupt", "this is not a database of this kind"))
  }
  return found.version > expected.version
    ? Effect.fail(
        storageError(
          subject,
          "NewerSchema",
          `its schema is version ${found.version}, and this program knows ${expected.version}`
        )
      )
    : Effect.void
}

/** SQLite reads what is missing of a last page as zeros. Only a log that a crash left may still make such a file whole. */
const inspectLength = (subject: Subject, header: Buffer) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const { size } = yield* fs.stat(subject.path)
    const log = yield* Effect.option(fs.stat(`${subject.path}-wal`))
    if (Option.exists(log, (info) => info.size > 0n)) return
    // The value 1 stands for 65,536, which does not fit.
    const pageSize = header.readUInt16BE(PAGE_SIZE_AT) === 1 ? 65_536 : header.readUInt16BE(PAGE_SIZE_AT)
    if (pageSize === 0 || Number(size) % pageSize !== 0) {
      return yield* storageError(subject, "Corrupt", "the file is cut off inside a page")
    }
  })

/** Judged by plain reading: SQLite itself would already leave a -wal beside a file it merely looks at. */
const inspectHeader = (subject: Subject, expected: Expected) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const bytes = yield* Effect.scoped(
      Effect.flatMap(fs.open(subject.path, { flag: "r" }), (file) => file.readAlloc(HEADER_BYTES))
    ).pipe(Effect.mapError(storageFailure(subject)))
    const header = Buffer.from(Option.getOrElse(bytes, () => new Uint8Array()))
    if (header.length < HEADER_BYTES || header.toString("latin1", 0, MAGIC.length) !== MAGIC) {
      return yield* storageError(subject, "Corrupt", "this is not a SQLite database")
    }
    yield* compareVersions(
      subject,
      { applicationId: header.readInt32BE(APPLICATION_ID_AT), version: header.readInt32BE(USER_VERSION_AT) },
      expected
    )
    yield* inspectLength(subject, header)
  })

const numberIn = (rows: ReadonlyArray<object>): number =>
  Number(rows[0] === undefined ? 0 : (Object.values(rows[0])[0] ?? 0))

const inspectEveryPage =
  (subject: Subject): Body<void> =>
  (query) =>
    Effect.gen(function* () {
      const rows = yield* query("PRAGMA quick_check(5)")
      const findings = rows.flatMap((row) => Object.values(row).map(String))
      if (findings.join() !== "ok") {
        return yield* storageError(subject, "Corrupt", `the database is damaged: ${findings.join("; ")}`)
      }
    })

/** The same again as SQLite sees it, with what a crash has left in the -wal, and every page walked once. */
const inspectContent = (subject: Subject, expected: Expected, isWalked: boolean) => (query: Query) =>
  Effect.gen(function* () {
    const applicationId = numberIn(yield* query("PRAGMA application_id"))
    const userVersion = numberIn(yield* query("PRAGMA user_version"))
    const migrated = yield* query("SELECT name FROM sqlite_schema WHERE name = ?", [MIGRATIONS_TABLE])
    const latest =
      migrated.length === 0 ? [] : yield* query(`SELECT max(migration_id) AS latest FROM ${MIGRATIONS_TABLE}`)
    const version = Math.max(userVersion, numberIn(latest))
    yield* compareVersions(subject, { applicationId, version }, expected)
    if (isWalked) yield* inspectEveryPage(subject)(query)
    if (expected.examine !== undefined) yield* expected.examine(query)
  })

/** Opens read-only; files that this alone has brought up beside a bad database go again. */
const inspectPages = (subject: Subject, expected: Expected) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const { size } = yield* fs.stat(subject.path)
    const isWalked = Number(size) <= (expected.wholeCheckBytes ?? Number.POSITIVE_INFINITY)
    const besides = [`${subject.path}-wal`, `${subject.path}-shm`]
    const missing = yield* Effect.filter(besides, (path) => Effect.negate(fs.exists(path)))
    yield* Effect.scoped(
      Effect.flatMap(connect(subject, { ...expected, readonly: true }), (sql) =>
        onConnection(sql, subject, inspectContent(subject, expected, isWalked))
      )
    ).pipe(
      whileBusy,
      Effect.onError(() => Effect.forEach(missing, (path) => Effect.ignore(fs.remove(path, { force: true }))))
    )
  })

/**
 * Is there a database, and may it be opened? False where there is none yet. Raises `Corrupt` (no database, damaged pages,
 * another program's, a -wal without its database), `NewerSchema`, or `NotWritable` (no regular file, no access); none of
 * them changes a byte. Walks the file up to `wholeCheckBytes`.
 */
export const inspect = (
  subject: Subject,
  expected: Expected
): Effect.Effect<boolean, PersistenceError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    if (!(yield* fs.exists(subject.path))) {
      // A new file beside it would take up the log of the old one.
      if (!(yield* fs.exists(`${subject.path}-wal`))) return false
      return yield* storageError(subject, "Corrupt", "its -wal file is here, but the database is not")
    }
    const { type } = yield* fs.stat(subject.path)
    if (type !== "File") {
      return yield* storageError(subject, "NotWritable", `this is a ${type.toLowerCase()}, not a file`)
    }
    yield* inspectHeader(subject, expected)
    yield* inspectPages(subject, expected)
    return true
  }).pipe(Effect.mapError(storageFailure(subject)))
