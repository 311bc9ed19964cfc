/** The execution loop: a dispatcher on the grid, one tick at a time, every due tick in exactly one counter. */
import { Clock, Duration, Effect, Exit, Fiber, FiberSet, Option, Schedule, type Scope } from "effect"
import { Grid } from "./grid.ts"
import { Lateness } from "./lateness.ts"
import { monotonicMs } from "../ports/monotonic.ts"
import type { TickPermit } from "./permit.ts"

/** Where every due tick ended up. A tick in progress is due and not yet in one of the others. */
export interface TickCounters {
  due: number
  completed: number
  failed: number
  skippedOverlap: number
  skippedPaused: number
}

export type LoopStatus = "stopped" | "running" | "paused"

export interface LoopOptions {
  readonly tickIntervalMs: number
  /** How long `stop` waits for a tick that does not end, counted from the tick's begin. */
  readonly stuckTickMs: number
  readonly permit: TickPermit
  /** Runs a tick; true where every step of it worked. */
  readonly tick: (tick: number) => Effect.Effect<boolean>
  /** Called at each turn, and by a `stop` that waited too long, with the age of what holds the permit. */
  readonly onTurn: (heldForMs: number | undefined) => Effect.Effect<void>
  /** Number of the last tick of an earlier run, so that ticks keep their count over a restart. */
  readonly firstTick: number
}

export class Loop {
  readonly counters: TickCounters = { due: 0, completed: 0, failed: 0, skippedOverlap: 0, skippedPaused: 0 }
  readonly lateness = new Lateness()
  status: LoopStatus = "stopped"
  tickCount: number
  lastTickAtMs: number | undefined
  /** The same on the monotonic clock, for its age. */
  lastTickEndMs: number | undefined
  tickInProgress = false
  private closed = false
  /** Start and halt take turns: neither finds the other half done, and an interrupted caller leaves nothing half done. */
  private readonly control = Effect.unsafeMakeSemaphore(1)
  private dispatcher: Fiber.RuntimeFiber<unknown> | undefined
  private readonly options: LoopOptions
  private readonly ticks: FiberSet.FiberSet

  private constructor(options: LoopOptions, ticks: FiberSet.FiberSet) {
    this.options = options
    this.ticks = ticks
    this.tickCount = options.firstTick
  }

  static make(options: LoopOptions): Effect.Effect<Loop, never, Scope.Scope> {
    return Effect.map(FiberSet.make(), (ticks) => new Loop(options, ticks))
  }

  /** Begins with a tick at once. Does nothing where the loop runs, is paused, or is closed. */
  get start(): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      if (this.closed || this.status !== "stopped") {
        return yield* Effect.logDebug("execution_loop_already_started")
      }
      const grid = new Grid(yield* monotonicMs, this.options.tickIntervalMs)
      const corrected = Schedule.spaced(Duration.millis(this.options.tickIntervalMs)).pipe(
        Schedule.modifyDelayEffect(() =>
          Effect.map(monotonicMs, (nowMs) => Duration.millis(Math.ceil(grid.untilNextMs(nowMs))))
        )
      )
      this.status = "running"
      yield* Effect.logInfo("execution_loop_started", {
        module: "orchestrator",
        tickIntervalMs: this.options.tickIntervalMs
      })
      this.dispatcher = yield* Effect.forkDaemon(
        Effect.interruptible(Effect.repeat(this.turn(grid), corrected))
      )
    }).pipe(this.control.withPermits(1), Effect.uninterruptible)
  }

  /** No further tick begins; waits for the one that runs, until it is so old that it is taken for stuck. */
  get stop(): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      yield* this.halt
      const boundMs = Math.max(0, this.options.stuckTickMs - ((yield* this.heldForMs) ?? 0))
      const ended = yield* Effect.interruptible(this.awaitTick).pipe(
        Effect.timeoutOption(Duration.millis(boundMs))
      )
      if (Option.isNone(ended)) yield* this.options.onTurn(yield* this.heldForMs)
    })
  }

  /** As `halt`, and no later `start` begins again. */
  get close(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.closed = true
      return this.halt
    })
  }

  /** No further tick begins. Does nothing where the loop is stopped. */
  get halt(): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      if (this.status === "stopped") return
      this.status = "stopped"
      const dispatcher = this.dispatcher
      this.dispatcher = undefined
      if (dispatcher !== undefined) yield* Fiber.interrupt(dispatcher)
      yield* Effect.logInfo("execution_loop_stopped", { module: "orchestrator", ...this.counters })
    }).pipe(this.control.withPermits(1), Effect.uninterruptible)
  }

  /** Ends when no tick and no later try of a step holds the permit. */
  get awaitTick(): Effect.Effect<void> {
    return Effect.zipRight(FiberSet.awaitEmpty(this.ticks), this.options.permit.awaitFree)
  }

  private get heldForMs(): Effect.Effect<number | undefined> {
    return Effect.map(monotonicMs, (nowMs) => {
      const { heldSinceMs } = this.options.permit
      return heldSinceMs === undefined ? undefined : nowMs - heldSinceMs
    })
  }

  /** Interrupts the tick that runs. */
  get interruptTick(): Effect.Effect<void> {
    return FiberSet.clear(this.ticks)
  }

  /** Ticks that are due while paused are counted as skipped. Does nothing where the loop does not run. */
  get pause(): Effect.Effect<void> {
    return this.change("running", "paused", "execution_loop_paused")
  }

  get resume(): Effect.Effect<void> {
    return this.change("paused", "running", "execution_loop_resumed")
  }

  private change(from: LoopStatus, to: LoopStatus, event: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.status !== from) {
        return Effect.logDebug("execution_loop_unchanged", { status: this.status, event })
      }
      this.status = to
      return Effect.logInfo(event).pipe(Effect.annotateLogs({ module: "orchestrator" }))
    })
  }

  private turn(grid: Grid): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      const nowMs = yield* monotonicMs
      if (this.status === "stopped") return
      const { latenessMs, missed } = grid.turn(nowMs)
      this.lateness.record(latenessMs)
      this.counters.due += 1 + missed
      const paused = this.status === "paused"
      if (paused) this.counters.skippedPaused++
      if (missed > 0) yield* this.skipOverlap(missed)
      yield* this.options.onTurn(yield* this.heldForMs)
      if (paused) return
      yield* FiberSet.run(this.ticks, Effect.uninterruptible(this.guarded))
    }).pipe(Effect.uninterruptible)
  }

  private get guarded(): Effect.Effect<void> {
    return this.options.permit
      .ifFree(this.runTick)
      .pipe(Effect.flatMap((ran) => (ran._tag === "None" ? this.skipOverlap(1) : Effect.void)))
  }

  private skipOverlap(ticks: number): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.counters.skippedOverlap += ticks
      return Effect.logWarning("tick_skipped_overlap", {
        module: "orchestrator",
        ticks,
        tick: this.tickCount
      })
    })
  }

  private get runTick(): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      const tick = ++this.tickCount
      const begunMs = yield* monotonicMs
      this.tickInProgress = true
      yield* Effect.logDebug("tick_start", { module: "orchestrator", tick })
      // The tick alone may be interrupted: whatever becomes of it is counted.
      const exit = yield* Effect.exit(Effect.interruptible(this.options.tick(tick)))
      const worked = Exit.isSuccess(exit) && exit.value
      const endMs = yield* monotonicMs
      const durationMs = endMs - begunMs
      this.lastTickEndMs = endMs
      this.lastTickAtMs = yield* Clock.currentTimeMillis
      this.counters[worked ? "completed" : "failed"]++
      this.tickInProgress = false
      yield* Effect.logDebug("tick_complete", { module: "orchestrator", tick, durationMs, worked })
    })
  }
}
