/**
 * Is every state what the journal's own entries say it is? States are kept beside the entries so that a start reads few
 * rows; they hold nothing that could not be made again.
 */
import { Effect } from "effect"
import type { Body } from "../../storage/connection.ts"
import {
  FILL_FIELDS,
  INTENT_FIELDS,
  ORDER_FIELDS,
  POSITION_FIELDS,
  RESOLUTION_FIELDS,
  WINDOW_FIELDS,
  addsUp,
  columnsOf,
  selection
} from "./rows.ts"

/** Findings that are told one by one; more than a few say no more. */
const MAX_FINDINGS = 5

const lastEntries = (table: string, keys: string, columns: string): string =>
  // Beside max(), SQLite takes the other columns from the very row that has it.
  `(SELECT ${columns}, max(seq) FROM ${table} GROUP BY ${keys})`

/** Rows of a table of states that are not the last entry of their key, and keys with entries and no state. */
const differing = (
  what: string,
  states: string,
  entries: string,
  keys: ReadonlyArray<string>,
  columns: ReadonlyArray<string>,
  /** States that need no entry. */
  except = "FALSE"
): string => {
  const all = [...keys, ...columns]
  const listed = (prefix: string, names: ReadonlyArray<string>) =>
    names.map((name) => `${prefix}.${name}`).join(", ")
  return `SELECT '${what} ' || coalesce(${listed("s", keys.slice(0, 1))}, ${listed("e", keys.slice(0, 1))}) AS finding
    FROM (SELECT ${all.join(", ")} FROM ${states}) s
    FULL JOIN ${lastEntries(entries, keys.join(", "), all.join(", "))} e
      ON (${listed("s", keys)}) = (${listed("e", keys)})
    WHERE (${listed("s", all)}) IS NOT (${listed("e", all)}) AND NOT (e.${keys[0]} IS NULL AND ${except})`
}

const CHECKS: ReadonlyArray<string> = [
  differing(
    "order",
    "orders",
    "(SELECT seq, order_id, status, filled_micro_shares, note, at_ms AS updated_at_ms, evidence, checksum FROM order_events)",
    ["order_id"],
    [...columnsOf(ORDER_FIELDS).filter((name) => name !== "order_id"), "checksum"],
    // Its intent is its entry.
    "s.status = 'pending'"
  ),
  differing("fill of order", "fills", "fill_events", ["order_id", "trade_id"], ["status"]),
  differing(
    "position in",
    "positions",
    "position_events",
    ["token_id"],
    [...columnsOf(POSITION_FIELDS).filter((name) => name !== "token_id"), "checksum"]
  ),
  `SELECT 'intent ' || i.order_id AS finding FROM intents i LEFT JOIN orders o ON o.order_id = i.order_id
    WHERE o.order_id IS NULL`,
  `SELECT 'order ' || o.order_id AS finding FROM orders o LEFT JOIN intents i ON i.order_id = o.order_id
    WHERE i.order_id IS NULL`
]

const differences: Body<ReadonlyArray<string>> = (query) =>
  Effect.map(
    Effect.forEach(CHECKS, (text) => query(`${text} LIMIT ${MAX_FINDINGS}`)),
    (found) => found.flat().map((row) => String(row["finding"]))
  )

const SUMMED: Readonly<Record<string, ReadonlyArray<string>>> = {
  intents: INTENT_FIELDS,
  orders: ORDER_FIELDS,
  fills: FILL_FIELDS,
  positions: POSITION_FIELDS,
  windows: WINDOW_FIELDS,
  settlements: RESOLUTION_FIELDS
}
/** Rows read at a time: a journal of years does not fit in memory. */
const ROWS_AT_A_TIME = 1_000

/** Rows of a table that do not add up to their checksums. */
const wrongSums =
  (table: string, fields: ReadonlyArray<string>): Body<ReadonlyArray<string>> =>
  (query) =>
    Effect.gen(function* () {
      const text = `SELECT t.rowid AS place, ${selection(fields, "t")} FROM ${table} t
        WHERE t.rowid > ? ORDER BY t.rowid LIMIT ${ROWS_AT_A_TIME}`
      const found: Array<string> = []
      let after = -1
      for (;;) {
        const rows = yield* query(text, [after])
        for (const row of rows)
          if (!addsUp(fields, row)) found.push(`row ${Number(row["place"])} of ${table}`)
        const last = rows.at(-1)
        if (last === undefined || found.length >= MAX_FINDINGS) return found.slice(0, MAX_FINDINGS)
        after = Number(last["place"])
      }
    })

/**
 * States that are not as the entries say, and rows that do not add up, a few of each kind; none in a whole journal. Reads
 * the whole journal.
 */
export const journalFindings: Body<ReadonlyArray<string>> = (query) =>
  Effect.gen(function* () {
    const sums = yield* Effect.forEach(Object.entries(SUMMED), ([table, fields]) =>
      wrongSums(table, fields)(query)
    )
    return [...(yield* differences(query)), ...sums.flat()]
  })
