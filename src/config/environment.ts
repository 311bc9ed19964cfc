/**
 * Configuration from environment variables: `TRADEWIND_` and the path's keys in upper snake case, joined by two
 * underscores. `orchestrator.tickIntervalMs` is `TRADEWIND_ORCHESTRATOR__TICK_INTERVAL_MS`. A value is the text itself
 * where the setting is a text, else JSON (`250`, `true`, `["BTC","ETH"]`).
 */
import { Schema, SchemaAST } from "effect"
import { type ConfigLayer, setAt } from "./layer.ts"
import { nearest } from "./nearest.ts"
import { fieldAt, knownPaths, type Path } from "./schema-tree.ts"

const PREFIX = "TRADEWIND_"

const upperSnake = (key: string): string =>
  key
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll("-", "_")
    .toUpperCase()

/** The name of the variable that sets a place. */
export const variableName = (path: Path): string => `${PREFIX}${path.map(upperSnake).join("__")}`

const valueOf = (ast: SchemaAST.AST, text: string): unknown => {
  if (Schema.is(Schema.make(SchemaAST.encodedAST(ast)))(text)) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/**
 * The layer of an environment. Variables with the prefix that name no setting are problems; `ignore` lists those that
 * somebody else reads.
 */
export const environmentLayer = (
  schema: Schema.Schema.All,
  environment: Readonly<Record<string, string | undefined>>,
  ignore: ReadonlyArray<string> = []
): ConfigLayer => {
  const paths = new Map(knownPaths(schema.ast).map((path) => [variableName(path), path] as const))
  const value: Record<string, unknown> = {}
  const problems: Array<string> = []
  // Sections sort before what is in them, so that a section given as a whole does not wipe out its parts.
  for (const name of Object.keys(environment).toSorted()) {
    const text = environment[name]
    if (!name.startsWith(PREFIX) || text === undefined || ignore.includes(name)) continue
    const path = paths.get(name)
    const field = path && fieldAt(schema.ast, path)
    if (path !== undefined && field !== undefined) setAt(value, path, valueOf(field.ast, text))
    else {
      const known = nearest(name, [...paths.keys(), ...ignore])
      problems.push(
        `unknown environment variable ${name}: ${known === undefined ? "remove it" : `the nearest known one is ${known}`}`
      )
    }
  }
  const origin = (path: Path) => {
    const names = path.map((_, index) => variableName(path.slice(0, path.length - index)))
    return `environment variable ${names.find((name) => environment[name] !== undefined) ?? variableName(path)}`
  }
  return { kind: "environment", value, origin, problems }
}
