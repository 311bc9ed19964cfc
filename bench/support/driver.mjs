/** The SQLite driver that the daemon itself uses, bare. */
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"

const theirs = createRequire(fileURLToPath(import.meta.resolve("@effect/sql-sqlite-node/SqliteClient")))
const Sqlite = theirs("better-sqlite3")

/** As the journal is opened: WAL, and FULL only where it is said after the switch. */
export const openBare = (path) => {
  const db = new Sqlite(path)
  db.pragma("journal_mode = WAL")
  db.pragma("synchronous = FULL")
  db.pragma("foreign_keys = ON")
  db.pragma("wal_autocheckpoint = 1000")
  return db
}
