import { describe, expect, it } from "@effect/vitest"
import { Cause, Effect, Exit, FastCheck as fc, Fiber } from "effect"
import { Orchestrator } from "../../../src/orchestrator/orchestrator.ts"
import type { OrchestratorState } from "../../../src/orchestrator/state.ts"
import { type Behaviour, settings, stackOf, step } from "../harness.ts"
import {
  type Answer,
  COMMANDS,
  type Command,
  type CommandName,
  LoopModel,
  type Plan,
  type Seen,
  type Tick
} from "./loop-model.ts"
import { LIMIT_MS, type Turns, type World, checkWorlds, inWorld, until } from "./world.ts"

const told = { _tag: "Requested", by: "the test" } as const
/** After the last command, time for everything to settle. */
const QUIET_MS = 20_000

/*
 * Nothing happens at the same instant but by cause: a command's time, and with it the grid it starts, has the command's
 * own remainder by 64; a tick ends 32 later in the remainders; an init ends on half a millisecond.
 */
const GRAIN_MS = 64

const plans: fc.Arbitrary<Plan> = fc.record({
  tickIntervalMs: fc.constantFrom(1, 4, 16).map((grains) => grains * GRAIN_MS),
  initMs: fc.integer({ min: 0, max: 300 }).map((ms) => ms + 0.5),
  tickMs: fc.array(
    fc.integer({ min: 0, max: 40 }).map((grains) => grains * GRAIN_MS + 32),
    { minLength: 1, maxLength: 5 }
  )
})

/** Mostly what keeps a loop busy; an init first, so that there is one. */
const names = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<CommandName>("start", "stop", "pause", "resume") },
  { weight: 6, arbitrary: fc.constant<CommandName>("getState") },
  { weight: 2, arbitrary: fc.constantFrom<CommandName>("init", "shutdown") }
)

const commands: fc.Arbitrary<ReadonlyArray<Command>> = fc
  .array(fc.record({ gap: fc.integer({ min: 0, max: 24 }), name: names }), { minLength: 1, maxLength: 30 })
  .map((drawn) => {
    let grains = 0
    return drawn.map(({ gap, name }, index) => {
      grains += gap + 1
      return { name: index === 0 ? "init" : name, atMs: grains * GRAIN_MS + index + 1 }
    })
  })

const seenOf = ({ initialized, loop, paused, phase, running }: OrchestratorState): Seen => ({
  phase,
  initialized,
  running,
  paused,
  tickCount: loop.tickCount,
  tickInProgress: loop.tickInProgress,
  counters: loop.counters
})

const resultOf = (exit: Exit.Exit<unknown, { readonly code: string }>): string => {
  if (Exit.isSuccess(exit)) return "ok"
  if (Cause.isInterruptedOnly(exit.cause)) return "interrupted"
  const failure = Cause.failureOption(exit.cause)
  return failure._tag === "Some" ? failure.value.code : Cause.pretty(exit.cause)
}

/** One orchestrator, the commands it is given, and the ticks it runs. */
const makeSubject = (plan: Plan, world: World) =>
  Effect.map(Orchestrator, (orchestrator) => {
    const ticks: Array<Tick> = []
    const reports = new Set<unknown>()
    let running = 0
    let most = 0
    const tick = (number: number) =>
      Effect.gen(function* () {
        const beginMs = world.nowMs()
        most = Math.max(most, ++running)
        yield* Effect.sleep(plan.tickMs[(number - 1) % plan.tickMs.length] ?? 0)
        running--
        ticks.push({ number, beginMs, endMs: world.nowMs() })
      })
    const config = {
      settings: settings({ tickIntervalMs: plan.tickIntervalMs }),
      modules: stackOf(
        [],
        [{ name: "a", init: Effect.interruptible(Effect.sleep(plan.initMs)) } satisfies Behaviour]
      ),
      steps: [step("a", tick)]
    }
    const run: { readonly [N in CommandName]: Effect.Effect<unknown, { readonly code: string }> } = {
      init: orchestrator.init(config),
      start: orchestrator.start,
      stop: orchestrator.stop,
      pause: orchestrator.pause,
      resume: orchestrator.resume,
      getState: orchestrator.getState,
      shutdown: Effect.map(orchestrator.shutdown(told), (report) => void reports.add(report))
    }
    return { orchestrator, run, ticks, reports, most: () => most }
  })

/** Gives each command on a fiber of its own at its time; answers with what came of it. */
const obey = (plan: Plan, given: ReadonlyArray<Command>, turns: Turns) =>
  inWorld(turns, (world) =>
    Effect.gen(function* () {
      const subject = yield* makeSubject(plan, world)
      const { orchestrator, run } = subject
      const give = ({ atMs, name }: Command) =>
        Effect.gen(function* () {
          yield* until(world, atMs)
          const exit = yield* Effect.exit(Effect.interruptible(run[name]))
          const answer: Answer = { name, atMs, endMs: world.nowMs(), result: resultOf(exit) }
          if (name === "getState" && Exit.isSuccess(exit))
            answer.seen = seenOf(exit.value as OrchestratorState)
          return answer
        })
      const fibers = yield* Effect.forEach(given, (command) => Effect.fork(give(command)))
      const answers = yield* Effect.forEach(fibers, Fiber.join)
      yield* until(world, (given.at(-1)?.atMs ?? 0) + QUIET_MS)
      const before = seenOf(yield* orchestrator.getState)
      yield* Effect.sleep(10 * plan.tickIntervalMs)
      const after = seenOf(yield* orchestrator.getState)
      const askedMs = world.nowMs()
      const reports = yield* Effect.all([orchestrator.shutdown(told), orchestrator.shutdown(told)], {
        concurrency: 2
      })
      yield* Effect.sleep(QUIET_MS)
      const end = seenOf(yield* orchestrator.getState)
      const left = { fibers: yield* world.fibers, sleeping: world.sleeping() }
      return { answers, before, after, askedMs, reports, end, left, subject }
    })
  )

const sum = ({ completed, failed, skippedOverlap, skippedPaused }: Seen["counters"]) =>
  completed + failed + skippedOverlap + skippedPaused

describe("the loop, for all sequences of commands", () => {
  it(
    "init, start, stop, pause, resume, getState, shutdown – from several fibers, overlapping: every answer, every tick and every counter is the model's",
    () =>
      checkWorlds(fc.tuple(plans, commands), async ([plan, given], turns) => {
        const model = new LoopModel(plan)
        for (const command of given) model.tell(command)
        const seen = await obey(plan, given, turns)
        model.advance(seen.askedMs)
        expect(seen.answers).toEqual(model.answers)
        expect(seen.subject.ticks.filter(({ endMs }) => endMs <= seen.askedMs)).toEqual(
          model.ticks.filter(({ endMs }) => endMs <= seen.askedMs)
        )
        expect(seen.left).toEqual({ fibers: 0, sleeping: 0 })
      }),
    LIMIT_MS
  )

  const crowds = fc.array(fc.array(fc.constantFrom(...COMMANDS), { minLength: 2, maxLength: 8 }), {
    minLength: 1,
    maxLength: 8
  })

  it(
    "init, start, stop, pause, resume, shutdown – at the same instant from several fibers: one loop, one tick at a time, every due tick in one counter, one result for all",
    () =>
      checkWorlds(fc.tuple(plans, crowds), async ([plan, drawn], turns) => {
        const first: Command = { name: "init", atMs: 1 }
        const crowd = drawn.flatMap((together, index) =>
          together.map((name): Command => ({ name, atMs: 400 + index * 3 * GRAIN_MS }))
        )
        const seen = await obey(plan, [first, ...crowd], turns)
        expect(seen.subject.most()).toBeLessThanOrEqual(1)
        const dues = seen.after.counters.due - seen.before.counters.due
        expect(dues).toBe(seen.after.running ? 10 : 0)
        for (const { counters, tickInProgress } of [seen.before, seen.after, seen.end]) {
          expect(counters.due).toBe(sum(counters) + (tickInProgress ? 1 : 0))
        }
        expect(seen.end).toMatchObject({ phase: "stopped", tickInProgress: false })
        expect(seen.reports[0]).toBe(seen.reports[1])
        for (const { beginMs } of seen.subject.ticks) expect(beginMs).toBeLessThanOrEqual(seen.askedMs)
        expect(seen.left).toEqual({ fibers: 0, sleeping: 0 })
      }),
    LIMIT_MS
  )

  it(
    "stop, shutdown – interrupted or not, they leave no loop behind and end only when the tick has ended",
    () =>
      checkWorlds(
        fc.record({
          plan: plans,
          startedMs: fc.integer({ min: 0, max: 5_000 }),
          patienceMs: fc.integer({ min: 0, max: 3_000 }),
          command: fc.constantFrom<CommandName>("stop", "shutdown")
        }),
        async ({ command, patienceMs, plan, startedMs }, turns) => {
          const seen = await inWorld(turns, (world) =>
            Effect.gen(function* () {
              const { orchestrator, run, ticks } = yield* makeSubject(plan, world)
              yield* Effect.orDie(run.init)
              yield* Effect.orDie(run.start)
              yield* Effect.sleep(startedMs)
              const askedMs = world.nowMs()
              const fiber = yield* Effect.fork(Effect.orDie(run[command]))
              const inTime = yield* Effect.timeoutOption(Fiber.await(fiber), patienceMs)
              yield* Fiber.interrupt(fiber)
              const { loop } = yield* orchestrator.getState
              yield* Effect.sleep(QUIET_MS)
              return { askedMs, inTime: inTime._tag, loop, ticks }
            })
          )
          for (const { beginMs } of seen.ticks) expect(beginMs).toBeLessThanOrEqual(seen.askedMs)
          if (seen.inTime === "Some") expect(seen.loop.tickInProgress).toBe(false)
          expect(seen.loop.state).toBe("stopped")
        }
      ),
    LIMIT_MS
  )
})
