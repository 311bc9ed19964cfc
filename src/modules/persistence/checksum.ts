/**
 * What a row's own words add up to. SQLite finds a page that is no page any more; a bit that fell over in a price or a size it
 * takes for the price or the size.
 */
import { crc32 } from "node:zlib"
import type { SqlValue } from "../../storage/connection.ts"

/** As it goes to SQLite and as it comes back: half a surrogate pair is replaced on the way, and by the checksum alike. */
const spelt = (value: unknown): string => (value === null || value === undefined ? "-" : `=${String(value)}`)

/** CRC-32 of these values of a row, in this order. */
export const checksumOf = (
  fields: ReadonlyArray<string>,
  values: Readonly<Record<string, unknown>>
): Extract<SqlValue, number> => crc32(fields.map((field) => spelt(values[field])).join("\u0000"))
