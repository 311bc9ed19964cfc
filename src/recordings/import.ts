/** Turns a collection of recorded market data into one recording file. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Effect } from "effect"
import { assemble } from "./assemble.ts"
import { readBorisz42 } from "./borisz42.ts"
import { readCandleCloses } from "./candles.ts"
import { readCronosvirus00 } from "./cronosvirus00.ts"
import { type RecordingError, recordingError } from "./error.ts"
import { attempt, fileError, readGzip, readPacked, refuseExisting, writeGzip } from "./files.ts"
import type { Footer, Header, SourceName } from "./format.ts"
import { readFrederick } from "./frederick.ts"
import type { FileContent, SourceRows } from "./source.ts"
import { readWindowFacts } from "./window-facts.ts"
import { footerOf, headerOf, recordingText } from "./write.ts"

type Files = FileSystem.FileSystem | Path.Path

export interface ImportRequest {
  readonly source: SourceName
  /** A file of the collection, or the folder that holds its files. */
  readonly input: string
  readonly output: string
  /** The table of windows; undefined looks for `windows.csv.gz` in the input's folder and the one above it. */
  readonly windows: string | undefined
  /** A table of candles of the spot price; undefined imports no spot. */
  readonly spot: string | undefined
  readonly overwrite: boolean
}

export interface Imported {
  readonly header: Header
  readonly footer: Footer
}

/** Names of a collection's main files in its folder. */
const MAIN_FILES: Readonly<Record<SourceName, RegExp>> = {
  borisz42: /^market_data_.*\.csv\.gz$/,
  cronosvirus00: /^btc5m_bbo_.*\.csv\.gz$/,
  frederick: /^btc_orderbook.*\.csv\.gz$/
}
const MAIN_FILES_IN_WORDS: Readonly<Record<SourceName, string>> = {
  borisz42: "market_data_*.csv.gz",
  cronosvirus00: "btc5m_bbo_*.csv.gz",
  frederick: "btc_orderbook*.csv.gz"
}

const filesIn = (
  folder: string,
  names: RegExp
): Effect.Effect<ReadonlyArray<string>, RecordingError, Files> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const found = yield* fs
      .readDirectory(folder)
      .pipe(Effect.mapError((error) => fileError(folder, "list the folder", error)))
    return found
      .filter((name) => names.test(name))
      .toSorted()
      .map((name) => path.join(folder, name))
  })

/** The main files named by the request, and the folder they are in. */
const findMainFiles = (request: ImportRequest) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const info = yield* fs
      .stat(request.input)
      .pipe(Effect.mapError((error) => fileError(request.input, "read the input", error)))
    if (info.type !== "Directory") {
      return { folder: path.dirname(path.resolve(request.input)), files: [request.input] }
    }
    const files = yield* filesIn(request.input, MAIN_FILES[request.source])
    if (files.length === 0) {
      return yield* recordingError({
        path: request.input,
        problem: `the folder has no ${MAIN_FILES_IN_WORDS[request.source]}; name the folder of ${request.source}, or a file`
      })
    }
    return { folder: path.resolve(request.input), files }
  })

const findWindows = (request: ImportRequest, folder: string): Effect.Effect<string, RecordingError, Files> =>
  Effect.gen(function* () {
    if (request.windows !== undefined) return request.windows
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    for (const place of [folder, path.dirname(folder)]) {
      const candidate = path.join(place, "windows.csv.gz")
      if (yield* fs.exists(candidate).pipe(Effect.orElseSucceed(() => false))) return candidate
    }
    return yield* recordingError({
      path: request.input,
      problem: `there is no windows.csv.gz in ${folder} or above it, and without outcomes nothing can be settled; name it with --windows FILE`
    })
  })

const unpacked = (path: string): Effect.Effect<FileContent, RecordingError, Files> =>
  Effect.map(readGzip(path), (content) => ({ path, content }))

const optionalFolder = (folder: string, names: RegExp) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const exists = yield* fs.exists(folder).pipe(Effect.orElseSucceed(() => false))
    return exists ? yield* filesIn(folder, names) : []
  })

const readRows = (
  source: SourceName,
  folder: string,
  files: ReadonlyArray<string>
): Effect.Effect<SourceRows, RecordingError, Files> =>
  Effect.gen(function* () {
    const path = yield* Path.Path
    const tables = yield* Effect.forEach(files, unpacked)
    switch (source) {
      case "borisz42": {
        const days = new Set(files.map((file) => path.basename(file).replace("market_data_", "")))
        const fills = (yield* filesIn(folder, /^user_data_.*\.csv\.gz$/)).filter((file) =>
          days.has(path.basename(file).replace("user_data_", ""))
        )
        const fillTables = yield* Effect.forEach(fills, unpacked)
        return yield* attempt(() => readBorisz42(tables, fillTables))
      }
      case "cronosvirus00": {
        const depth = yield* optionalFolder(path.join(folder, "l2"), /^btc-updown-5m-\d+\.down\.jsonl\.gz$/)
        const packed = yield* Effect.forEach(depth, (file) =>
          Effect.map(readPacked(file), (content) => ({ path: file, content }))
        )
        return yield* attempt(() => readCronosvirus00(tables, packed))
      }
      case "frederick":
        return yield* attempt(() => readFrederick(tables))
    }
  })

/**
 * Reads, joins and writes; nothing is left behind where it fails. Fails with one {@link RecordingError}: an input that is
 * missing, damaged or of another kind, no window with an outcome, an output that exists or cannot be written.
 */
export const importRecording = (request: ImportRequest): Effect.Effect<Imported, RecordingError, Files> =>
  Effect.gen(function* () {
    const path = yield* Path.Path
    yield* refuseExisting(request.output, request.overwrite)
    const { files, folder } = yield* findMainFiles(request)
    const windowsPath = yield* findWindows(request, folder)
    const windowsTable = yield* readGzip(windowsPath)
    const facts = yield* attempt(() => readWindowFacts(windowsPath, windowsTable, request.source))
    const spotPath = request.spot
    const spotTable = spotPath === undefined ? undefined : yield* readGzip(spotPath)
    const spot = yield* attempt(() =>
      spotPath === undefined || spotTable === undefined ? [] : readCandleCloses(spotPath, spotTable)
    )
    const rows = yield* readRows(request.source, folder, files)
    const assembled = yield* attempt(() => assemble(rows, facts, spot))
    if (assembled.windows.length === 0) {
      return yield* recordingError({
        path: request.input,
        problem: `no window of it has a known outcome in ${windowsPath}; nothing was written`
      })
    }
    const header = headerOf(assembled, {
      source: request.source,
      importedFrom: rows.importedFrom.map((file) => path.basename(file)),
      windowFactsFrom: path.basename(windowsPath),
      spotFrom: spotPath === undefined ? null : path.basename(spotPath),
      rowsRead: rows.rowsRead,
      defects: rows.defects.counts
    })
    const footer = footerOf(assembled)
    yield* writeGzip(request.output, recordingText(header, assembled, footer), request.overwrite)
    return { header, footer }
  })
