/** A machine that runs nothing and keeps what is written to it. */
import { Effect, Layer, Queue } from "effect"
import { Machine } from "../../src/ports/machine.ts"

export const makeMachine = (
  written: Array<string>,
  environment: Readonly<Record<string, string>> = {}
): Layer.Layer<Machine> =>
  Layer.effect(
    Machine,
    Effect.gen(function* () {
      return {
        environment,
        argv: [],
        forgetVariables: () => Effect.void,
        processId: 1,
        userId: undefined,
        signals: yield* Queue.unbounded<string>(),
        crashes: yield* Queue.unbounded<unknown>(),
        realTime: { nowMs: () => 0, after: () => () => undefined, afterEventLoopTurn: setImmediate },
        output: { write: (line) => void written.push(line), isTerminal: false },
        writeError: (line) => void written.push(line),
        flush: Effect.void,
        exitAfter: () => Effect.void
      }
    })
  )
