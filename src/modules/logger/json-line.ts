/** A log event as one line of JSON. */
import type { LogEvent } from "./log-event.ts"
import type { Plain } from "./plain.ts"

const isoTime = (atMs: number): string | null =>
  Number.isFinite(atMs) && Math.abs(atMs) <= 8.64e15 ? new Date(atMs).toISOString() : null

/** JSON leaves these line breaks unescaped; some readers split lines at them. */
const lineBreaks = /[\u0085\u2028\u2029]/g

const encode = (value: unknown): string =>
  JSON.stringify(value).replace(
    lineBreaks,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

const bytesOf = (line: string): number => Buffer.byteLength(line, "utf8")

/** The beginning of the event and as much of the rest, as text, as fits. */
const shortened = (head: Readonly<Record<string, Plain>>, full: string, maxBytes: number): string => {
  let chars = maxBytes
  for (;;) {
    const line = encode({ ...head, truncated: bytesOf(full), text: full.slice(0, chars) })
    if (bytesOf(line) <= maxBytes || chars === 0) return line
    chars = Math.floor(chars / 2)
  }
}

/**
 * `{"ts","level","event","module",…fields,"cause"}`, without a line break. A line longer than `maxBytes` keeps its
 * first four members and gets `truncated` (its length in bytes) and `text` (its beginning).
 */
export const jsonLine = (event: LogEvent, maxBytes: number): string => {
  const head: Record<string, Plain> = Object.create(null) as Record<string, Plain>
  head["ts"] = isoTime(event.atMs)
  head["level"] = event.level
  head["event"] = event.event
  if (event.module !== undefined) head["module"] = event.module
  const all: Record<string, Plain> = Object.assign(Object.create(null), head) as Record<string, Plain>
  for (const [name, value] of event.fields) all[name] = value
  if (event.cause !== undefined) all["cause"] = event.cause
  const line = encode(all)
  return bytesOf(line) <= maxBytes ? line : shortened(head, line, maxBytes)
}
