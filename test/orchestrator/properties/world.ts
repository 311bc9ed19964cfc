/**
 * A world to run the orchestrator in: the discrete-event clock, where time jumps to the next deadline when every fiber
 * waits, under a scheduler that interrupts fibers between any two operations, as its seed says. The same case takes the
 * same turns every time, so that a failure that FastCheck prints can be run again.
 */
import { type Clock, Duration, Effect, FastCheck as fc, Layer, Logger, Random, Supervisor } from "effect"
import { Orchestrator } from "../../../src/orchestrator/orchestrator.ts"
import type { RealTime } from "../../../src/ports/machine.ts"
import { type DiscreteEventTime, makeDiscreteEventTime } from "../../../src/virtual-time/discrete-event.ts"

/** Cases per property: 100, or what a long run asks for. */
export const RUNS = Number(process.env["TRADEWIND_PROPERTY_RUNS"] ?? 100)

/** Room for a property's cases on a loaded machine. */
export const LIMIT_MS = 60_000 + RUNS * 600

const standingStill: RealTime = {
  nowMs: () => 0,
  after: () => () => undefined,
  afterEventLoopTurn: (callback) => void setImmediate(callback)
}

/** How restless the scheduler is, and what it draws from. */
export interface Turns {
  readonly seed: number
  readonly yieldPercent: number
}

export const turns: fc.Arbitrary<Turns> = fc.record({
  seed: fc.integer({ min: 1, max: 0x7fffffff }),
  // A yield is a dozen operations itself: from 5 % on the program would not get on for yielding.
  yieldPercent: fc.constantFrom(0, 1, 3)
})

/** One draw of a linear congruential generator, as a share of 1. */
const makeDraw = (seed: number) => {
  let state = seed >>> 0
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
}

const START_MS = 1_000_000

/** What a program in the world may ask of it. */
export interface World {
  /** Milliseconds since the world began, to a thousandth. */
  readonly nowMs: () => number
  /** Fibers that were begun in the world and have not ended, the program's own left out. */
  readonly fibers: Effect.Effect<number>
  /**
   * Deadlines that are set. Under a restless scheduler one may be left behind by a fiber that was interrupted between
   * setting it and being able to take it back, so it is not counted there.
   */
  readonly sleeping: () => number
  /** Log lines so far. */
  readonly logs: ReadonlyArray<LogLine>
  /** Forgets the log lines so far. */
  readonly forgetLogs: () => void
  /** Sets the wall clock forward or back; the monotonic one, and who sleeps, take no notice. */
  readonly stepWall: (byMs: number) => void
  /** From now on a timer may go off a little early or late, as those of a real machine do. */
  readonly blurTimers: (earlyMs: number, lateMs: number) => void
}

/** A machine's clocks over the world's time: a wall clock that can be set, and timers that are not exact. */
const makeClocks = (time: DiscreteEventTime, draw: () => number) => {
  let wallMs = 0
  let blur = { earlyMs: 0, lateMs: 0 }
  const millis = () => time.nowMs() + wallMs
  const clock: Clock.Clock = {
    ...time.clock,
    unsafeCurrentTimeMillis: millis,
    currentTimeMillis: Effect.sync(millis),
    sleep: (duration) => {
      const ms = Duration.toMillis(duration)
      const { earlyMs, lateMs } = blur
      if (ms === Infinity || earlyMs + lateMs === 0) return time.clock.sleep(duration)
      return time.clock.sleep(Duration.millis(Math.max(0, ms - earlyMs + draw() * (earlyMs + lateMs))))
    }
  }
  return {
    clock,
    stepWall: (byMs: number) => void (wallMs += byMs),
    blurTimers: (earlyMs: number, lateMs: number) => void (blur = { earlyMs, lateMs })
  }
}

export interface LogLine {
  readonly atMs: number
  readonly event: string
  readonly level: string
  readonly fields: Readonly<Record<string, unknown>>
  readonly cause: string
}

const fieldsOf = (parts: ReadonlyArray<unknown>): Record<string, unknown> =>
  Object.assign({}, ...parts.filter((part) => typeof part === "object" && part !== null))

const loggerInto = (lines: Array<LogLine>, nowMs: () => number) =>
  Logger.make(({ annotations, cause, logLevel, message }) => {
    const [event, ...rest] = Array.isArray(message) ? message : [message]
    lines.push({
      atMs: nowMs(),
      event: String(event),
      level: logLevel.label,
      fields: { ...Object.fromEntries(annotations), ...fieldsOf(rest) },
      cause: cause._tag === "Empty" ? "" : String(cause)
    })
  })

/** Runs a program in a world of its own; what is left of the world stands still when the program has ended. */
export const inWorld = async <A>(
  { seed, yieldPercent }: Turns,
  program: (world: World) => Effect.Effect<A, never, Orchestrator>
): Promise<A> => {
  const time = makeDiscreteEventTime(START_MS, Number.POSITIVE_INFINITY, standingStill)
  const draw = makeDraw(seed)
  let over = false
  let tasks = 0
  const logs: Array<LogLine> = []
  const supervisor = await Effect.runPromise(Supervisor.track)
  const { clock, blurTimers, stepWall } = makeClocks(time, makeDraw(seed + 1))
  const world: World = {
    nowMs: () => Math.round((time.nowMs() - START_MS) * 1_000) / 1_000,
    fibers: Effect.map(supervisor.value, (fibers) => fibers.length),
    sleeping: () => (yieldPercent === 0 ? time.sleeping() : 0),
    logs,
    forgetLogs: () => void (logs.length = 0),
    stepWall,
    blurTimers
  }
  const running = program(world).pipe(
    Effect.supervised(supervisor),
    Effect.provide(
      Layer.provideMerge(
        Orchestrator.layer,
        Logger.replace(Logger.defaultLogger, loggerInto(logs, world.nowMs))
      )
    ),
    Effect.withClock(clock),
    Effect.withRandom(Random.make(seed)),
    Effect.withScheduler({
      shouldYield: (fiber) => (fiber.currentOpCount > 2_048 || draw() * 100 < yieldPercent ? 0 : false),
      scheduleTask: (task, priority) => {
        tasks++
        if (!over) time.scheduler.scheduleTask(task, priority)
      }
    })
  )
  try {
    const isQuiet = () => time.sleeping() === 0
    return await Promise.race([
      Effect.runPromise(running),
      standstill(
        () => tasks,
        isQuiet,
        () => over
      )
    ])
  } finally {
    over = true
  }
}

const eventLoopTurn = () => new Promise<void>((resolve) => void setImmediate(resolve))

/** Fails when nothing runs and nobody sleeps, but the program has not ended: somebody waits for ever. */
const standstill = async (
  tasks: () => number,
  isQuiet: () => boolean,
  isOver: () => boolean
): Promise<never> => {
  for (let before = -1; ; before = tasks()) {
    for (let turn = 0; turn < 3; turn++) await eventLoopTurn()
    if (isOver()) throw new Error("the world has ended")
    if (isQuiet() && tasks() === before) throw new Error("the world stands still: somebody waits for ever")
  }
}

/** Checks a property of worlds. */
export const checkWorlds = <Case>(
  arbitrary: fc.Arbitrary<Case>,
  check: (drawn: Case, seed: Turns) => Promise<void>,
  runs = RUNS
): Promise<void> =>
  fc.assert(
    fc.asyncProperty(arbitrary, turns, async (drawn, seed) => {
      await check(drawn, seed)
      // Short worlds begin and end without a turn of the event loop, and the test runner wants to be heard.
      await eventLoopTurn()
    }),
    { numRuns: runs }
  )

/** Sleeps until a time of the world. */
export const until = (world: World, atMs: number) =>
  Effect.suspend(() => Effect.sleep(Math.max(0, atMs - world.nowMs())))
