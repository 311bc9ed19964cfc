import { Command, FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { OrderId } from "../../../src/domain/order.ts"
import { inDirectory } from "../../storage/support.ts"
import { withJournal } from "./support/journal.ts"
import { findingsIn } from "./support/tables.ts"

const here = (name: string) => fileURLToPath(new URL(`support/${name}`, import.meta.url))
const loader = new URL("../../support/ts-loader.mjs", import.meta.url).href

const SESSIONS = 4
const INTENTS = 8
/** Power cuts tried, spread over the run; every one of them with TRADEWIND_POWER_CUTS=0. */
const CUTS = Number(process.env["TRADEWIND_POWER_CUTS"] ?? 40)

const hasCompiler = spawnSync("cc", ["--version"]).status === 0 && process.platform === "linux"

type Entry =
  | { readonly _tag: "Sync"; readonly copy: string; readonly file: string }
  | { readonly _tag: "Ack"; readonly orderId: string }

const entryOf = (folder: string, line: string): Entry => {
  const [kind = "", first = "", second = ""] = line.split(" ")
  if (kind === "ack") return { _tag: "Ack", orderId: first }
  if (kind !== "sync") throw new Error(line)
  // A new database is made beside its place, and moved there.
  return { _tag: "Sync", copy: `${folder}/${first}`, file: second.replace(/\.new$/, "") }
}

/** Runs the writer with the library that keeps what is synced; answers what was synced and acknowledged, in order. */
const recorded = (directory: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const kept = `${directory}/kept`
    yield* fs.makeDirectory(kept)
    const library = `${directory}/synced.so`
    const built = yield* Command.exitCode(
      Command.make("cc", "-shared", "-fPIC", "-O1", "-o", library, here("synced.c"), "-ldl")
    )
    expect(built).toBe(0)
    const writer = Command.make(
      process.execPath,
      "--import",
      loader,
      here("sessions.ts"),
      `${directory}/state`,
      `${kept}/log`,
      String(SESSIONS),
      String(INTENTS)
    ).pipe(Command.env({ LD_PRELOAD: library, TRADEWIND_SYNCED: kept }), Command.stderr("inherit"))
    expect(yield* Command.exitCode(writer)).toBe(0)
    const lines = (yield* fs.readFileString(`${kept}/log`)).trim().split("\n")
    return lines.map((line) => entryOf(kept, line))
  }).pipe(Effect.provide(NodeContext.layer))

const FILES = ["tradewind.db", "tradewind.db-wal"]

/** What is on the disk when the power goes right after these entries: of each file, what was last synced. */
const afterCut = (entries: ReadonlyArray<Entry>, state: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    yield* fs.remove(state, { recursive: true, force: true })
    yield* fs.makeDirectory(state)
    for (const file of FILES) {
      const last = entries.findLast((entry) => entry._tag === "Sync" && entry.file === file)
      if (last?._tag === "Sync") yield* fs.copyFile(last.copy, `${state}/${file}`)
    }
  })

/** The same, and of what was written next to the log, some bytes have made it to the disk. */
const tear = (entries: ReadonlyArray<Entry>, at: number, state: string) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const next = entries.slice(at).find((entry) => entry._tag === "Sync")
    if (next?._tag !== "Sync" || next.file !== FILES[1]) return
    const log = `${state}/${FILES[1]}`
    const before = (yield* fs.exists(log)) ? Number((yield* fs.stat(log)).size) : 0
    const bytes = yield* fs.readFile(next.copy)
    const reached = before + Math.floor(((bytes.length - before) * ((at * 7) % 10)) / 10)
    if (bytes.length > before) yield* fs.writeFile(log, bytes.slice(0, reached))
  })

describe.skipIf(!hasCompiler)("power loss (skipped where there is no C compiler)", () => {
  it.live(
    "recordIntent – what was acknowledged is there after a power cut at any sync, also where a next write is torn",
    () =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const entries = yield* recorded(directory)
          const acknowledged = entries.filter(({ _tag }) => _tag === "Ack")
          expect(acknowledged).toHaveLength(SESSIONS * INTENTS)
          const first = entries.findIndex(({ _tag }) => _tag === "Ack")
          const step = CUTS === 0 ? 1 : Math.max(1, Math.ceil((entries.length - first) / CUTS))
          const state = `${directory}/after`
          let tried = 0
          for (let at = first + 1; at <= entries.length; at += step) {
            yield* afterCut(entries.slice(0, at), state)
            if (tried % 2 === 1) yield* tear(entries, at, state)
            const lost = yield* withJournal(state, (journal) =>
              Effect.filter(entries.slice(0, at), (entry) =>
                entry._tag === "Sync"
                  ? Effect.succeed(false)
                  : Effect.map(journal.orderById(OrderId.make(entry.orderId)), (order) => order === undefined)
              )
            )
            expect(lost, `cut after entry ${at}`).toEqual([])
            expect(yield* findingsIn(`${state}/tradewind.db`)).toEqual([])
            tried += 1
          }
          expect(tried).toBeGreaterThan(20)
        })
      ),
    120_000
  )
})
