// A process that tries to hold a directory when it is told to, over and over: {hold: path} and {release: true} come by IPC.
import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Exit, Scope } from "effect"
import { ProcessId } from "../../../dist/lib/ports/process-id.js"
import { holdDirectory } from "../../../dist/lib/storage/state-directory.js"

let scope

const hold = (directory) =>
  Effect.gen(function* () {
    scope = yield* Scope.make()
    yield* holdDirectory("contender", directory).pipe(Scope.extend(scope))
    return { held: true }
  }).pipe(
    Effect.catchAll(({ message, reason }) => Effect.succeed({ held: false, reason, message })),
    Effect.provideService(ProcessId, process.pid),
    Effect.provide(NodeContext.layer),
    Effect.runPromise
  )

process.on("message", async ({ hold: directory }) => {
  if (directory !== undefined) return process.send(await hold(directory))
  await Effect.runPromise(Scope.close(scope, Exit.void))
  process.send({ released: true })
})
process.send({ ready: true })
