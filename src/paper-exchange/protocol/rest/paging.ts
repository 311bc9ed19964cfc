/** Pages with cursors: each says which row was the last, so that rows which come and go in between disturb no other. */
import type { WireResponse } from "../wire.ts"
import { failure, json } from "./answers.ts"

/** Base64 of 0 and of −1. */
const START_CURSOR = "MA=="
const END_CURSOR = "LTE="

export interface Row {
  /** Rows come in the order of their keys. */
  readonly key: string
  readonly body: unknown
}

const cursorOf = (key: string): string => Buffer.from(`>${key}`).toString("base64")

/** The key of the last row that was told; undefined where the text is no cursor. */
const keyOf = (cursor: string): string | undefined => {
  const text = Buffer.from(cursor, "base64").toString("latin1")
  return text.startsWith(">") && cursorOf(text.slice(1)) === cursor ? text.slice(1) : undefined
}

export interface Page {
  readonly rows: ReadonlyArray<unknown>
  /** Undefined after the last row. */
  readonly next: string | undefined
}

/** The rows after a cursor; undefined where it is none. */
export const pageOf = (rows: ReadonlyArray<Row>, cursor: string, size: number): Page | undefined => {
  if (cursor === END_CURSOR) return { rows: [], next: undefined }
  const isStart = cursor === "" || cursor === START_CURSOR
  const after = isStart ? "" : keyOf(cursor)
  if (after === undefined) return undefined
  const left = rows
    .filter(({ key }) => isStart || key > after)
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  const shown = left.slice(0, size)
  const last = shown.at(-1)
  return {
    rows: shown.map(({ body }) => body),
    next: last !== undefined && left.length > shown.length ? cursorOf(last.key) : undefined
  }
}

/** A page as the CLOB answers it. */
export const page = (rows: ReadonlyArray<Row>, query: URLSearchParams, pageSize: number): WireResponse => {
  const found = pageOf(rows, query.get("next_cursor") ?? "", pageSize)
  if (found === undefined) return failure(400, "Invalid next_cursor")
  return json({
    data: found.rows,
    next_cursor: found.next ?? END_CURSOR,
    limit: pageSize,
    count: found.rows.length
  })
}
