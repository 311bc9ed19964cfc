/** The two logs that are kept for a while only: events and ticks. */
import { Effect, Either } from "effect"
import type { TickSummary } from "../../ports/persistence.ts"
import type { Body } from "../../storage/connection.ts"

const INSERT_EVENT = "INSERT INTO events (at_ms, kind, fields) VALUES (?, ?, ?) RETURNING seq"
const DROP_EVENTS = "DELETE FROM events WHERE seq <= ?"
const INSERT_TICK = `INSERT INTO ticks (tick, at_ms, duration_ms, spot, decisions) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (tick) DO UPDATE SET at_ms = excluded.at_ms, duration_ms = excluded.duration_ms,
    spot = excluded.spot, decisions = excluded.decisions`
const DROP_TICKS = "DELETE FROM ticks WHERE tick <= ?"

/** Longest text of one event; what is longer is cut, so that no error message can fill the disk. */
const MAX_EVENT_CHARS = 16_384

const plain = (_key: string, value: unknown): unknown => {
  if (typeof value === "bigint") return value.toString()
  return value instanceof Error ? { name: value.name, message: value.message } : value
}

/** Fields as JSON, whatever they hold; what JSON cannot say at all (a circle) is said in words. */
const eventText = (fields: Readonly<Record<string, unknown>>): string =>
  Either.match(
    Either.try(() => JSON.stringify(fields, plain)),
    {
      onLeft: (error) => JSON.stringify({ unencodable: String(error) }),
      onRight: (text) =>
        text.length <= MAX_EVENT_CHARS ? text : JSON.stringify({ cut: text.slice(0, MAX_EVENT_CHARS / 2) })
    }
  )

/** Appends, and drops what is older than the last `keep`. */
export const putEvent =
  (atMs: number, kind: string, fields: Readonly<Record<string, unknown>>, keep: number): Body<void> =>
  (query) =>
    Effect.flatMap(query(INSERT_EVENT, [atMs, kind, eventText(fields)]), ([row]) =>
      Effect.asVoid(query(DROP_EVENTS, [Number(row?.["seq"]) - keep]))
    )

/** Stores a tick by its number, and drops those more than `keep` ticks older. */
export const putTick =
  (summary: TickSummary, keep: number): Body<void> =>
  (query) =>
    Effect.zipRight(
      query(INSERT_TICK, [
        summary.tick,
        summary.atMs,
        summary.durationMs,
        JSON.stringify(summary.spot),
        JSON.stringify(summary.decisions)
      ]),
      Effect.asVoid(query(DROP_TICKS, [summary.tick - keep]))
    )
