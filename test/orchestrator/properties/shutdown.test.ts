import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Fiber } from "effect"
import { Orchestrator } from "../../../src/orchestrator/orchestrator.ts"
import { SHUTDOWN_PHASES, type ShutdownReport } from "../../../src/orchestrator/shutdown.ts"
import { settings, step } from "../harness.ts"
import { type Line, defectOf, modulePlans, stackOf, transient } from "./generators.ts"
import { type ShutdownPlan, type Wait, expectedShutdown } from "./shutdown-model.ts"
import { LIMIT_MS, type Turns, type World, checkWorlds, inWorld, until } from "./world.ts"

const told = (by: string) => ({ _tag: "Requested", by }) as const

/** Each wait has its own thousandths, so that no two end together by chance. */
const waits = (mostMs: number, ownMs: number): fc.Arbitrary<Wait> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant({ ms: 0, deaf: false }) },
    {
      weight: 3,
      arbitrary: fc.integer({ min: 1, max: mostMs }).map((ms) => ({ ms: ms + ownMs, deaf: false }))
    },
    { weight: 1, arbitrary: fc.boolean().map((deaf) => ({ ms: Infinity, deaf })) }
  )

const ANSWERS = ["verified", "verified", "unverified", "fails", "dies"] as const

const plans: fc.Arbitrary<ShutdownPlan> = fc.record({
  modules: modulePlans("fast"),
  // Thirteen more than round, so that no bound is met to the millisecond: either outcome would be right then.
  shutdownTimeoutMs: fc.constantFrom(15_013, 25_013),
  inflightTimeoutMs: fc.constantFrom(0, 2_000, 10_000),
  askedMs: fc.integer({ min: 0, max: 5_000 }).map((ms) => ms + 0.031),
  tick: waits(20_000, 0.032),
  cancel: fc
    .option(
      fc.record({
        wait: waits(15_000, 0.033),
        answer: fc.constantFrom(...ANSWERS)
      }),
      { nil: undefined }
    )
    .map((cancel) => (cancel === undefined ? undefined : { ...cancel.wait, answer: cancel.answer })),
  onShutdown: waits(900, 0.034),
  onReport: waits(900, 0.035),
  hurryAfterMs: fc.oneof(
    { weight: 2, arbitrary: fc.constant(Infinity) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 20_000 }).map((ms) => ms + 0.036) }
  )
})

/** What becomes of the wall clock, before and meanwhile: nothing of a shutdown goes by it. */
const wallSteps = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 20_000 }).map((ms) => ms + 0.037),
    byMs: fc.constantFrom(-3_600_000, 3_600_000)
  }),
  { maxLength: 2 }
)
type WallSteps = typeof wallSteps extends fc.Arbitrary<infer S> ? S : never

const waitFor = ({ deaf, ms }: Wait): Effect.Effect<void> => {
  const wait = ms === Infinity ? Effect.never : Effect.sleep(ms)
  return deaf ? Effect.uninterruptible(wait) : wait
}

const cancelOf = ({ cancel }: ShutdownPlan) => {
  if (cancel === undefined) return {}
  const answers = {
    verified: Effect.succeed({ verified: true, details: "none left" }),
    unverified: Effect.succeed({ verified: false, details: "one left" }),
    fails: Effect.fail(transient),
    dies: Effect.die(defectOf("cancel"))
  }
  return { cancelOrders: Effect.zipRight(waitFor(cancel), answers[cancel.answer]) }
}

/** Brings a daemon up and its tick under way; asks for the end, hurries, and has others ask as well. */
const observe = (plan: ShutdownPlan, steps: WallSteps, turns: Turns) =>
  inWorld(turns, (world) =>
    Effect.gen(function* () {
      const journal: Array<Line> = []
      const orchestrator = yield* Orchestrator
      let begun = 0
      yield* Effect.orDie(
        orchestrator.init({
          settings: settings({
            shutdownTimeoutMs: plan.shutdownTimeoutMs,
            inflightTimeoutMs: plan.inflightTimeoutMs,
            tickIntervalMs: 3_600_000,
            stepTimeoutMs: 600_000
          }),
          modules: stackOf(plan.modules, world, journal),
          steps: [step("m0", () => waitFor(plan.tick))],
          ...cancelOf(plan),
          onShutdown: Effect.zipRight(
            Effect.sync(() => void begun++),
            waitFor(plan.onShutdown)
          ),
          onReport: () => waitFor(plan.onReport)
        })
      )
      yield* Effect.orDie(orchestrator.start)
      yield* until(world, plan.askedMs)
      world.stepWall(steps[0]?.byMs ?? 0)
      for (const { afterMs, byMs } of steps) {
        yield* Effect.fork(
          Effect.zipRight(
            Effect.sleep(afterMs),
            Effect.sync(() => world.stepWall(byMs))
          )
        )
      }
      const first = yield* orchestrator.shutdown(told("the first")).pipe(
        Effect.map((report) => ({ report, endMs: world.nowMs(), journal: [...journal] })),
        Effect.fork
      )
      yield* Effect.sleep(0)
      const others = yield* askAgain(world, plan)
      if (plan.hurryAfterMs < Infinity) {
        yield* until(world, plan.askedMs + plan.hurryAfterMs)
        yield* orchestrator.hurry
      }
      const end = yield* Fiber.join(first)
      const downs = end.journal.filter(([, event]) => event === "down")
      const ended = end.journal.filter(([, event]) => event === "end").map(([, , name]) => name)
      const late = yield* orchestrator.shutdown(told("too late"))
      const reports = [...(yield* Effect.forEach(others, Fiber.join)), late]
      return { report: end.report, reports, endMs: end.endMs, downs, ended, begun }
    })
  )

/** Some ask at once, some in between; one is interrupted while it waits. */
const askAgain = (world: World, plan: ShutdownPlan) =>
  Effect.gen(function* () {
    const { shutdown } = yield* Orchestrator
    const impatient = yield* Effect.fork(shutdown(told("the impatient")))
    yield* Effect.fork(Effect.zipRight(until(world, plan.askedMs + 700), Fiber.interrupt(impatient)))
    return yield* Effect.forEach([0, 1, 5_000], (afterMs) =>
      Effect.fork(
        Effect.zipRight(until(world, plan.askedMs + afterMs), shutdown(told(`after ${afterMs} ms`)))
      )
    )
  })

const outcomesOf = ({ phases }: ShutdownReport) => phases.map(({ outcome }) => outcome)

describe("shutdown, for all worlds", () => {
  it(
    "shutdown – whatever hangs: phases in order, deadline held, reserved time kept, a second signal shortens, one result for all, exit code by the table",
    () =>
      checkWorlds(fc.tuple(plans, wallSteps), async ([plan, steps], turns) => {
        const seen = await observe(plan, steps, turns)
        const expected = expectedShutdown(plan)
        expect(seen.report.phases.map(({ name }) => name)).toEqual(SHUTDOWN_PHASES)
        expect(outcomesOf(seen.report)).toEqual(expected.outcomes)
        expect(seen.report.exitCode).toBe(expected.exitCode)
        expect(seen.downs.map(([, , name]) => name)).toEqual(
          plan.modules.map(({ name }) => name).toReversed()
        )
        for (const [index, [atMs]] of seen.downs.entries()) {
          expect(atMs).toBeCloseTo(expected.downMs[index] ?? Number.NaN, 1)
        }
        expect(seen.begun).toBe(1)
        for (const report of seen.reports) expect(report).toBe(seen.report)
        expectBounds(plan, seen)
      }),
    LIMIT_MS
  )
})

/** What holds whatever the model says. */
const expectBounds = (plan: ShutdownPlan, seen: Awaited<ReturnType<typeof observe>>) => {
  const tookMs = seen.endMs - plan.askedMs
  const hooksMs = 1_000
  expect(tookMs).toBeLessThanOrEqual(plan.shutdownTimeoutMs + hooksMs)
  const [store] = plan.modules
  if (store?.release.kind === "slow" && store.release.ms <= store.reservedMs) {
    expect(seen.ended).toContain(store.name)
  }
  const hurriedMs = plan.modules.reduce((sum, { reservedMs }) => sum + Math.max(500, reservedMs), 3 * 500)
  expect(tookMs).toBeLessThanOrEqual(plan.hurryAfterMs + hurriedMs)
}
