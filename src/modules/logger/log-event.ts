/** What the program logged, taken apart: the event's name, its module, its fields, its cause. */
import { Cause, Option, type Logger } from "effect"
import { plain, type Plain, type Redact } from "./plain.ts"

/** One event, ready to be written in any format. Nothing in it is secret. */
export interface LogEvent {
  readonly atMs: number
  readonly level: string
  /** The event's name, or `message` where a text was logged that is no name. */
  readonly event: string
  readonly module: string | undefined
  readonly fields: ReadonlyMap<string, Plain>
  readonly cause: Plain | undefined
}

const MAX_NAME_CHARS = 200
const eventName = /^[a-z][a-z0-9_]*$/

/** Names that a line itself uses; a field of that name gets an underscore behind it. */
const reserved = new Set(["ts", "level", "event", "truncated"])

const kindOf = (cause: Cause.Cause<unknown>): string => {
  if (Cause.isInterruptedOnly(cause)) return "interrupt"
  return Option.isSome(Cause.failureOption(cause)) ? "fail" : "die"
}

const tagOf = (failure: unknown): string | undefined =>
  typeof failure === "object" && failure !== null && "_tag" in failure && typeof failure._tag === "string"
    ? failure._tag
    : undefined

/** Kind, tag, message and the stack with all causes underneath; a cause that cannot be printed is said to be so. */
const describeCause = (cause: Cause.Cause<unknown>, redact: Redact): Plain => {
  try {
    return plain(
      {
        kind: kindOf(cause),
        tag: tagOf(Cause.squash(cause)),
        message: Cause.prettyErrors(cause)
          .map((error) => error.message)
          .join("; "),
        stack: Cause.pretty(cause, { renderErrorCause: true })
      },
      redact
    )
  } catch {
    return { kind: kindOf(cause), message: "[unprintable cause]" }
  }
}

const isPlainObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" &&
  value !== null &&
  (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)

/** Text that was logged becomes the event or the message, objects become fields, errors the cause. */
const splitMessage = (message: unknown) => {
  const texts: Array<unknown> = []
  const fields: Array<readonly [string, unknown]> = []
  const errors: Array<Error> = []
  for (const part of Array.isArray(message) ? (message as ReadonlyArray<unknown>) : [message]) {
    if (part instanceof Error) errors.push(part)
    else if (isPlainObject(part)) fields.push(...Object.entries(part))
    else texts.push(part)
  }
  return { texts, fields, errors }
}

const freeName = (name: string, taken: ReadonlyMap<string, unknown>): string => {
  let free = name
  while (reserved.has(free) || taken.has(free)) free = `${free}_`
  return free
}

const asText = (value: Plain): string => (typeof value === "string" ? value : JSON.stringify(value))

/** Takes a log call apart. `redact` is applied to every text in it. */
export const toLogEvent = (options: Logger.Logger.Options<unknown>, redact: Redact): LogEvent => {
  const { errors, fields: messageFields, texts } = splitMessage(options.message)
  const first = texts[0]
  const named = typeof first === "string" && eventName.test(first)
  const spans = [...options.spans].map(
    (span) => [`${span.label}Ms`, options.date.getTime() - span.startTime] as const
  )
  const words = texts.slice(named ? 1 : 0).map((word) => asText(plain(word, redact)))
  const given = [...options.annotations, ...messageFields, ...spans].filter(
    ([, value]) => value !== undefined
  )
  const safe = plain(new Map(given), redact) as Readonly<Record<string, Plain>>
  const cause = Cause.isEmpty(options.cause)
    ? errors.length > 0
      ? plain(errors.length === 1 ? errors[0] : errors, redact)
      : undefined
    : describeCause(options.cause, redact)
  const fields = new Map<string, Plain>()
  if (words.length > 0) fields.set("message", words.join(" "))
  if (cause !== undefined) fields.set("cause", cause)
  for (const [name, value] of Object.entries(safe))
    if (name !== "module") fields.set(freeName(name, fields), value)
  fields.delete("cause")
  const module = safe["module"]
  return {
    atMs: options.date.getTime(),
    level: options.logLevel.label.toLowerCase(),
    event: (named ? redact(first) : "message").slice(0, MAX_NAME_CHARS),
    module: module === undefined ? undefined : asText(module).slice(0, MAX_NAME_CHARS),
    fields,
    cause
  }
}
