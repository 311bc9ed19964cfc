/**
 * Who may write to the journal: the last to have taken its lease. The lock of the state directory keeps a second daemon out;
 * the lease is for the case that somebody took the lock file away, and for a daemon that was suspended meanwhile.
 */
import { Effect } from "effect"
import type { PersistenceError } from "../../ports/persistence.ts"
import type { Body, Row, SqlValue } from "../../storage/connection.ts"
import { storageError } from "../../storage/failure.ts"

/** All three together: the number alone would come again where an older copy of the file was put back. */
export interface Lease {
  /** Rises by one with each taking, and is kept with each intent. */
  readonly fence: number
  /** Null where nobody told it. */
  readonly pid: number | null
  readonly takenAtMs: number
}

const TAKE = `INSERT INTO lease (id, fence, pid, taken_at_ms) VALUES (1, 1, ?, ?)
  ON CONFLICT (id) DO UPDATE SET fence = fence + 1, pid = excluded.pid, taken_at_ms = excluded.taken_at_ms
  RETURNING fence`
const HELD = "SELECT fence, pid, taken_at_ms AS takenAtMs FROM lease WHERE id = 1"

/** Takes the lease from whoever had it. */
export const takeLease =
  (pid: number | undefined, takenAtMs: number): Body<Lease> =>
  (query) => {
    const values: ReadonlyArray<SqlValue> = [pid ?? null, takenAtMs]
    return Effect.map(query(TAKE, values), ([row]) => ({
      fence: Number(row?.["fence"]),
      pid: pid ?? null,
      takenAtMs
    }))
  }

const isSame = (row: Row | undefined, lease: Lease): boolean =>
  row?.["fence"] === lease.fence && row["pid"] === lease.pid && row["takenAtMs"] === lease.takenAtMs

const lost = (path: string, operation: string, lease: Lease, row: Row | undefined): PersistenceError =>
  storageError(
    { module: "persistence", operation, path },
    "HeldByAnother",
    row === undefined
      ? `the journal's lease ${lease.fence} is gone from it`
      : `process ${String(row["pid"])} has taken the journal over (lease ${String(row["fence"])}, this one has ${lease.fence})`
  )

/** A body that does nothing but raise `HeldByAnother` once the lease is another's: to be run in the transaction that writes. */
export const underLease =
  (path: string, lease: Lease) =>
  <A>(operation: string, body: Body<A>): Body<A> =>
  (query) =>
    Effect.flatMap(query(HELD), ([row]) =>
      isSame(row, lease) ? body(query) : Effect.fail(lost(path, operation, lease, row))
    )
