import { describe, expect, it } from "@effect/vitest"
import { Clock, Duration, Effect, FastCheck as fc, Fiber } from "effect"
import type { RealTime } from "../../src/ports/machine.ts"
import { type DiscreteEventTime, makeDiscreteEventTime } from "../../src/virtual-time/discrete-event.ts"
import { Sleepers } from "../../src/virtual-time/sleepers.ts"

/** Real time by hand: nothing happens until it is told to go on. */
const makeReal = () => {
  let nowMs = 0
  const timers: Array<{ atMs: number; callback: () => void }> = []
  const real: RealTime = {
    nowMs: () => nowMs,
    after: (delayMs, callback) => {
      const timer = { atMs: nowMs + delayMs, callback }
      timers.push(timer)
      return () => void timers.splice(timers.indexOf(timer), 1)
    },
    afterEventLoopTurn: (callback) => void Promise.resolve().then(callback)
  }
  const advance = async (ms: number) => {
    const untilMs = nowMs + ms
    for (;;) {
      await Promise.resolve()
      const next = timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined) break
      timers.splice(timers.indexOf(next), 1)
      nowMs = Math.max(nowMs, next.atMs)
      next.callback()
      for (let turn = 0; turn < 50; turn++) await Promise.resolve()
    }
    nowMs = untilMs
  }
  return { real, advance, jump: (ms: number) => void (nowMs += ms) }
}

const on =
  (time: DiscreteEventTime) =>
  <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    effect.pipe(Effect.withClock(time.clock), Effect.withScheduler(time.scheduler))

const START_MS = 1_000_000

describe("discrete-event time", () => {
  it("sleep – of a part of a millisecond ends at a whole one, as on a real clock", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 10 }),
        async (micros) => {
          const time = makeDiscreteEventTime(START_MS + 0.25, Number.POSITIVE_INFINITY, makeReal().real)
          const program = Effect.forEach(micros, (delay) =>
            Effect.gen(function* () {
              const beganMs = yield* Clock.currentTimeMillis
              yield* Effect.sleep(Duration.micros(BigInt(delay)))
              const tookMs = (yield* Clock.currentTimeMillis) - beganMs
              expect([beganMs, tookMs].every(Number.isInteger)).toBe(true)
              expect(tookMs).toBe(Math.ceil(delay / 1_000))
            })
          )
          await Effect.runPromise(on(time)(program))
        }
      )
    ))

  it("sleep – wakes at exactly its deadline, in the order of deadlines and then of asking", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 30 }),
        async (delays) => {
          const time = makeDiscreteEventTime(START_MS, Number.POSITIVE_INFINITY, makeReal().real)
          const woken: Array<readonly [number, number]> = []
          const sleepers = delays.map((delay, index) =>
            Effect.sleep(Duration.millis(delay)).pipe(
              Effect.zipRight(Clock.currentTimeMillis),
              Effect.map((nowMs) => void woken.push([nowMs - START_MS, index]))
            )
          )
          await Effect.runPromise(on(time)(Effect.all(sleepers, { concurrency: "unbounded" })))
          const expected = delays
            .map((delay, index) => [delay, index] as const)
            .sort(([a, i], [b, j]) => a - b || i - j)
          expect(woken).toEqual(expected)
        }
      )
    ))

  it("time – stands still while any fiber can run", async () => {
    const time = makeDiscreteEventTime(START_MS, Number.POSITIVE_INFINITY, makeReal().real)
    const busy = Effect.gen(function* () {
      const sleeper = yield* Effect.fork(Effect.zipRight(Effect.sleep("1 millis"), Clock.currentTimeMillis))
      const seen = new Set<number>()
      for (let turn = 0; turn < 5_000; turn++) {
        yield* Effect.yieldNow()
        if (turn < 100) seen.add(yield* Clock.currentTimeMillis)
      }
      return { seen: [...seen], wokeAtMs: yield* Fiber.join(sleeper) }
    })
    const result = await Effect.runPromise(on(time)(busy))
    expect(result).toEqual({ seen: [START_MS], wokeAtMs: START_MS + 1 })
  })

  it("pace – market time follows real time × speed, and changes with it", async () => {
    const { advance, real } = makeReal()
    const time = makeDiscreteEventTime(START_MS, 10, real)
    const ticks: Array<number> = []
    const fiber = Effect.runFork(
      on(time)(
        Effect.forever(
          Effect.zipRight(
            Effect.sleep("1 seconds"),
            Effect.map(Clock.currentTimeMillis, (now) => void ticks.push(now))
          )
        )
      )
    )
    await advance(950)
    expect(ticks).toHaveLength(9)
    time.setSpeed(1)
    await advance(2_000)
    expect(ticks).toHaveLength(11)
    await Promise.race([Effect.runPromise(Fiber.interrupt(fiber)), advance(10)])
  })

  it("pace – a suspended process does not catch up in a burst", async () => {
    const { advance, jump, real } = makeReal()
    const time = makeDiscreteEventTime(START_MS, 1, real)
    let ticks = 0
    const fiber = Effect.runFork(
      on(time)(
        Effect.forever(
          Effect.zipRight(
            Effect.sleep("1 seconds"),
            Effect.sync(() => void ticks++)
          )
        )
      )
    )
    await advance(3_000)
    expect(ticks).toBe(3)
    jump(60_000)
    await advance(2_000)
    expect(ticks).toBeLessThanOrEqual(6)
    await Promise.race([Effect.runPromise(Fiber.interrupt(fiber)), advance(10)])
  })

  it("an operation of the real world – ends at the instant at which it was begun", async () => {
    const { advance, real } = makeReal()
    const time = makeDiscreteEventTime(START_MS, 1, real)
    let finish = () => {}
    const operation = Effect.async<void>((resume) => {
      finish = () => resume(Effect.void)
    })
    const done = Effect.runPromise(
      on(time)(
        Effect.zipRight(operation, Clock.currentTimeMillis).pipe(
          Effect.timeoutTo({ duration: "5 seconds", onTimeout: () => -1, onSuccess: (nowMs) => nowMs })
        )
      )
    )
    await advance(4_000)
    finish()
    await advance(1)
    expect(await done).toBe(START_MS)
  })

  it("startAt – moves the clock; sleepers go on sleeping as long as before", async () => {
    const { advance, real } = makeReal()
    const time = makeDiscreteEventTime(START_MS, 1, real)
    const done = Effect.runPromise(
      on(time)(Effect.zipRight(Effect.sleep("2 seconds"), Clock.currentTimeMillis))
    )
    await advance(1)
    time.startAt(START_MS + 500_000)
    await advance(2_500)
    expect(await done).toBe(START_MS + 502_000)
  })

  it("sleepers – cancelled ones are gone, the others come out in order", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.boolean()), { maxLength: 3_000 }),
        (entries) => {
          const sleepers = new Sleepers()
          const woken: Array<number> = []
          const cancels = entries.map(([atMs], index) => sleepers.add(atMs, () => void woken.push(index)))
          for (const [index, [, cancelled]] of entries.entries()) if (cancelled) cancels[index]?.()
          const kept = entries.flatMap(([atMs, cancelled], index) =>
            cancelled ? [] : [[atMs, index] as const]
          )
          expect(sleepers.size).toBe(kept.length)
          while (sleepers.peekAtMs() !== undefined) sleepers.wakeFirst()
          expect(woken).toEqual(kept.sort(([a, i], [b, j]) => a - b || i - j).map(([, index]) => index))
        }
      ),
      { numRuns: 50 }
    ))
})
