/** The journal as it lies on the disk after a run. */
import { Effect } from "effect"
import { connect } from "../../src/storage/connection.ts"

export type Row = Readonly<Record<string, unknown>>
export type Tables = ReadonlyMap<string, ReadonlyArray<Row>>

/** Every table of a database with every row, in the order of their rowids. */
export const tablesOf = (path: string): Effect.Effect<Tables, unknown> =>
  Effect.scoped(
    Effect.gen(function* () {
      const sql = yield* connect(
        { module: "test", operation: "read", path },
        { readonly: true, busyTimeoutMs: 50 }
      )
      const names = yield* sql.unsafe<{ readonly name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
      )
      const tables = yield* Effect.forEach(names, ({ name }) =>
        Effect.map(sql.unsafe<Row>(`SELECT * FROM "${name}" ORDER BY rowid`), (rows) => [name, rows] as const)
      )
      return new Map(tables)
    })
  )

export const rowsOf = (tables: Tables, name: string): ReadonlyArray<Row> => tables.get(name) ?? []
