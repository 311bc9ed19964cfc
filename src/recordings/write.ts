/** A recording's text: header, lines, footer. */
import type { Assembled } from "./assemble.ts"
import type { Footer, Header } from "./format.ts"

/** The header from what was assembled and read; the lines are not empty. */
export const headerOf = (
  assembled: Assembled,
  about: Pick<Header, "source" | "importedFrom" | "windowFactsFrom" | "spotFrom" | "rowsRead" | "defects">
): Header => ({
  format: "tradewind-recording",
  version: 1,
  ...about,
  firstAtMs: assembled.lines.at(0)?.atMs ?? 0,
  lastAtMs: assembled.lines.at(-1)?.atMs ?? 0,
  windows: assembled.windows,
  leftOut: assembled.leftOut
})

export const footerOf = (assembled: Assembled): Footer => {
  const byKind: Record<string, number> = {}
  for (const { kind } of assembled.lines) byKind[kind] = (byKind[kind] ?? 0) + 1
  return { kind: "end", events: assembled.lines.length, byKind }
}

const LINES_PER_PIECE = 10_000

/** The file's text, put together in pieces. */
export const recordingText = (header: Header, assembled: Assembled, footer: Footer): Buffer => {
  const pieces = [Buffer.from(`${JSON.stringify(header)}\n`)]
  for (let from = 0; from < assembled.lines.length; from += LINES_PER_PIECE) {
    const texts = assembled.lines.slice(from, from + LINES_PER_PIECE).map(({ text }) => text)
    pieces.push(Buffer.from(`${texts.join("\n")}\n`))
  }
  pieces.push(Buffer.from(`${JSON.stringify(footer)}\n`))
  return Buffer.concat(pieces)
}
