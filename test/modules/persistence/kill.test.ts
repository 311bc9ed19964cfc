import { Command, FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { fileURLToPath } from "node:url"
import { OrderId } from "../../../src/domain/order.ts"
import { backUpJournal, nextBackup, pruneBackups } from "../../../src/modules/persistence/backups.ts"
import { inDirectory, tamper } from "../../storage/support.ts"
import { withJournal } from "./support/journal.ts"
import { findingsIn } from "./support/tables.ts"

const here = (name: string) => fileURLToPath(new URL(`support/${name}`, import.meta.url))
const loader = new URL("../../support/ts-loader.mjs", import.meta.url).href

/** Runs a writer, lets `meet` happen at the n-th stored order, then kills it with no warning; answers what it said was stored. */
const killAt = <E, R>(stateDir: string, count: number, meet: Effect.Effect<void, E, R>) =>
  Effect.gen(function* () {
    const writer = yield* Command.start(
      Command.make(process.execPath, "--import", loader, here("writer.ts"), stateDir).pipe(
        Command.stderr("inherit")
      )
    )
    const stored: Array<string> = []
    yield* Stream.runForEach(Stream.splitLines(Stream.decodeText(writer.stdout)), (orderId) =>
      Effect.suspend(() => {
        const length = stored.push(orderId)
        return length === count ? Effect.zipRight(meet, Effect.ignore(writer.kill("SIGKILL"))) : Effect.void
      })
    )
    return stored
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))

/** Moments of a backup at which it is killed; more of them by TRADEWIND_KILLS. */
const KILLS = Number(process.env["TRADEWIND_KILLS"] ?? 2)
/** Backups that are finished before: the journal grows, and they take longer. */
const DONE_BEFORE = 1
/** About as long as such a backup takes, milliseconds. */
const BACKUP_MS = 40

/** What one that was killed had said: intents that were on disk, and how many of them when each backup began. */
interface Said {
  readonly stored: ReadonlyArray<number>
  readonly begun: ReadonlyMap<string, number>
  readonly done: ReadonlyArray<string>
}

/** Kills one that backs up while it writes, so long after the beginning of a backup; it numbers its intents from `first` on. */
const killAfter = (stateDir: string, first: number, ms: number) =>
  Effect.gen(function* () {
    const words = ["--import", loader, here("backing-up.ts"), stateDir, String(first)]
    const writer = yield* Command.start(
      Command.make(process.execPath, ...words).pipe(Command.stderr("inherit"))
    )
    const stored: Array<number> = []
    const begun = new Map<string, number>()
    const done: Array<string> = []
    yield* Stream.runForEach(Stream.splitLines(Stream.decodeText(writer.stdout)), (line) =>
      Effect.suspend(() => {
        const [what = "", value = ""] = line.split(" ")
        if (what === "stored") stored.push(Number(value))
        if (what === "done") done.push(value)
        if (what !== "begins") return Effect.void
        begun.set(value, stored.length)
        const dies = Effect.delay(Effect.ignore(writer.kill("SIGKILL")), ms)
        return done.length === DONE_BEFORE ? Effect.asVoid(Effect.fork(dies)) : Effect.void
      })
    )
    return { stored, begun, done } satisfies Said
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))

/** The numbers of the intents of a backup, put back as the journal of a state directory of its own. */
const restored = (backup: string) =>
  inDirectory((directory) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      yield* fs.copyFile(backup, `${directory}/tradewind.db`)
      yield* withJournal(directory, (journal) => journal.load)
      expect(yield* findingsIn(`${directory}/tradewind.db`)).toEqual([])
      const [rows] = yield* tamper(`${directory}/tradewind.db`, "SELECT order_id FROM intents ORDER BY seq")
      return (rows ?? []).map((row) => Number(String(Object.values(row)[0])))
    })
  )

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)

describe("kill -9", () => {
  it.live(
    "recordIntent – what was acknowledged is there after kill -9, and the directory is free again",
    () =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const refused = Effect.gen(function* () {
            const error = yield* Effect.flip(withJournal(directory, () => Effect.void))
            expect(error.reason).toBe("HeldByAnother")
          })
          const stored = yield* killAt(directory, 40, refused)
          expect(stored.length).toBeGreaterThanOrEqual(40)
          expect(yield* fs.exists(`${directory}/holder.json`)).toBe(true)
          yield* withJournal(directory, (journal) =>
            Effect.gen(function* () {
              const known = new Set((yield* journal.load).orders.map((order) => order.orderId))
              expect(stored.filter((orderId) => !known.has(OrderId.make(orderId)))).toEqual([])
              // At most the one that was stored when it could no longer say so.
              expect(known.size - stored.length).toBeLessThanOrEqual(1)
            })
          )
        })
      )
  )

  it.live(
    "backUpJournal – killed at any moment under writes: every backup that has its name is whole, and the next one clears up",
    () =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          let next = 0
          for (let kill = 0; kill < KILLS; kill++) {
            const { begun, done, stored } = yield* killAfter(directory, next, (kill * BACKUP_MS) / KILLS)
            const names = (yield* fs.readDirectory(`${directory}/backups`)).toSorted()
            const whole = names.filter((name) => name.endsWith(".db"))
            // One may have come to its name and not said so.
            expect(whole.length).toBeGreaterThanOrEqual(Math.min(5, done.length))
            for (const name of whole) {
              const path = `${directory}/backups/${name}`
              const [integrity] = yield* tamper(path, "PRAGMA integrity_check")
              expect(integrity, name).toEqual([{ integrity_check: "ok" }])
              const numbers = yield* restored(path)
              // All that was stored up to some moment, which is none before it began.
              expect(numbers).toEqual(upTo(numbers.length))
              const least = begun.get(path)
              if (least !== undefined) expect(numbers.length).toBeGreaterThanOrEqual(next + least)
            }
            // The last one may have been stored, and not said so: it keeps its number, and its entry.
            next = (stored.at(-1) ?? next - 1) + 1
          }
          yield* withJournal(directory, () => Effect.void)
          yield* backUpJournal(directory, yield* nextBackup(directory))
          yield* pruneBackups(directory, 1)
          expect(yield* fs.readDirectory(`${directory}/backups`)).toHaveLength(1)
        })
      ),
    600_000
  )
})
