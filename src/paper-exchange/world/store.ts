/**
 * The embedded exchange's own ledger on disk: a saved state now and then, every order and cancel since, and how far its
 * time had gone. Taken together they give the same world again, so that the exchange outlives a daemon that is killed.
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Effect, Schema } from "effect"
import type { Scope } from "effect"
import type { PersistenceError } from "../../ports/persistence.ts"
import { storageError } from "../../storage/failure.ts"
import type { Migrations } from "../../storage/migrations.ts"
import { openDatabase } from "../../storage/sqlite.ts"
import { Operation } from "./operations.ts"
import { SavedWorld } from "./saved-world.ts"

/** "TWX1" in ASCII. */
const APPLICATION_ID = 0x54_57_58_31
const DATABASE_FILE = "exchange.db"
const MODULE = "polymarket"

const MIGRATIONS: Migrations = {
  "0001_ledger": [
    `CREATE TABLE snapshot (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL) STRICT`,
    `CREATE TABLE operations (seq INTEGER PRIMARY KEY, at_ms REAL NOT NULL, body TEXT NOT NULL) STRICT`,
    `CREATE TABLE mark (id INTEGER PRIMARY KEY CHECK (id = 1), at_ms REAL NOT NULL) STRICT`
  ],
  // The tables stay; from here on their texts know many accounts, which an older program could not read.
  "0002_accounts": []
}

export interface Stored {
  readonly snapshot: SavedWorld | undefined
  readonly operations: ReadonlyArray<{ readonly atMs: number; readonly operation: Operation }>
  readonly markMs: number | undefined
}

export interface WorldStore {
  readonly load: Effect.Effect<Stored, PersistenceError>
  readonly append: (atMs: number, operation: Operation) => Effect.Effect<void, PersistenceError>
  readonly mark: (atMs: number) => Effect.Effect<void, PersistenceError>
  /** Replaces the saved state; the operations before it are in it. */
  readonly snapshot: (world: typeof SavedWorld.Encoded) => Effect.Effect<void, PersistenceError>
  readonly flush: Effect.Effect<void, PersistenceError>
}

const decodeSnapshot = Schema.decodeUnknown(Schema.parseJson(SavedWorld))
const decodeOperation = Schema.decodeUnknown(Schema.parseJson(Operation))
const encodeOperation = Schema.encode(Schema.parseJson(Operation))

/** Opens `exchange.db` in the state directory, which the caller holds. */
export const openStore = (
  stateDir: string
): Effect.Effect<WorldStore, PersistenceError, Scope.Scope | FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const path = yield* Path.Path
    const file = path.join(stateDir, DATABASE_FILE)
    const database = yield* openDatabase({
      module: MODULE,
      path: file,
      applicationId: APPLICATION_ID,
      migrations: MIGRATIONS,
      busyTimeoutMs: 50
    })
    const corrupt = (what: string) => (cause: unknown) =>
      storageError(
        { module: MODULE, operation: "load", path: file },
        "Corrupt",
        `its ${what} does not decode`,
        cause
      )
    return {
      load: database.read("load", (query) =>
        Effect.gen(function* () {
          const [saved] = yield* query("SELECT body FROM snapshot")
          const rows = yield* query("SELECT at_ms, body FROM operations ORDER BY seq")
          const [mark] = yield* query("SELECT at_ms FROM mark")
          return {
            snapshot:
              saved === undefined
                ? undefined
                : yield* Effect.mapError(decodeSnapshot(saved["body"]), corrupt("saved state")),
            operations: yield* Effect.forEach(rows, (row) =>
              Effect.map(
                Effect.mapError(decodeOperation(row["body"]), corrupt("list of operations")),
                (operation) => ({
                  atMs: Number(row["at_ms"]),
                  operation
                })
              )
            ),
            markMs: mark === undefined ? undefined : Number(mark["at_ms"])
          }
        })
      ),
      append: (atMs, operation) =>
        Effect.flatMap(Effect.orDie(encodeOperation(operation)), (body) =>
          database.write("append", (query) =>
            query("INSERT INTO operations (at_ms, body) VALUES (?, ?)", [atMs, body])
          )
        ).pipe(Effect.asVoid),
      mark: (atMs) =>
        Effect.asVoid(
          database.write("mark", (query) =>
            query("INSERT OR REPLACE INTO mark (id, at_ms) VALUES (1, ?)", [atMs])
          )
        ),
      snapshot: (world) =>
        database.write("snapshot", (query) =>
          Effect.gen(function* () {
            yield* query("INSERT OR REPLACE INTO snapshot (id, body) VALUES (1, ?)", [JSON.stringify(world)])
            yield* query("INSERT OR REPLACE INTO mark (id, at_ms) VALUES (1, ?)", [world.nowMs])
            yield* query("DELETE FROM operations")
          })
        ),
      flush: database.flush
    }
  })

/** The moment a stored world has reached. */
export const worldTimeMs = (stored: Stored): number | undefined => {
  const times = [stored.snapshot?.nowMs, stored.operations.at(-1)?.atMs, stored.markMs].filter(
    (atMs) => atMs !== undefined
  )
  return times.length === 0 ? undefined : Math.max(...times)
}
