/** Reading and writing gzip files whole, with errors a person can act on. */
import * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Effect } from "effect"
import { gunzipSync, gzipSync } from "node:zlib"
import { RecordingError, recordingError } from "./error.ts"

const GZIP_MAGIC_0 = 0x1f
const GZIP_MAGIC_1 = 0x8b
/** No file of a recording unpacks to more than this many bytes. */
const MAX_UNPACKED_BYTES = 1_000_000_000

const remedyOf: Readonly<Record<string, string>> = {
  NotFound: "no such file; check the path",
  PermissionDenied: "not allowed; check the permissions of the file and its folder",
  BadResource: "it is a folder or something else that is no plain file; name a file"
}

/** Says what the file system refused and what to do about it. */
export const fileError = (
  path: string,
  doing: string,
  error: PlatformError.PlatformError
): RecordingError => {
  const reason = error._tag === "SystemError" ? (remedyOf[error.reason] ?? error.message) : error.message
  return recordingError({ path, problem: `cannot ${doing}: ${reason}` })
}

/**
 * Runs code that throws {@link RecordingError}: the importers' inner loops run over hundreds of thousands of rows, too many
 * for an Effect each. Everything else that is thrown is a defect.
 */
export const attempt = <A>(run: () => A): Effect.Effect<A, RecordingError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(run())
    } catch (thrown) {
      return thrown instanceof RecordingError ? Effect.fail(thrown) : Effect.die(thrown)
    }
  })

/** The unpacked bytes; throws {@link RecordingError} where they are no gzip, are cut short, or damaged. */
export const unpack = (path: string, packed: Uint8Array): Buffer => {
  if (packed[0] !== GZIP_MAGIC_0 || packed[1] !== GZIP_MAGIC_1) {
    throw recordingError({
      path,
      problem:
        packed.length === 0 ? "the file is empty; a gzip file is needed" : "not a gzip file; one is needed"
    })
  }
  try {
    return gunzipSync(packed, { maxOutputLength: MAX_UNPACKED_BYTES })
  } catch (thrown) {
    const text = thrown instanceof Error ? thrown.message : String(thrown)
    throw recordingError({
      path,
      problem: text.includes("unexpected end")
        ? "the gzip data is cut short; copy or import the file again"
        : `the gzip data is damaged (${text}); copy or import the file again`
    })
  }
}

/** Reads a file's bytes as they are on disk. */
export const readPacked = (path: string): Effect.Effect<Uint8Array, RecordingError, FileSystem.FileSystem> =>
  FileSystem.FileSystem.pipe(
    Effect.flatMap((fs) => fs.readFile(path)),
    Effect.mapError((error) => fileError(path, "read", error))
  )

/** Reads a gzip file, unpacked. */
export const readGzip = (path: string): Effect.Effect<Buffer, RecordingError, FileSystem.FileSystem> =>
  readPacked(path).pipe(Effect.flatMap((packed) => attempt(() => unpack(path, packed))))

/** Fails where `path` exists and may not be replaced; asked before the long work and again before the rename. */
export const refuseExisting = (
  path: string,
  overwrite: boolean
): Effect.Effect<void, RecordingError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const exists = yield* fs
      .exists(path)
      .pipe(Effect.mapError((error) => fileError(path, "look at the output", error)))
    if (!exists) return
    const info = yield* fs
      .stat(path)
      .pipe(Effect.mapError((error) => fileError(path, "look at the output", error)))
    if (info.type !== "File") {
      return yield* recordingError({
        path,
        problem: "the output is a folder; name a file, such as day.jsonl.gz"
      })
    }
    if (!overwrite) {
      return yield* recordingError({
        path,
        problem: "the output exists already; choose another name, or say --overwrite"
      })
    }
  })

/** Packs and writes a file beside its place and renames it, so that no half-written file is ever seen there. */
export const writeGzip = (
  path: string,
  content: Uint8Array,
  overwrite: boolean
): Effect.Effect<void, RecordingError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const paths = yield* Path.Path
    const temporary = yield* fs.makeTempFileScoped({
      directory: paths.dirname(paths.resolve(path)),
      prefix: ".tradewind-import-"
    })
    yield* fs.writeFile(temporary, gzipSync(content))
    yield* refuseExisting(path, overwrite)
    yield* fs.rename(temporary, path)
  }).pipe(
    Effect.scoped,
    Effect.mapError((error) => (error._tag === "RecordingError" ? error : fileError(path, "write", error)))
  )
