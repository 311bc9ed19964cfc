/** The file that gets the run's summary: looked at before anything begins, written when all is over. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import type { PlatformError } from "@effect/platform/Error"
import { Effect } from "effect"
import { ConfigInvalid } from "../config/config-invalid.ts"
import type { Summary } from "./summary.ts"

const refuse = (path: string, problem: string) =>
  new ConfigInvalid({ problems: [`--summary ${path}: ${problem}`] })

/** Fails where the summary could not be written at the end of a run that may take days. */
export const checkSummaryFile = (
  path: string
): Effect.Effect<void, ConfigInvalid, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const folder = (yield* Path.Path).dirname(path)
    const found = yield* Effect.option(fs.stat(path))
    if (found._tag === "Some" && found.value.type === "Directory") {
      return yield* refuse(path, "a file is needed, and this is a folder")
    }
    yield* Effect.mapError(fs.access(folder, { ok: true, writable: true }), () =>
      refuse(path, `nothing can be written in ${folder}: create that folder, or choose another`)
    )
  })

/** Written beside its place and moved there: whoever reads it finds all of it or none. */
export const writeSummary = (
  path: string,
  summary: Summary
): Effect.Effect<void, PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const draft = `${path}.new`
    yield* fs.writeFileString(draft, `${JSON.stringify(summary, null, 2)}\n`)
    yield* fs.rename(draft, path)
  })
