/**
 * The lifecycle cases of uber-go/fx (fxtest and app_test), carried over: modules are its hooks, init is its Start and
 * shutdown its Stop; and each of them at every one of four modules.
 */
import { describe, expect, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber } from "effect"
import { Orchestrator } from "../../src/orchestrator/orchestrator.ts"
import { type Behaviour, settings, stackOf, unavailable } from "./harness.ts"
import { type World, inWorld } from "./properties/world.ts"

const CALM = { seed: 1, yieldPercent: 0 }
const requested = { _tag: "Requested", by: "the test" } as const
const BUDGET_MS = 10_000
const HUNG_MS = 5_000
const NAMES = ["a", "b", "c", "d"] as const

interface Stage {
  readonly orchestrator: typeof Orchestrator.Service
  readonly world: World
  readonly journal: Array<string>
  /** Brings up the four modules, of which some behave as told. */
  readonly init: (
    behaviours?: Partial<Record<(typeof NAMES)[number], Omit<Behaviour, "name">>>
  ) => ReturnType<(typeof Orchestrator.Service)["init"]>
}

const onStage = (act: (stage: Stage) => Effect.Effect<void, unknown>) => () =>
  inWorld(CALM, (world) =>
    Effect.gen(function* () {
      const orchestrator = yield* Orchestrator
      const journal: Array<string> = []
      const init: Stage["init"] = (behaviours = {}) =>
        orchestrator.init({
          settings: settings({ shutdownTimeoutMs: BUDGET_MS }),
          modules: stackOf(
            journal,
            NAMES.map((name) => ({ name, ...behaviours[name] }))
          ),
          steps: []
        })
      yield* Effect.orDie(act({ orchestrator, world, journal, init }))
    })
  )

const ups = (...names: ReadonlyArray<string>) => names.map((name) => `up ${name}`)
const downs = (...names: ReadonlyArray<string>) => names.map((name) => `down ${name}`)
const before = (name: string) =>
  NAMES.slice(
    0,
    NAMES.findIndex((each) => each === name)
  )

const failureOf = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined

describe("fx", () => {
  it(
    "start and stop – hooks run in order, and in reverse",
    onStage(({ init, journal, orchestrator }) =>
      Effect.gen(function* () {
        yield* init()
        expect(journal).toEqual(ups("a", "b", "c", "d"))
        yield* orchestrator.shutdown(requested)
        expect(journal.slice(4)).toEqual(downs("d", "c", "b", "a"))
      })
    )
  )

  it.each(NAMES)("an error in start of %s – rolls back what was started, and nothing else", (name) =>
    onStage(({ init, journal }) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(init({ [name]: { init: Effect.fail(unavailable) } }))
        expect(error).toMatchObject({ _tag: "ModuleInitFailed", module: name })
        expect(journal).toEqual([...ups(...before(name)), ...downs(...before(name).toReversed())])
      })
    )()
  )

  it.each(NAMES)("a hang in start of %s – is bounded, interrupted and rolled back", (name) =>
    onStage(({ init, journal, world }) =>
      Effect.gen(function* () {
        let interrupted = false
        const hang = Effect.onInterrupt(Effect.interruptible(Effect.never), () =>
          Effect.sync(() => void (interrupted = true))
        )
        const error = yield* Effect.flip(init({ [name]: { init: hang } }))
        expect(error).toMatchObject({ _tag: "ModuleInitTimeout", module: name, timeoutMs: HUNG_MS })
        expect(world.nowMs()).toBe(HUNG_MS)
        expect(interrupted).toBe(true)
        expect(journal).toEqual([...ups(...before(name)), ...downs(...before(name).toReversed())])
      })
    )()
  )

  it.each(NAMES)("a hang in stop of %s – is bounded, and the others stop", (name) =>
    onStage(({ init, journal, orchestrator, world }) =>
      Effect.gen(function* () {
        yield* init({ [name]: { release: Effect.never } })
        yield* orchestrator.shutdown(requested)
        expect(world.nowMs()).toBe(HUNG_MS)
        expect(journal.slice(4)).toEqual(downs("d", "c", "b", "a"))
      })
    )()
  )

  it.each(NAMES)("a throw in stop of %s – is reported, and the others stop", (name) =>
    onStage(({ init, journal, orchestrator }) =>
      Effect.gen(function* () {
        yield* init({ [name]: { release: Effect.die(new Error("broken")) } })
        const report = yield* orchestrator.shutdown(requested)
        expect(journal.slice(4)).toEqual(downs("d", "c", "b", "a"))
        expect(report.phases.find((phase) => phase.name === "modules")?.outcome).toBe("failed")
        const { errors, modules } = yield* orchestrator.getState
        expect(errors.lastError).toMatchObject({
          module: name,
          code: "MODULE_SHUTDOWN_FAILED",
          message: "broken"
        })
        expect(modules[name]?.lastError).toMatchObject({ operation: "shutdown", message: "broken" })
      })
    )()
  )

  it(
    "stop without start – does nothing, and is clean",
    onStage(({ init, journal, orchestrator }) =>
      Effect.gen(function* () {
        yield* orchestrator.stop
        const report = yield* orchestrator.shutdown(requested)
        expect(report).toMatchObject({ exitCode: 0, phases: [] })
        yield* init()
        yield* orchestrator.stop
        expect((yield* orchestrator.getState).phase).toBe("ready")
        expect(journal).toEqual(ups("a", "b", "c", "d"))
      })
    )
  )

  it(
    "double start – the second is refused, and the first goes on",
    onStage(({ init, journal, orchestrator }) =>
      Effect.gen(function* () {
        const first = yield* Effect.fork(init({ c: { init: Effect.sleep(1_000) } }))
        yield* Effect.sleep(500)
        expect(yield* Effect.flip(init())).toMatchObject({ code: "ORCHESTRATOR_ALREADY_INITIALIZED" })
        yield* Fiber.join(first)
        expect(yield* Effect.flip(init())).toMatchObject({ code: "ORCHESTRATOR_ALREADY_INITIALIZED" })
        expect(journal).toEqual(ups("a", "b", "c", "d"))
        yield* orchestrator.start
        yield* orchestrator.start
        yield* Effect.sleep(3_500)
        expect((yield* orchestrator.getState).loop.counters).toMatchObject({ due: 4, completed: 4 })
      })
    )
  )

  it(
    "double stop – hooks run once, and both get the one result",
    onStage(({ init, journal, orchestrator }) =>
      Effect.gen(function* () {
        yield* init({ b: { release: Effect.sleep(1_000) } })
        const first = yield* Effect.fork(orchestrator.shutdown(requested))
        yield* Effect.sleep(500)
        const second = yield* orchestrator.shutdown({ _tag: "Signal", signal: "SIGTERM" })
        expect(yield* Fiber.join(first)).toBe(second)
        expect(yield* orchestrator.shutdown(requested)).toBe(second)
        expect(journal.slice(4)).toEqual(downs("d", "c", "b", "a"))
      })
    )
  )

  it(
    "start after stop – begins anew, with a report of its own",
    onStage(({ init, journal, orchestrator }) =>
      Effect.gen(function* () {
        yield* init({ a: { release: Effect.die(new Error("broken")) } })
        const first = yield* orchestrator.shutdown(requested)
        journal.length = 0
        yield* init()
        yield* orchestrator.start
        yield* Effect.sleep(1_500)
        expect((yield* orchestrator.getState).loop.counters).toMatchObject({ due: 2, completed: 2 })
        const second = yield* orchestrator.shutdown(requested)
        expect(second).not.toBe(first)
        expect(second.exitCode).toBe(0)
        expect(journal).toEqual([...ups("a", "b", "c", "d"), ...downs("d", "c", "b", "a")])
      })
    )
  )

  it.each(NAMES)("an interrupted start, in %s – rolls back before the interruption is over", (name) =>
    onStage(({ init, journal, orchestrator }) =>
      Effect.gen(function* () {
        const start = yield* Effect.fork(init({ [name]: { init: Effect.interruptible(Effect.never) } }))
        yield* Effect.sleep(1_000)
        yield* Fiber.interrupt(start)
        expect(journal).toEqual([...ups(...before(name)), ...downs(...before(name).toReversed())])
        expect((yield* orchestrator.getState).phase).toBe("idle")
        yield* init()
        expect((yield* orchestrator.getState).phase).toBe("ready")
      })
    )()
  )

  it.each(NAMES)(
    "a signal during start of %s – takes the start over: everything is released, and it says so",
    (name) =>
      onStage(({ init, journal, orchestrator, world }) =>
        Effect.gen(function* () {
          const start = yield* Effect.fork(init({ [name]: { init: Effect.interruptible(Effect.never) } }))
          yield* Effect.sleep(1_000)
          const report = yield* orchestrator.shutdown({ _tag: "Signal", signal: "SIGTERM" })
          expect(world.nowMs()).toBe(1_000)
          expect(report).toMatchObject({ exitCode: 0, reason: "signal SIGTERM" })
          expect(journal).toEqual([...ups(...before(name)), ...downs(...before(name).toReversed())])
          expect(failureOf(yield* Fiber.await(start))).toMatchObject({ _tag: "InterruptedException" })
        })
      )()
  )

  it(
    "timeouts – the total is within the budget even where all hang, and all are attempted",
    onStage(({ init, journal, orchestrator, world }) =>
      Effect.gen(function* () {
        const release = Effect.never
        yield* init({ a: { release }, b: { release }, c: { release }, d: { release } })
        const report = yield* orchestrator.shutdown(requested)
        expect(world.nowMs()).toBeLessThanOrEqual(BUDGET_MS)
        expect(report.exitCode).toBe(3)
        expect(journal.slice(4)).toEqual(downs("d", "c", "b", "a"))
      })
    )
  )

  it(
    "a second signal – cuts short what hangs, and is nothing where nothing stops",
    onStage(({ init, journal, orchestrator, world }) =>
      Effect.gen(function* () {
        const hung = yield* Deferred.make<void>()
        yield* orchestrator.hurry
        yield* init({ c: { release: Effect.zipRight(Deferred.succeed(hung, undefined), Effect.never) } })
        const first = yield* Effect.fork(orchestrator.shutdown({ _tag: "Signal", signal: "SIGTERM" }))
        yield* Deferred.await(hung)
        yield* Effect.sleep(1_000)
        yield* orchestrator.hurry
        const report = yield* Fiber.join(first)
        expect(world.nowMs()).toBeLessThanOrEqual(1_500)
        expect(report.exitCode).toBe(3)
        expect(journal.slice(4)).toEqual(downs("d", "c", "b", "a"))
      })
    )
  )
})
