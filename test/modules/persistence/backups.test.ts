import { FileSystem, Path } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Schema, type Scope, TestClock } from "effect"
import { Settings } from "../../../src/modules/persistence/settings.ts"
import {
  backUpJournal,
  backupsLayer,
  nextBackup,
  pruneBackups
} from "../../../src/modules/persistence/backups.ts"
import { ModuleHost } from "../../../src/ports/module-host.ts"
import { Persistence, PersistenceError } from "../../../src/ports/persistence.ts"
import { contentOf, inDirectory } from "../../storage/support.ts"
import { withJournal } from "./support/journal.ts"
import { identityNumber, intentNumber } from "./support/samples.ts"
import { findingsIn } from "./support/tables.ts"

/** Real schedules are of hours: the test's clock takes its time for every look in between. */
const EVERY_MS = 60_000
const settings = { ...Schema.decodeSync(Settings)({}), keepBackups: 3, backupEveryMs: EVERY_MS }

const failure = (reason: PersistenceError["reason"]) =>
  new PersistenceError({ module: "persistence", operation: "backup", path: "x", reason, message: "no" })

/** What a host was told, and the fiber it was given. */
interface Hosted {
  readonly told: Array<string>
  fiber: Fiber.RuntimeFiber<unknown, unknown> | undefined
}

/** The schedule over an open journal, with copies that are made so. */
const scheduled = <A, E>(
  directory: string,
  copy: (to: string) => Effect.Effect<void, PersistenceError>,
  body: (hosted: Hosted) => Effect.Effect<A, E, FileSystem.FileSystem | Path.Path | Scope.Scope>,
  changes: Partial<typeof Settings.Type> = {}
) =>
  withJournal(directory, (journal) =>
    Effect.gen(function* () {
      const hosted: Hosted = { told: [], fiber: undefined }
      const host = ModuleHost.of({
        name: "persistence",
        fork: (operation, effect) =>
          Effect.gen(function* () {
            expect(operation).toBe("backups")
            hosted.fiber = yield* Effect.forkDaemon(effect)
          }),
        degraded: (reason) => Effect.sync(() => void hosted.told.push(reason)),
        ready: Effect.sync(() => void hosted.told.push("ready"))
      })
      const services = Context.make(ModuleHost, host).pipe(Context.add(Persistence, journal))
      yield* Effect.provide(Layer.build(backupsLayer({ ...settings, ...changes }, directory, copy)), services)
      const result = yield* body(hosted)
      if (hosted.fiber !== undefined) yield* Fiber.interrupt(hosted.fiber)
      return result
    })
  )

/** A turn of the event loop, for what is done on a real disk. */
const turn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

const pass = (ms: number) => Effect.zipRight(TestClock.adjust(ms), turn)

const until = (isSo: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (isSo() ? Effect.void : Effect.zipRight(turn, until(isSo))))

const touch = (path: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => Effect.orDie(fs.writeFileString(path, "")))

describe("backups", () => {
  it.effect("nextBackup, pruneBackups – go up, keep the newest, and clear what was overtaken", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const none = yield* Effect.flip(nextBackup(directory))
        expect(none.message).toContain("no journal")
        expect(yield* fs.readDirectory(directory)).toEqual([])
        yield* withJournal(directory, () => Effect.void)
        expect(yield* nextBackup(directory)).toBe(`${directory}/backups/tradewind-000001.db`)
        for (const name of [
          "tradewind-000007.db",
          "tradewind-000008.db.partial",
          "tradewind-000008.db.partial-journal",
          "tradewind-000009.db",
          "tradewind-000010.db.partial",
          "tradewind-999999.db",
          "notes.txt"
        ]) {
          yield* touch(`${directory}/backups/${name}`)
        }
        expect(yield* nextBackup(directory)).toBe(`${directory}/backups/tradewind-1000000.db`)
        yield* touch(`${directory}/backups/tradewind-1000000.db`)
        yield* touch(`${directory}/backups/tradewind-1000001.db.partial`)
        yield* pruneBackups(directory, 2)
        expect((yield* fs.readDirectory(`${directory}/backups`)).toSorted()).toEqual([
          "notes.txt",
          "tradewind-1000000.db",
          "tradewind-1000001.db.partial",
          "tradewind-999999.db"
        ])
      })
    )
  )

  it.effect("backupsLayer – one soon after the start, then one at each interval, and so many kept", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const made: Array<string> = []
        const context = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
        const copy = (to: string) =>
          Effect.zipRight(
            Effect.asVoid(backUpJournal(directory, to)),
            Effect.sync(() => void made.push(to))
          ).pipe(Effect.provide(context))
        yield* scheduled(directory, copy, ({ told }) =>
          Effect.gen(function* () {
            yield* pass(29_000)
            expect(made).toHaveLength(0)
            for (let number = 1; number <= 5; number++) {
              yield* pass(number === 1 ? 11_000 : EVERY_MS)
              yield* until(() => told.length >= number)
            }
            expect(new Set(told)).toEqual(new Set(["ready"]))
          })
        )
        expect(made).toHaveLength(5)
        const left = (yield* fs.readDirectory(`${directory}/backups`)).toSorted()
        expect(left).toEqual(["tradewind-000003.db", "tradewind-000004.db", "tradewind-000005.db"])
        // A new start so soon after the last backup waits out the interval.
        yield* scheduled(directory, copy, () => pass(EVERY_MS / 2))
        expect(made).toHaveLength(5)
      })
    )
  )

  it.effect(
    "backupsLayer – what fails is told, and tried again at the next time; a damaged journal ends it",
    () =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const ends = [failure("DiskFull"), failure("Unavailable"), undefined, failure("Corrupt")]
          let calls = 0
          const copy = () =>
            Effect.suspend(() => {
              const end = ends[calls++]
              return end === undefined ? Effect.void : Effect.fail(end)
            })
          yield* scheduled(directory, copy, (hosted) =>
            Effect.gen(function* () {
              for (let call = 1; call <= ends.length; call++) {
                yield* pass(EVERY_MS)
                yield* until(() => calls >= call)
              }
              const exit = hosted.fiber === undefined ? undefined : yield* Fiber.await(hosted.fiber)
              expect(exit).toStrictEqual(Exit.fail(ends[3]))
              expect(hosted.told.map((words) => words.slice(0, 11))).toEqual([
                "the last ba",
                "the last ba",
                "ready"
              ])
            })
          )
        })
      )
  )

  it.effect("backupsLayer – none where none are wanted", () =>
    inDirectory((directory) =>
      scheduled(
        directory,
        () => Effect.die("not wanted"),
        ({ fiber }) => Effect.sync(() => expect(fiber).toBeUndefined()),
        { backupEveryMs: 0 }
      )
    )
  )

  it.effect("restore – as docs/operations.md says: the journal is that of the backup, and goes on", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const copy = `${directory}/copy.db`
        const record = (numbers: ReadonlyArray<number>) =>
          withJournal(directory, (journal) =>
            Effect.zipRight(
              Effect.forEach(numbers, (number) =>
                journal.recordIntent(intentNumber(number), identityNumber(number))
              ),
              journal.load
            )
          )
        const state = yield* record([1, 2, 3])
        yield* backUpJournal(directory, copy)
        yield* record([4, 5])
        // A log that a crash left would be taken for the restored file's own: it goes with its database.
        yield* fs.writeFile(`${directory}/tradewind.db-wal`, new Uint8Array(64))
        yield* fs.makeDirectory(`${directory}/old`)
        for (const name of yield* fs.readDirectory(directory)) {
          if (name.startsWith("tradewind.db"))
            yield* fs.rename(`${directory}/${name}`, `${directory}/old/${name}`)
        }
        yield* fs.copyFile(copy, `${directory}/tradewind.db`)
        yield* withJournal(directory, (journal) =>
          Effect.gen(function* () {
            expect(yield* journal.load).toEqual(state)
            yield* journal.recordIntent(intentNumber(6), identityNumber(6))
          })
        )
        expect(yield* findingsIn(`${directory}/tradewind.db`)).toEqual([])
        expect((yield* contentOf(directory)).find((line) => line.startsWith("tradewind.db "))).toContain(
          " 600 "
        )
      })
    )
  )
})
