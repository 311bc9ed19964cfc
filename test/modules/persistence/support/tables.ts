/** A journal's file, looked at and changed from outside. */
import { Effect } from "effect"
import { journalFindings } from "../../../../src/modules/persistence/derive.ts"
import { connect, onConnection } from "../../../../src/storage/connection.ts"

const subject = (path: string) => ({ module: "test", operation: "look", path })

/** What the journal of a file says that its entries do not, or the other way round. */
export const findingsIn = (path: string) =>
  Effect.scoped(
    Effect.flatMap(connect(subject(path), { readonly: true, busyTimeoutMs: 5 }), (sql) =>
      onConnection(sql, subject(path), journalFindings)
    )
  )

/** Tables and indices by name, each as the statement that makes it, white space apart. */
export const schemaOf = (path: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const sql = yield* connect(subject(path), { readonly: true, busyTimeoutMs: 5 })
      const rows = yield* sql.unsafe<{ readonly name: string; readonly sql: string }>(
        "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
      )
      return rows.map(({ name, sql: text }) => `${name}: ${text.replaceAll(/\s+/g, " ")}`)
    })
  )

/** Runs the statements of a script, each of them ending with a semicolon and a line's end. */
export const runScript = (path: string, script: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const sql = yield* connect(subject(path), { readonly: false, busyTimeoutMs: 5 })
      const statements = script.replaceAll(/^--.*$/gm, "").split(/;\n/)
      for (const text of statements.filter((each) => each.trim() !== "")) yield* sql.unsafe(text)
    })
  )
