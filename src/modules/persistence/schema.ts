/** The journal's tables. Money is in whole units (micro shares, micro dollars, ticks), times in Unix milliseconds. */
import type { Migrations } from "../../storage/migrations.ts"

/** "TWJ1" in ASCII: the header of every journal begins to tell what it is. */
export const JOURNAL_APPLICATION_ID = 0x54_57_4a_31

const journal: ReadonlyArray<string> = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT`,
  `CREATE TABLE windows (
    seq INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    asset TEXT NOT NULL,
    interval TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    condition_id TEXT NOT NULL,
    up_token_id TEXT NOT NULL,
    down_token_id TEXT NOT NULL,
    tick_size_ticks INTEGER NOT NULL,
    min_size_micro_shares INTEGER NOT NULL,
    fee_rate_micros INTEGER NOT NULL,
    fee_exponent INTEGER NOT NULL,
    fee_taker_only INTEGER NOT NULL CHECK (fee_taker_only IN (0, 1)),
    rule TEXT NOT NULL,
    rule_lookback_seconds INTEGER
  ) STRICT`,
  `CREATE TABLE intents (
    seq INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL UNIQUE,
    salt INTEGER NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    slug TEXT NOT NULL,
    asset TEXT NOT NULL,
    condition_id TEXT NOT NULL,
    token_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    side TEXT NOT NULL,
    order_type TEXT NOT NULL,
    price_ticks INTEGER NOT NULL,
    size_micro_shares INTEGER NOT NULL,
    post_only INTEGER NOT NULL CHECK (post_only IN (0, 1)),
    expires_at_ms INTEGER,
    purpose TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL
  ) STRICT`,
  `CREATE INDEX intents_by_slug ON intents (slug)`,
  `CREATE TABLE orders (
    order_id TEXT PRIMARY KEY NOT NULL REFERENCES intents (order_id),
    status TEXT NOT NULL,
    filled_micro_shares INTEGER NOT NULL,
    note TEXT NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    evidence TEXT
  ) STRICT`,
  `CREATE INDEX orders_by_status ON orders (status)`,
  `CREATE TABLE order_events (
    seq INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES intents (order_id),
    status TEXT NOT NULL,
    filled_micro_shares INTEGER NOT NULL,
    note TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT`,
  `CREATE INDEX order_events_by_order ON order_events (order_id)`,
  // No reference to orders: an execution the venue reports is kept whether or not its order is known.
  `CREATE TABLE fills (
    seq INTEGER PRIMARY KEY,
    trade_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    slug TEXT NOT NULL,
    token_id TEXT NOT NULL,
    side TEXT NOT NULL,
    role TEXT NOT NULL,
    price_ticks INTEGER NOT NULL,
    size_micro_shares INTEGER NOT NULL,
    fee_micro_usd INTEGER NOT NULL,
    status TEXT NOT NULL,
    matched_at_ms INTEGER NOT NULL,
    UNIQUE (trade_id, order_id)
  ) STRICT`,
  `CREATE INDEX fills_by_slug ON fills (slug)`,
  `CREATE TABLE positions (
    token_id TEXT PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL,
    asset TEXT NOT NULL,
    condition_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    matched_micro_shares INTEGER NOT NULL,
    settled_micro_shares INTEGER NOT NULL,
    cost_micro_usd INTEGER NOT NULL,
    fees_micro_usd INTEGER NOT NULL,
    realized_pnl_micro_usd INTEGER NOT NULL,
    status TEXT NOT NULL,
    opened_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
  ) STRICT`,
  `CREATE INDEX positions_by_status ON positions (status)`,
  `CREATE TABLE settlements (
    slug TEXT PRIMARY KEY NOT NULL,
    condition_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    open_price INTEGER,
    close_price INTEGER,
    resolved_at_ms INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    fields TEXT NOT NULL
  ) STRICT`,
  `CREATE TABLE ticks (
    tick INTEGER PRIMARY KEY NOT NULL,
    at_ms INTEGER NOT NULL,
    duration_ms REAL NOT NULL,
    spot TEXT NOT NULL,
    decisions TEXT NOT NULL
  ) STRICT`
]

/**
 * Everything is appended: what was signed with the intent, and each state that an order, a fill and a position came to, in
 * full, so that the tables of states can be derived again from what was appended. Version 1 kept states only; what it knew
 * becomes the first entry of each.
 */
const facts: ReadonlyArray<string> = [
  `ALTER TABLE intents ADD COLUMN signed_order TEXT`,
  `ALTER TABLE order_events ADD COLUMN evidence TEXT`,
  // Of what version 1 wrote there is none.
  ...["intents", "orders", "order_events", "fills", "positions", "windows", "settlements"].map(
    (table) => `ALTER TABLE ${table} ADD COLUMN checksum INTEGER`
  ),
  `CREATE TABLE fill_events (
    seq INTEGER PRIMARY KEY,
    trade_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    status TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) STRICT`,
  `CREATE TABLE position_events (
    seq INTEGER PRIMARY KEY,
    token_id TEXT NOT NULL,
    slug TEXT NOT NULL,
    asset TEXT NOT NULL,
    condition_id TEXT NOT NULL,
    outcome TEXT NOT NULL,
    matched_micro_shares INTEGER NOT NULL,
    settled_micro_shares INTEGER NOT NULL,
    cost_micro_usd INTEGER NOT NULL,
    fees_micro_usd INTEGER NOT NULL,
    realized_pnl_micro_usd INTEGER NOT NULL,
    status TEXT NOT NULL,
    opened_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    checksum INTEGER
  ) STRICT`,
  `INSERT INTO order_events (order_id, status, filled_micro_shares, note, at_ms, evidence)
    SELECT order_id, status, filled_micro_shares, note, updated_at_ms, evidence FROM orders ORDER BY rowid`,
  `INSERT INTO fill_events (trade_id, order_id, status, at_ms)
    SELECT trade_id, order_id, status, matched_at_ms FROM fills ORDER BY seq`,
  `INSERT INTO position_events (token_id, slug, asset, condition_id, outcome, matched_micro_shares,
      settled_micro_shares, cost_micro_usd, fees_micro_usd, realized_pnl_micro_usd, status, opened_at_ms, updated_at_ms)
    SELECT token_id, slug, asset, condition_id, outcome, matched_micro_shares, settled_micro_shares, cost_micro_usd,
      fees_micro_usd, realized_pnl_micro_usd, status, opened_at_ms, updated_at_ms FROM positions ORDER BY rowid`,
  // Nobody looks an order's history up by it, and each intent paid for it with one more page on disk.
  `DROP INDEX order_events_by_order`,
  // What was traded is counted without reading the fills themselves.
  `DROP INDEX fills_by_slug`,
  `CREATE INDEX fills_by_slug ON fills (slug, status)`
]

/** Who may write, and by which right each intent was written; 0 are those of before there were leases. */
const lease: ReadonlyArray<string> = [
  `CREATE TABLE lease (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    fence INTEGER NOT NULL,
    pid INTEGER,
    taken_at_ms INTEGER NOT NULL
  ) STRICT`,
  `ALTER TABLE intents ADD COLUMN fence INTEGER NOT NULL DEFAULT 0`,
  // Whatever way an intent comes in, it is marked in the same transaction.
  `CREATE TRIGGER intents_fence AFTER INSERT ON intents BEGIN
    UPDATE intents SET fence = (SELECT fence FROM lease WHERE id = 1) WHERE seq = NEW.seq;
  END`
]

export const journalMigrations: Migrations = {
  "0001_journal": journal,
  "0002_facts": facts,
  "0003_lease": lease
}
