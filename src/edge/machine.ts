/** The one place that touches the process, its timers and its clock. */
import { Effect, Layer, Queue, Runtime } from "effect"
import { Machine, type RealTime } from "../ports/machine.ts"

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const
/** The same signal again within this time is the same key press: a terminal and npm both pass it on. */
const ECHO_MS = 100

const realTime: RealTime = {
  nowMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
  afterEventLoopTurn: (callback) => void setImmediate(callback)
}

/** Signals in a queue, without the echoes. */
const signals = Effect.gen(function* () {
  const queue = yield* Queue.sliding<string>(16)
  const lastAtMs = new Map<string, number>()
  const hear = (signal: string) => {
    const nowMs = performance.now()
    const isEcho = nowMs - (lastAtMs.get(signal) ?? Number.NEGATIVE_INFINITY) < ECHO_MS
    lastAtMs.set(signal, nowMs)
    if (!isEcho) queue.unsafeOffer(signal)
  }
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      for (const signal of SIGNALS) process.on(signal, hear)
    }),
    () =>
      Effect.sync(() => {
        for (const signal of SIGNALS) process.off(signal, hear)
      })
  )
  return queue
})

/** Both kinds of uncaught trouble in a queue; without a listener Node would end the process at once. */
const crashes = Effect.gen(function* () {
  const queue = yield* Queue.sliding<unknown>(16)
  const hear = (reason: unknown) => void queue.unsafeOffer(reason)
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      process.on("uncaughtException", hear)
      process.on("unhandledRejection", hear)
    }),
    () =>
      Effect.sync(() => {
        process.off("uncaughtException", hear)
        process.off("unhandledRejection", hear)
      })
  )
  return queue
})

const flushed = Effect.async<void>((resume) => {
  if (process.stdout.destroyed || !process.stdout.writable) return resume(Effect.void)
  process.stdout.write("", () => resume(Effect.void))
}).pipe(Effect.timeoutOption("1 second"), Effect.asVoid)

export const layer: Layer.Layer<Machine> = Layer.scoped(
  Machine,
  Effect.gen(function* () {
    // A reader that went away (EPIPE) does not end the daemon.
    for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined)
    return {
      environment: process.env,
      forgetVariables: (beginning) =>
        Effect.sync(() => {
          for (const name of Object.keys(process.env))
            if (name.startsWith(beginning)) delete process.env[name]
        }),
      argv: process.argv,
      processId: process.pid,
      userId: process.getuid?.(),
      signals: yield* signals,
      crashes: yield* crashes,
      realTime,
      output: {
        write: (line) => void process.stdout.write(`${line}\n`),
        isTerminal: process.stdout.isTTY === true
      },
      writeError: (line) => void process.stderr.write(`${line}\n`),
      flush: flushed,
      exitAfter: (delayMs, exitCode, lastWords) =>
        Effect.map(Effect.runtime(), (runtime) => {
          const timer = setTimeout(() => {
            Runtime.runSyncExit(runtime, lastWords)
            process.exit(exitCode)
          }, delayMs)
          timer.unref()
        })
    }
  })
)
