import { FileSystem } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { microShares } from "../../../src/domain/money.ts"
import { OrderId } from "../../../src/domain/order.ts"
import { WindowSlug } from "../../../src/domain/window.ts"
import { journalMigrations } from "../../../src/modules/persistence/schema.ts"
import { latestVersion } from "../../../src/storage/migrations.ts"
import { inDirectory, tamper } from "../../storage/support.ts"
import { withJournal } from "./support/journal.ts"
import { identityNumber, intentNumber } from "./support/samples.ts"
import { findingsIn, runScript, schemaOf } from "./support/tables.ts"

const LATEST = latestVersion(journalMigrations)
const VERSIONS = Array.from({ length: LATEST }, (_, index) => index + 1)
/** Every version that was released, as SQL: what it was is not to be taken from today's code. */
const released = (name: string) => readFileSync(new URL(`released/${name}`, import.meta.url), "utf8")

const fresh = (directory: string) => withJournal(directory, ({ path }) => Effect.succeed(path))

/** A journal as the version made it, with what it wrote, in a directory of its own. */
const journalOf = (directory: string, version: number) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    yield* fs.makeDirectory(`${directory}/old`)
    const path = `${directory}/old/tradewind.db`
    yield* runScript(path, released(`${version}.sql`))
    yield* runScript(path, released(`${version}.rows.sql`))
    return { directory: `${directory}/old`, path }
  })

describe("journalMigrations", () => {
  it.effect(
    "journalMigrations – the latest version is what was released as such: a change needs a new one",
    () =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const asReleased = `${directory}/released.db`
          yield* runScript(asReleased, released(`${LATEST}.sql`))
          expect(yield* schemaOf(yield* fresh(directory))).toEqual(yield* schemaOf(asReleased))
        })
      )
  )

  it.effect.each(VERSIONS)(
    "journalMigrations – from version %i: the same schema as a new journal's, every row kept, and it goes on",
    (version) =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const old = yield* journalOf(directory, version)
          yield* withJournal(old.directory, (journal) => trades(journal), { world: "sim, seed 3" })
          expect(yield* schemaOf(old.path)).toEqual(yield* schemaOf(yield* fresh(directory)))
          expect(yield* findingsIn(old.path)).toEqual([])
          const [integrity] = yield* tamper(old.path, "PRAGMA integrity_check")
          expect(integrity).toEqual([{ integrity_check: "ok" }])
        })
      )
  )

  it.effect(
    "journalMigrations – one that breaks off leaves the old journal as it was, to be tried again",
    () =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const old = yield* journalOf(directory, 1)
          // In the way of the second migration's third statement.
          yield* tamper(old.path, "CREATE TABLE fill_events (x INTEGER) STRICT")
          const before = yield* schemaOf(old.path)
          const error = yield* Effect.flip(withJournal(old.directory, () => Effect.void))
          expect(error.message).toContain("fill_events")
          expect(yield* schemaOf(old.path)).toEqual(before)
          yield* tamper(old.path, "DROP TABLE fill_events")
          yield* withJournal(old.directory, (journal) => trades(journal))
        })
      )
  )
})

/** What every version's session knew is known, and the session is traded on. */
const trades = (journal: Parameters<Parameters<typeof withJournal>[1]>[0]) =>
  Effect.gen(function* () {
    const state = yield* journal.load
    expect(state.orders.map(({ orderId, status }) => [orderId, status])).toEqual([
      ["0xa2", "live"],
      ["0xa3", "refused"],
      ["0xa4", "pending"]
    ])
    expect(state.fills.map(({ status, tradeId }) => [tradeId, status])).toEqual([["t2", "matched"]])
    expect(state.positions).toMatchObject([{ tokenId: "21", matchedMicroShares: 8_000_000, status: "open" }])
    expect(state.windows.map(({ slug }) => slug)).toEqual(["btc-updown-15m-1773772800"])
    expect(state).toMatchObject({ tickCount: 963, lastTickAtMs: 1_773_772_863_000 })
    expect(yield* journal.totals).toMatchObject({
      windowsSeen: 2,
      windowsTraded: 2,
      windowsSettled: 1,
      fills: 2,
      realizedPnlMicroUsd: 4_800_000,
      feesMicroUsd: 17_472,
      orders: { filled: 1, live: 1, refused: 1, pending: 1 }
    })
    const settled = WindowSlug.make("btc-updown-15m-1773771900")
    expect(yield* journal.settledOutcome(settled)).toMatchObject({ outcome: "Up" })
    const order = yield* Effect.fromNullable(yield* journal.orderById(OrderId.make("0xa2")))
    yield* journal.recordOrder({ ...order, status: "filled", filledMicroShares: microShares(20_000_000) })
    yield* journal.recordIntent(intentNumber(9), { ...identityNumber(9), signedOrder: `{"salt":1}` })
    expect(yield* journal.orderById(identityNumber(9).orderId)).toMatchObject({ signedOrder: `{"salt":1}` })
  })
