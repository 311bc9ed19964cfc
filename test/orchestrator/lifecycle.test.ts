import { describe, expect, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Layer, TestClock } from "effect"
import { Orchestrator } from "../../src/orchestrator/orchestrator.ts"
import { inWorld } from "./properties/world.ts"
import { type Behaviour, exchangeError, settings, silent, stackOf, step, unavailable } from "./harness.ts"

const requested = { _tag: "Requested", by: "the test" } as const
const provided = <A, E>(effect: Effect.Effect<A, E, Orchestrator>) =>
  Effect.provide(effect, Layer.provideMerge(Orchestrator.layer, silent))

const advance = (ms: number) => TestClock.adjust(Duration.millis(ms))

/** Runs an effect on a fiber while time goes by. */
const during = <A, E, R>(ms: number, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* advance(ms)
    return yield* Fiber.await(fiber)
  })

/** A world without surprises. */
const CALM = { seed: 1, yieldPercent: 0 }

const names = ["a", "b", "c", "d"]
const modules: ReadonlyArray<Behaviour> = names.map((name) => ({ name }))

describe("init", () => {
  it.effect("init – brings modules up in order", () =>
    provided(
      Effect.gen(function* () {
        const journal: Array<string> = []
        const orchestrator = yield* Orchestrator
        yield* orchestrator.init({ settings: settings(), modules: stackOf(journal, modules), steps: [] })
        expect(journal).toEqual(names.map((name) => `up ${name}`))
        const state = yield* orchestrator.getState
        expect(Object.values(state.modules).map(({ status }) => status)).toEqual(names.map(() => "ready"))
      })
    )
  )

  it.effect("init – surfaces a module's failure and rolls back", () =>
    provided(
      Effect.gen(function* () {
        const journal: Array<string> = []
        const orchestrator = yield* Orchestrator
        const failing = modules.map((module) =>
          module.name === "c" ? { ...module, init: Effect.fail(unavailable) } : module
        )
        const exit = yield* Effect.exit(
          orchestrator.init({ settings: settings(), modules: stackOf(journal, failing), steps: [] })
        )
        expect(journal).toEqual(["up a", "up b", "down b", "down a"])
        expect(Exit.isFailure(exit) && exit.cause).toMatchObject({
          error: { _tag: "ModuleInitFailed", module: "c", message: "said the test", cause: unavailable }
        })
        expect((yield* orchestrator.getState).modules["c"]?.status).toBe("error")
        expect((yield* orchestrator.shutdown(requested)).exitCode).toBe(1)
      })
    )
  )

  it.effect("init – interrupts a hung module at its bound; a late success is released", () =>
    provided(
      Effect.gen(function* () {
        const journal: Array<string> = []
        const orchestrator = yield* Orchestrator
        // An acquisition cannot be interrupted: it succeeds after the bound.
        const late = modules.map((module) =>
          module.name === "b" ? { ...module, init: Effect.sleep(7_000) } : module
        )
        const exit = yield* during(
          20_000,
          orchestrator.init({ settings: settings(), modules: stackOf(journal, late), steps: [] })
        )
        expect(journal).toEqual(["up a", "up b", "down b", "down a"])
        expect(exit).toMatchObject({
          cause: { error: { _tag: "ModuleInitTimeout", module: "b", timeoutMs: 5_000 } }
        })
      })
    )
  )

  it.effect("init – a second one is refused, start before it too", () =>
    provided(
      Effect.gen(function* () {
        const orchestrator = yield* Orchestrator
        const config = { settings: settings(), modules: stackOf([], modules), steps: [] }
        expect((yield* Effect.flip(orchestrator.start)).code).toBe("ORCHESTRATOR_NOT_INITIALIZED")
        yield* orchestrator.init(config)
        const again = yield* Effect.flip(orchestrator.init(config))
        expect(again).toMatchObject({ code: "ORCHESTRATOR_ALREADY_INITIALIZED" })
        yield* orchestrator.shutdown(requested)
        yield* orchestrator.init(config)
        expect((yield* orchestrator.getState).phase).toBe("ready")
      })
    )
  )
})

describe("loop", () => {
  /** A daemon whose ticks are written down. */
  const ticking = Effect.gen(function* () {
    const journal: Array<string> = []
    const ticks: Array<number> = []
    const orchestrator = yield* Orchestrator
    const steps = [step("a", (tick) => Effect.sync(() => void ticks.push(tick)))]
    yield* orchestrator.init({ settings: settings(), modules: stackOf(journal, modules), steps })
    return { orchestrator, journal, ticks }
  })

  it.effect("start – begins the loop: first tick at once, then on the grid", () =>
    provided(
      Effect.gen(function* () {
        const { orchestrator, ticks } = yield* ticking
        yield* advance(5_000)
        expect(ticks).toEqual([])
        yield* orchestrator.start
        yield* advance(0)
        expect(ticks).toEqual([1])
        yield* advance(3_000)
        expect(ticks).toEqual([1, 2, 3, 4])
        expect((yield* orchestrator.getState).phase).toBe("running")
      })
    )
  )

  it.effect("stop – halts the loop and keeps modules", () =>
    provided(
      Effect.gen(function* () {
        const { journal, orchestrator, ticks } = yield* ticking
        yield* orchestrator.start
        yield* advance(3_000)
        yield* orchestrator.stop
        yield* advance(10_000)
        expect(ticks).toEqual([1, 2, 3, 4])
        expect(journal).toEqual(names.map((name) => `up ${name}`))
        const { loop, phase } = yield* orchestrator.getState
        expect(phase).toBe("ready")
        expect(loop.counters).toEqual({
          due: 4,
          completed: 4,
          failed: 0,
          skippedOverlap: 0,
          skippedPaused: 0
        })
      })
    )
  )

  it.effect("pause – suspends without stopping; start while paused is no second loop", () =>
    provided(
      Effect.gen(function* () {
        const { journal, orchestrator, ticks } = yield* ticking
        yield* orchestrator.start
        yield* advance(1_500)
        yield* orchestrator.pause
        yield* orchestrator.start
        yield* advance(3_000)
        expect(ticks).toEqual([1, 2])
        expect(journal).toEqual(names.map((name) => `up ${name}`))
        const { loop, paused, phase, running } = yield* orchestrator.getState
        expect({ paused, phase, running }).toEqual({ paused: true, phase: "paused", running: true })
        expect(loop.counters).toMatchObject({ due: 5, completed: 2, skippedPaused: 3 })
      })
    )
  )

  it.effect("resume – continues on the same grid, and is nothing to a loop that runs", () =>
    provided(
      Effect.gen(function* () {
        const { orchestrator, ticks } = yield* ticking
        yield* orchestrator.start
        yield* advance(1_500)
        yield* orchestrator.pause
        yield* advance(3_000)
        yield* orchestrator.resume
        yield* orchestrator.resume
        yield* advance(499)
        expect(ticks).toEqual([1, 2])
        yield* advance(1)
        expect(ticks).toEqual([1, 2, 3])
        yield* advance(1_000)
        expect((yield* orchestrator.getState).loop.counters).toMatchObject({
          due: 7,
          completed: 4,
          skippedPaused: 3
        })
      })
    )
  )

  it.effect("ticks – never overlap; every due tick is counted once", () =>
    provided(
      Effect.gen(function* () {
        let running = 0
        let most = 0
        const orchestrator = yield* Orchestrator
        const slow = step("a", () =>
          Effect.acquireUseRelease(
            Effect.sync(() => void (most = Math.max(most, ++running))),
            () => Effect.sleep(2_500),
            () => Effect.sync(() => void running--)
          )
        )
        yield* orchestrator.init({ settings: settings(), modules: stackOf([], modules), steps: [slow] })
        yield* orchestrator.start
        yield* advance(8_900)
        yield* during(10_000, orchestrator.stop)
        expect(most).toBe(1)
        expect((yield* orchestrator.getState).loop.counters).toEqual({
          due: 9,
          completed: 3,
          failed: 0,
          skippedOverlap: 6,
          skippedPaused: 0
        })
      })
    )
  )
})

describe("errors", () => {
  it("a recoverable error – is retried with backoff while the next ticks go on", () =>
    inWorld(CALM, (world) =>
      Effect.gen(function* () {
        const attempts: Array<number> = []
        let others = 0
        const orchestrator = yield* Orchestrator
        const failing = step("a", () =>
          Effect.suspend(() => {
            attempts.push(world.nowMs())
            return attempts.length > 3 ? Effect.void : Effect.fail(unavailable)
          })
        )
        const steps = [failing, step("b", () => Effect.sync(() => void others++))]
        const overrides = { retryBackoffMs: 1_000, maxRetryAttempts: 3, tickIntervalMs: 2_000 }
        yield* Effect.orDie(
          orchestrator.init({ settings: settings(overrides), modules: stackOf([], modules), steps })
        )
        yield* Effect.orDie(orchestrator.start)
        yield* Effect.sleep(11_000)
        const delays = attempts.slice(1, 4).map((at, index) => at - (attempts[index] ?? 0))
        for (const [index, delay] of delays.entries()) {
          expect(delay).toBeGreaterThanOrEqual(800 * 2 ** index)
          expect(delay).toBeLessThanOrEqual(1_200 * 2 ** index)
        }
        expect(delays).toHaveLength(3)
        expect(others).toBe(6)
        const state = yield* orchestrator.getState
        expect(state.errors).toMatchObject({ errorCount: 3, recoveryCount: 1 })
        expect(state.modules["a"]?.status).toBe("ready")
      })
    ))

  it.effect("a fatal error – shuts down, once, with exit code 1", () =>
    provided(
      Effect.gen(function* () {
        const journal: Array<string> = []
        const orchestrator = yield* Orchestrator
        const fatal = exchangeError({ _tag: "AuthFailed" })
        const steps = [step("a", (tick) => (tick === 2 ? Effect.fail(fatal) : Effect.void))]
        yield* orchestrator.init({ settings: settings(), modules: stackOf(journal, modules), steps })
        yield* orchestrator.start
        yield* advance(5_000)
        const report = yield* orchestrator.awaitShutdown
        expect(report).toMatchObject({ exitCode: 1, fatalError: { module: "a", operation: "work" } })
        expect(journal).toHaveLength(8)
        expect((yield* orchestrator.getState).loop.counters.due).toBe(2)
      })
    )
  )
})

describe("exit codes", () => {
  it.effect("a fatal error – decides the exit code, though the shutdown that it leads to is forced", () =>
    provided(
      Effect.gen(function* () {
        const orchestrator = yield* Orchestrator
        const hung = names.map((name) => ({ name, release: Effect.never }))
        const fatal = step("a", () => Effect.fail(exchangeError({ _tag: "AuthFailed" })))
        yield* orchestrator.init({
          settings: settings({ shutdownTimeoutMs: 10_000 }),
          modules: stackOf([], hung),
          steps: [fatal]
        })
        yield* orchestrator.start
        yield* advance(12_000)
        const report = yield* orchestrator.awaitShutdown
        expect(report.phases.find(({ name }) => name === "modules")?.outcome).toBe("cut")
        expect(report.exitCode).toBe(1)
      })
    )
  )
})

describe("shutdown", () => {
  it.effect("shutdown – releases in reverse", () =>
    provided(
      Effect.gen(function* () {
        const journal: Array<string> = []
        const orchestrator = yield* Orchestrator
        yield* orchestrator.init({ settings: settings(), modules: stackOf(journal, modules), steps: [] })
        const report = yield* orchestrator.shutdown(requested)
        expect(journal.slice(4)).toEqual(names.toReversed().map((name) => `down ${name}`))
        expect(report.exitCode).toBe(0)
      })
    )
  )

  it.effect("shutdown – abandons a hung module at its bound", () =>
    provided(
      Effect.gen(function* () {
        const journal: Array<string> = []
        const orchestrator = yield* Orchestrator
        const hung = modules.map((module) =>
          module.name === "c" ? { ...module, release: Effect.never } : module
        )
        yield* orchestrator.init({ settings: settings(), modules: stackOf(journal, hung), steps: [] })
        const fiber = yield* Effect.fork(orchestrator.shutdown(requested))
        yield* advance(4_999)
        expect(journal.slice(4)).toEqual(["down d", "down c"])
        yield* advance(1)
        const report = yield* Fiber.join(fiber)
        expect(journal.slice(4)).toEqual(["down d", "down c", "down b", "down a"])
        expect(report.phases.find(({ name }) => name === "modules")?.outcome).toBe("failed")
        expect((yield* orchestrator.getState).errors.lastError?.code).toBe("MODULE_SHUTDOWN_TIMEOUT")
      })
    )
  )

  it.effect("shutdown – holds the total deadline whatever hangs, keeps the last module's time, exits 3", () =>
    provided(
      Effect.gen(function* () {
        const journal: Array<string> = []
        const orchestrator = yield* Orchestrator
        const hung: ReadonlyArray<Behaviour> = [
          { name: "store", reservedShutdownMs: 2_000, release: Effect.sleep(1_900) },
          ...Array.from({ length: 11 }, (_, index) => ({ name: `m${index}`, release: Effect.never }))
        ]
        yield* orchestrator.init({ settings: settings(), modules: stackOf(journal, hung), steps: [] })
        const fiber = yield* Effect.fork(orchestrator.shutdown(requested))
        yield* advance(25_000)
        const report = yield* Fiber.join(fiber)
        expect(report.exitCode).toBe(3)
        expect(journal.filter((line) => line.startsWith("down"))).toHaveLength(12)
        expect((yield* orchestrator.getState).modules["store"]?.reason).toBe("")
      })
    )
  )

  it.effect("shutdown – single-flight: all callers get one result; it waits for the running tick", () =>
    provided(
      Effect.gen(function* () {
        const journal: Array<string> = []
        const orchestrator = yield* Orchestrator
        const steps = [
          step("a", () =>
            Effect.zipRight(
              Effect.sleep(3_000),
              Effect.sync(() => void journal.push("tick"))
            )
          )
        ]
        yield* orchestrator.init({ settings: settings(), modules: stackOf(journal, modules), steps })
        yield* orchestrator.start
        yield* advance(500)
        const callers = yield* Effect.forkAll([1, 2, 3].map(() => orchestrator.shutdown(requested)))
        yield* advance(3_000)
        const [first, ...others] = yield* Fiber.join(callers)
        for (const other of others) expect(other).toBe(first)
        expect(journal.slice(4)).toEqual(["tick", "down d", "down c", "down b", "down a"])
      })
    )
  )

  it.effect("shutdown – the loop stops first, however long the composition takes to take note of it", () =>
    provided(
      Effect.gen(function* () {
        const ticks: Array<number> = []
        const orchestrator = yield* Orchestrator
        yield* orchestrator.init({
          settings: settings({ tickIntervalMs: 100 }),
          modules: stackOf([], modules),
          steps: [step("a", (tick) => Effect.sync(() => void ticks.push(tick)))],
          onShutdown: Effect.never
        })
        yield* orchestrator.start
        yield* advance(250)
        yield* Effect.fork(orchestrator.shutdown(requested))
        yield* advance(5_000)
        expect(ticks).toEqual([1, 2, 3])
      })
    )
  )

  it.effect("shutdown – what is left of the running tick tries no step before its time", () =>
    provided(
      Effect.gen(function* () {
        let tries = 0
        const orchestrator = yield* Orchestrator
        const slow = step("a", (tick) => (tick === 1 ? Effect.void : Effect.sleep(2_000)))
        const limited = step("b", () =>
          Effect.zipRight(
            Effect.sync(() => void tries++),
            Effect.fail(exchangeError({ _tag: "RateLimited", retryAfterMs: 60_000 }))
          )
        )
        yield* orchestrator.init({
          settings: settings(),
          modules: stackOf([], modules),
          steps: [slow, limited]
        })
        yield* orchestrator.start
        yield* advance(1_500)
        const fiber = yield* Effect.fork(orchestrator.shutdown(requested))
        yield* advance(5_000)
        yield* Fiber.join(fiber)
        expect(tries).toBe(1)
        expect((yield* orchestrator.getState).loop.counters).toMatchObject({
          due: 2,
          completed: 1,
          failed: 1
        })
      })
    )
  )

  it.effect("shutdown – a second signal cuts the waits short", () =>
    provided(
      Effect.gen(function* () {
        const orchestrator = yield* Orchestrator
        const steps = [step("a", () => Effect.never)]
        yield* orchestrator.init({ settings: settings(), modules: stackOf([], modules), steps })
        yield* orchestrator.start
        yield* advance(0)
        const fiber = yield* Effect.fork(orchestrator.shutdown(requested))
        yield* advance(1_000)
        expect(yield* Fiber.poll(fiber)).toMatchObject({ _tag: "None" })
        yield* orchestrator.hurry
        yield* advance(1_000)
        expect((yield* Fiber.join(fiber)).phases.find(({ name }) => name === "inflight")?.outcome).toBe("cut")
      })
    )
  )
})

describe("halts", () => {
  it.effect("a later try – is left out while its capability is held, as the step itself is", () =>
    provided(
      Effect.gen(function* () {
        let tries = 0
        const orchestrator = yield* Orchestrator
        const entering = {
          ...step("a", () =>
            Effect.zipRight(
              Effect.sync(() => void tries++),
              Effect.fail(unavailable)
            )
          ),
          capability: "enter" as const
        }
        const halting = step("b", () =>
          Effect.fail(exchangeError({ _tag: "Maintenance", retryAfterMs: 60_000 }))
        )
        yield* orchestrator.init({
          settings: settings({ tickIntervalMs: 300_000 }),
          modules: stackOf([], modules),
          steps: [entering, halting]
        })
        yield* orchestrator.start
        yield* advance(30_000)
        expect((yield* orchestrator.getState).capabilities).not.toContain("enter")
        expect(tries).toBe(1)
      })
    )
  )
})
