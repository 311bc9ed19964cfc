/** Whether a long life of the loop leaves anything behind. */
import { Duration, Effect } from "effect"
import { line, mark, show, title } from "./support/stats.mjs"
import { noopModules, noopSteps, onVirtualTime, withOrchestrator } from "./support/world.mjs"

const INTERVAL_MS = 1_000
const SAMPLES = 10

const heapMiB = () => {
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed / 2 ** 20
}

/**
 * Heap after collection at ten points of the run. The first tenth is the warm-up: compiled code, the ring of lateness.
 * Growth is the heap at the end less the heap after the warm-up.
 */
export const growth = async ({ ticks, steps }) => {
  title(`growth over ${ticks.toLocaleString("en")} ticks of ${steps} steps on virtual time`)
  if (globalThis.gc === undefined) return line("not measured", "needs --expose-gc")
  const heap = []
  const { counters } = await onVirtualTime(
    withOrchestrator({ modules: noopModules(steps), steps: noopSteps(steps) }, () =>
      Effect.gen(function* () {
        for (let sample = 0; sample < SAMPLES; sample++) {
          yield* Effect.sleep(Duration.millis((INTERVAL_MS * ticks) / SAMPLES))
          heap.push(heapMiB())
        }
      })
    )
  )
  const grownKiB = (heap.at(-1) - heap[0]) * 1_024
  line("heap after collection at each tenth, MiB", heap.map((mib) => mib.toFixed(2)).join(" "))
  line("ticks", JSON.stringify(counters))
  const perTick = (grownKiB * 1_024) / (ticks * (1 - 1 / SAMPLES))
  const counted = counters.completed === counters.due && counters.due >= ticks
  mark(
    "P11",
    perTick < 0.1 && counted,
    `the loop alone: ${show(grownKiB)} KiB more after the last tick than after the first tenth, ${show(perTick)} bytes a tick; mark no growth (< 0.1 byte a tick)`
  )
}
