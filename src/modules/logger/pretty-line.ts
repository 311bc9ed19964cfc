/** A log event for a reader at a terminal. */
import type { LogEvent } from "./log-event.ts"
import type { Plain } from "./plain.ts"

const MODULE_WIDTH = 16
const EVENT_WIDTH = 26

const paint = { reset: "\u001b[0m", dim: "\u001b[2m", bold: "\u001b[1m", cyan: "\u001b[36m" }
const levelPaint: Readonly<Record<string, string>> = {
  trace: "\u001b[2m",
  debug: "\u001b[2m",
  info: "\u001b[32m",
  warn: "\u001b[33m",
  error: "\u001b[31m",
  fatal: "\u001b[1;31m"
}

/** Text from outside must not move the cursor or start a new line. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g
const visible = (text: string): string =>
  text.replace(controls, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`)

const fieldText = (value: Plain): string => {
  if (typeof value !== "string") return visible(JSON.stringify(value))
  return value === "" || /[\s"=]/.test(value) ? visible(JSON.stringify(value)) : visible(value)
}

const isRecord = (value: Plain): value is { readonly [key: string]: Plain } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const stackLines = (cause: Plain | undefined): ReadonlyArray<string> => {
  if (cause === undefined || !isRecord(cause)) return []
  const stack = cause["stack"]
  return typeof stack === "string" ? stack.split("\n").map((line) => `    ${visible(line)}`) : []
}

const clockTime = (atMs: number): string =>
  Number.isFinite(atMs) && Math.abs(atMs) <= 8.64e15 ? new Date(atMs).toISOString().slice(11, 19) : "--:--:--"

/**
 * `HH:mm:ss LEVEL module event key=value …`, the time in UTC as the log's clock has it. One line, except that the stack
 * of an error follows, indented.
 */
export const prettyLine = (event: LogEvent, colours: boolean, maxChars: number): string => {
  const painted = (code: string | undefined, text: string) =>
    colours && code !== undefined ? `${code}${text}${paint.reset}` : text
  const fields = [...event.fields].map(
    ([name, value]) => `${painted(paint.dim, `${visible(name)}=`)}${fieldText(value)}`
  )
  const severe = event.level === "error" || event.level === "fatal"
  const stack = severe ? stackLines(event.cause) : []
  if (event.cause !== undefined && stack.length === 0) {
    const message = isRecord(event.cause) ? (event.cause["message"] ?? event.cause) : event.cause
    fields.push(`${painted(paint.dim, "cause=")}${fieldText(message)}`)
  }
  const line = [
    painted(paint.dim, clockTime(event.atMs)),
    painted(levelPaint[event.level], event.level.toUpperCase().padEnd(5)),
    painted(paint.cyan, visible(event.module ?? "-").padEnd(MODULE_WIDTH)),
    painted(paint.bold, visible(event.event).padEnd(EVENT_WIDTH)),
    ...fields
  ].join(" ")
  const whole = [line.trimEnd(), ...stack].join("\n")
  return whole.length <= maxChars ? whole : `${whole.slice(0, maxChars)}${colours ? paint.reset : ""}…`
}
