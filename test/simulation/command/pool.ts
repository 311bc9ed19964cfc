/** A bounded number of processes that share the seeds. */
import { type ChildProcess, fork } from "node:child_process"
import { availableParallelism } from "node:os"
import type { Outcome } from "./report.ts"
import type { Order } from "./worker.ts"

const MOST_WORKERS = 8
/** Real time after which a seed counts as hung. */
const limitMs = (hours: number): number => 120_000 + hours * 900_000

const lost = (seed: number, why: string): Outcome => ({
  seed,
  problems: [`seed ${seed}: ${why}`],
  digest: "",
  injected: {},
  counts: {},
  cpuMs: 0
})

/** One seed in a worker; a worker that ends or hangs fails the seed, and is not used again. */
const runOn = (worker: ChildProcess, order: Order): Promise<Outcome> =>
  new Promise((resolve) => {
    const done = (outcome: Outcome) => {
      clearTimeout(timer)
      worker.off("message", done)
      worker.off("exit", ended)
      resolve(outcome)
    }
    const ended = (code: number | null) => done(lost(order.seed, `its process ended with ${code}`))
    const timer = setTimeout(() => {
      worker.kill("SIGKILL")
      done(lost(order.seed, `no end after ${limitMs(order.hours) / 1_000} s`))
    }, limitMs(order.hours))
    worker.on("message", done)
    worker.on("exit", ended)
    worker.send(order)
  })

const isUsable = (worker: ChildProcess): boolean =>
  worker.exitCode === null && worker.signalCode === null && worker.connected

/** Runs every seed, and tells each outcome as it comes. */
export const runSeeds = async (
  seeds: ReadonlyArray<number>,
  hours: number,
  entry: string,
  tell: (outcome: Outcome) => void
): Promise<void> => {
  const waiting = [...seeds]
  const lane = async () => {
    let worker: ChildProcess | undefined
    for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
      if (worker === undefined || !isUsable(worker)) {
        worker = fork(entry, ["--worker"], {
          execArgv: [...process.execArgv, "--expose-gc", "--max-semi-space-size=64"]
        })
      }
      tell(await runOn(worker, { seed, hours }))
    }
    worker?.disconnect()
  }
  const lanes = Math.min(seeds.length, availableParallelism(), MOST_WORKERS)
  await Promise.all(Array.from({ length: lanes }, lane))
}
