/** A fault script on disk. */
import * as FileSystem from "@effect/platform/FileSystem"
import { Effect, Either } from "effect"
import { ConfigInvalid } from "../config/config-invalid.ts"
import { type FaultScript, readFaultScript } from "../paper-exchange/protocol/faults/script.ts"

/** Larger files are no script. */
const MAX_FILE_BYTES = 1_048_576

const unreadable = (path: string, why: string) =>
  new ConfigInvalid({ problems: [`cannot read fault script ${path}: ${why}`] })

/** Reads a script; none where no path is given. What is wrong with it is invalid configuration. */
export const loadFaultScript = (
  path: string | undefined
): Effect.Effect<FaultScript, ConfigInvalid, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    if (path === undefined) return []
    const fs = yield* FileSystem.FileSystem
    const info = yield* fs.stat(path)
    if (info.type !== "File") return yield* unreadable(path, "it is not a file")
    if (info.size > MAX_FILE_BYTES)
      return yield* unreadable(path, `it is larger than ${MAX_FILE_BYTES} bytes`)
    return yield* Either.mapLeft(
      readFaultScript(yield* fs.readFileString(path)),
      (problem) => new ConfigInvalid({ problems: [`fault script ${path}: ${problem}`] })
    )
  }).pipe(
    Effect.catchTags({
      SystemError: ({ reason }) =>
        Effect.fail(unreadable(path ?? "", reason === "NotFound" ? "there is no such file" : reason)),
      BadArgument: ({ message }) => Effect.fail(unreadable(path ?? "", message))
    })
  )
