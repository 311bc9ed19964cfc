import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc, Fiber, Layer } from "effect"
import { type ModuleStack, add, empty } from "../../../src/orchestrator/module.ts"
import { Orchestrator } from "../../../src/orchestrator/orchestrator.ts"
import type { ShutdownReport } from "../../../src/orchestrator/shutdown.ts"
import type { OrchestratorState } from "../../../src/orchestrator/state.ts"
import { ModuleHost } from "../../../src/ports/module-host.ts"
import { settings, step } from "../harness.ts"
import { type Attempt, attemptOf, perform, stories } from "./attempts.ts"
import { COMMANDS, type CommandName } from "./loop-model.ts"
import { type Line, type ModulePlan, layerOf, modulePlans } from "./generators.ts"
import { LIMIT_MS, type Turns, type World, checkWorlds, inWorld, until } from "./world.ts"

const SHUTDOWN_MS = 10_000
const STEP_MS = 1_000
/** Longest that an init of up to six modules, or the release of them, takes. */
const LATER_MS = 200_000

const told = { _tag: "Requested", by: "the storm" } as const

type Name = CommandName | "hurry"

const plans = fc.record({
  /** Inits differ from run to run: after a shutdown the next one is another. */
  runs: fc.array(
    fc.boolean().chain((fast) => modulePlans(fast ? "fast" : "any")),
    { minLength: 2, maxLength: 4 }
  ),
  steps: fc
    .integer({ min: 1, max: 2 })
    .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => stories(index, STEP_MS)))),
  fiber: stories(3, STEP_MS),
  commands: fc.array(
    fc.record({
      atMs: fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.constantFrom(0, 5_000, 20_000, 40_000)),
      name: fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom<Name>(...COMMANDS) },
        { weight: 4, arbitrary: fc.constantFrom<Name>("init", "start", "start") },
        { weight: 1, arbitrary: fc.constant<Name>("hurry") }
      ),
      patienceMs: fc.option(fc.integer({ min: 0, max: 8_000 }), { nil: Infinity, freq: 2 })
    }),
    { minLength: 4, maxLength: 30 }
  )
})
type Plan = typeof plans extends fc.Arbitrary<infer P> ? P : never

/** What is written down of a storm. */
interface Notes {
  /** What came of each init that was not refused, and of which modules. */
  readonly runs: Array<{ readonly modules: ReadonlyArray<ModulePlan>; readonly journal: Array<Line> }>
  readonly states: Array<OrchestratorState>
  readonly reports: Array<ShutdownReport>
  /** What happened that must not. */
  readonly wrong: Array<string>
}

const LOOP_EVENTS: Readonly<Record<string, boolean>> = {
  execution_loop_started: true,
  execution_loop_resumed: true,
  execution_loop_paused: false,
  execution_loop_stopped: false,
  orchestrator_shutdown_start: false
}

/** Whether ticks and later tries may begin now: in the very instant of a command either is right. */
const mayBegin = (world: World): boolean => {
  const last = world.logs.findLast(({ event }) => LOOP_EVENTS[event] !== undefined)
  return last !== undefined && (LOOP_EVENTS[last.event] === true || last.atMs >= world.nowMs() - 0.01)
}

/** Steps with their stories, between two that tell where a tick begins and ends. */
const stepsOf = (plan: Plan, world: World, { wrong }: Notes) => {
  let inTick = false
  let running = 0
  const begins = (what: string) => {
    if (!mayBegin(world)) wrong.push(`${what} at ${world.nowMs()}, though the loop does not run`)
  }
  const marker = (operation: string, isBegin: boolean) =>
    step(
      "m0",
      () =>
        Effect.sync(() => {
          if (isBegin) begins("a tick begins")
          inTick = isBegin
        }),
      operation
    )
  const steps = plan.steps.map((story, index) => {
    let attempts = 0
    const run = Effect.acquireUseRelease(
      Effect.sync(() => {
        if (!inTick) begins("a later try begins")
        if (++running > 1) wrong.push(`two at once at ${world.nowMs()}`)
      }),
      () => perform(attemptOf(story, attempts++, index)),
      () => Effect.sync(() => void running--)
    )
    return step("m0", () => run, `work${index}`)
  })
  return [marker("begin", true), ...steps, marker("end", false)]
}

const stackOf = (
  modules: ReadonlyArray<ModulePlan>,
  fiber: ReadonlyArray<Attempt>,
  world: World,
  journal: Array<Line>
) => {
  let runs = 0
  const background = Effect.flatMap(ModuleHost, (host) =>
    host.fork(
      "fiber",
      Effect.suspend(() => (runs < fiber.length ? perform(attemptOf(fiber, runs++, 3)) : Effect.never))
    )
  )
  return modules.reduce<ModuleStack<never, never>>((stack, module, index) => {
    const layer = layerOf(module, world, journal)
    return add({
      name: module.name,
      layer: index === 0 ? Layer.merge(layer, Layer.scopedDiscard(background)) : layer
    })(stack)
  }, empty)
}

const overrides = { shutdownTimeoutMs: SHUTDOWN_MS, stepTimeoutMs: STEP_MS, retryBackoffMs: 2_000 }

/** What each command does, and what is noted of it. */
const commandsOf = (plan: Plan, world: World, notes: Notes) =>
  Effect.map(Orchestrator, (orchestrator): { readonly [N in Name]: Effect.Effect<unknown, unknown> } => ({
    init: Effect.suspend(() => {
      const modules = plan.runs[notes.runs.length % plan.runs.length] ?? []
      const run = { modules, journal: new Array<Line>() }
      return orchestrator
        .init({
          settings: settings(overrides),
          modules: stackOf(modules, plan.fiber, world, run.journal),
          steps: stepsOf(plan, world, notes)
        })
        .pipe(Effect.ensuring(Effect.sync(() => void (run.journal.length > 0 && notes.runs.push(run)))))
    }),
    start: orchestrator.start,
    stop: orchestrator.stop,
    pause: orchestrator.pause,
    resume: orchestrator.resume,
    hurry: orchestrator.hurry,
    getState: Effect.map(orchestrator.getState, (state) => void notes.states.push(state)),
    shutdown: Effect.map(orchestrator.shutdown(told), (report) => void notes.reports.push(report))
  }))

/** Whatever was before: a shutdown ends it, and an init with sound modules brings up a daemon that works. */
const beginAnew = (world: World) =>
  Effect.gen(function* () {
    const orchestrator = yield* Orchestrator
    yield* orchestrator.shutdown(told)
    yield* until(world, LATER_MS)
    const left = yield* world.fibers
    let ticks = 0
    const { modules } = yield* Effect.orDie(
      orchestrator
        .init({
          settings: settings(),
          modules: add({ name: "sound", layer: Layer.empty })(empty),
          steps: [step("sound", () => Effect.sync(() => void ticks++))]
        })
        .pipe(
          Effect.zipRight(orchestrator.start),
          Effect.zipRight(Effect.sleep(9_500)),
          Effect.zipRight(orchestrator.getState)
        )
    )
    return { left, ticks, modules: Object.keys(modules), report: yield* orchestrator.shutdown(told) }
  })

const live = (plan: Plan, turns: Turns) =>
  inWorld(turns, (world) =>
    Effect.gen(function* () {
      const notes: Notes = { runs: [], states: [], reports: [], wrong: [] }
      const run = yield* commandsOf(plan, world, notes)
      const fibers = yield* Effect.forEach(plan.commands, ({ atMs, name, patienceMs }) =>
        Effect.fork(
          Effect.gen(function* () {
            yield* until(world, atMs)
            const given = yield* Effect.fork(run[name])
            yield* Effect.timeoutOption(Fiber.await(given), patienceMs)
            yield* Fiber.interrupt(given)
          })
        )
      )
      yield* Effect.forEach(fibers, Fiber.join)
      const logs = [...world.logs]
      return { ...notes, logs, anew: yield* beginAnew(world) }
    })
  )

const namesOf = (journal: ReadonlyArray<Line>, event: Line[1]) =>
  journal.filter((line) => line[1] === event).map(([, , name]) => name)

const isEndless = ({ init, release }: ModulePlan) =>
  release.kind === "hang" || init.kind === "deaf" || init.kind === "late"

const checkState = ({ loop, modules, phase }: OrchestratorState) => {
  const { completed, due, failed, skippedOverlap, skippedPaused } = loop.counters
  expect(due).toBe(completed + failed + skippedOverlap + skippedPaused + (loop.tickInProgress ? 1 : 0))
  if (phase === "stopped") {
    for (const { status } of Object.values(modules)) expect(["stopped", "pending", "error"]).toContain(status)
  }
}

describe("storms of commands, over modules and steps that fail in every way", () => {
  it(
    "init, start, stop, pause, resume, getState, shutdown, hurry – from many fibers, impatient, while everything fails: one loop, one tick, one shutdown a run, each module released once, and an init that works afterwards",
    () =>
      checkWorlds(plans, async (plan, turns) => {
        const seen = await live(plan, turns)
        expect(seen.wrong).toEqual([])
        for (const { journal, modules } of seen.runs) {
          const ups = namesOf(journal, "up")
          const downs = namesOf(journal, "down")
          expect(downs.toSorted()).toEqual(ups.toSorted())
          expect(new Set(downs).size).toBe(downs.length)
          if (!modules.some(isEndless)) {
            expect(downs).toEqual(ups.toReversed())
            expect(namesOf(journal, "end").toSorted()).toEqual(namesOf(journal, "begin").toSorted())
          }
        }
        for (const state of seen.states) checkState(state)
        const ended = seen.logs.filter(({ event }) => event === "orchestrator_shutdown_complete")
        expect(new Set(seen.reports).size).toBeLessThanOrEqual(ended.length)
        expect(seen.anew).toMatchObject({ ticks: 10, modules: ["sound"], report: { exitCode: 0 } })
        if (!seen.runs.some(({ modules }) => modules.some(isEndless))) expect(seen.anew.left).toBe(0)
      }),
    LIMIT_MS
  )
})
