/** Forward-only schema versions of a database file. */
import * as SqlClient from "@effect/sql/SqlClient"
import * as SqliteMigrator from "@effect/sql-sqlite-node/SqliteMigrator"
import { Effect } from "effect"
import type { PersistenceError } from "../ports/persistence.ts"
import { raisingDefects } from "./connection.ts"
import type { Subject } from "./failure.ts"

/** Statements by name, `0001_journal` and on, in rising order. A migration that was released never changes. */
export type Migrations = Readonly<Record<string, ReadonlyArray<string>>>

export const MIGRATIONS_TABLE = "effect_sql_migrations"

const versionOf = (name: string): number => Number.parseInt(name, 10)

/** The schema version these migrations lead to. */
export const latestVersion = (migrations: Migrations): number =>
  Math.max(0, ...Object.keys(migrations).map(versionOf))

const run = SqliteMigrator.make({})

/** Brings the schema up in one transaction; `user_version` says in the file's header how far it is. */
export const migrate = (
  sql: SqlClient.SqlClient,
  migrations: Migrations,
  subject: Subject
): Effect.Effect<void, PersistenceError> => {
  const record = Object.fromEntries(
    Object.entries(migrations).map(([name, statements]) => [
      name,
      Effect.forEach(
        [...statements, `PRAGMA user_version = ${versionOf(name)}`],
        (text) => sql.unsafe(text),
        {
          discard: true
        }
      )
    ])
  )
  return run({ loader: SqliteMigrator.fromRecord(record), table: MIGRATIONS_TABLE }).pipe(
    Effect.provideService(SqlClient.SqlClient, sql),
    Effect.asVoid,
    raisingDefects(subject)
  )
}
