/**
 * The discrete-event clock: time stands still while any fiber can run, and jumps to the next deadline when all wait. The
 * scheduler runs every ready task in the order it became ready, so the same program always takes the same turns. Between
 * jumps it keeps pace with real time × speed; an operation of the real world (a file, a socket) that ends meanwhile is
 * taken up at the instant at which it was begun.
 */
import { Clock, Duration, Effect, type Scheduler } from "effect"
import { PriorityBuckets } from "effect/Scheduler"
import type { RealTime } from "../ports/machine.ts"
import { Sleepers } from "./sleepers.ts"

/** Jumps in a row, and real time in a row, after which the event loop gets a turn, so that signals and sockets are heard. */
const JUMPS_PER_TURN = 1_000
const TURN_AFTER_MS = 20

/** Real time the world may fall behind before it lets the loss be: after a suspended process there is no burst. */
const LAG_LIMIT_MS = 1_000

/** Market seconds per real second; `Infinity` does not wait at all. */
export type Speed = number

export interface DiscreteEventTime {
  readonly clock: Clock.Clock
  readonly scheduler: Scheduler.Scheduler
  /**
   * Puts the clock forward or back, once at the beginning, to where a saved world stopped; who sleeps goes on sleeping as
   * long as before.
   */
  readonly startAt: (nowMs: number) => void
  /** Changes the pace from now on. */
  readonly setSpeed: (speed: Speed) => void
  readonly nowMs: () => number
  /** Fibers asleep now. */
  readonly sleeping: () => number
}

/** A world whose time begins at `startMs` (Unix milliseconds) and goes at `speed`. */
export const makeDiscreteEventTime = (startMs: number, speed: Speed, real: RealTime): DiscreteEventTime => {
  const world = new World(startMs, speed, real)
  return {
    clock: world.clock(),
    scheduler: world,
    startAt: (nowMs) => world.startAt(nowMs),
    setSpeed: (next) => world.setSpeed(next),
    nowMs: () => world.nowMs,
    sleeping: () => world.sleepers.size
  }
}

class World implements Scheduler.Scheduler {
  readonly sleepers = new Sleepers()
  nowMs: number
  private readonly tasks = new PriorityBuckets()
  private draining = false
  private cancelTimer: (() => void) | undefined
  private anchorMarketMs: number
  private anchorRealMs: number
  private speed: Speed
  private readonly real: RealTime

  constructor(startMs: number, speed: Speed, real: RealTime) {
    this.nowMs = Math.ceil(startMs)
    this.anchorMarketMs = this.nowMs
    this.speed = speed
    this.real = real
    this.anchorRealMs = real.nowMs()
  }

  shouldYield(fiber: Parameters<Scheduler.Scheduler["shouldYield"]>[0]): number | false {
    return fiber.currentOpCount > 2_048 ? 0 : false
  }

  scheduleTask(task: () => void, priority: number): void {
    this.tasks.scheduleTask(task, priority)
    this.wakeUp()
  }

  startAt(atMs: number): void {
    const nowMs = Math.ceil(atMs)
    this.sleepers.shift(nowMs - this.nowMs)
    this.nowMs = nowMs
    this.anchor()
  }

  setSpeed(speed: Speed): void {
    this.speed = speed
    this.anchor()
    this.wakeUp()
  }

  private anchor(): void {
    this.anchorMarketMs = this.nowMs
    this.anchorRealMs = this.real.nowMs()
  }

  clock(): Clock.Clock {
    const millis = () => this.nowMs
    const nanos = () => BigInt(Math.round(this.nowMs * 1_000)) * 1_000n
    return {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: millis,
      currentTimeMillis: Effect.sync(millis),
      unsafeCurrentTimeNanos: nanos,
      currentTimeNanos: Effect.sync(nanos),
      sleep: (duration) =>
        Effect.async<void>((resume) => {
          const delayMs = Duration.toMillis(duration)
          if (delayMs === Number.POSITIVE_INFINITY) return
          // Whole milliseconds, as real clocks and timers have them: a stamp with a fraction is no stamp to the journal.
          const cancel = this.sleepers.add(this.nowMs + Math.ceil(delayMs), () => resume(Effect.void))
          this.wakeUp()
          return Effect.sync(cancel)
        })
    }
  }

  private wakeUp(): void {
    if (this.draining) return
    this.draining = true
    this.cancelTimer?.()
    this.cancelTimer = undefined
    void Promise.resolve().then(() => this.drain())
  }

  private drain(): void {
    const turnAtMs = this.real.nowMs() + TURN_AFTER_MS
    for (let jumps = 0; ; jumps++) {
      this.runReady()
      const atMs = this.sleepers.peekAtMs()
      if (atMs === undefined) {
        this.draining = false
        return
      }
      const waitMs = this.realMsUntil(atMs)
      if (waitMs > 0) {
        this.draining = false
        this.cancelTimer = this.real.after(waitMs, () => {
          this.cancelTimer = undefined
          this.wakeUp()
        })
        return
      }
      if (jumps >= JUMPS_PER_TURN || this.real.nowMs() >= turnAtMs) {
        this.real.afterEventLoopTurn(() => this.drain())
        return
      }
      this.nowMs = Math.max(this.nowMs, atMs)
      this.sleepers.wakeFirst()
    }
  }

  private runReady(): void {
    while (this.tasks.buckets.length > 0) {
      const buckets = this.tasks.buckets
      this.tasks.buckets = []
      for (const [, ready] of buckets) for (const task of ready) task()
    }
  }

  private realMsUntil(atMs: number): number {
    if (atMs <= this.nowMs || this.speed === Number.POSITIVE_INFINITY) return 0
    const waitMs = (atMs - this.anchorMarketMs) / this.speed - (this.real.nowMs() - this.anchorRealMs)
    if (waitMs < -LAG_LIMIT_MS) this.anchor()
    return waitMs
  }
}
