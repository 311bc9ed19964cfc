/** Spot observations from candles: only closes, each at the moment it became known. Nothing in between is made up. */
import type { SpotPrice } from "../domain/money.ts"
import { csvRows } from "./csv.ts"
import { recordingError } from "./error.ts"

export interface SpotObservation {
  readonly observedAtMs: number
  readonly price: SpotPrice
}

/** Closes of a table with `open_time_s` and `close`, oldest first. Throws `RecordingError`. */
export const readCandleCloses = (path: string, content: Uint8Array): ReadonlyArray<SpotObservation> => {
  const rows = Array.from(csvRows(path, content, ["open_time_s", "close"], "a table of candles"), (row) => ({
    openMs: row.int("open_time_s") * 1000,
    price: row.spot("close"),
    row
  })).toSorted((a, b) => a.openMs - b.openMs)
  let lengthMs = Number.POSITIVE_INFINITY
  for (const [index, { openMs, row }] of rows.entries()) {
    const before = rows[index - 1]
    if (before === undefined) continue
    if (openMs === before.openMs) row.refuse("open_time_s", "a time that occurs once")
    lengthMs = Math.min(lengthMs, openMs - before.openMs)
  }
  if (!Number.isFinite(lengthMs)) {
    throw recordingError({
      path,
      problem: "fewer than two candles: their length cannot be told; give a longer table"
    })
  }
  return rows.map(({ openMs, price }) => ({ observedAtMs: openMs + lengthMs, price }))
}
