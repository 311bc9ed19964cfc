/** The steps of a tick, each on a bad day, between a first look and the checks. */
import { Effect } from "effect"
import type { Step } from "../../../src/orchestrator/step.ts"
import { siteKey } from "../../../src/orchestrator/supervisor.ts"
import type { TickServices } from "../../../src/orchestrator/trading/trading-tick.ts"
import { Safety } from "../../../src/ports/trading.ts"
import type { Life } from "./life.ts"
import { checkTick } from "./tick-checks.ts"

const SLOWEST_MS = 3_000

const onABadDay = (life: Life, step: Step<TickServices>, tick: number) => {
  const { weather } = life.history
  if (weather.strikes("step-hang")) return Effect.never
  if (weather.strikes("step-slow")) {
    return Effect.zipRight(Effect.sleep(weather.chance.between(10, SLOWEST_MS)), step.run(tick))
  }
  if (!weather.strikes("step-defect")) return step.run(tick)
  const defect = Effect.die(new Error("simulated: a defect"))
  return weather.chance.hit(0.5) ? defect : Effect.zipRight(step.run(tick), defect)
}

const moody = (life: Life, step: Step<TickServices>): Step<TickServices> => ({
  ...step,
  run: (tick) =>
    Effect.suspend(() => {
      const { config, nowMs } = life.history
      const beganAtMs = nowMs()
      return Effect.onExit(onABadDay(life, step, tick), (exit) =>
        Effect.sync(() => {
          // One that took too long counts as failed, although it may have done its work.
          const isLate = nowMs() - beganAtMs >= config.orchestrator.stepTimeoutMs
          if (exit._tag === "Failure" || isLate) life.failedAtMs.set(siteKey(step), nowMs())
          else life.ran.set(siteKey(step), tick)
        })
      )
    })
})

/** Takes the daemon's capabilities away and gives them back, as an operator would. */
const applyHalts = (life: Life) =>
  Effect.gen(function* () {
    const safety = yield* Safety
    for (const capability of ["enter", "quote"] as const) {
      if (life.halted.has(capability) === life.revoked.has(capability)) continue
      if (life.halted.has(capability)) {
        yield* safety.revoke(capability, "the simulation halts it")
        life.revoked.add(capability)
      } else {
        yield* safety.restore(capability, "the simulation lets it go on")
        life.revoked.delete(capability)
      }
    }
  })

const lookStep = (life: Life): Step<TickServices> => ({
  module: "simulation",
  operation: "look",
  run: (tick) =>
    Effect.gen(function* () {
      const { nowMs, seed, witness } = life.history
      life.services = yield* Effect.context<TickServices>()
      life.tick = tick
      witness.ticks += 1
      witness.at = `seed ${seed}, life ${life.number}, tick ${tick}`
      witness.trace(`begins at ${nowMs()}`)
      yield* applyHalts(life)
    })
})

const checkStep = (life: Life, steps: ReadonlyArray<Step<TickServices>>): Step<TickServices> => ({
  module: "simulation",
  operation: "check",
  run: (tick) =>
    checkTick(life, steps, tick).pipe(
      Effect.catchAllCause((cause) =>
        Effect.sync(() => life.history.witness.expect(false, () => `the checks broke: ${cause.toString()}`))
      )
    )
})

export const moodySteps = (
  life: Life,
  steps: ReadonlyArray<Step<TickServices>>
): ReadonlyArray<Step<TickServices>> => [
  lookStep(life),
  ...steps.map((step) => moody(life, step)),
  checkStep(life, steps)
]
