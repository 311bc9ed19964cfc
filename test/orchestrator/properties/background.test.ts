import { describe, expect, it } from "@effect/vitest"
import { Cause, Effect, Exit, FastCheck as fc, type FiberId, HashSet, Layer } from "effect"
import { type ModuleStack, add, empty } from "../../../src/orchestrator/module.ts"
import { Orchestrator } from "../../../src/orchestrator/orchestrator.ts"
import type { OrchestratorState } from "../../../src/orchestrator/state.ts"
import type { OrchestratorSettings } from "../../../src/orchestrator/settings.ts"
import { ModuleHost } from "../../../src/ports/module-host.ts"
import { settings } from "../harness.ts"
import { type Attempt, type Ending, attemptOf, judge, lastsMs, perform, stories } from "./attempts.ts"
import { LIMIT_MS, type Turns, checkWorlds, inWorld, until } from "./world.ts"

const HORIZON_MS = 6 * 3_600_000
const LONGEST_MS = 60_000
const VENUE_WAITS = 60
/** A fiber that ran so long works; and one whose tries are used up is left alone so long. */
const HEALTHY_MS = 60_000
const LAST_RESORT_MS = 60_000

type Policy = Pick<
  OrchestratorSettings,
  "maxRetryAttempts" | "retryBackoffMs" | "escalateAfterFailures" | "fatalAfterFailures"
>

/** Each fiber is a story of runs: most end soon, some run long enough to be taken for healthy. */
const fibers = (count: number): fc.Arbitrary<ReadonlyArray<ReadonlyArray<Attempt>>> =>
  fc.tuple(
    ...Array.from({ length: count }, (_, index) =>
      fc
        .tuple(stories(index, 1_000), fc.array(fc.boolean(), { maxLength: 20 }))
        .map(([story, longs]) =>
          story.map((attempt, at) =>
            longs[at] === true && attempt.kind !== "hang"
              ? { ...attempt, ms: attempt.ms + 2 * HEALTHY_MS }
              : attempt
          )
        )
    )
  )

const plans: fc.Arbitrary<Plan> = fc.record({
  policy: fc.record({
    maxRetryAttempts: fc.integer({ min: 0, max: 5 }),
    retryBackoffMs: fc.constantFrom(1, 100, 1_000, 20_000),
    escalateAfterFailures: fc.integer({ min: 1, max: 5 }),
    fatalAfterFailures: fc.constantFrom(0, 0, 0, 4)
  }),
  fibers: fc.integer({ min: 1, max: 3 }).chain(fibers),
  together: fc.boolean()
})

/** One run of a fiber, as it was seen. */
interface Ran {
  readonly fromMs: number
  toMs: number
}

/** What is expected of one fiber, from when its runs began and ended. */
class FiberModel {
  errors = 0
  recoveries = 0
  failures = 0
  isFailing = false
  holds = false
  fatal = false
  /** Whether all ended in the very instant in which it became healthy: either is right then. */
  isTie = false
  private tries = 0
  private venueWaits = 0
  private readonly policy: Policy

  constructor(policy: Policy) {
    this.policy = policy
  }

  /** Takes a run that ended so; answers with the bounds of the wait until the next, undefined where there is none. */
  ended(ending: Ending, ranMs: number): readonly [fromMs: number, toMs: number] | undefined {
    this.healthy(ranMs)
    this.errors++
    this.isFailing = true
    if (ending.category === "fatal") {
      this.fatal = true
      return undefined
    }
    if (ending.category === "maintenance") this.holds = true
    if (ending.category === "transient" && this.tries < this.policy.maxRetryAttempts) {
      const meanMs = this.policy.retryBackoffMs * 2 ** this.tries++
      return [Math.min(LONGEST_MS, meanMs * 0.8), Math.min(LONGEST_MS, meanMs * 1.2)]
    }
    const isVenues = ending.category === "rate-limited" || ending.category === "maintenance"
    if (isVenues && this.venueWaits < VENUE_WAITS) {
      this.venueWaits++
      return [ending.waitMs, ending.waitMs]
    }
    this.failures++
    this.holds ||= this.failures >= this.policy.escalateAfterFailures
    const { fatalAfterFailures } = this.policy
    if (fatalAfterFailures > 0 && this.failures >= fatalAfterFailures) {
      this.fatal = true
      this.errors++
    }
    return [LAST_RESORT_MS, LAST_RESORT_MS]
  }

  /** Takes note of how long it has run. */
  healthy(ranMs: number): void {
    if (!this.isFailing || ranMs < HEALTHY_MS) return
    this.recoveries++
    this.tries = this.venueWaits = this.failures = 0
    this.isFailing = this.holds = false
  }
}

const ENDED = { category: "transient", waitMs: 0, code: "EXECUTION_LOOP_ERROR" } as const

interface Plan {
  readonly policy: Policy
  readonly fibers: ReadonlyArray<ReadonlyArray<Attempt>>
  /** Whether all of them are one module's. */
  readonly together: boolean
}

const siteOf = (plan: Plan, index: number) => ({
  module: plan.together ? "m0" : `m${index}`,
  operation: `fiber${index}`
})

/** Checks one fiber's runs against the model; a fiber that ends well has failed all the same. */
const follow = (plan: Plan, index: number, runs: ReadonlyArray<Ran>, endMs: number): FiberModel => {
  const model = new FiberModel(plan.policy)
  const site = siteOf(plan, index)
  for (const [at, { fromMs, toMs }] of runs.entries()) {
    if (toMs > endMs) {
      model.isTie = Math.abs(endMs - fromMs - HEALTHY_MS) < 0.01
      model.healthy(endMs - fromMs)
      break
    }
    const ending = judge(attemptOf(plan.fibers[index] ?? [], at, index), site) ?? { ...ENDED, ...site }
    const wait = model.ended(ending, toMs - fromMs)
    const next = runs[at + 1]
    if (next === undefined) {
      if (!model.fatal) expect(endMs - toMs).toBeLessThanOrEqual((wait?.[1] ?? 0) + 0.01)
      break
    }
    expect(next.fromMs - toMs).toBeGreaterThanOrEqual((wait?.[0] ?? Infinity) - 0.01)
    expect(next.fromMs - toMs).toBeLessThanOrEqual((wait?.[1] ?? 0) + 0.01)
  }
  return model
}

/** The clock's milliseconds are binary fractions: a run that interrupts itself is told by who did it, not by when. */
const isInterruptedByAnother = (exit: Exit.Exit<unknown, unknown>, self: FiberId.FiberId): boolean =>
  Exit.isFailure(exit) &&
  Cause.isInterrupted(exit.cause) &&
  !HashSet.has(Cause.interruptors(exit.cause), self)

/** Runs the next of a story, and writes down from when to when; one that is cut by the module's release has not ended. */
const runNext = (story: ReadonlyArray<Attempt>, runs: Array<Ran>, nowMs: () => number) =>
  Effect.suspend(() => {
    // When all is told the fiber runs on and on.
    const attempt = story[runs.length]
    const ran: Ran = { fromMs: nowMs(), toMs: Infinity }
    runs.push(ran)
    return Effect.onExit(attempt === undefined ? Effect.never : perform(attempt), (exit) =>
      Effect.map(Effect.fiberId, (self) => {
        const wouldEndMs = ran.fromMs + (attempt === undefined ? Infinity : lastsMs(attempt, Infinity))
        const isCut = isInterruptedByAnother(exit, self) && nowMs() < wouldEndMs - 0.000_5
        if (!isCut) ran.toMs = nowMs()
      })
    )
  })

const stackOf = (plan: Plan, runs: ReadonlyArray<Array<Ran>>, nowMs: () => number) => {
  const forks = plan.fibers.map((story, index) =>
    Effect.flatMap(ModuleHost, (host) =>
      host.fork(siteOf(plan, index).operation, runNext(story, runs[index] ?? [], nowMs))
    )
  )
  const inits = plan.together ? [Effect.all(forks)] : forks
  return inits.reduce<ModuleStack<never, never>>(
    (stack, init, index) => add({ name: `m${index}`, layer: Layer.scopedDiscard(init) })(stack),
    empty
  )
}

const observe = (plan: Plan, turns: Turns) =>
  inWorld(turns, (world) =>
    Effect.gen(function* () {
      const orchestrator = yield* Orchestrator
      const runs = plan.fibers.map((): Array<Ran> => [])
      let endMs = HORIZON_MS + 0.7
      let atEnd: OrchestratorState | undefined
      yield* Effect.orDie(
        orchestrator.init({
          settings: settings(plan.policy),
          modules: stackOf(plan, runs, world.nowMs),
          steps: [],
          onShutdown: Effect.map(orchestrator.getState, (state) => {
            if (world.nowMs() < endMs) [endMs, atEnd] = [world.nowMs(), state]
          })
        })
      )
      yield* until(world, endMs)
      const state = atEnd ?? (yield* orchestrator.getState)
      const told = world.logs.filter(({ event }) => event === "background_fiber_failed")
      const report = yield* orchestrator.shutdown({ _tag: "Requested", by: "the test" })
      yield* Effect.sleep(600_000)
      return { runs, state, endMs, told, report, left: yield* world.fibers }
    })
  )

const sumOf = (models: ReadonlyArray<FiberModel>, of: (model: FiberModel) => number) =>
  models.reduce((sum, model) => sum + of(model), 0)

const conditionOf = (models: ReadonlyArray<FiberModel>, { escalateAfterFailures }: Policy) => {
  const failing = models.filter(({ isFailing }) => isFailing)
  const consecutiveFailures = Math.max(0, ...failing.map(({ failures }) => failures))
  const isInError = consecutiveFailures >= escalateAfterFailures
  return { status: failing.length === 0 ? "ready" : isInError ? "error" : "degraded", consecutiveFailures }
}

describe("background fibers, for all stories of runs", () => {
  it(
    "a background fiber – however it ends, the policy hears of it once, and it is started again exactly as configured; a fatal end shuts down; none is left",
    () =>
      checkWorlds(plans, async (plan, turns) => {
        const seen = await observe(plan, turns)
        const models = plan.fibers.map((_, index) => follow(plan, index, seen.runs[index] ?? [], seen.endMs))
        const isFatal = models.some(({ fatal }) => fatal)
        expect(seen.report.exitCode > 0).toBe(isFatal)
        expect(seen.left).toBe(0)
        // Of two that end in the instant of the daemon's own end, the policy may not hear of the second any more.
        const last = seen.runs.flat().filter(({ toMs }) => Math.abs(toMs - seen.endMs) < 0.01)
        if (last.length > 1) return
        expect(seen.state.errors.errorCount).toBe(sumOf(models, ({ errors }) => errors))
        if (models.some(({ isTie }) => isTie)) return
        expect(seen.state.errors.recoveryCount).toBe(sumOf(models, ({ recoveries }) => recoveries))
        for (const { cause, fields } of seen.told) {
          expect(fields["code"]).toMatch(/./)
          expect(cause).not.toBe("")
        }
        if (isFatal) return
        const holders = models.flatMap(({ holds }, index) => {
          const { module, operation } = siteOf(plan, index)
          return holds ? [`${module}.${operation}`] : []
        })
        expect(seen.state.holds.map(({ holder }) => holder).toSorted()).toEqual(holders)
        for (const [module, health] of Object.entries(seen.state.modules)) {
          const own = models.filter((_, index) => siteOf(plan, index).module === module)
          expect(health).toMatchObject(conditionOf(own, plan.policy))
        }
      }),
    LIMIT_MS
  )
})
