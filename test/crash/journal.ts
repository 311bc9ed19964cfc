/** What the daemon's journal says, in plain rows. */
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { journalFindings } from "../../src/modules/persistence/derive.ts"
import { type Ask, type Rows, lookAt, lookAtCopy } from "./files.ts"

export interface Journal {
  readonly intents: Rows
  readonly orders: Rows
  /** Orders that were to be sent once more, by the entry made before it was done. */
  readonly resent: ReadonlyArray<string>
  /** Every state of every order, in the order they came about. */
  readonly events: Rows
  readonly fills: Rows
  readonly positions: Rows
  readonly settlements: Rows
  /** Pages, indices, and states that are not what the entries say. */
  readonly damages: ReadonlyArray<string>
}

const NOTHING: Journal = {
  intents: [],
  orders: [],
  resent: [],
  events: [],
  fills: [],
  positions: [],
  settlements: [],
  damages: []
}

const text = (value: unknown): string => String(value)

const hasTables = async (ask: Ask): Promise<boolean> =>
  (await ask("SELECT name FROM sqlite_schema WHERE name = 'settlements'")).length > 0

const damagesIn = async (ask: Ask): Promise<ReadonlyArray<string>> => {
  const pages = (await ask("PRAGMA integrity_check")).map((row) => text(row["integrity_check"]))
  return pages.filter((words) => words !== "ok")
}

export const read = async (ask: Ask): Promise<Journal> => {
  const damages = await damagesIn(ask)
  if (damages.length > 0 || !(await hasTables(ask))) return { ...NOTHING, damages }
  return {
    damages: await Effect.runPromise(
      journalFindings((words, values) => Effect.promise(() => ask(words, values)))
    ),
    intents: await ask("SELECT * FROM intents ORDER BY seq"),
    orders: await ask("SELECT * FROM orders ORDER BY order_id"),
    resent: (await ask("SELECT fields ->> 'orderId' AS id FROM events WHERE kind = 'order_resent'")).map(
      ({ id }) => text(id)
    ),
    events: await ask("SELECT * FROM order_events ORDER BY seq"),
    fills: await ask("SELECT * FROM fills ORDER BY trade_id, order_id"),
    positions: await ask("SELECT * FROM positions ORDER BY token_id"),
    settlements: await ask("SELECT * FROM settlements ORDER BY rowid")
  }
}

export const journalPath = (stateDir: string): string => join(stateDir, "tradewind.db")

/** Of a daemon that is dead; nothing where it died before it made one. */
export const readJournal = (home: string, stateDir: string): Promise<Journal> => {
  const path = journalPath(stateDir)
  return existsSync(path) ? lookAtCopy(home, path, read) : Promise.resolve(NOTHING)
}

const DOUBTS = `SELECT
  (SELECT count(*) FROM orders WHERE status IN ('pending', 'unknown')) AS orders,
  (SELECT count(*) FROM fills WHERE status NOT IN ('confirmed', 'failed')) AS fills`

/** How much a running daemon still has to learn: what became of orders, and of fills that may fail. */
export const doubtsIn = (stateDir: string): Promise<number> =>
  lookAt(journalPath(stateDir), async (ask) => {
    const [row] = await ask(DOUBTS)
    return Number(row?.["orders"]) + Number(row?.["fills"])
  })
