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

/** More of them by TRADEWIND_KILLS. */
const KILLS = Number(process.env["TRADEWIND_KILLS"] ?? 2)

/** Kills one that backs up while it writes, some moments after its first backup: later each time. */
const killAfter = (stateDir: string, kill: number) =>
  Effect.gen(function* () {
    const writer = yield* Command.start(
      Command.make(
        process.execPath,
        "--import",
        loader,
        here("backing-up.ts"),
        stateDir,
        String(kill * 100_000)
      ).pipe(Command.stderr("inherit"))
    )
    const told: Array<string> = []
    yield* Stream.runForEach(Stream.splitLines(Stream.decodeText(writer.stdout)), (path) =>
      Effect.suspend(() => {
        const isFirst = told.push(path) === 1
        const dies = Effect.delay(Effect.ignore(writer.kill("SIGKILL")), `${(kill * 13) % 60} millis`)
        return isFirst ? Effect.asVoid(Effect.fork(dies)) : Effect.void
      })
    )
    return told
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))

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
          for (let kill = 0; kill < KILLS; kill++) {
            const told = yield* killAfter(directory, kill)
            const names = (yield* fs.readDirectory(`${directory}/backups`)).toSorted()
            const whole = names.filter((name) => name.endsWith(".db"))
            // One may have come to its name and not said so.
            expect(whole.length).toBeGreaterThanOrEqual(Math.min(5, told.length))
            for (const name of whole) {
              const [integrity] = yield* tamper(`${directory}/backups/${name}`, "PRAGMA integrity_check")
              expect(integrity, name).toEqual([{ integrity_check: "ok" }])
              expect(yield* findingsIn(`${directory}/backups/${name}`)).toEqual([])
            }
          }
          yield* withJournal(directory, () => Effect.void)
          yield* backUpJournal(directory, yield* nextBackup(directory))
          yield* pruneBackups(directory, 1)
          expect(yield* fs.readDirectory(`${directory}/backups`)).toHaveLength(1)
        })
      ),
    120_000
  )
})
