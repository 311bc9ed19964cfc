/** Runs a program as the process: its result is the exit code. */
import { makeRunMain } from "@effect/platform/Runtime"
import { Cause, Effect, Exit } from "effect"
import v8 from "node:v8"
import { Machine } from "../ports/machine.ts"
import { layer } from "./machine.ts"

/** Signals are heard by the Machine, not here: a stop is the orchestrator's business, not an interruption. */
const runMainOnce = makeRunMain(({ fiber, teardown }) => {
  // Nothing but this keeps Node alive while every fiber waits for something that is no timer.
  const keepAlive = setInterval(() => undefined, 2 ** 31 - 1)
  fiber.addObserver((exit) => {
    clearInterval(keepAlive)
    teardown(exit, (code) => process.exit(code))
  })
})

/**
 * Keeps the heap small. The daemon's live data is some 40 MB, but left alone V8 lets garbage pile up to five times that
 * before it collects: a daemon that runs for months beside others should not. The price is a little CPU.
 */
const keepHeapSmall = (): void => v8.setFlagsFromString("--optimize-for-size")

/** The code of a program that died of a defect. */
const DEFECT_EXIT_CODE = 1

export const runMain = (program: Effect.Effect<number, never, Machine>): void => {
  keepHeapSmall()
  const flushing = Effect.gen(function* () {
    const machine = yield* Machine
    const exit = yield* Effect.exit(program)
    if (Exit.isFailure(exit)) machine.writeError(Cause.pretty(exit.cause))
    yield* machine.flush
    return Exit.isSuccess(exit) ? exit.value : DEFECT_EXIT_CODE
  })
  runMainOnce(Effect.provide(flushing, layer), {
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: (exit, onExit) =>
      onExit(Exit.isSuccess(exit) && typeof exit.value === "number" ? exit.value : DEFECT_EXIT_CODE)
  })
}
