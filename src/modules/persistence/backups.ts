/** Backups on a schedule of real time, numbered, and so many kept. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Effect, Layer, Option } from "effect"
import { ModuleHost } from "../../ports/module-host.ts"
import { Persistence, type PersistenceError } from "../../ports/persistence.ts"
import { Stopwatch, timed } from "../../ports/stopwatch.ts"
import { backUp } from "../../storage/backup.ts"
import { storageError, storageFailure } from "../../storage/failure.ts"
import { latestVersion } from "../../storage/migrations.ts"
import { WHOLE_CHECK_BYTES } from "../../storage/inspect.ts"
import { HOLDER_FILE } from "../../storage/state-directory.ts"
import { DATABASE_FILE, MODULE } from "./files.ts"
import { journalFindings } from "./derive.ts"
import { JOURNAL_APPLICATION_ID, journalMigrations } from "./schema.ts"
import type { Settings } from "./settings.ts"

type Needs = FileSystem.FileSystem | Path.Path

/** How often it is looked whether one is due. */
const LOOK_EVERY = "10 seconds"
/** The start has other things to do first. */
const SETTLE_MS = 30_000

/** A draft may have SQLite's own files beside it, where its maker was killed. */
const NAME = /^tradewind-(\d{6,15})\.db(\.partial(?:-journal|-wal|-shm)?)?$/
const nameOf = (number: number): string => `tradewind-${String(number).padStart(6, "0")}.db`

interface Numbered {
  readonly number: number
  readonly path: string
  readonly isDraft: boolean
}

/** Backups and drafts of backups, the oldest first. */
const listed = (folder: string): Effect.Effect<ReadonlyArray<Numbered>, PersistenceError, Needs> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    if (!(yield* fs.exists(folder))) return []
    return (yield* fs.readDirectory(folder))
      .flatMap((name) => {
        const [, digits, draft] = NAME.exec(name) ?? []
        return digits === undefined
          ? []
          : [{ number: Number(digits), path: path.join(folder, name), isDraft: draft !== undefined }]
      })
      .toSorted((a, b) => a.number - b.number)
  }).pipe(Effect.mapError(storageFailure({ module: MODULE, operation: "backup", path: folder })))

/**
 * The place of the next backup in the state directory's own folder of them, which is made where it is missing (0700). Raises
 * `NotWritable` where there is no journal, and makes nothing then.
 */
export const nextBackup = (stateDir: string): Effect.Effect<string, PersistenceError, Needs> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const folder = path.join(stateDir, "backups")
    const journal = path.join(stateDir, DATABASE_FILE)
    const subject = { module: MODULE, operation: "backup", path: journal }
    if (!(yield* Effect.mapError(fs.exists(journal), storageFailure(subject)))) {
      return yield* storageError(subject, "NotWritable", "there is no journal to back up")
    }
    const last = (yield* listed(folder)).at(-1)?.number ?? 0
    yield* Effect.mapError(
      fs.makeDirectory(folder, { recursive: true, mode: 0o700 }),
      storageFailure({ module: MODULE, operation: "backup", path: folder })
    )
    return path.join(folder, nameOf(last + 1))
  })

/** Removes all but the newest `keep` backups, and drafts that were overtaken: whoever made them is gone. */
export const pruneBackups = (stateDir: string, keep: number): Effect.Effect<void, PersistenceError, Needs> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const all = yield* listed(path.join(stateDir, "backups"))
    const whole = all.filter(({ isDraft }) => !isDraft)
    const newest = whole.at(-1)?.number ?? 0
    const old = [
      ...whole.slice(0, Math.max(0, whole.length - keep)),
      ...all.filter(({ isDraft, number }) => isDraft && number < newest)
    ]
    yield* Effect.forEach(old, (each) =>
      Effect.mapError(
        fs.remove(each.path, { force: true }),
        storageFailure({ module: MODULE, operation: "backup", path: each.path })
      )
    )
  })

/** Backs the journal of a state directory up, whether or not a daemon runs on it; answers with the size in bytes. */
export const backUpJournal = (stateDir: string, to: string): Effect.Effect<number, PersistenceError, Needs> =>
  Effect.flatMap(Path.Path, (path) =>
    backUp({
      module: MODULE,
      from: path.join(stateDir, DATABASE_FILE),
      to,
      applicationId: JOURNAL_APPLICATION_ID,
      version: latestVersion(journalMigrations),
      busyTimeoutMs: 50,
      findings: journalFindings
    })
  )

/** How long the newest backup is old, milliseconds by the file system's clock: market time tells nothing of files. */
const ageMs = (stateDir: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const newest = (yield* listed(path.join(stateDir, "backups"))).findLast(({ isDraft }) => !isDraft)
    if (newest === undefined) return Number.POSITIVE_INFINITY
    const writtenMs = (file: string) =>
      Effect.map(fs.stat(file), ({ mtime }) => Option.match(mtime, { onNone: () => 0, onSome: Number }))
    // The holder's file was written when this process took the directory.
    return (yield* writtenMs(path.join(stateDir, HOLDER_FILE))) - (yield* writtenMs(newest.path))
  }).pipe(Effect.orElseSucceed(() => Number.POSITIVE_INFINITY))

/** When the first backup of this run is due, in real milliseconds from now. A journal too long to be walked at the start: at once. */
const firstDueInMs = (stateDir: string, everyMs: number) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const { path } = yield* Persistence
    const size = yield* Effect.orElseSucceed(
      Effect.map(fs.stat(path), (info) => Number(info.size)),
      () => 0
    )
    return size > WHOLE_CHECK_BYTES ? 0 : Math.max(SETTLE_MS, everyMs - (yield* ageMs(stateDir)))
  })

/** Makes one, and says how it went. Only a damaged journal is an error of the daemon's: it must not trade on it. */
const makeOne = (
  settings: typeof Settings.Type,
  stateDir: string,
  copy: (to: string) => Effect.Effect<void, PersistenceError>
) =>
  Effect.gen(function* () {
    const host = yield* ModuleHost
    const to = yield* nextBackup(stateDir)
    const [tookMs] = yield* timed(copy(to))
    yield* pruneBackups(stateDir, settings.keepBackups)
    yield* Effect.logInfo("journal_backed_up").pipe(Effect.annotateLogs({ module: MODULE, path: to, tookMs }))
    yield* host.ready
  }).pipe(
    Effect.catchIf(
      (error) => error.reason !== "Corrupt",
      (error) =>
        Effect.flatMap(ModuleHost, (host) =>
          Effect.zipRight(
            Effect.logError("journal_not_backed_up", error).pipe(Effect.annotateLogs({ module: MODULE })),
            host.degraded(`the last backup failed: ${error.message}`)
          )
        )
    )
  )

/**
 * Backs the journal up every `backupEveryMs` of real time, whatever the market's speed, and the first time soon after the
 * start where the last one is older than that. `copy` makes a proved copy in a new file; it may take its time, and is best
 * done by another process. Raises `Corrupt`, to be fatal, where the copying finds the journal damaged.
 */
export const backupsLayer = (
  settings: typeof Settings.Type,
  stateDir: string,
  copy: (to: string) => Effect.Effect<void, PersistenceError>
): Layer.Layer<never, never, Needs | ModuleHost | Persistence> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      if (settings.backupEveryMs === 0) return
      const host = yield* ModuleHost
      const realMs = yield* Stopwatch
      let dueMs = (yield* realMs) + (yield* firstDueInMs(stateDir, settings.backupEveryMs))
      const whenDue = Effect.gen(function* () {
        yield* Effect.sleep(LOOK_EVERY)
        if ((yield* realMs) < dueMs) return
        yield* makeOne(settings, stateDir, copy)
        dueMs = (yield* realMs) + settings.backupEveryMs
      })
      const needs = yield* Effect.context<Needs>()
      yield* host.fork(
        "backups",
        Effect.forever(whenDue).pipe(Effect.provideService(ModuleHost, host), Effect.provide(needs))
      )
    })
  )
