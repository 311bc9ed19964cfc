import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import { Orchestrator } from "../../../src/orchestrator/orchestrator.ts"
import { settings, stackOf, step } from "../harness.ts"
import { transient } from "./generators.ts"
import { LIMIT_MS, RUNS, type Turns, checkWorlds, inWorld, until } from "./world.ts"

const INTERVAL_MS = 1_000
const SLOTS = 600
/** How far the timers of a machine are off. */
const EARLY_MS = 0.9
const LATE_MS = 15

const told = { _tag: "Requested", by: "the test" } as const
const modules = () => stackOf([], [{ name: "a" }])

const plans = fc.record({
  /** How long ticks take, over and over: mostly nothing, now and then longer than the interval. */
  bodies: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 900 }) },
      { weight: 1, arbitrary: fc.integer({ min: 900, max: 5_500 }) }
    ),
    { minLength: 1, maxLength: 12 }
  ),
  wallSteps: fc.array(
    fc.record({
      slot: fc.integer({ min: 0, max: SLOTS }),
      byMs: fc.constantFrom(-3_600_000, 3_600_000, -1, 1)
    }),
    { maxLength: 8 }
  )
})
type Plan = typeof plans extends fc.Arbitrary<infer P> ? P : never

interface Turn {
  readonly tick: number
  readonly beginMs: number
  endMs: number
}

const run = ({ bodies, wallSteps }: Plan, turns: Turns, lateMs = LATE_MS) =>
  inWorld(turns, (world) =>
    Effect.gen(function* () {
      const orchestrator = yield* Orchestrator
      const ran: Array<Turn> = []
      const body = (tick: number) =>
        Effect.gen(function* () {
          const turn: Turn = { tick, beginMs: world.nowMs(), endMs: Infinity }
          ran.push(turn)
          const ms = bodies[(tick - 1) % bodies.length] ?? 0
          if (ms > 0) yield* Effect.sleep(ms)
          turn.endMs = world.nowMs()
        })
      yield* Effect.orDie(
        orchestrator.init({ settings: settings(), modules: modules(), steps: [step("a", body)] })
      )
      world.blurTimers(EARLY_MS, lateMs)
      const startMs = world.nowMs()
      yield* Effect.orDie(orchestrator.start)
      for (const { byMs, slot } of wallSteps.toSorted((a, b) => a.slot - b.slot)) {
        yield* until(world, startMs + slot * INTERVAL_MS + 400)
        world.stepWall(byMs)
      }
      yield* until(world, startMs + SLOTS * INTERVAL_MS + 500)
      const { loop } = yield* orchestrator.getState
      world.blurTimers(0, 0)
      yield* orchestrator.stop
      return { ran: ran.map((turn) => ({ ...turn, beginMs: turn.beginMs - startMs })), loop }
    })
  )

/** Which slot a turn is for: the one it came nearest to, for it may come a little early. */
const slotOf = ({ beginMs }: Turn) => Math.floor((beginMs + EARLY_MS + 0.01) / INTERVAL_MS)

describe("the grid, for all clocks and bodies", () => {
  it(
    "600 ticks – none twice, none lost, no drift: early and late timers, a wall clock that jumps an hour, and ticks longer than the interval change nothing of it",
    () =>
      checkWorlds(plans, async (plan, turns) => {
        const { loop, ran } = await run(plan, turns)
        const slots = ran.map(slotOf)
        expect(new Set(slots).size).toBe(slots.length)
        for (const [index, turn] of ran.entries()) {
          const lateMs = turn.beginMs - slotOf(turn) * INTERVAL_MS
          expect(lateMs).toBeGreaterThanOrEqual(-EARLY_MS - 0.01)
          // Not later than one timer is: what earlier ones were late does not add up.
          expect(lateMs).toBeLessThanOrEqual(LATE_MS + 1)
          expect(turn.tick).toBe(index + 1)
        }
        const { completed, due, skippedOverlap } = loop.counters
        expect(due).toBe(SLOTS + 1)
        expect(completed + skippedOverlap + (loop.tickInProgress ? 1 : 0)).toBe(due)
        expect(loop.lateness.maxMs).toBeLessThanOrEqual(LATE_MS + 1)
      }),
    LIMIT_MS
  )

  it(
    "a stalled machine – timers seconds late: what was passed over is counted, nothing is made up for in a burst",
    () =>
      checkWorlds(fc.integer({ min: 1_500, max: 6_000 }), async (stallMs, turns) => {
        const { loop, ran } = await run({ bodies: [0], wallSteps: [] }, turns, stallMs)
        const { completed, due, skippedOverlap } = loop.counters
        expect(completed).toBe(ran.length)
        // Never more ticks than slots that have come: the n-th is not before its own.
        for (const { beginMs, tick } of ran) {
          expect(beginMs).toBeGreaterThanOrEqual((tick - 1) * INTERVAL_MS - EARLY_MS - 0.01)
        }
        const lastMs = ran.at(-1)?.beginMs ?? 0
        expect(Math.abs(due - 1 - lastMs / INTERVAL_MS)).toBeLessThanOrEqual(1)
        expect(skippedOverlap).toBe(due - completed)
      }),
    LIMIT_MS
  )

  it(
    "a hung tick – is interrupted at its step's bound and the loop goes on; one that cannot be interrupted ends the daemon",
    () =>
      checkWorlds(
        fc.record({ deaf: fc.boolean(), at: fc.integer({ min: 1, max: 20 }) }),
        async ({ at, deaf }, turns) => {
          const seen = await inWorld(turns, (world) =>
            Effect.gen(function* () {
              const orchestrator = yield* Orchestrator
              const ran: Array<readonly [tick: number, atMs: number]> = []
              const hang = step("a", (tick) =>
                Effect.suspend(() => {
                  ran.push([tick, world.nowMs()])
                  if (tick !== at) return Effect.void
                  return deaf ? Effect.uninterruptible(Effect.never) : Effect.never
                })
              )
              const overrides = { stepTimeoutMs: 2_500, stuckTickMs: 9_500, maxRetryAttempts: 0 }
              yield* Effect.orDie(
                orchestrator.init({ settings: settings(overrides), modules: modules(), steps: [hang] })
              )
              yield* Effect.orDie(orchestrator.start)
              yield* until(world, 60_500)
              const { errors, loop, phase } = yield* orchestrator.getState
              return { ran, errors, loop, phase, report: yield* orchestrator.shutdown(told) }
            })
          )
          if (deaf) {
            expect(seen.ran.at(-1)?.[0]).toBe(at)
            expect(seen.phase).toBe("stopped")
            expect(seen.report).toMatchObject({ exitCode: 1, fatalError: { operation: "tick" } })
            expect(seen.errors.lastError?.message).toContain("has not ended for 10000 ms")
            return
          }
          const next = seen.ran.find(([tick]) => tick === at + 1)
          expect(next?.[1]).toBe((at - 1 + 3) * 1_000)
          expect(seen.loop.counters).toEqual({
            due: 61,
            completed: 58,
            failed: 1,
            skippedOverlap: 2,
            skippedPaused: 0
          })
        }
      ),
    LIMIT_MS
  )
})

/** As many ticks as an hour at a thousand a second has, on demand; a slice of it always. */
const SOAK_TICKS = Number(process.env["TRADEWIND_SOAK_TICKS"] ?? 100_000)

/** Works, fails now and then, and now and then takes longer than the interval. */
const busy = [
  step("a", (tick) => (tick % 97 === 0 ? Effect.fail(transient) : Effect.void)),
  step("a", (tick) => (tick % 501 === 0 ? Effect.sleep(25) : Effect.void), "slow")
]

describe("the loop, for long", () => {
  it(
    "100,000 ticks – fibers, sleepers and what is asked of them do not grow, whatever fails, overlaps, is paused or asked on the way",
    async () => {
      const seen = await inWorld({ seed: RUNS, yieldPercent: 0 }, (world) =>
        Effect.gen(function* () {
          const orchestrator = yield* Orchestrator
          yield* Effect.orDie(
            orchestrator.init({
              settings: settings({ tickIntervalMs: 10, retryBackoffMs: 5 }),
              modules: modules(),
              steps: busy
            })
          )
          yield* Effect.orDie(orchestrator.start)
          const samples: Array<{ readonly fibers: number; readonly sleeping: number }> = []
          for (let part = 0; part < 20; part++) {
            yield* Effect.sleep((SOAK_TICKS / 20) * 10 - 500)
            yield* orchestrator.pause
            yield* Effect.sleep(100)
            yield* orchestrator.resume
            yield* orchestrator.stop
            yield* Effect.orDie(orchestrator.start)
            yield* Effect.sleep(404.5)
            world.forgetLogs()
            samples.push({ fibers: yield* world.fibers, sleeping: world.sleeping() })
          }
          const { counters } = (yield* orchestrator.getState).loop
          return { samples, counters, report: yield* orchestrator.shutdown(told), left: yield* world.fibers }
        })
      )
      // The watcher, the dispatcher, a tick and a step that waits for its later try.
      for (const { fibers, sleeping } of seen.samples) {
        expect(fibers).toBeLessThanOrEqual(4)
        expect(sleeping).toBeLessThanOrEqual(3)
      }
      const { completed, due, failed, skippedOverlap, skippedPaused } = seen.counters
      expect(due).toBe(completed + failed + skippedOverlap + skippedPaused)
      expect(due).toBeGreaterThan(SOAK_TICKS * 0.99)
      expect(seen.report.exitCode).toBe(0)
      expect(seen.left).toBe(0)
    },
    60_000 + SOAK_TICKS
  )
})
