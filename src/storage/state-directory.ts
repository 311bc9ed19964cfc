/** The state directory: private, and used by one daemon at a time. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import type { PlatformError } from "@effect/platform/Error"
import { Effect, Option, Schema, type Scope } from "effect"
import type { PersistenceError } from "../ports/persistence.ts"
import { ProcessId } from "../ports/process-id.ts"
import { connect, raisingDefects } from "./connection.ts"
import { type Subject, storageError, storageFailure } from "./failure.ts"

const Holder = Schema.parseJson(Schema.Struct({ pid: Schema.Int, note: Schema.optional(Schema.String) }))

/** What a held directory stands for, for messages. */
interface HoldWords {
  readonly what: string
  /** Told about the holder to those who are refused. */
  readonly note?: string
  readonly remedy?: string
}
const STATE_DIRECTORY: HoldWords = { what: "the state directory" }

/**
 * How long an attempt waits for others that are just trying too, milliseconds: of several starters at once, each of which
 * has the file for an instant, all could find it taken.
 */
const CONTENTION_MS = 50

const OPENING = "open state directory"
/** Written by whoever takes the directory, at that moment. */
export const HOLDER_FILE = "holder.json"

/**
 * One level at a time from the top: Node's own recursive mkdir tries for ever where a parent lets nothing be created in
 * it (/proc does so).
 */
const makeDirectories = (
  directory: string
): Effect.Effect<void, PlatformError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    if (yield* fs.exists(directory)) return
    const parent = path.dirname(directory)
    if (parent !== directory) yield* makeDirectories(parent)
    yield* fs.makeDirectory(directory, { mode: 0o700 })
  })

/** Files and sockets that a daemon opens after its start, at most, and some to spare. */
const SPARE_DESCRIPTORS = 64

/** Opens so many at once and gives them back: whoever has too few would fail in the middle of things, with words that mislead. */
const proveDescriptors = (subject: Subject) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    Effect.scoped(Effect.replicateEffect(fs.open("/", { flag: "r" }), SPARE_DESCRIPTORS))
  ).pipe(
    Effect.mapError((cause) =>
      storageError(
        subject,
        "NotWritable",
        `this process may not open ${SPARE_DESCRIPTORS} more files (${cause.message})`,
        cause,
        `Let it open more: ulimit -n ${4 * SPARE_DESCRIPTORS}, or LimitNOFILE in its unit.`
      )
    )
  )

/**
 * Creates the directory for its owner alone (0700) where it is missing; raises `NotWritable` or `DiskFull`. Raises `NotWritable`
 * and makes nothing where the process may open too few files.
 */
export const secureDirectory = (
  module: string,
  directory: string
): Effect.Effect<void, PersistenceError, FileSystem.FileSystem | Path.Path> => {
  const subject: Subject = { module, operation: OPENING, path: directory }
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    yield* proveDescriptors(subject)
    yield* makeDirectories(directory)
    const { type } = yield* fs.stat(directory)
    if (type !== "Directory") {
      return yield* storageError(subject, "NotWritable", "a directory is needed, and this is none")
    }
  }).pipe(Effect.mapError(storageFailure(subject)))
}

/** Who holds it, as far as can be told: for the message only, the lock itself is SQLite's. */
const describeHolder = (holderPath: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const { note, pid } = yield* Schema.decode(Holder)(yield* fs.readFileString(holderPath))
    const since = (yield* fs.stat(holderPath)).mtime
    const from = Option.match(since, { onNone: () => "", onSome: (at) => ` since ${at.toISOString()}` })
    return `process ${pid}${from}${note === undefined ? "" : ` (${note})`}`
  }).pipe(Effect.orElseSucceed(() => "another process"))

/**
 * Holds the directory for the life of the scope; raises `HeldByAnother` where somebody else does. The lock is an exclusive
 * transaction on `lock.db`, which the kernel lets go of however the process ends. A plain file handle on `lock.db` would
 * drop it (POSIX locks belong to the process): nothing else may open that file.
 */
export const holdDirectory = (
  module: string,
  directory: string,
  { note, remedy, what }: HoldWords = STATE_DIRECTORY
): Effect.Effect<void, PersistenceError, Scope.Scope | FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const subject: Subject = { module, operation: OPENING, path: directory }
    const lockPath = path.join(directory, "lock.db")
    const holderPath = path.join(directory, HOLDER_FILE)
    yield* Effect.gen(function* () {
      if (!(yield* fs.exists(lockPath))) {
        yield* Effect.catchIf(
          fs.writeFile(lockPath, new Uint8Array(), { flag: "wx", mode: 0o600 }),
          (error) => error._tag === "SystemError" && error.reason === "AlreadyExists",
          () => Effect.void
        )
      }
      const sql = yield* connect(
        { ...subject, path: lockPath },
        { readonly: false, busyTimeoutMs: CONTENTION_MS }
      )
      yield* sql.unsafe("BEGIN EXCLUSIVE")
    }).pipe(
      raisingDefects({ ...subject, path: lockPath }),
      Effect.catchIf(
        (error) => error.reason === "Busy",
        () =>
          Effect.flatMap(describeHolder(holderPath), (holder) =>
            Effect.fail(
              storageError(subject, "HeldByAnother", `${what} is in use by ${holder}`, undefined, remedy)
            )
          )
      )
    )
    const words = JSON.stringify({ pid: yield* ProcessId, note })
    yield* Effect.acquireRelease(
      fs.writeFileString(holderPath, words, { mode: 0o600 }),
      // One who took over in spite of the lock has put his own there.
      () =>
        Effect.whenEffect(
          fs.remove(holderPath, { force: true }),
          Effect.map(fs.readFileString(holderPath), (now) => now === words)
        ).pipe(Effect.ignore)
    ).pipe(Effect.mapError(storageFailure(subject)))
  })
