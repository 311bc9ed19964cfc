/** What the daemon left on disk, read from a copy so that nothing of it changes. */
import { Effect } from "effect"
import { cpSync } from "node:fs"
import { join } from "node:path"
import { connect } from "../../../src/storage/connection.ts"
import { type Finishing, scratch } from "./daemon.ts"

type Rows = ReadonlyArray<Readonly<Record<string, unknown>>>

const query = (path: string, text: string): Promise<Rows> =>
  connect({ module: "test", operation: "look", path }, { readonly: false, busyTimeoutMs: 50 }).pipe(
    Effect.flatMap((sql) => sql.unsafe<Record<string, unknown>>(text)),
    Effect.scoped,
    Effect.runPromise
  )

const copyOf = (test: Finishing, stateDir: string) => {
  const copy = scratch(test)
  cpSync(stateDir, copy, { recursive: true })
  return { journal: join(copy, "tradewind.db"), exchange: join(copy, "exchange.db") }
}

/** The answers of SQLite's own check of both databases. */
export const integrityOf = async (test: Finishing, stateDir: string): Promise<ReadonlyArray<unknown>> => {
  const { exchange, journal } = copyOf(test, stateDir)
  const answers = await Promise.all([exchange, journal].map((file) => query(file, "PRAGMA integrity_check")))
  return answers.map((rows) => rows[0]?.["integrity_check"])
}

const ORDER_ID = /"orderId":"(0x[0-9a-f]{64})"/g

const idsIn = (rows: Rows): ReadonlyArray<string> =>
  rows.flatMap((row) => [...String(row["body"]).matchAll(ORDER_ID)].map(([, orderId = ""]) => orderId))

/** Ids of the orders the embedded exchange has, of those the journal has an intent for, and the states of its orders. */
export const ordersOf = async (test: Finishing, stateDir: string) => {
  const { exchange, journal } = copyOf(test, stateDir)
  const saved = await query(exchange, "SELECT body FROM snapshot UNION ALL SELECT body FROM operations")
  const intents = await query(journal, "SELECT order_id FROM intents")
  const orders = await query(journal, "SELECT order_id, status FROM orders")
  return {
    atTheExchange: new Set(idsIn(saved)),
    intended: new Set(intents.map((row) => String(row["order_id"]))),
    statuses: new Map(orders.map((row) => [String(row["order_id"]), String(row["status"])]))
  }
}

/** Keeps everybody else from writing to a database while `meanwhile` goes on. */
export const whileLocked = (path: string, meanwhile: () => Promise<unknown>): Promise<unknown> =>
  connect({ module: "test", operation: "lock", path }, { readonly: false, busyTimeoutMs: 10_000 }).pipe(
    Effect.flatMap((sql) =>
      Effect.acquireUseRelease(
        sql.unsafe("BEGIN IMMEDIATE"),
        () => Effect.promise(meanwhile),
        () => Effect.orDie(sql.unsafe("ROLLBACK"))
      )
    ),
    Effect.scoped,
    Effect.runPromise
  )
