/** Values the schema refuses, in words a trader can act on. */
import { Either, ParseResult, Schema } from "effect"
import { isSecretName, REDACTED } from "../domain/secret-name.ts"
import { expected } from "./expected.ts"
import { isRecord } from "./layer.ts"
import type { Merged } from "./merge.ts"
import { fieldAt, type Path } from "./schema-tree.ts"

const MAX_SHOWN_CHARS = 120

const valueAt = (tree: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Readonly<Record<string, unknown>>)[key]
        : undefined,
    tree
  )

const withoutSecrets = (key: string, value: unknown): unknown => (isSecretName(key) ? REDACTED : value)

const shown = (path: Path, value: unknown): string => {
  if (path.some(isSecretName)) return REDACTED
  const text = JSON.stringify(value, withoutSecrets) ?? String(value)
  return text.length <= MAX_SHOWN_CHARS ? text : `${text.slice(0, MAX_SHOWN_CHARS)}…`
}

/** What the configuration is when nobody says anything, as it would be written; undefined where something is required. */
export const writtenDefaults = <A, I>(schema: Schema.Schema<A, I>): unknown =>
  Schema.decodeUnknownEither(schema)({}).pipe(
    Either.flatMap(Schema.encodeEither(schema)),
    Either.getOrUndefined
  )

/** A refinement's own words; generated ones repeat what `expected` says, or the value. */
const ownWords = (message: string): string => (/^Expected |^\{|is missing$/.test(message) ? "" : message)

const sentence = (words: string): string => (words === "" || /[.!?]$/.test(words) ? words : `${words}.`)

/** What a setting is for, without the range that has just been said. */
const purposeOf = (description: string, allowed: string): string => {
  const [, range] = / from (\S+ to \S+)$/.exec(allowed) ?? []
  const words = sentence(description)
  const said = range === undefined ? "" : `${range}.`
  const rest = words.endsWith(said) ? words.slice(0, words.length - said.length) : words
  const told = sentence(rest.replace(/[;,.]?\s*(From )?$/, ""))
  return `${told.slice(0, 1).toUpperCase()}${told.slice(1)}`
}

interface Issue {
  readonly path: Path
  readonly missing: boolean
  readonly message: string
}

const isBelow = (path: Path, top: Path): boolean => top.every((key, index) => path[index] === key)

const issuesOf = (error: ParseResult.ParseError): ReadonlyArray<Issue> => {
  const all = ParseResult.ArrayFormatter.formatErrorSync(error).map((issue) => ({
    path: issue.path.map(String),
    missing: issue._tag === "Missing",
    message: issue.message
  }))
  // An optional setting is "this or undefined": that it is not undefined is no news where this has a fault of its own.
  const news = all.filter(
    (issue) =>
      !issue.message.startsWith("Expected undefined") ||
      !all.some((other) => other !== issue && isBelow(other.path, issue.path))
  )
  const first = new Map(news.toReversed().map((issue) => [issue.path.join("."), issue] as const))
  return [...first.values()].toReversed()
}

/** One sentence for each value that does not fit; none where all do. Unknown keys are told elsewhere. */
export const valueProblems = <A, I>(
  schema: Schema.Schema<A, I>,
  merged: Merged,
  error: ParseResult.ParseError
): ReadonlyArray<string> => {
  const defaults = writtenDefaults(schema)
  return issuesOf(error).flatMap(({ message, missing, path }) => {
    const field = fieldAt(schema.ast, path)
    if (field === undefined) return []
    const name = path.join(".") || "the configuration"
    const own = path.some(isSecretName) ? "" : ownWords(message)
    // A refinement that says what it wants says it better than its type does.
    const allowed = `expected ${/^an? /.test(own) ? own : expected(field.ast)}`
    const purpose = purposeOf(field.description ?? "", allowed)
    if (missing) return [`"${name}" is required: ${sentence(allowed)} ${purpose}`.trim()]
    const value = valueAt(merged.value, path)
    const fallback = valueAt(defaults, path)
    const advice =
      fallback === undefined || isRecord(fallback)
        ? "Correct it."
        : `Correct it, or remove it to use the default, ${shown(path, fallback)}.`
    const words = allowed.endsWith(own) ? "" : sentence(own)
    return [
      [
        `"${name}" is ${shown(path, value)} (${merged.origin(path) ?? "default"}):`,
        sentence(allowed),
        words,
        purpose,
        advice
      ]
        .filter((part) => part !== "")
        .join(" ")
    ]
  })
}
