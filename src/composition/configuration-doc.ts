/** docs/configuration.md, written from the schemas so that it cannot lag behind them. */
import { variableName } from "../config/environment.ts"
import { fieldAt, knownPaths } from "../config/schema-tree.ts"
import { isRecord } from "../config/layer.ts"
import { writtenDefaults } from "../config/value-problems.ts"
import { AppConfig } from "./app-config.ts"

const HEAD = `# Configuration

Written from the schemas by \`npm run config:default\`.

\`config/default.json\` ← \`config/<mode>.json\` ← \`--config FILE\` ← \`TRADEWIND_*\` environment ← flags, merged leaf by leaf and checked once; all
problems are told together, and the exit code is 78. The variable of \`orchestrator.tickIntervalMs\` is
\`${variableName(["orchestrator", "tickIntervalMs"])}\`: the keys in upper snake case, joined by two underscores. Its value is the text itself where the setting is
a text, else JSON. Dollars are decimal text (\`"12.50"\`) or numbers; a price tick is $0.0001, so 100 ticks are a cent.

`

const valueAt = (path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), writtenDefaults(AppConfig))

const row = (path: ReadonlyArray<string>): string => {
  const description = fieldAt(AppConfig.ast, path)?.description ?? ""
  const value = valueAt(path)
  const shown = value === undefined ? "–" : `\`${JSON.stringify(value)}\``
  return `| \`${path.slice(1).join(".") || path.join(".")}\` | ${shown} | ${description.replaceAll("|", "\\|")} |`
}

const table = (title: string, paths: ReadonlyArray<ReadonlyArray<string>>): string =>
  [`## ${title}`, "", "| setting | default | meaning |", "| --- | --- | --- |", ...paths.map(row), ""].join(
    "\n"
  )

const isEmpty = (value: unknown): boolean => isRecord(value) && Object.keys(value).length === 0

/** A section below a section is told by what is in it; a list by names, which is empty by default, as one setting. */
const isRow = (path: ReadonlyArray<string>): boolean =>
  (!isRecord(valueAt(path)) || isEmpty(valueAt(path))) && !isEmpty(valueAt(path.slice(0, -1)))

/** The whole page: the top level first, then each section in the order of the modules. */
export const configurationDoc = (): string => {
  const paths = knownPaths(AppConfig.ast)
  const sections = paths.filter((path) => path.length === 1 && isRecord(valueAt(path)))
  const isTop = (path: ReadonlyArray<string>) => path.length === 1 && !sections.includes(path)
  const tables = sections.map(([name = ""]) =>
    table(
      name,
      paths.filter((path) => path.length > 1 && path[0] === name && isRow(path))
    )
  )
  return `${HEAD}${[table("Top level", paths.filter(isTop)), ...tables].join("\n")}`
}
