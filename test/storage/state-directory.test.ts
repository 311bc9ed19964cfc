import { FileSystem } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { holdDirectory, secureDirectory } from "../../src/storage/state-directory.ts"
import { contentOf, inDirectory } from "./support.ts"
import { ProcessId } from "../../src/ports/process-id.ts"

describe("secureDirectory", () => {
  it.effect(
    "secureDirectory – creates what is missing for its owner only, and is content with what is there",
    () =>
      inDirectory((directory) =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const path = `${directory}/state/tradewind`
          yield* secureDirectory("test", path)
          yield* secureDirectory("test", path)
          expect((yield* fs.stat(path)).mode & 0o777).toBe(0o700)
        })
      )
  )

  it.effect("secureDirectory – refuses a path that cannot be one, names it and creates nothing", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* fs.writeFileString(`${directory}/file`, "mine")
        const before = yield* contentOf(directory)
        for (const path of [`${directory}/file`, `${directory}/file/state`, "/proc/tradewind/state"]) {
          const error = yield* Effect.flip(secureDirectory("test", path))
          expect(error).toMatchObject({ reason: "NotWritable", path, module: "test" })
          expect(error.message).toContain(path)
        }
        expect(yield* contentOf(directory)).toEqual(before)
      })
    )
  )
})

describe("holdDirectory", () => {
  it.effect("holdDirectory – lets one in at a time, says who holds it, and lets the next in after", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const second = Effect.scoped(holdDirectory("test", directory))
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* Effect.provideService(holdDirectory("test", directory), ProcessId, 4711)
            const error = yield* Effect.flip(second)
            expect(error).toMatchObject({ reason: "HeldByAnother", path: directory })
            expect(error.message).toContain("process 4711")
            // A refused try must not have loosened the first one's hold.
            expect((yield* Effect.flip(second)).reason).toBe("HeldByAnother")
          })
        )
        yield* second
        expect((yield* contentOf(directory)).map((line) => line.slice(0, 11))).toEqual(["lock.db 600"])
      })
    )
  )

  it.effect("holdDirectory – a lock file left by a crash holds nobody off", () =>
    inDirectory((directory) =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        yield* fs.writeFileString(`${directory}/lock.db`, "")
        yield* fs.writeFileString(`${directory}/lock.db-journal`, "")
        yield* fs.writeFileString(`${directory}/holder.json`, `{"pid":1}`)
        yield* Effect.scoped(holdDirectory("test", directory))
      })
    )
  )
})
