/** Journals intents into the state directory it is given until it is killed, and says each order id once it is stored. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { Effect, Layer, Schema } from "effect"
import { Settings, layerConfig } from "../../../../src/modules/persistence/persistence.ts"
import { Persistence } from "../../../../src/ports/persistence.ts"
import { identityNumber, intentNumber } from "./samples.ts"
import { say } from "./say.ts"

const [, , stateDir = ""] = process.argv

const program = Effect.gen(function* () {
  const journal = yield* Persistence
  for (let index = 0; ; index++) {
    const identity = identityNumber(index)
    yield* journal.recordIntent(intentNumber(index), identity)
    yield* say(identity.orderId)
  }
})

void Effect.runPromise(
  program.pipe(
    Effect.provide(
      Layer.provide(
        layerConfig(Schema.decodeSync(Settings)({}), stateDir),
        Layer.merge(NodeFileSystem.layer, NodePath.layer)
      )
    )
  )
)
