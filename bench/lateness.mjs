/** How late ticks are on the real clock, and whether that adds up. */
import { Duration, Effect, Schedule } from "effect"
import { makeDiscreteEventTime } from "../dist/lib/virtual-time/discrete-event.js"
import { line, mark, quantile, show, title } from "./support/stats.mjs"
import { noopModules, noopSteps, realTime, silent, withOrchestrator } from "./support/world.mjs"
import { STEPS } from "./tick-cost.mjs"

const now = () => performance.now()

const intervalTimer = (intervalMs, ticks) =>
  new Promise((resolve) => {
    const seen = [now()]
    const timer = setInterval(() => {
      seen.push(now())
      if (seen.length < ticks) return
      clearInterval(timer)
      resolve(seen)
    }, intervalMs)
  })

const repeated = (schedule) => (intervalMs, ticks) => {
  const seen = []
  const tick = Effect.sync(() => void seen.push(now()))
  const every = schedule(Duration.millis(intervalMs))
  return Effect.runPromise(
    Effect.as(Effect.repeat(tick, Schedule.intersect(every, Schedule.recurs(ticks - 1))), seen)
  )
}

const orchestrated = (intervalMs, ticks) => {
  const seen = []
  return withOrchestrator(
    {
      modules: noopModules(STEPS),
      steps: noopSteps(STEPS, () => void seen.push(now())),
      overrides: { tickIntervalMs: intervalMs }
    },
    () => Effect.sleep(Duration.millis(intervalMs * (ticks - 0.5)))
  ).pipe(Effect.as(seen), Effect.provide(silent))
}

const onRealClock = (intervalMs, ticks) => Effect.runPromise(orchestrated(intervalMs, ticks))

/** The daemon's own clock of the modes sim and replay, at the speed of real time. */
const onPacedClock = (intervalMs, ticks) => {
  const time = makeDiscreteEventTime(0, 1, realTime)
  return Effect.runPromise(
    orchestrated(intervalMs, ticks).pipe(Effect.withClock(time.clock), Effect.withScheduler(time.scheduler))
  )
}

const LOOPS = {
  setInterval: intervalTimer,
  "Effect.repeat(Schedule.spaced)": repeated(Schedule.spaced),
  "Effect.repeat(Schedule.fixed)": repeated(Schedule.fixed),
  "orchestrator, Effect's own clock": onRealClock,
  "orchestrator, discrete-event clock at speed 1": onPacedClock
}

const isOurs = (name) => name.startsWith("orchestrator")

/** A tick this much before its time still belongs to it: timers wake early now and then. */
const EARLY = 0.1

/**
 * Lateness against the grid on which the first tenth of the ticks lies; the very first is left out, it pays for the start.
 * The grid and the drift (how far the last tenth lies off it) go by the punctual ticks of each, its lowest decile: one
 * late tick is no drift. A tick belongs to the slot it began in: two in one slot are a duplicate, a slot without is lost.
 * A loop that keeps a grid passes over slots it missed, which is loss, not drift.
 */
const judge = (ticks, intervalMs, keepsGrid) => {
  const seen = ticks.slice(1)
  const tenth = Math.max(3, Math.floor(seen.length / 10))
  const offsets = seen.map((atMs, index) => atMs - index * intervalMs)
  const anchorMs = quantile(offsets.slice(0, tenth), 0.1)
  const slots = seen.map((atMs) => Math.floor((atMs - anchorMs) / intervalMs + EARLY))
  const distinct = new Set(slots)
  const lateMs = seen.map((atMs, index) => atMs - anchorMs - slots[index] * intervalMs)
  const endMs = keepsGrid
    ? quantile(lateMs.slice(-tenth), 0.1)
    : quantile(offsets.slice(-tenth), 0.1) - anchorMs
  return {
    lateMs,
    driftMs: endMs,
    duplicates: slots.length - distinct.size,
    lost: slots.at(-1) - slots[0] + 1 - distinct.size
  }
}

/** All loops at once, each begun at another phase of the interval: the same machine, the same neighbours. */
const measure = async (intervalMs, ticks) => {
  const names = Object.keys(LOOPS)
  const runs = names.map(async (name, index) => {
    await Effect.runPromise(Effect.sleep(Duration.millis((intervalMs * index) / names.length)))
    return [name, judge(await LOOPS[name](intervalMs, ticks), intervalMs, isOurs(name))]
  })
  return { intervalMs, ticks, found: await Promise.all(runs) }
}

const tell = ({ found, intervalMs, ticks }) => {
  title(`lateness on real time at ${intervalMs} ms, ${ticks} ticks, all loops side by side`)
  for (const [name, { driftMs, duplicates, lateMs, lost }] of found) {
    const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => show(quantile(lateMs, share)))
    const max = show(Math.max(...lateMs))
    line(
      name,
      `p50 ${p50}, p90 ${p90}, p99 ${p99}, max ${max} ms; drift ${show(driftMs)} ms; ${duplicates} in one slot with another, ${lost} slots lost`
    )
  }
}

export const lateness = async ({ ticks1s, ticks100ms }) => {
  const [second, tenth] = await Promise.all([measure(1_000, ticks1s), measure(100, ticks100ms)])
  tell(tenth)
  tell(second)
  for (const { found, intervalMs, ticks } of [second, tenth]) {
    for (const [name, { driftMs, duplicates, lost }] of found) {
      if (!isOurs(name)) continue
      const passed = Math.abs(driftMs) < 1 && duplicates === 0 && lost === 0
      const words = `drift ${show(driftMs)} ms, ${duplicates} twice, ${lost} lost in ${ticks} ticks of ${intervalMs} ms`
      mark("P3", passed, `${name}: ${words}; mark < 1 ms in 600 ticks, 0, 0`)
    }
  }
}
