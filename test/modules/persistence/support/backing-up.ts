/** Journals intents and backs up at the same time until it is killed; says each backup's path once it is there. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { Effect, Layer, Schema } from "effect"
import { writeSync } from "node:fs"
import { backUpJournal, nextBackup, pruneBackups } from "../../../../src/modules/persistence/backups.ts"
import { Settings, layerConfig } from "../../../../src/modules/persistence/persistence.ts"
import { Persistence } from "../../../../src/ports/persistence.ts"
import { identityNumber, intentNumber } from "./samples.ts"

const [, , stateDir = "", first = "0"] = process.argv

const program = Effect.gen(function* () {
  const journal = yield* Persistence
  const backingUp = Effect.gen(function* () {
    const to = yield* nextBackup(stateDir)
    yield* backUpJournal(stateDir, to)
    writeSync(1, `${to}\n`)
    yield* pruneBackups(stateDir, 5)
  })
  yield* Effect.fork(Effect.forever(backingUp))
  for (let index = Number(first); ; index++) {
    yield* journal.recordIntent(intentNumber(index), identityNumber(index))
    yield* Effect.sleep("1 millis")
  }
})

const files = Layer.merge(NodeFileSystem.layer, NodePath.layer)
void Effect.runPromise(
  program.pipe(
    Effect.provide(Layer.provideMerge(layerConfig(Schema.decodeSync(Settings)({}), stateDir), files))
  )
)
