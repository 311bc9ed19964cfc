/** Any value as plain JSON: bounded, without secrets, without ever failing. */
import { Redacted } from "effect"
import { isSecretName, REDACTED } from "../../domain/secret-name.ts"

/** What a log line can hold. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | ReadonlyArray<Plain>
  | { readonly [key: string]: Plain }

const MAX_DEPTH = 6
const MAX_ENTRIES = 100
/** Values in one walk: entries to the power of depth would be far too many. */
const MAX_VALUES = 2000
const MAX_TEXT_CHARS = 8192

/** Replaces secrets in a text. */
export type Redact = (text: string) => string

interface Walk {
  readonly redact: Redact
  readonly path: Array<object>
  valuesLeft: number
}

/** Secrets go before the cut, so that no half of one is left at the end. */
const text = (value: string, { redact }: Walk): string => {
  const safe = redact(value)
  return safe.length <= MAX_TEXT_CHARS
    ? safe
    : `${safe.slice(0, MAX_TEXT_CHARS)}… (${safe.length} characters)`
}

/** A number may be a secret's digits; anything JSON has no word for is written as text. */
const numeric = (value: number | bigint, walk: Walk): Plain => {
  const written = String(value)
  const safe = walk.redact(written)
  return typeof value === "bigint" || safe !== written || !Number.isFinite(value) ? safe : value
}

const list = (items: Iterable<unknown>, walk: Walk): Plain => {
  const out: Array<Plain> = []
  for (const item of items) {
    if (out.length === MAX_ENTRIES) {
      out.push("… (more)")
      break
    }
    out.push(walkValue(item, walk))
  }
  return out
}

/** Without a prototype, so that a key such as `__proto__` is a key like any other. */
const record = (entries: Iterable<readonly [unknown, unknown]>, walk: Walk): Plain => {
  const out: Record<string, Plain> = Object.create(null) as Record<string, Plain>
  let count = 0
  for (const [key, value] of entries) {
    if (value === undefined) continue
    if (count++ === MAX_ENTRIES) {
      out["…"] = "(more)"
      break
    }
    const name = typeof key === "string" ? key : String(walkValue(key, walk))
    out[text(name, walk)] = isSecretName(name) && value !== null ? REDACTED : walkValue(value, walk)
  }
  return out
}

const errorFields = (error: Error): ReadonlyArray<readonly [string, unknown]> => {
  const own = Object.entries(error).filter(([key]) => !["name", "message", "stack", "cause"].includes(key))
  return [
    ["name", error.name],
    ["message", error.message],
    ...own,
    ["stack", error.stack],
    ["cause", error.cause]
  ]
}

const walkObject = (value: object, walk: Walk): Plain => {
  if (Redacted.isRedacted(value)) return REDACTED
  if (value instanceof Error) return record(errorFields(value), walk)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString()
  if (ArrayBuffer.isView(value)) return `[${value.constructor.name} of ${value.byteLength} bytes]`
  if (Array.isArray(value) || value instanceof Set) return list(value, walk)
  if (value instanceof Map) return record(value, walk)
  if (value instanceof RegExp || value instanceof URL) return text(String(value), walk)
  if ("toJSON" in value && typeof value.toJSON === "function")
    return walkValue(value.toJSON() as unknown, walk)
  return record(Object.entries(value), walk)
}

const walkValue = (value: unknown, walk: Walk): Plain => {
  if (walk.valuesLeft-- <= 0) return "[too much]"
  switch (typeof value) {
    case "string":
      return text(value, walk)
    case "boolean":
      return value
    case "number":
    case "bigint":
      return numeric(value, walk)
    case "undefined":
      return null
    case "symbol":
      return text(String(value), walk)
    case "function":
      return text(`[function ${value.name}]`, walk)
    case "object": {
      if (value === null) return null
      if (walk.path.includes(value)) return "[circular]"
      if (walk.path.length === MAX_DEPTH) return "[too deep]"
      walk.path.push(value)
      try {
        return walkObject(value, walk)
      } catch {
        return "[unreadable]"
      } finally {
        walk.path.pop()
      }
    }
  }
}

/**
 * A value as plain JSON. Cut at 6 levels, 100 entries a level, 2000 values, 8192 characters a text; circles, getters that throw and the like
 * are named instead of followed. Fields with a secret's name, `Redacted` values, and what `redact` finds are replaced.
 */
export const plain = (value: unknown, redact: Redact): Plain =>
  walkValue(value, { redact, path: [], valuesLeft: MAX_VALUES })
