import { describe, expect, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, FastCheck as fc, Fiber } from "effect"
import { Orchestrator } from "../../../src/orchestrator/orchestrator.ts"
import { settings, stackOf as journalled } from "../harness.ts"
import { type Line, type ModulePlan, modulePlans, stackOf } from "./generators.ts"
import { type Expected, type Stop, expectedInit } from "./model.ts"
import { LIMIT_MS, type Turns, checkWorlds, inWorld, until } from "./world.ts"

const SHUTDOWN_MS = 25_000
/** By then whatever can end has ended. */
const LATER_MS = 400_000

const told = { _tag: "Requested", by: "the test" } as const

const outcomeOf = (exit: Exit.Exit<void, { readonly _tag: string; readonly module: string }>) => {
  if (Exit.isSuccess(exit)) return "up"
  if (Cause.isInterruptedOnly(exit.cause)) return "stopped"
  const failure = Cause.failureOption(exit.cause)
  return failure._tag === "Some" ? { tag: failure.value._tag, module: failure.value.module } : "a defect"
}

/** Runs one init, stops it where the case says so, and looks on until everything is quiet. */
const observe = (plans: ReadonlyArray<ModulePlan>, stop: Stop | undefined, turns: Turns) =>
  inWorld(turns, (world) =>
    Effect.gen(function* () {
      const journal: Array<Line> = []
      const orchestrator = yield* Orchestrator
      const config = {
        settings: settings({ shutdownTimeoutMs: SHUTDOWN_MS }),
        modules: stackOf(plans, world, journal),
        steps: []
      }
      const atEnd: Array<Line> = []
      let endMs = -1
      const ended = Effect.sync(() => void (endMs = world.nowMs()))
      const init = yield* Effect.fork(Effect.ensuring(orchestrator.init(config), ended))
      if (stop !== undefined) {
        yield* until(world, stop.atMs)
        if (stop.how === "interrupt") yield* Fiber.interrupt(init)
        else yield* Effect.zipRight(orchestrator.shutdown(told), ended)
        atEnd.push(...journal)
      }
      const exit = yield* Fiber.await(init)
      const phase = (yield* orchestrator.getState).phase
      yield* until(world, LATER_MS)
      return { journal: [...journal], atEnd, exit, endMs, phase, sleeping: world.sleeping() }
    })
  )

const check = (seen: Awaited<ReturnType<typeof observe>>, expected: Expected) => {
  expect(seen.journal).toEqual(expected.lines)
  expect(outcomeOf(seen.exit)).toEqual(expected.outcome)
  expect(seen.endMs).toBeCloseTo(expected.endMs, 2)
}

/** An instant of its own, in the middle of things as often as not. */
const instants = fc.integer({ min: 0, max: 20_000 }).map((ms) => ms + 0.25)

describe("init, for all worlds", () => {
  it(
    "init – brings modules up strictly in order; a failure or time-out releases exactly what was acquired, reversed, once; a late success is released",
    () =>
      checkWorlds(modulePlans(), async (plans, turns) => {
        const seen = await observe(plans, undefined, turns)
        const expected = expectedInit(plans, undefined, SHUTDOWN_MS)
        check(seen, expected)
        expect(seen.phase).toBe(expected.outcome === "up" ? "ready" : "idle")
        expect(seen.sleeping).toBe(0)
      }),
    LIMIT_MS
  )

  it(
    "init – interrupted at any instant, it releases exactly what was acquired, reversed, once, before the interruption is over",
    () =>
      checkWorlds(fc.tuple(modulePlans(), instants), async ([plans, atMs], turns) => {
        const stop = { atMs, how: "interrupt" } as const
        const unstopped = expectedInit(plans, undefined, SHUTDOWN_MS)
        const expected = unstopped.endMs < atMs ? unstopped : rolledBackAnyway(plans, unstopped, stop)
        check(await observe(plans, stop, turns), expected)
      }),
    LIMIT_MS
  )

  it(
    "shutdown – during init at any instant, it takes the init over and releases exactly what was acquired within its deadline",
    () =>
      checkWorlds(fc.tuple(modulePlans(), instants), async ([plans, atMs], turns) => {
        const stop = { atMs, how: "shutdown" } as const
        const seen = await observe(plans, stop, turns)
        expect(seen.phase).toBe("stopped")
        expect(seen.endMs).toBeLessThanOrEqual(
          Math.max(atMs, expectedInit(plans, undefined, SHUTDOWN_MS).endMs) + SHUTDOWN_MS + 1
        )
        // Whoever released the modules: the shutdown has waited for it.
        expect(namesOf(seen.atEnd, "down").toSorted()).toEqual(namesOf(seen.atEnd, "up").toSorted())
        const unstopped = expectedInit(plans, undefined, SHUTDOWN_MS)
        if (unstopped.outcome !== "up" && rollsBackAt(unstopped, plans, atMs))
          return expectReleasedOnce(seen.journal, plans)
        check(seen, expectedInit(plans, stop, SHUTDOWN_MS))
      }),
    LIMIT_MS
  )
})

/** Interrupts an init so many turns after its last module has come up. */
const interruptAfter = (turnsLater: number, turns: Turns) =>
  inWorld(turns, () =>
    Effect.gen(function* () {
      const orchestrator = yield* Orchestrator
      const journal: Array<string> = []
      const isUp = yield* Deferred.make<void>()
      const modules = journalled(journal, [
        { name: "a" },
        { name: "b", init: Effect.asVoid(Deferred.succeed(isUp, undefined)) }
      ])
      const init = yield* Effect.fork(orchestrator.init({ settings: settings(), modules, steps: [] }))
      yield* Deferred.await(isUp)
      yield* Effect.repeatN(Effect.yieldNow(), turnsLater)
      const exit = yield* Fiber.interrupt(init)
      return { exit, journal: [...journal], phase: (yield* orchestrator.getState).phase }
    })
  )

describe("init, interrupted as it ends", () => {
  it(
    "init – interrupted in the very instant in which its last module is up: either it is up, or all is released and another may follow",
    () =>
      checkWorlds(fc.integer({ min: 0, max: 60 }), async (turnsLater, turns) => {
        const { exit, journal, phase } = await interruptAfter(turnsLater, turns)
        // An interruption that comes too late to undo it is still what its caller sees; the phase tells what is.
        const isUp = phase === "ready"
        expect(phase).toMatch(Exit.isSuccess(exit) ? /^ready$/ : /^(ready|idle)$/)
        const ups = journal.filter((line) => line.startsWith("up"))
        const downs = journal.filter((line) => line.startsWith("down"))
        expect(downs).toEqual(isUp ? [] : ups.toReversed().map((line) => line.replace("up", "down")))
      }),
    LIMIT_MS
  )
})

/** Whether the init was already undoing itself at that time. */
const rollsBackAt = (unstopped: Expected, plans: ReadonlyArray<ModulePlan>, atMs: number): boolean => {
  const forced = expectedInit(plans, { atMs, how: "interrupt" }, SHUTDOWN_MS)
  return forced.outcome !== "stopped" && unstopped.outcome !== "up"
}

/** An init that undoes itself goes on doing so: the interruption finds nothing else to do. */
const rolledBackAnyway = (plans: ReadonlyArray<ModulePlan>, unstopped: Expected, stop: Stop): Expected => {
  const expected = expectedInit(plans, stop, SHUTDOWN_MS)
  return expected.outcome === "stopped" ? expected : { ...unstopped, outcome: "stopped" }
}

const namesOf = (journal: ReadonlyArray<Line>, event: Line[1]) =>
  journal.filter((line) => line[1] === event).map(([, , name]) => name)

/** Every acquisition was released once, the modules in reverse. */
const expectReleasedOnce = (journal: ReadonlyArray<Line>, plans: ReadonlyArray<ModulePlan>) => {
  expect(namesOf(journal, "down").toSorted()).toEqual(namesOf(journal, "up").toSorted())
  const endless = plans.filter(({ init, release }) => release.kind === "hang" || init.kind === "deaf")
  const ended = new Set(namesOf(journal, "end"))
  expect(ended.size).toBe(namesOf(journal, "end").length)
  for (const name of namesOf(journal, "begin")) {
    if (!endless.some((plan) => plan.name === name)) expect(ended).toContain(name)
  }
}
