/** Configuration files on disk. */
import * as FileSystem from "@effect/platform/FileSystem"
import { Effect } from "effect"
import { fileURLToPath } from "node:url"
import { type ConfigLayer, fileLayer, unreadableLayer } from "./layer.ts"
import { PACKAGE_ROOT } from "./package-root.ts"

/** Larger files are no configuration. */
const MAX_FILE_BYTES = 1_048_576

/** A file of the package's own `config/` folder. */
export const packagedConfigPath = (name: string): string =>
  fileURLToPath(new URL(`config/${name}.json`, PACKAGE_ROOT))

const whatToDo: Readonly<Record<string, string>> = {
  NotFound: "there is no such file; check the path",
  PermissionDenied: "permission denied; let the daemon's user read it",
  BadResource: "it is not a file"
}

/** Reads a file as a layer; what goes wrong is a problem of the layer, for all problems are reported together. */
export const readConfigFile = (
  path: string,
  source: string = path
): Effect.Effect<ConfigLayer, never, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const info = yield* files.stat(path)
    if (info.type !== "File")
      return unreadableLayer(source, `cannot read configuration file ${source}: it is not a file`)
    if (info.size > MAX_FILE_BYTES) {
      return unreadableLayer(
        source,
        `cannot read configuration file ${source}: it is larger than ${MAX_FILE_BYTES} bytes`
      )
    }
    return fileLayer(source, yield* files.readFileString(path))
  }).pipe(
    Effect.catchAll((error) => {
      const reason = error._tag === "SystemError" ? (whatToDo[error.reason] ?? error.message) : error.message
      return Effect.succeed(unreadableLayer(source, `cannot read configuration file ${source}: ${reason}`))
    })
  )
