/**
 * Journals intents in several sessions, the log emptied into the file after each, and appends each order id to a file once it
 * is acknowledged.
 */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import { Effect, Layer, Schema } from "effect"
import { appendFileSync } from "node:fs"
import { Settings, layerConfig } from "../../../../src/modules/persistence/persistence.ts"
import { Persistence } from "../../../../src/ports/persistence.ts"
import { identityNumber, intentNumber } from "./samples.ts"

const [, , stateDir = "", log = "", sessions = "1", intents = "1"] = process.argv

const session = (number: number) =>
  Effect.gen(function* () {
    const journal = yield* Persistence
    for (let index = 0; index < Number(intents); index++) {
      const identity = identityNumber(number * Number(intents) + index)
      yield* journal.recordIntent(intentNumber(index), identity)
      appendFileSync(log, `ack ${identity.orderId}\n`)
    }
  }).pipe(
    Effect.provide(
      Layer.provide(
        layerConfig(Schema.decodeSync(Settings)({}), stateDir),
        Layer.merge(NodeFileSystem.layer, NodePath.layer)
      )
    )
  )

const program = Effect.forEach(Array.from({ length: Number(sessions) }).keys(), session)

Effect.runPromise(program).catch((error: unknown) => {
  const reason = typeof error === "object" && error !== null && "message" in error ? error.message : error
  appendFileSync(log, `failed ${String(reason)}\n`)
})
