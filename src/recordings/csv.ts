/** Comma-separated tables with a header line, read exactly and with errors that name line, column and value. */
import { Option } from "effect"
import { parsePrice, parseScaled, parseShares, parseSpot } from "../domain/decimal.ts"
import type { MicroShares, PriceTicks, SpotPrice } from "../domain/money.ts"
import { recordingError } from "./error.ts"

const quotedField = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g

/** Fields of one line; quotes are rare, so a line without any is simply split. */
const splitLine = (line: string): ReadonlyArray<string> =>
  line.includes('"')
    ? [...line.matchAll(quotedField)].map((match) => match[1]?.replaceAll('""', '"') ?? match[2] ?? "")
    : line.split(",")

/** One row; each method reads a column of the table and throws `RecordingError` where the value is not allowed. */
export class CsvRow {
  readonly path: string
  readonly line: number
  private readonly columns: ReadonlyMap<string, number>
  private readonly values: ReadonlyArray<string>

  constructor(
    path: string,
    line: number,
    columns: ReadonlyMap<string, number>,
    values: ReadonlyArray<string>
  ) {
    this.path = path
    this.line = line
    this.columns = columns
    this.values = values
  }

  text(column: string): string {
    return this.values[this.columns.get(column) ?? -1] ?? ""
  }

  refuse(column: string, allowed: string): never {
    throw recordingError({
      path: this.path,
      line: this.line,
      field: column,
      problem: `"${this.text(column)}" is not ${allowed}`
    })
  }

  private read<A>(column: string, parse: (text: string) => Option.Option<A>, allowed: string): A {
    const parsed = parse(this.text(column))
    return Option.isSome(parsed) ? parsed.value : this.refuse(column, allowed)
  }

  /** A price of one share; undefined where the field is blank or 0, for both mean an empty side. */
  priceOrEmpty(column: string): PriceTicks | undefined {
    if (this.text(column) === "") return undefined
    const price = this.read(column, parsePrice, "a price from 0 to 1 in steps of 0.0001")
    return price === 0 ? undefined : price
  }

  /** A size in shares; undefined where the field is blank or 0. */
  sharesOrEmpty(column: string): MicroShares | undefined {
    if (this.text(column) === "") return undefined
    const size = this.read(column, parseShares, "a number of shares, at least 0, of at most 6 decimals")
    return size === 0 ? undefined : size
  }

  int(column: string): number {
    return this.read(column, (text) => parseScaled(text, 1), "a whole number")
  }

  /** Seconds with up to three decimals, as milliseconds. */
  secondsAsMs(column: string): number {
    return this.read(column, (text) => parseScaled(text, 1000), "a time in seconds")
  }

  spot(column: string): SpotPrice {
    return this.read(column, parseSpot, "a price in dollars above 0")
  }

  spotOrEmpty(column: string): SpotPrice | undefined {
    return this.text(column) === "" ? undefined : this.spot(column)
  }

  /** `2025-12-26 10:34:14`, UTC, as Unix milliseconds. */
  utcMs(column: string): number {
    const text = this.text(column)
    const allowed = "a UTC time like 2025-12-26 10:34:14"
    if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) this.refuse(column, allowed)
    const atMs = Date.parse(`${text.replace(" ", "T")}Z`)
    return Number.isNaN(atMs) ? this.refuse(column, allowed) : atMs
  }
}

/**
 * The rows of a table, read as they are asked for. Throws `RecordingError` where the header lacks a column, and at a row
 * with another number of fields than the header (a cut-off line).
 */
export const csvRows = function* (
  path: string,
  content: Uint8Array,
  needed: ReadonlyArray<string>,
  kind: string
): Generator<CsvRow> {
  let columns: ReadonlyMap<string, number> | undefined
  for (const [line, text] of linesOf(content)) {
    if (columns === undefined) {
      columns = new Map(splitLine(text).map((name, index) => [name, index]))
      const header = columns
      const missing = needed.filter((name) => !header.has(name))
      if (missing.length > 0) {
        throw recordingError({
          path,
          line,
          problem: `this is not ${kind}: the header has no column ${missing.join(", ")}; it begins "${text.slice(0, 80)}"`
        })
      }
    } else {
      const values = splitLine(text)
      if (values.length !== columns.size) {
        throw recordingError({
          path,
          line,
          problem: `the row has ${values.length} fields, the header ${columns.size}; the file is damaged or cut short`
        })
      }
      yield new CsvRow(path, line, columns, values)
    }
  }
  if (columns === undefined)
    throw recordingError({ path, problem: `this is not ${kind}: there is no header line` })
}

const NEWLINE = 10

/** Lines with their numbers from 1, without line ends; an empty last line is none. */
export const linesOf = function* (content: Uint8Array): Generator<readonly [number, string]> {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  let start = 0
  for (let line = 1; start < bytes.length; line += 1) {
    const found = bytes.indexOf(NEWLINE, start)
    const end = found < 0 ? bytes.length : found
    yield [line, bytes.toString("utf8", start, end).replace(/\r$/, "")]
    start = end + 1
  }
}

/** How many line ends there are. */
export const countLines = (content: Uint8Array): number => {
  let lines = 0
  for (let at = content.indexOf(NEWLINE); at >= 0; at = content.indexOf(NEWLINE, at + 1)) lines += 1
  return lines
}
