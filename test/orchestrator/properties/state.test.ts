import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Fiber, Schema } from "effect"
import { type Facts, type ModuleStack, add, empty } from "../../../src/orchestrator/module.ts"
import { Orchestrator } from "../../../src/orchestrator/orchestrator.ts"
import { OrchestratorState } from "../../../src/orchestrator/state.ts"
import { settings, step } from "../harness.ts"
import { defectOf, layerOf, modulePlans, transient } from "./generators.ts"
import { LIMIT_MS, type Turns, type World, checkWorlds, inWorld, until } from "./world.ts"

const STATE_TIMEOUT_MS = 250

/** What a module does when it is asked for its facts. */
type Answer =
  | { readonly kind: "at once" | "hang" | "deaf" | "defect" | "interrupt" }
  | { readonly kind: "slow" | "slow and deaf"; readonly ms: number }

const answers: fc.Arbitrary<Answer> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Answer>({ kind: "at once" }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom("slow" as const, "slow and deaf" as const),
      ms: fc.integer({ min: 1, max: 600 }).map((ms) => ms + 0.3)
    })
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Answer>(
      { kind: "hang" },
      { kind: "deaf" },
      { kind: "defect" },
      { kind: "interrupt" }
    )
  }
)

const plans = fc.record({
  modules: modulePlans(),
  facts: fc.array(fc.array(answers, { minLength: 1, maxLength: 6 }), { minLength: 12, maxLength: 12 }),
  asked: fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 12 }),
  startedMs: fc.integer({ min: 0, max: 20_000 }),
  pausedMs: fc.integer({ min: 0, max: 40_000 }),
  endedMs: fc.integer({ min: 20_000, max: 45_000 }),
  wallSteps: fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 60_000 }),
      byMs: fc.constantFrom(-3_600_000, 3_600_000)
    }),
    { maxLength: 3 }
  )
})
type Plan = typeof plans extends fc.Arbitrary<infer P> ? P : never

/** What a module last answered, and when. */
interface Told {
  value: Facts
  atMs: number
}

/** Modules whose facts have broken, in the world that runs. */
const broken = new Set<string>()

const answerWith = (answer: Answer, value: Facts, told: Map<string, Told>, name: string, world: World) => {
  const tell = Effect.sync(() => {
    told.set(name, { value, atMs: world.nowMs() })
    return value
  })
  switch (answer.kind) {
    case "at once":
      return tell
    case "slow":
      return Effect.zipRight(Effect.sleep(answer.ms), tell)
    case "slow and deaf":
      // What comes after the bound comes too late: nobody waits for it.
      return Effect.uninterruptible(
        Effect.zipRight(Effect.sleep(answer.ms), answer.ms < STATE_TIMEOUT_MS ? tell : Effect.succeed(value))
      )
    case "hang":
      return Effect.never
    case "deaf":
      return Effect.uninterruptible(Effect.never)
    case "defect":
      return Effect.zipRight(
        Effect.sync(() => void broken.add(name)),
        Effect.die(defectOf("facts"))
      )
    case "interrupt":
      return Effect.interrupt
  }
}

const stackOf = (plan: Plan, world: World, told: Map<string, Told>) =>
  plan.modules.reduce<ModuleStack<never, never>>((stack, module, index) => {
    let questions = 0
    const story = plan.facts[index] ?? []
    return add({
      name: module.name,
      layer: layerOf(module, world, []),
      facts: Effect.suspend(() => {
        const answer = story[questions++ % story.length] ?? { kind: "at once" }
        return answerWith(answer, { questions, feed: module.name, late: null }, told, module.name, world)
      })
    })(stack)
  }, empty)

const decode = Schema.decodeUnknownSync(OrchestratorState, { onExcessProperty: "error" })
const encode = Schema.encodeSync(OrchestratorState)

interface Asked {
  readonly askedMs: number
  readonly answeredMs: number
  readonly state: OrchestratorState
  readonly told: ReadonlyMap<string, Told>
}

const ask = (world: World, told: ReadonlyMap<string, Told>) =>
  Effect.gen(function* () {
    const { getState } = yield* Orchestrator
    const askedMs = world.nowMs()
    const state = yield* getState
    return { askedMs, answeredMs: world.nowMs(), state, told: structuredClone(told) } satisfies Asked
  })

const live = (plan: Plan, turns: Turns) =>
  inWorld(turns, (world) =>
    Effect.gen(function* () {
      const orchestrator = yield* Orchestrator
      const told = new Map<string, Told>()
      broken.clear()
      const at = (atMs: number, effect: Effect.Effect<unknown, unknown>) =>
        Effect.fork(Effect.zipRight(until(world, atMs + 0.9), effect))
      for (const { atMs, byMs } of plan.wallSteps)
        yield* at(
          atMs,
          Effect.sync(() => world.stepWall(byMs))
        )
      // Two at a time: the second joins the first one's question.
      const asked = yield* Effect.forEach(plan.asked, (atMs) =>
        Effect.forEach([0, 40], (later) =>
          Effect.fork(Effect.zipRight(until(world, atMs + later), ask(world, told)))
        )
      )
      const init = orchestrator.init({
        settings: settings({ stateTimeoutMs: STATE_TIMEOUT_MS }),
        modules: stackOf(plan, world, told),
        steps: [step("m0", (tick) => (tick % 3 === 0 ? Effect.fail(transient) : Effect.sleep(400)))]
      })
      yield* Effect.forkDaemon(init)
      yield* at(plan.startedMs, orchestrator.start)
      yield* at(plan.pausedMs, orchestrator.pause)
      yield* at(plan.endedMs, orchestrator.shutdown({ _tag: "Requested", by: "the test" }))
      const early = yield* ask(world, told)
      const inBetween = yield* Effect.forEach(asked.flat(), Fiber.join)
      yield* until(world, 120_000)
      return { early, inBetween, late: yield* ask(world, told), broken: [...broken], logs: [...world.logs] }
    })
  )

const check = ({ answeredMs, askedMs, state, told }: Asked) => {
  expect(answeredMs - askedMs).toBeLessThanOrEqual(STATE_TIMEOUT_MS)
  const json: unknown = JSON.parse(JSON.stringify(encode(state)))
  expect(decode(json)).toEqual(state)
  const { loop } = state
  expect(loop.lastTickAgeMs === null).toBe(loop.lastTickAt === null)
  if (loop.lastTickAgeMs !== null) {
    expect(loop.lastTickAgeMs).toBeGreaterThanOrEqual(0)
    expect(loop.lastTickAgeMs).toBeLessThanOrEqual(answeredMs)
  }
  for (const [name, health] of Object.entries(state.modules)) {
    const last = told.get(name)
    if (last === undefined) expect(health).toMatchObject({ facts: {}, factsAgeMs: null })
    else {
      expect(health.facts).toEqual(last.value)
      expect(health.factsAgeMs).toBeCloseTo(answeredMs - last.atMs, 2)
    }
    if (health.status === "degraded" || health.status === "error") {
      expect(health.reason).not.toBe("")
      expect(health.lastError).not.toBeNull()
    }
  }
}

describe("getState, for all worlds", () => {
  it(
    "getState – answers within its bound in every phase, whatever the modules do; what they last said is there with its age, whatever the wall clock does; it decodes with its own Schema",
    () =>
      checkWorlds(plans, async (plan, turns) => {
        const seen = await live(plan, turns)
        expect(seen.early.state.phase).toMatch(/idle|initializing|ready/)
        for (const asked of [seen.early, ...seen.inBetween, seen.late]) check(asked)
        expect(seen.late.state.phase).toBe("stopped")
        const toldOf = seen.logs
          .filter(({ event }) => event === "facts_failed")
          .map(({ fields }) => fields["module"])
        expect(new Set(toldOf)).toEqual(new Set(seen.broken))
      }),
    LIMIT_MS
  )
})
