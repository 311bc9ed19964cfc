/** What one tick costs, apart from what its steps do. */
import { Duration, Effect, Schedule } from "effect"
import { interleaved, line, mark, median, ratio, show, spread, title } from "./support/stats.mjs"
import { noopModules, noopSteps, onVirtualTime, silent, withOrchestrator } from "./support/world.mjs"

const INTERVAL_MS = 1_000
/** The trading tick has twelve steps. */
export const STEPS = 12

/** Processor time since then, per tick: on a busy machine the wall clock would measure the neighbours. */
const usPerTick = (before, ticks) => {
  const { system, user } = process.cpuUsage(before)
  return (system + user) / ticks
}

/** A guarded no-op tick in a plain loop: no timer, no clock, no fiber. */
const bareLoop = (ticks) => async () => {
  let busy = false
  let done = 0
  const tick = () => {
    if (busy) return
    busy = true
    done++
    busy = false
  }
  const before = process.cpuUsage()
  for (let turn = 0; turn < ticks; turn++) tick()
  if (done !== ticks) throw new Error("a tick was lost")
  return usPerTick(before, ticks)
}

/** The cheapest turn of the event loop. */
const immediates = (ticks) => () =>
  new Promise((resolve) => {
    let left = ticks
    const before = process.cpuUsage()
    const turn = () => (--left > 0 ? void setImmediate(turn) : resolve(usPerTick(before, ticks)))
    setImmediate(turn)
  })

const spacedRepeat = (ticks) => () =>
  onVirtualTime(
    Effect.gen(function* () {
      let done = 0
      const before = process.cpuUsage()
      yield* Effect.repeat(
        Effect.sync(() => void done++),
        Schedule.intersect(Schedule.spaced(Duration.millis(INTERVAL_MS)), Schedule.recurs(ticks - 1))
      )
      if (done !== ticks) throw new Error(`${done} of ${ticks} ticks`)
      return usPerTick(before, ticks)
    })
  )

const orchestrated = (ticks, steps) => async () => {
  let before
  const { result, counters } = await onVirtualTime(
    withOrchestrator({ modules: noopModules(Math.max(1, steps)), steps: noopSteps(steps) }, () =>
      Effect.gen(function* () {
        // The first ticks pay for what is made once.
        yield* Effect.sleep(Duration.millis(INTERVAL_MS * 10.5))
        before = process.cpuUsage()
        yield* Effect.sleep(Duration.millis(INTERVAL_MS * ticks))
        return usPerTick(before, ticks)
      })
    )
  )
  if (counters.completed !== counters.due || counters.due < ticks) throw new Error(JSON.stringify(counters))
  return result
}

/** Processor time per tick of a loop on real timers, the waiting between them included. */
const cpuPerTick = (ticks, run) => async () => {
  const before = process.cpuUsage()
  await run(ticks)
  return usPerTick(before, ticks)
}

const REAL_INTERVAL_MS = 10

const intervalTimer = (ticks) =>
  new Promise((resolve) => {
    let left = ticks
    const timer = setInterval(() => {
      if (--left > 0) return
      clearInterval(timer)
      resolve()
    }, REAL_INTERVAL_MS)
  })

const spacedOnRealTime = (ticks) =>
  Effect.runPromise(
    Effect.repeat(
      Effect.void,
      Schedule.intersect(Schedule.spaced(Duration.millis(REAL_INTERVAL_MS)), Schedule.recurs(ticks - 1))
    )
  )

const orchestratedOnRealTime = (ticks) =>
  Effect.runPromise(
    withOrchestrator(
      {
        modules: noopModules(STEPS),
        steps: noopSteps(STEPS),
        overrides: { tickIntervalMs: REAL_INTERVAL_MS }
      },
      () => Effect.sleep(Duration.millis(REAL_INTERVAL_MS * ticks))
    ).pipe(Effect.provide(silent))
  )

export const tickCost = async ({ rounds, ticks }) => {
  title(
    `processor time of a tick on the discrete-event clock, which never waits; ${rounds} rounds in turn of ${ticks} ticks`
  )
  const one = "orchestrated tick, 1 no-op step"
  const all = `orchestrated tick, ${STEPS} no-op steps`
  const found = await interleaved(rounds, {
    bare: bareLoop(ticks * 100),
    immediate: immediates(ticks),
    spaced: spacedRepeat(ticks),
    one: orchestrated(ticks, 1),
    all: orchestrated(ticks, STEPS)
  })
  line("guarded no-op in a plain JS loop, no timer", spread(found.bare, "µs"))
  line("setImmediate loop (one event-loop turn each)", spread(found.immediate, "µs"))
  line("Effect.repeat(Schedule.spaced)", spread(found.spaced, "µs"))
  line(one, spread(found.one, "µs"))
  line(all, spread(found.all, "µs"))
  line(`${all} / Effect.repeat(spaced)`, ratio(found.all, found.spaced))
  line("each further step", `${show((median(found.all) - median(found.one)) / (STEPS - 1))} µs`)
  const us = median(found.all)
  mark(
    "P3",
    us <= 100,
    `orchestrated tick with ${STEPS} no-op modules and steps ${show(us)} µs; mark ≤ 100 µs`
  )

  const real = 100
  title(
    `processor time of a tick on real timers of ${REAL_INTERVAL_MS} ms, wake-ups included; ${real} ticks a round`
  )
  const cpu = await interleaved(rounds, {
    interval: cpuPerTick(real, intervalTimer),
    spaced: cpuPerTick(real, spacedOnRealTime),
    orchestrated: cpuPerTick(real, orchestratedOnRealTime)
  })
  line("setInterval", spread(cpu.interval, "µs"))
  line("Effect.repeat(Schedule.spaced)", spread(cpu.spaced, "µs"))
  line(`${all} (init and shutdown included)`, spread(cpu.orchestrated, "µs"))
  line("orchestrated / setInterval", ratio(cpu.orchestrated, cpu.interval))
}
