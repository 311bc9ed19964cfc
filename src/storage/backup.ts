/** Copies of a database that may be in use, proved before they take their place. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Effect } from "effect"
import type { PersistenceError } from "../ports/persistence.ts"
import { type Body, connect, onConnection, raisingDefects, whileBusy } from "./connection.ts"
import { type Subject, storageError, storageFailure } from "./failure.ts"
import type { Expected } from "./inspect.ts"

export interface BackupOptions extends Omit<Expected, "examine"> {
  /** The module that asks, for its errors. */
  readonly module: string
  readonly from: string
  /** The copy; nothing may be there yet. */
  readonly to: string
  /** What the owner of the database finds wrong with its content; the copy is examined. */
  readonly findings: Body<ReadonlyArray<string>>
}

type Needs = FileSystem.FileSystem | Path.Path

/** What a copy is called until it is proved; backups.ts knows it, too. */
const DRAFT_SUFFIX = ".partial"
const OWNER_ONLY = 0o600

const removed = (path: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    Effect.forEach(["", "-journal", "-wal", "-shm"], (suffix) =>
      Effect.ignore(fs.remove(`${path}${suffix}`, { force: true }))
    )
  )

/**
 * Page by page out of one snapshot: the read transaction is open before the first page is copied, so that what others write
 * meanwhile neither gets in nor makes the copying begin again.
 */
const copyPages = ({ busyTimeoutMs, from }: BackupOptions, subject: Subject, draft: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const sql = yield* connect({ ...subject, path: from }, { readonly: true, busyTimeoutMs })
      yield* sql.unsafe("BEGIN")
      yield* sql.unsafe("SELECT count(*) FROM sqlite_schema")
      yield* sql.backup(draft)
      yield* sql.unsafe("COMMIT")
    })
  ).pipe(raisingDefects({ ...subject, path: from }), whileBusy)

const answers = (rows: ReadonlyArray<object>): ReadonlyArray<string> =>
  rows.flatMap((row) => Object.values(row).map(String)).filter((text) => text !== "ok")

const damages: Body<ReadonlyArray<string>> = (query) =>
  Effect.map(query("PRAGMA integrity_check(5)"), answers)

const strangers: Body<ReadonlyArray<string>> = (query) =>
  Effect.map(query("PRAGMA foreign_key_check"), (rows) =>
    rows
      .slice(0, 5)
      .map((row) => `a row of ${String(row["table"])} refers to none of ${String(row["parent"])}`)
  )

/** Damage of the copy is the source's, unless the source has none: then it is the copy's own. */
const damaged = (options: BackupOptions, subject: Subject, found: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const source = { ...subject, path: options.from }
    const there = yield* Effect.scoped(
      Effect.flatMap(connect(source, { readonly: true, busyTimeoutMs: options.busyTimeoutMs }), (sql) =>
        onConnection(sql, source, damages)
      )
    )
    return there.length > 0
      ? storageError(source, "Corrupt", `the database is damaged: ${there.join("; ")}`)
      : storageError(
          { ...subject, path: options.to },
          "Unavailable",
          `the copy came out damaged (${found.join("; ")}), though ${options.from} is not: look at that disk`
        )
  })

/** A whole file by itself, with no log beside it, and every page, reference and entry of it looked at. */
const prove = (options: BackupOptions, subject: Subject, draft: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const sql = yield* connect({ ...subject, path: draft }, { readonly: false, busyTimeoutMs: 0 })
      yield* sql.unsafe("PRAGMA journal_mode = DELETE")
      const on = <A>(body: Body<A>) => onConnection(sql, { ...subject, path: draft }, body)
      const found = yield* on(damages)
      if (found.length > 0) return yield* yield* damaged(options, subject, found)
      const findings = [...(yield* on(strangers)), ...(yield* on(options.findings))]
      if (findings.length > 0) {
        const problem = `it is whole, but contradicts itself: ${findings.join("; ")}`
        return yield* storageError({ ...subject, path: options.from }, "Unavailable", problem)
      }
    })
  ).pipe(
    raisingDefects({ ...subject, path: draft }),
    // Pages may be too bad even for the check.
    Effect.catchIf(
      (error) => error.reason === "Corrupt" && error.path === draft,
      (error) => Effect.flatMap(damaged(options, subject, [error.message]), Effect.fail)
    )
  )

/** Synced before it is moved to its place, and the place after: the copy is there whole, or not at all. */
const putInPlace = (draft: string, to: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const sync = (name: string, flag: "r" | "r+") =>
      Effect.scoped(Effect.flatMap(fs.open(name, { flag }), (file) => file.sync))
    yield* sync(draft, "r+")
    yield* fs.rename(draft, to)
    yield* sync(path.dirname(to), "r")
    return Number((yield* fs.stat(to)).size)
  })

/**
 * Copies the database at `from`, which others may be writing to, into the new file `to`, and proves the copy: pages, indices,
 * references and the owner's own findings. Answers with its size in bytes. Raises `Corrupt` where `from` is damaged,
 * `Unavailable` where the copy is or where the content contradicts itself, and the disk's reasons; then there is no `to`.
 */
export const backUp = (options: BackupOptions): Effect.Effect<number, PersistenceError, Needs> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const subject: Subject = { module: options.module, operation: "backup", path: options.to }
    if (!(yield* fs.exists(options.from))) {
      return yield* storageError({ ...subject, path: options.from }, "NotWritable", "there is no database")
    }
    if (yield* fs.exists(options.to)) {
      return yield* storageError(subject, "NotWritable", "there is a file of this name, and it is kept")
    }
    const draft = `${options.to}${DRAFT_SUFFIX}`
    return yield* Effect.acquireUseRelease(
      fs.writeFile(draft, new Uint8Array(), { flag: "wx", mode: OWNER_ONLY }),
      () =>
        Effect.gen(function* () {
          yield* copyPages(options, subject, draft)
          yield* prove(options, subject, draft)
          return yield* putInPlace(draft, options.to)
        }),
      () => removed(draft)
    ).pipe(Effect.mapError(storageFailure(subject)))
  }).pipe(Effect.mapError(storageFailure({ module: options.module, operation: "backup", path: options.to })))
