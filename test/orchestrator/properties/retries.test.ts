import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import { Orchestrator } from "../../../src/orchestrator/orchestrator.ts"
import type { OrchestratorState } from "../../../src/orchestrator/state.ts"
import { settings, stackOf, step } from "../harness.ts"
import { attemptOf, perform, stories } from "./attempts.ts"
import { type PolicyPlan, RetryMonitor, type StepPlan } from "./retry-model.ts"
import { LIMIT_MS, type LogLine, type Turns, type World, checkWorlds, inWorld, until } from "./world.ts"

/** Long enough for most stories to be told to their end. */
const HORIZON_MS = 3 * 3_600_000
const STEP_TIMEOUT_MS = 2_000

interface Plan extends PolicyPlan {
  readonly tickIntervalMs: number
  readonly steps: ReadonlyArray<StepPlan>
  /** When getState is asked: between any two milliseconds that anything else happens at. */
  readonly askedMs: ReadonlyArray<number>
}

const stepsOf = (count: number): fc.Arbitrary<ReadonlyArray<StepPlan>> =>
  fc.tuple(
    ...Array.from({ length: count }, (_, index) =>
      fc.record({
        module: fc.constantFrom("a", "b"),
        operation: fc.constant(`work${index}`),
        capability: fc.constantFrom(undefined, "enter" as const),
        story: stories(index, STEP_TIMEOUT_MS)
      })
    )
  )

const plans: fc.Arbitrary<Plan> = fc.record({
  maxRetryAttempts: fc.integer({ min: 0, max: 5 }),
  retryBackoffMs: fc.constantFrom(1, 100, 1_000, 20_000),
  escalateAfterFailures: fc.integer({ min: 1, max: 5 }),
  fatalAfterFailures: fc.constantFrom(0, 0, 0, 3, 8),
  stepTimeoutMs: fc.constant(STEP_TIMEOUT_MS),
  tickIntervalMs: fc.constantFrom(5_000, 30_000),
  steps: fc.integer({ min: 1, max: 3 }).chain(stepsOf),
  askedMs: fc
    .array(fc.integer({ min: 0, max: 600_000 }), { maxLength: 5 })
    .map((times) => [...times, HORIZON_MS].toSorted((a, b) => a - b).map((ms) => ms + 0.7))
})

const marker = (note: (tick: number) => void, operation: string) =>
  step("clock", (tick) => Effect.sync(() => note(tick)), operation)

/** The steps of a plan, between two that tell where a tick begins and ends; all is told to the monitor as it happens. */
const stepsIn = (plan: Plan, world: World, tell: (line: (monitor: RetryMonitor) => void) => void) => [
  marker((tick) => tell((monitor) => monitor.onTick(world.nowMs(), tick)), "begin"),
  ...plan.steps.map(({ capability, module, operation, story }, index) => {
    let attempts = 0
    const run = (tick: number) =>
      Effect.suspend(() => {
        tell((monitor) => monitor.onBegin(world.nowMs(), index, tick))
        return perform(attemptOf(story, attempts++, index))
      }).pipe(Effect.onExit(() => Effect.sync(() => tell((monitor) => monitor.onEnd(world.nowMs(), index)))))
    return { ...step(module, run, operation), ...(capability === undefined ? {} : { capability }) }
  }),
  marker(() => tell((monitor) => monitor.onTock(world.nowMs())), "end")
]

const seenOf = ({ capabilities, errors, holds }: OrchestratorState) => ({
  errorCount: errors.errorCount,
  recoveryCount: errors.recoveryCount,
  lastError: errors.lastError && {
    module: errors.lastError.module,
    operation: errors.lastError.operation,
    code: errors.lastError.code,
    category: errors.lastError.category,
    occurrences: errors.lastError.occurrences
  },
  mayEnter: capabilities.includes("enter"),
  holders: holds.filter(({ capability }) => capability === "enter").map(({ holder }) => holder)
})

const foreseenOf = (monitor: RetryMonitor) => ({
  errorCount: monitor.errorCount,
  recoveryCount: monitor.recoveryCount,
  lastError: monitor.lastError ?? null,
  mayEnter: monitor.holders.length === 0,
  holders: monitor.holders
})

const expectState = (state: OrchestratorState, monitor: RetryMonitor, startMs: number) => {
  const seen = seenOf(state)
  expect({ ...seen, holders: seen.holders.toSorted() }).toEqual(foreseenOf(monitor))
  if (monitor.fatal !== undefined) return
  for (const [module, { consecutiveFailures, sinceMs, status }] of Object.entries(monitor.modules)) {
    expect(state.modules[module]).toMatchObject({ status, consecutiveFailures })
    expect((state.modules[module]?.sinceMs ?? 0) - startMs).toBeCloseTo(sinceMs, 2)
  }
}

/** Each error's line: who, at what, which code, with its cause and where it came from. */
const expectLogged = (logs: ReadonlyArray<LogLine>, monitor: RetryMonitor) => {
  const lines = logs.filter(({ event }) => event === "tick_error" || event === "fatal_error")
  expect(lines).toHaveLength(monitor.logged)
  for (const { cause, fields } of lines) {
    expect(fields).toMatchObject({
      module: expect.stringMatching(/./),
      operation: expect.stringMatching(/./),
      code: expect.stringMatching(/./),
      category: expect.stringMatching(/./)
    })
    expect(cause).not.toBe("")
  }
}

const live = (plan: Plan, turns: Turns) =>
  inWorld(turns, (world) =>
    Effect.gen(function* () {
      const orchestrator = yield* Orchestrator
      const monitor = new RetryMonitor(plan, plan.steps)
      let broken: unknown
      const tell = (line: (monitor: RetryMonitor) => void) => {
        try {
          if (broken === undefined) line(monitor)
        } catch (error) {
          broken = error
        }
      }
      const { askedMs, steps: _, ...overrides } = plan
      yield* Effect.orDie(
        orchestrator.init({
          settings: settings(overrides),
          modules: stackOf(
            [],
            ["a", "b"].map((name) => ({ name }))
          ),
          steps: stepsIn(plan, world, tell)
        })
      )
      const startMs = (yield* orchestrator.getState).startedAt ?? 0
      yield* Effect.orDie(orchestrator.start)
      for (const atMs of askedMs) {
        yield* until(world, atMs)
        const state = yield* orchestrator.getState
        if (broken !== undefined) throw broken
        expectState(state, monitor, startMs)
      }
      expectLogged(world.logs, monitor)
      if (monitor.fatal !== undefined) {
        expect((yield* orchestrator.awaitShutdown).fatalError).toBeDefined()
        expect((yield* orchestrator.getState).phase).toBe("stopped")
      }
      return monitor
    })
  )

describe("the steps of a tick, for all stories of failures", () => {
  it(
    "a step – is tried again exactly as configured, never when ambiguous, refused or fatal; waits for the venue's sake use up no try; counters, health, escalation and recovery are the model's",
    () => checkWorlds(plans, async (plan, turns) => void (await live(plan, turns))),
    LIMIT_MS
  )
})
