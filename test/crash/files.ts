/** Database files of other processes, read without changing them. */
import { Effect } from "effect"
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs"
import { join } from "node:path"
import { connect } from "../../src/storage/connection.ts"

export type Rows = ReadonlyArray<Readonly<Record<string, unknown>>>
export type Ask = (text: string, values?: ReadonlyArray<unknown>) => Promise<Rows>

const withQueries = <A>(path: string, readonly: boolean, use: (ask: Ask) => Promise<A>): Promise<A> =>
  connect({ module: "crash", operation: "look", path }, { readonly, busyTimeoutMs: 2_000 }).pipe(
    Effect.flatMap((sql) =>
      Effect.promise(() =>
        use((text, values = []) => Effect.runPromise(sql.unsafe<Record<string, unknown>>(text, values)))
      )
    ),
    Effect.scoped,
    Effect.runPromise
  )

/** Reads a database that its process is at work on. */
export const lookAt = <A>(path: string, use: (ask: Ask) => Promise<A>): Promise<A> =>
  withQueries(path, true, use)

/** Reads a copy of what a dead process left: SQLite itself would already clean up in the original. */
export const lookAtCopy = async <A>(
  home: string,
  path: string,
  use: (ask: Ask) => Promise<A>
): Promise<A> => {
  const folder = mkdtempSync(join(home, "look-"))
  const copy = join(folder, "copy.db")
  try {
    for (const suffix of ["", "-wal"]) if (existsSync(path + suffix)) cpSync(path + suffix, copy + suffix)
    return await withQueries(copy, false, use)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
