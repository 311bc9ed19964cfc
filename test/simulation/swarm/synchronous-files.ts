/**
 * Files without waiting: what the daemon does with files takes no turn of the event loop, so that virtual time may go on
 * while it starts and stops, and a seed takes the same turns every time.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import { SystemError, type SystemErrorReason } from "@effect/platform/Error"
import { Effect, type Layer, Option, type Scope } from "effect"
import * as fs from "node:fs"

const REASONS: Readonly<Record<string, SystemErrorReason>> = {
  EEXIST: "AlreadyExists",
  ENOENT: "NotFound",
  EACCES: "PermissionDenied"
}

const attempt = <A>(method: string, pathOrDescriptor: string, run: () => A): Effect.Effect<A, SystemError> =>
  Effect.try({
    try: run,
    catch: (cause) =>
      new SystemError({
        module: "FileSystem",
        method,
        pathOrDescriptor,
        reason: REASONS[(cause as NodeJS.ErrnoException).code ?? ""] ?? "Unknown",
        description: String(cause),
        cause
      })
  })

const typeOf = (stats: fs.Stats): FileSystem.File.Type =>
  stats.isDirectory() ? "Directory" : stats.isFile() ? "File" : "Unknown"

const infoOf = (stats: fs.Stats) =>
  ({
    type: typeOf(stats),
    size: FileSystem.Size(stats.size),
    mtime: Option.some(stats.mtime)
  }) as FileSystem.File.Info

const open = (path: string): Effect.Effect<FileSystem.File, SystemError, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      attempt("open", path, () => fs.openSync(path, "r")),
      (descriptor) => Effect.sync(() => fs.closeSync(descriptor))
    ),
    (descriptor) => {
      const file = {
        sync: attempt("sync", path, () => fs.fsyncSync(descriptor)),
        readAlloc: (size: FileSystem.SizeInput) =>
          attempt("read", path, () => {
            const bytes = new Uint8Array(Number(size))
            const count = fs.readSync(descriptor, bytes, 0, bytes.length, null)
            return count === 0 ? Option.none() : Option.some(bytes.subarray(0, count))
          })
      }
      return file as unknown as FileSystem.File
    }
  )

export const synchronousFiles: Layer.Layer<FileSystem.FileSystem> = FileSystem.layerNoop({
  exists: (path) => Effect.sync(() => fs.existsSync(path)),
  stat: (path) => attempt("stat", path, () => infoOf(fs.statSync(path))),
  chmod: (path, mode) => attempt("chmod", path, () => fs.chmodSync(path, mode)),
  makeDirectory: (path, options) =>
    attempt("makeDirectory", path, () => void fs.mkdirSync(path, { mode: options?.mode })),
  writeFile: (path, data, options) => attempt("writeFile", path, () => fs.writeFileSync(path, data, options)),
  writeFileString: (path, data, options) =>
    attempt("writeFileString", path, () => fs.writeFileSync(path, data, options)),
  readFileString: (path) => attempt("readFileString", path, () => fs.readFileSync(path, "utf8")),
  rename: (from, to) => attempt("rename", from, () => fs.renameSync(from, to)),
  remove: (path, options) => attempt("remove", path, () => fs.rmSync(path, options)),
  open
})
