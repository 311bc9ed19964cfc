/** The tables of a page in Markdown. */
import { readFileSync } from "node:fs"

export interface Table {
  /** The heading above the table. */
  readonly heading: string
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<string>>
}

const cells = (line: string): ReadonlyArray<string> =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll("`", ""))

export const readPage = (name: string): string =>
  readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8")

export const tablesOf = (page: string): ReadonlyArray<Table> => {
  const tables: Array<{
    heading: string
    columns: ReadonlyArray<string>
    rows: Array<ReadonlyArray<string>>
  }> = []
  let heading = ""
  let inTable = false
  for (const line of page.split("\n")) {
    if (/^#+ /.test(line)) heading = line.replace(/^#+ /, "")
    if (!line.startsWith("|")) inTable = false
    else if (!inTable) {
      inTable = true
      tables.push({ heading, columns: cells(line), rows: [] })
    } else if (!/^\|[\s|:-]+\|$/.test(line)) tables.at(-1)?.rows.push(cells(line))
  }
  return tables
}

/** The one table with these first columns. */
export const tableWith = (tables: ReadonlyArray<Table>, ...columns: ReadonlyArray<string>): Table => {
  const found = tables.filter((table) => columns.every((column, index) => table.columns[index] === column))
  const [table] = found
  if (table === undefined || found.length > 1)
    throw new Error(`${found.length} tables with ${columns.join(", ")}`)
  return table
}
