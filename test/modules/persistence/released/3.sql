-- Version 3 of the journal (0003_lease), as it was released.
CREATE TABLE meta (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT;
CREATE TABLE windows (
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
, checksum INTEGER) STRICT;
CREATE TABLE intents (
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
, signed_order TEXT, checksum INTEGER, fence INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX intents_by_slug ON intents (slug);
CREATE TABLE orders (
  order_id TEXT PRIMARY KEY NOT NULL REFERENCES intents (order_id),
  status TEXT NOT NULL,
  filled_micro_shares INTEGER NOT NULL,
  note TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  evidence TEXT
, checksum INTEGER) STRICT;
CREATE INDEX orders_by_status ON orders (status);
CREATE TABLE order_events (
  seq INTEGER PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES intents (order_id),
  status TEXT NOT NULL,
  filled_micro_shares INTEGER NOT NULL,
  note TEXT NOT NULL,
  at_ms INTEGER NOT NULL
, evidence TEXT, checksum INTEGER) STRICT;
CREATE TABLE fills (
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
  matched_at_ms INTEGER NOT NULL, checksum INTEGER,
  UNIQUE (trade_id, order_id)
) STRICT;
CREATE TABLE positions (
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
, checksum INTEGER) STRICT;
CREATE INDEX positions_by_status ON positions (status);
CREATE TABLE settlements (
  slug TEXT PRIMARY KEY NOT NULL,
  condition_id TEXT NOT NULL,
  outcome TEXT NOT NULL,
  open_price INTEGER,
  close_price INTEGER,
  resolved_at_ms INTEGER NOT NULL
, checksum INTEGER) STRICT;
CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL,
  fields TEXT NOT NULL
) STRICT;
CREATE TABLE ticks (
  tick INTEGER PRIMARY KEY NOT NULL,
  at_ms INTEGER NOT NULL,
  duration_ms REAL NOT NULL,
  spot TEXT NOT NULL,
  decisions TEXT NOT NULL
) STRICT;
CREATE TABLE "effect_sql_migrations" (
  migration_id integer PRIMARY KEY NOT NULL,
  created_at datetime NOT NULL DEFAULT current_timestamp,
  name VARCHAR(255) NOT NULL
);
CREATE TABLE fill_events (
  seq INTEGER PRIMARY KEY,
  trade_id TEXT NOT NULL,
  order_id TEXT NOT NULL,
  status TEXT NOT NULL,
  at_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE position_events (
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
) STRICT;
CREATE INDEX fills_by_slug ON fills (slug, status);
CREATE TABLE lease (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  fence INTEGER NOT NULL,
  pid INTEGER,
  taken_at_ms INTEGER NOT NULL
) STRICT;
CREATE TRIGGER intents_fence AFTER INSERT ON intents BEGIN UPDATE intents SET fence = (SELECT fence FROM lease WHERE id = 1) WHERE seq = NEW.seq; END;
INSERT INTO effect_sql_migrations (migration_id, name) VALUES (1, 'journal');
INSERT INTO effect_sql_migrations (migration_id, name) VALUES (2, 'facts');
INSERT INTO effect_sql_migrations (migration_id, name) VALUES (3, 'lease');
PRAGMA application_id = 1415006769;
PRAGMA user_version = 3;
