/**
 * Journals some 500 intents a second and backs up at the same time until it is killed. Says `stored N` of each intent that is
 * on disk, `begins PATH` and `done PATH` of each backup.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { Effect, Layer, Schedule, Schema } from "effect"
import { backUpJournal, nextBackup, pruneBackups } from "../../../../src/modules/persistence/backups.ts"
import { Settings, layerConfig } from "../../../../src/modules/persistence/persistence.ts"
import { Persistence } from "../../../../src/ports/persistence.ts"
import { identityNumber, intentNumber } from "./samples.ts"
import { say } from "./say.ts"

const [, , stateDir = "", first = "0"] = process.argv

/** Two milliseconds from the beginning of one to that of the next, as long as one takes no longer. */
const pace = Schedule.fixed("2 millis")

const program = Effect.gen(function* () {
  const journal = yield* Persistence
  const backingUp = Effect.gen(function* () {
    const to = yield* nextBackup(stateDir)
    yield* say(`begins ${to}`)
    yield* backUpJournal(stateDir, to)
    yield* say(`done ${to}`)
    yield* pruneBackups(stateDir, 5)
  })
  yield* Effect.fork(Effect.forever(backingUp))
  let index = Number(first)
  const writing = Effect.suspend(() =>
    Effect.zipRight(
      journal.recordIntent(intentNumber(index), identityNumber(index)),
      say(`stored ${index++}`)
    )
  )
  yield* Effect.repeat(writing, pace)
})

const files = Layer.merge(NodeFileSystem.layer, NodePath.layer)
void Effect.runPromise(
  program.pipe(
    Effect.provide(Layer.provideMerge(layerConfig(Schema.decodeSync(Settings)({}), stateDir), files))
  )
)
