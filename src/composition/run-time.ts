/** The time a run goes by: the market's own, at any speed and repeatable, or the machine's. */
import { Effect, Random } from "effect"
import { MarketClock } from "../ports/market-clock.ts"
import type { RealTime } from "../ports/machine.ts"
import { makeDiscreteEventTime } from "../virtual-time/discrete-event.ts"

export interface RunTime {
  /** Market seconds per real second, from now on; nothing where time is real. */
  readonly setSpeed: (speed: number) => void
  /** Runs something by this time, and with the chance that belongs to it. */
  readonly govern: <A, E, R>(run: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** The discrete-event clock from this moment on (Unix milliseconds), with all chance from the seed. */
export const builtInTime = (startMs: number, seed: number, real: RealTime): RunTime => {
  const time = makeDiscreteEventTime(startMs, 1, real)
  return {
    setSpeed: (speed) => time.setSpeed(speed),
    govern: (run) =>
      run.pipe(
        Effect.provideService(MarketClock, (nowMs) => Effect.sync(() => time.startAt(nowMs))),
        Effect.withClock(time.clock),
        Effect.withRandom(Random.make(seed)),
        Effect.withScheduler(time.scheduler)
      )
  }
}

/** The machine's clock and chance. */
export const realTime: RunTime = { setSpeed: () => undefined, govern: (run) => run }
