/** Bringing modules up and down, and what one of them takes in memory. */
import { Effect, Layer, Scope, Exit } from "effect"
import { Orchestrator } from "../dist/lib/orchestrator/orchestrator.js"
import { interleaved, line, mark, median, ratio, show, spread, title } from "./support/stats.mjs"
import { noopLayer, noopModules, settings, silent } from "./support/world.mjs"

const WARM_UP_ROUNDS = 40

const timed = async (run) => {
  const beganMs = performance.now()
  await run()
  return performance.now() - beganMs
}

/** Up and down of the same layers by Effect alone: no bounds, no health, no events. */
const bareLayers = (count) => async () => {
  const layer = Array.from({ length: count }).reduce(
    (below) => noopLayer().pipe(Layer.provideMerge(below)),
    Layer.empty
  )
  const scope = Effect.runSync(Scope.make())
  const upMs = await timed(() => Effect.runPromise(Layer.buildWithScope(layer, scope)))
  const downMs = await timed(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  return { upMs, downMs }
}

const upAndDown = (modules, whileUp = () => undefined) =>
  Effect.gen(function* () {
    const orchestrator = yield* Orchestrator
    const before = process.cpuUsage()
    const beganMs = performance.now()
    yield* orchestrator.init({ settings: settings({}), modules, steps: [] })
    const upMs = performance.now() - beganMs
    const seen = yield* Effect.promise(async () => whileUp())
    const closingMs = performance.now()
    yield* orchestrator.shutdown({ _tag: "Requested", by: "the measurement is over" })
    const downMs = performance.now() - closingMs
    const { system, user } = process.cpuUsage(before)
    return { upMs, downMs, cpuMs: (system + user) / 1_000, seen }
  }).pipe(Effect.provide(Orchestrator.layer), Effect.provide(silent), Effect.runPromise)

const heapBytes = () => {
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

/** Bytes per module that is up, its record, scope, host and finalizer included. */
const bytesPerModule = (few, many) => async () => {
  const upWith = async (count) => {
    const before = heapBytes()
    const { seen } = await upAndDown(noopModules(count), heapBytes)
    return seen - before
  }
  return ((await upWith(many)) - (await upWith(few))) / (many - few)
}

const both = ({ downMs, upMs }) => upMs + downMs

export const lifecycle = async ({ rounds }) => {
  title(`init and shutdown of no-op modules on the real clock, log discarded; ${rounds} rounds in turn`)
  const first = both(await upAndDown(noopModules(40)))
  // The engine compiles what runs often: a process of its own pays for that once.
  for (let round = 0; round < WARM_UP_ROUNDS; round++) await upAndDown(noopModules(40))
  const found = await interleaved(rounds, {
    ten: () => upAndDown(noopModules(10)),
    bare: bareLayers(40),
    forty: () => upAndDown(noopModules(40))
  })
  line("40 modules, the first time in the process", `up and down ${show(first)} ms`)
  line("the rest", `after ${WARM_UP_ROUNDS} rounds that do not count`)
  for (const [name, label] of [
    ["ten", "10 modules"],
    ["forty", "40 modules"],
    ["bare", "40 of the same layers by Effect alone"]
  ]) {
    const [up, down] = [found[name].map(({ upMs }) => upMs), found[name].map(({ downMs }) => downMs)]
    line(label, `up ${spread(up, "ms")}, down ${spread(down, "ms")}`)
  }
  line("40 modules: orchestrator / Effect alone", ratio(found.forty.map(both), found.bare.map(both)))
  const cpuMs = found.forty.map((each) => each.cpuMs)
  line("40 modules: processor time", spread(cpuMs, "ms"))
  const ms = median(found.forty.map(both))
  mark("P4", ms <= 20, `40 modules up and down in ${show(ms)} ms; mark ≤ 20 ms`)

  if (globalThis.gc === undefined) return line("memory per module", "not measured: needs --expose-gc")
  const memory = await interleaved(rounds, { perModule: bytesPerModule(10, 210) })
  line(
    "memory per module that is up",
    spread(
      memory.perModule.map((bytes) => bytes / 1_024),
      "KiB"
    )
  )
}
