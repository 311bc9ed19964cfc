/** The daemon's own journal, in a folder of its own on the disk of the temporary files. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import { Context, Effect, Layer, ManagedRuntime, Schema } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { layerConfig } from "../../dist/lib/modules/persistence/persistence.js"
import { Settings } from "../../dist/lib/modules/persistence/settings.js"
import { Persistence } from "../../dist/lib/ports/persistence.js"
import { ProcessId } from "../../dist/lib/ports/process-id.js"
import { silent } from "./world.mjs"

export const scratch = () => {
  const directory = mkdtempSync(join(tmpdir(), "tradewind-journal-"))
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

/** Opens it; `close` takes it down as the daemon does. */
export const openJournal = async (directory) => {
  const runtime = ManagedRuntime.make(
    layerConfig(Schema.decodeSync(Settings)({}), directory).pipe(
      Layer.provide(Layer.merge(NodeContext.layer, Layer.succeed(ProcessId, process.pid))),
      Layer.provideMerge(silent)
    )
  )
  const { context } = await runtime.runtime()
  return {
    journal: Context.get(context, Persistence),
    run: (effect) => runtime.runPromise(effect),
    close: () => runtime.dispose()
  }
}

/** Runs them one after the other; how long each took, in milliseconds. */
export const timedEach = (count, one) =>
  Effect.gen(function* () {
    const took = []
    for (let index = 0; index < count; index++) {
      const began = performance.now()
      yield* one(index)
      took.push(performance.now() - began)
    }
    return took
  })
