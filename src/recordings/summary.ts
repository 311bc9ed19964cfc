/** What an import says when it is done. */
import { DateTime } from "effect"
import type { Footer, Header } from "./format.ts"

const utc = (atMs: number): string =>
  `${DateTime.formatIso(DateTime.unsafeMake(atMs)).slice(0, 19).replace("T", " ")} UTC`

const named = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ") || "none"

/** The few lines a person wants to see of a new recording. */
export const summaryOf = (path: string, header: Header, footer: Footer): string => {
  const complete = header.windows.filter((window) => window.complete).length
  const gaps = header.windows.flatMap((window) => window.gaps)
  const longestMs = Math.max(0, ...gaps.map(({ fromMs, toMs }) => toMs - fromMs))
  return [
    `${path}: ${footer.events} events from ${header.rowsRead} rows of ${header.source}`,
    `  time     ${utc(header.firstAtMs)} to ${utc(header.lastAtMs)}`,
    `  windows  ${header.windows.length}, of which ${complete} complete; ${header.leftOut.length} left out (no outcome, or no usable row)`,
    `  events   ${named(footer.byKind)}`,
    `  defects  ${named(header.defects)}`,
    `  gaps     ${gaps.length} longer than 10 s, the longest ${Math.round(longestMs / 1000)} s`,
    `  spot     ${header.spotFrom ?? "none: a strategy that needs the spot price has nothing to go by"}`
  ].join("\n")
}
