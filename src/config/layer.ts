/** One source of configuration. Later layers win, leaf by leaf. */
import { Either } from "effect"
import { hideSecrets, isSecretName, REDACTED } from "../domain/secret-name.ts"
import { readJson } from "./json-text.ts"
import type { Path } from "./schema-tree.ts"

/** What a source says, and what is wrong with the source itself. */
export interface ConfigLayer {
  readonly kind: "file" | "environment" | "flag"
  readonly value: Readonly<Record<string, unknown>>
  /** Where a place was said, for messages: "config/sim.json, line 3". */
  readonly origin: (path: Path) => string
  /** Sentences; one is enough to refuse the whole configuration. */
  readonly problems: ReadonlyArray<string>
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Sets a place in a tree; `__proto__` is a key like any other. */
export const setAt = (tree: Record<string, unknown>, path: Path, value: unknown): void => {
  const [key, ...rest] = path
  if (key === undefined) return
  const below = Object.hasOwn(tree, key) ? tree[key] : undefined
  const next: Record<string, unknown> = isRecord(below) ? { ...below } : {}
  if (rest.length > 0) setAt(next, rest, value)
  const placed = rest.length > 0 ? next : value
  Object.defineProperty(tree, key, { value: placed, enumerable: true, configurable: true, writable: true })
}

/** A layer that could not be read at all. */
export const unreadableLayer = (source: string, problem: string): ConfigLayer => ({
  kind: "file",
  value: {},
  origin: () => source,
  problems: [problem]
})

/** A line of a file as it may be shown: one that names a secret is not. */
const shownLine = (text: string): string =>
  [...text.matchAll(/"([^"]*)"/g)].some(([, name = ""]) => isSecretName(name))
    ? `${REDACTED}: the line names a secret`
    : hideSecrets(text)

/** The layer of a file's text. Malformed JSON is a problem with line, column and the line itself. */
export const fileLayer = (source: string, text: string): ConfigLayer =>
  Either.match(readJson(text), {
    onLeft: (fault) =>
      unreadableLayer(
        source,
        `${source}: malformed JSON at line ${fault.line}, column ${fault.column}: ${fault.what}\n` +
          `      ${shownLine(fault.text)}\n      ${" ".repeat(Math.min(fault.column - 1, 200))}^`
      ),
    onRight: ({ lines, value }) =>
      isRecord(value)
        ? {
            kind: "file",
            value,
            origin: (path) => {
              const line = lines.get(path.join("."))
              return line === undefined ? source : `${source}, line ${line}`
            },
            problems: []
          }
        : unreadableLayer(source, `${source}: the file must hold one JSON object, { … }`)
  })

/** A command-line flag that sets a place; left out where `value` is undefined. */
export interface FlagSetting {
  readonly flag: string
  readonly path: Path
  readonly value: unknown
}

export const flagLayer = (settings: ReadonlyArray<FlagSetting>): ConfigLayer => {
  const given = settings.filter(({ value }) => value !== undefined)
  const value: Record<string, unknown> = {}
  for (const setting of given) setAt(value, setting.path, setting.value)
  return {
    kind: "flag",
    value,
    origin: (path) =>
      `flag ${given.find((setting) => setting.path.every((key, index) => path[index] === key))?.flag ?? "?"}`,
    problems: []
  }
}
