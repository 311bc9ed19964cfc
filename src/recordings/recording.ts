/** A recording in memory: read and checked whole before anything is replayed. */
import type { FileSystem } from "@effect/platform"
import { Effect, Either, Schema } from "effect"
import { createHash } from "node:crypto"
import { countLines } from "./csv.ts"
import { type RecordingError, recordingError } from "./error.ts"
import { attempt, readGzip } from "./files.ts"
import { FORMAT, Footer, Header, VERSION } from "./format.ts"
import { decodeProblem, makePlayer, parseJsonLine } from "./player.ts"

/** A checked recording: its text is kept packed in one buffer, and lines are decoded when their time comes. */
export interface Recording {
  readonly path: string
  readonly header: Header
  readonly footer: Footer
  /** SHA-256 of the unpacked text: says whether saved state belongs to this recording. */
  readonly contentHash: string
  readonly text: Buffer
  /** Where event line i begins in the text; one more entry says where the last one ends. */
  readonly offsets: Uint32Array
  /** When event i happens, Unix milliseconds. */
  readonly atMs: Float64Array
}

const decodeHeader = Schema.decodeUnknownEither(Header, { onExcessProperty: "error" })
const decodeFooter = Schema.decodeUnknownEither(Footer, { onExcessProperty: "error" })
const Versioned = Schema.Struct({ format: Schema.Literal(FORMAT), version: Schema.Int })
const isVersioned = Schema.is(Versioned)

const headerIn = (path: string, text: string): Header => {
  const json = parseJsonLine(path, 1, text)
  if (!isVersioned(json)) {
    throw recordingError({
      path,
      line: 1,
      problem: `not a recording of this program: the first line has no "format": "${FORMAT}"; make one with tradewind import`
    })
  }
  if (json.version !== VERSION) {
    throw recordingError({
      path,
      line: 1,
      field: "version",
      problem: `${json.version} is not ${VERSION}, the version this program reads; import the data again`
    })
  }
  return Either.getOrElse(decodeHeader(json), (error) => {
    throw decodeProblem(path, 1, error)
  })
}

const footerIn = (path: string, line: number, text: string): Footer =>
  Either.getOrElse(decodeFooter(parseJsonLine(path, line, text)), () => {
    throw recordingError({
      path,
      line,
      problem: 'the last line is no footer ("kind": "end"): the file was cut short; import the data again'
    })
  })

const checkCounts = (
  path: string,
  line: number,
  footer: Footer,
  byKind: ReadonlyMap<string, number>
): void => {
  for (const kind of new Set([...Object.keys(footer.byKind), ...byKind.keys()])) {
    const told = footer.byKind[kind] ?? 0
    const found = byKind.get(kind) ?? 0
    if (told !== found) {
      throw recordingError({
        path,
        line,
        field: `byKind.${kind}`,
        problem: `the footer counts ${told}, the file has ${found}; lines are missing or added, import the data again`
      })
    }
  }
}

const NEWLINE = 10

/** Where each line begins, and where the last one's successor would. */
const lineStarts = (text: Buffer): Uint32Array => {
  const lines = countLines(text)
  const starts = new Uint32Array(lines + 1)
  let at = 0
  for (let line = 1; line <= lines; line += 1) {
    at = text.indexOf(NEWLINE, at) + 1
    starts[line] = at
  }
  return starts
}

const textBetween = (text: Buffer, from: number | undefined, to: number | undefined): string =>
  text.toString("utf8", from ?? 0, Math.max(0, (to ?? 0) - 1))

/** Text of event `index`, from 0. */
export const eventText = (recording: Pick<Recording, "text" | "offsets">, index: number): string =>
  textBetween(recording.text, recording.offsets[index], recording.offsets[index + 1])

/** Line of event `index` in the file: the header is line 1. */
export const lineOfEvent = (index: number): number => index + 2

/** Checks a recording's unpacked text. Throws {@link RecordingError}. */
const checkRecording = (path: string, text: Buffer): Recording => {
  const starts = lineStarts(text)
  const lineCount = starts.length - 1
  const header = headerIn(path, textBetween(text, 0, starts[1] ?? text.length + 1))
  const footer = footerIn(path, lineCount, textBetween(text, starts[lineCount - 1], starts[lineCount]))
  const offsets = starts.subarray(1, lineCount)
  const events = offsets.length - 1
  const atMs = new Float64Array(Math.max(0, events))
  const byKind = new Map<string, number>()
  const player = makePlayer(path)
  for (let index = 0; index < events; index += 1) {
    const step = player.step(lineOfEvent(index), eventText({ text, offsets }, index))
    atMs[index] = step.atMs
    byKind.set(step.kind, (byKind.get(step.kind) ?? 0) + 1)
  }
  checkCounts(path, lineCount, footer, byKind)
  if (events < 1)
    throw recordingError({ path, problem: "the recording has no events; import the data again" })
  const contentHash = createHash("sha256").update(text).digest("hex")
  return { path, header, footer, contentHash, text, offsets, atMs }
}

/**
 * Reads a recording and checks every line of it: by Schema, in time order, each window listed first, books best first and
 * uncrossed, counts as the footer says. Fails with {@link RecordingError}, which names file, line and field.
 */
export const openRecording = (
  path: string
): Effect.Effect<Recording, RecordingError, FileSystem.FileSystem> =>
  readGzip(path).pipe(Effect.flatMap((text) => attempt(() => checkRecording(path, text))))
