/** What the journal tells at start and when asked. */
import { Effect, Either } from "effect"
import type { OrderId, OrderStatus } from "../../domain/order.ts"
import type { Position } from "../../domain/position.ts"
import type { WindowSlug } from "../../domain/window.ts"
import type { JournalState, JournalTotals } from "../../ports/persistence.ts"
import type { Body, Query, Row } from "../../storage/connection.ts"
import {
  FILL_FIELDS,
  INTENT_FIELDS,
  ORDER_FIELDS,
  POSITION_FIELDS,
  RESOLUTION_FIELDS,
  WINDOW_FIELDS,
  type Decoder,
  decodeFill,
  decodeMoney,
  decodeOrder,
  decodePosition,
  decodeResolution,
  decodeWindow,
  selection
} from "./rows.ts"

const ORDER_STATE_FIELDS = ORDER_FIELDS.filter((field) => field !== "orderId")
const SELECT_ORDERS = `SELECT ${selection(INTENT_FIELDS, "i")}, ${selection(ORDER_STATE_FIELDS, "o", "orderChecksum")}
  FROM orders o JOIN intents i ON i.order_id = o.order_id`
const NOT_SETTLED = "slug NOT IN (SELECT slug FROM settlements)"

/**
 * Names the windows of a table's rows that are not settled: from one slug to the next in the index, so that a start reads one
 * entry a window and none of the rows of those that are over.
 */
const unsettled = (table: string): string => `WITH RECURSIVE
  slugs (slug) AS (
    SELECT min(slug) FROM ${table}
    UNION ALL
    SELECT (SELECT min(t.slug) FROM ${table} t WHERE t.slug > s.slug) FROM slugs s WHERE s.slug IS NOT NULL
  ),
  unsettled (slug) AS MATERIALIZED (SELECT slug FROM slugs WHERE slug IS NOT NULL AND ${NOT_SETTLED})`

const OPEN_ORDERS = `${unsettled("intents")} ${SELECT_ORDERS} WHERE i.seq IN (
    SELECT n.seq FROM orders m JOIN intents n ON n.order_id = m.order_id
      WHERE m.status IN ('pending', 'unknown', 'live')
    UNION
    SELECT n.seq FROM unsettled u JOIN intents n ON n.slug = u.slug
  ) ORDER BY i.seq`
const ORDER_BY_ID = `${SELECT_ORDERS} WHERE i.order_id = ?`
const OPEN_FILLS = `${unsettled("fills")} SELECT ${selection(FILL_FIELDS, "f")}
  FROM unsettled u JOIN fills f ON f.slug = u.slug ORDER BY f.seq`
const OPEN_POSITIONS = `SELECT ${selection(POSITION_FIELDS, "p")} FROM positions p
  WHERE p.status IN ('open', 'awaiting-settlement') ORDER BY p.opened_at_ms, p.token_id`
const OPEN_WINDOWS = `SELECT ${selection(WINDOW_FIELDS, "w")} FROM windows w WHERE w.${NOT_SETTLED} ORDER BY w.seq`
const SETTLEMENT = `SELECT ${selection(RESOLUTION_FIELDS, "s")} FROM settlements s WHERE s.slug = ?`
const LAST_TICK = "SELECT tick, at_ms AS atMs FROM ticks ORDER BY tick DESC LIMIT 1"

const all = <A>(query: Query, path: string, text: string, decode: Decoder<A>) =>
  Effect.flatMap(query(text), (rows) => Either.all(rows.map(decode(path))))

const one = <A>(query: Query, path: string, text: string, key: string, decode: Decoder<A>) =>
  Effect.flatMap(query(text, [key]), ([row]) =>
    row === undefined ? Either.right(undefined) : decode(path)(row)
  )

const numberOf = (row: Row | undefined, field: string): number => Number(row?.[field] ?? 0)

export const loadState =
  (path: string): Body<JournalState> =>
  (query) =>
    Effect.gen(function* () {
      const [lastTick] = yield* query(LAST_TICK)
      return {
        orders: yield* all(query, path, OPEN_ORDERS, decodeOrder),
        fills: yield* all(query, path, OPEN_FILLS, decodeFill),
        positions: yield* all(query, path, OPEN_POSITIONS, decodePosition),
        windows: yield* all(query, path, OPEN_WINDOWS, decodeWindow),
        lastTickAtMs: lastTick === undefined ? undefined : numberOf(lastTick, "atMs"),
        tickCount: numberOf(lastTick, "tick")
      }
    })

export const openPositions =
  (path: string): Body<ReadonlyArray<Position>> =>
  (query) =>
    all(query, path, OPEN_POSITIONS, decodePosition)

export const orderById = (path: string, orderId: OrderId) => (query: Query) =>
  one(query, path, ORDER_BY_ID, orderId, decodeOrder)

export const resolutionOf = (path: string, slug: WindowSlug) => (query: Query) =>
  one(query, path, SETTLEMENT, slug, decodeResolution)

const COUNTS = `SELECT
  (SELECT count(*) FROM windows) AS seen,
  (SELECT count(*) FROM settlements) AS settled,
  f.traded, f.fills, p.realizedPnlMicroUsd, p.feesMicroUsd
  FROM (SELECT count(DISTINCT slug) AS traded, count(*) AS fills FROM fills WHERE status <> 'failed') f,
    (SELECT coalesce(sum(realized_pnl_micro_usd), 0) AS realizedPnlMicroUsd,
      coalesce(sum(fees_micro_usd), 0) AS feesMicroUsd FROM positions) p`

export const totals =
  (path: string): Body<JournalTotals> =>
  (query) =>
    Effect.gen(function* () {
      const [counts] = yield* query(COUNTS)
      const byStatus = yield* query("SELECT status, count(*) AS orders FROM orders GROUP BY status")
      const ordersWith = (status: OrderStatus) =>
        numberOf(
          byStatus.find((row) => row["status"] === status),
          "orders"
        )
      return {
        windowsSeen: numberOf(counts, "seen"),
        windowsTraded: numberOf(counts, "traded"),
        windowsSettled: numberOf(counts, "settled"),
        fills: numberOf(counts, "fills"),
        ...(yield* decodeMoney(path)(counts ?? {})),
        orders: {
          pending: ordersWith("pending"),
          unknown: ordersWith("unknown"),
          live: ordersWith("live"),
          filled: ordersWith("filled"),
          cancelled: ordersWith("cancelled"),
          expired: ordersWith("expired"),
          refused: ordersWith("refused")
        }
      }
    })
