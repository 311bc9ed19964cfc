/**
 * What a contract needs besides the port: a way to let the venue's market go on. Market time is discrete-event time that stands
 * still until it is told to pass, and then takes no real time but that of what happens in it.
 */
import { Context, Duration, Effect, Fiber, Layer } from "effect"
import { type DiscreteEventTime, makeDiscreteEventTime } from "../../src/virtual-time/discrete-event.ts"
import { START_MS, standingStill } from "../paper-exchange/protocol/exchange.ts"

export class MarketTime extends Context.Tag("test/MarketTime")<
  MarketTime,
  {
    /** Lets so much market time pass; everything due by then has happened when it returns. */
    readonly pass: (ms: number) => Effect.Effect<void>
    /** Runs something that waits for the venue while market time goes on, for a minute at most. */
    readonly during: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  }
>() {}

/** Market time between two looks at whether an answer has come. */
const LOOK_EVERY_MS = 10
const MAX_WAIT_MS = 60_000

const jump = (time: DiscreteEventTime, ms: number): Effect.Effect<void> =>
  Effect.gen(function* () {
    time.setSpeed(Number.POSITIVE_INFINITY)
    yield* Effect.sleep(Duration.millis(ms))
    time.setSpeed(1)
    // Whoever was to wake at this very moment wakes first.
    yield* Effect.sleep(0)
  })

export interface TimeOptions {
  /** Market time passes in steps of at most so much. */
  readonly stepMs: number
  /** Ends when all is still that a step has set going outside of market time. */
  readonly still: Effect.Effect<void>
}

const marketTime = (time: DiscreteEventTime, { stepMs, still }: TimeOptions) =>
  MarketTime.of({
    pass: (ms) =>
      Effect.gen(function* () {
        yield* still
        for (let leftMs = ms; leftMs > 0; leftMs -= stepMs)
          yield* Effect.zipRight(jump(time, Math.min(leftMs, stepMs)), still)
      }),
    during: (effect) =>
      Effect.gen(function* () {
        const fiber = yield* Effect.fork(effect)
        for (let passedMs = 0; passedMs < MAX_WAIT_MS; passedMs += LOOK_EVERY_MS) {
          yield* still
          if ((yield* Fiber.poll(fiber))._tag === "Some") break
          yield* jump(time, LOOK_EVERY_MS)
        }
        return yield* Fiber.join(fiber)
      })
  })

/** Runs what is provided with it, and whatever it is given, in a market time of its own. */
export const inMarketTime = <A, E>(
  layer: Layer.Layer<A, E>,
  options: TimeOptions = { stepMs: Number.POSITIVE_INFINITY, still: Effect.void }
): Layer.Layer<A | MarketTime, E> =>
  Layer.unwrapEffect(
    Effect.sync(() => {
      const time = makeDiscreteEventTime(START_MS, 1, standingStill)
      return Layer.merge(layer, Layer.succeed(MarketTime, marketTime(time, options))).pipe(
        Layer.provideMerge(Layer.merge(Layer.setClock(time.clock), Layer.setScheduler(time.scheduler)))
      )
    })
  )
