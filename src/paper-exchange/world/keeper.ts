/** One world for all who ask of it: kept up to the clock, and its store kept up to the world. */
import type { FileSystem, Path } from "@effect/platform"
import { Clock, Duration, Effect, type Either, Metric, Queue, type Scope } from "effect"
import type { OrderId } from "../../domain/order.ts"
import type { CancelOutcome } from "../../ports/exchange.ts"
import { MarketClock } from "../../ports/market-clock.ts"
import { PersistenceError } from "../../ports/persistence.ts"
import { restoreEngine, makeEngine } from "../engine/make-engine.ts"
import type { EngineOrder, PlaceAnswer } from "../engine-types.ts"
import type { Json, MarketSource } from "../market-source.ts"
import type { ListenerFailure } from "./hub.ts"
import type { Operation } from "./operations.ts"
import { upgraded } from "./saved-world.ts"
import type { ExchangeSettings } from "./settings.ts"
import { type Stored, type WorldStore, openStore, worldTimeMs } from "./store.ts"
import { World } from "./world.ts"

const MODULE = "polymarket"
/**
 * Market time between two marks of how far the world has gone, while nothing of an account happens. What happens to one is
 * marked before anybody else runs: a world that is taken up again must not have forgotten a fill that a journal knows.
 */
const MARK_EVERY_MS = 10_000

export interface KeeperOptions {
  readonly settings: ExchangeSettings
  /** The account that exists from the beginning. */
  readonly account: string
  readonly stateDir: string
  /** Makes the market source, or takes it up where it was saved; left with the reason where it cannot. */
  readonly source: (saved?: Json) => Either.Either<MarketSource, string>
}

/** Events that one who listens to the world failed at, tagged `listener`. */
const listenerFailures = Metric.counter("tradewind_exchange_listener_failures", { incremental: true })

/** Each failure is counted; a listener's first is logged, for one that fails at everything would fill the log. */
const tellFailure = ({ count, defect, isFirst, listener }: ListenerFailure): Effect.Effect<void> =>
  Metric.update(listenerFailures.pipe(Metric.tagged("listener", listener)), count).pipe(
    Effect.zipRight(
      isFirst
        ? Effect.logError("exchange_listener_failed", defect).pipe(
            Effect.annotateLogs({ module: "exchange", listener })
          )
        : Effect.void
    )
  )

const wrongWorld = (path: string, problem: string) =>
  new PersistenceError({
    module: MODULE,
    operation: "restore",
    path,
    reason: "WrongWorld",
    message: `${path}: the saved market cannot be taken up: ${problem}. It was left as it is: choose another state directory.`
  })

/** Builds the world and, where one was stored, does again what was asked of it since its last saved state. */
const restore = (options: KeeperOptions, stored: Stored): Effect.Effect<World, PersistenceError> =>
  Effect.gen(function* () {
    const snapshot = stored.snapshot && upgraded(stored.snapshot, options.account)
    const refuse = (problem: string) => wrongWorld(options.stateDir, problem)
    const source = yield* Effect.mapError(options.source(snapshot?.source), refuse)
    const engine =
      snapshot === undefined
        ? makeEngine(options.settings)
        : yield* Effect.mapError(restoreEngine(options.settings, snapshot.engine), refuse)
    const world = new World({
      engine,
      source,
      account: options.account,
      ...(snapshot === undefined ? {} : { saved: snapshot })
    })
    if (snapshot === undefined) world.openAccount(world.account, options.settings.startCashUsd)
    for (const { atMs, operation } of stored.operations) {
      world.catchUp(atMs)
      world.perform(operation, atMs)
    }
    world.catchUp(worldTimeMs(stored) ?? world.nowMs)
    return world
  })

/** All that is asked goes one after the other, so that what is written down is what was done, in its order. */
export class Keeper {
  private lastMarkMs = Number.NEGATIVE_INFINITY
  private lastSnapshotMs: number
  private newsMarked = 0
  readonly world: World
  private readonly store: WorldStore
  private readonly settings: ExchangeSettings
  private readonly turn = Effect.unsafeMakeSemaphore(1)
  private readonly changed: Queue.Queue<void>

  constructor(parts: {
    readonly world: World
    readonly store: WorldStore
    readonly settings: ExchangeSettings
    readonly changed: Queue.Queue<void>
  }) {
    this.world = parts.world
    this.store = parts.store
    this.settings = parts.settings
    this.changed = parts.changed
    this.lastSnapshotMs = parts.world.nowMs
  }

  /** Brings the world up to now and answers from it. */
  now<A>(answer: (world: World, nowMs: number) => A): Effect.Effect<A, PersistenceError> {
    return this.turn.withPermits(1)(Effect.map(this.catchUp, (nowMs) => answer(this.world, nowMs)))
  }

  /**
   * Asks something of the world: `decide` looks at it as it is now and says what is to be written down first, and what is
   * to be answered when that is done.
   */
  ask<A>(
    decide: (
      world: World,
      nowMs: number
    ) => { readonly operations: ReadonlyArray<Operation>; readonly answer: (world: World) => A }
  ): Effect.Effect<A, PersistenceError> {
    const asked = Effect.gen(this, function* () {
      const nowMs = yield* this.catchUp
      const { answer, operations } = decide(this.world, nowMs)
      for (const operation of operations)
        yield* this.written(nowMs, operation, () => this.world.perform(operation, nowMs))
      if (operations.length > 0) yield* Queue.offer(this.changed, undefined)
      return answer(this.world)
    })
    return this.turn.withPermits(1)(Effect.uninterruptible(asked))
  }

  /** Places an order; the answer may be that it is held. */
  submit(
    account: string,
    order: EngineOrder
  ): Effect.Effect<{ readonly answer: PlaceAnswer; readonly atMs: number }, PersistenceError> {
    const submitted = Effect.gen(this, function* () {
      const atMs = yield* this.catchUp
      const answer = yield* this.written(atMs, { _tag: "Place", account, order }, () =>
        this.world.place(account, order, atMs)
      )
      yield* Queue.offer(this.changed, undefined)
      return { atMs, answer }
    })
    return this.turn.withPermits(1)(Effect.uninterruptible(submitted))
  }

  /** Places an order; the answer comes when a hold is over. */
  place(account: string, order: EngineOrder): Effect.Effect<PlaceAnswer, PersistenceError> {
    return Effect.gen(this, function* () {
      const { answer, atMs } = yield* this.submit(account, order)
      if (answer._tag !== "Held") return answer
      yield* Effect.sleep(Duration.millis(Math.max(0, answer.untilMs - atMs)))
      // A refusal after the hold makes no news, and must not be taken back either.
      const told = Effect.gen(this, function* () {
        const nowMs = yield* this.catchUp
        yield* this.isLive ? this.snapshot : this.mark(nowMs)
        return this.world.engine.placed(order.orderId)
      })
      const final = yield* this.turn.withPermits(1)(Effect.uninterruptible(told))
      return final ?? answer
    })
  }

  cancel(account: string, orderIds: ReadonlyArray<OrderId>): Effect.Effect<CancelOutcome, PersistenceError> {
    const cancelled = Effect.gen(this, function* () {
      const nowMs = yield* this.catchUp
      return yield* this.written(nowMs, { _tag: "Cancel", account, orderIds }, () =>
        this.world.cancel(account, orderIds, nowMs)
      )
    })
    return this.turn.withPermits(1)(Effect.uninterruptible(cancelled))
  }

  /**
   * Lets the world go on by itself: wakes whenever something is due in it, so that those who listen to its hub hear of it
   * when it happens. Fails where its progress cannot be written down.
   */
  get drive(): Effect.Effect<never, PersistenceError> {
    return Effect.forever(
      Effect.gen(this, function* () {
        const waitMs = yield* this.now((world, nowMs) => Math.max(0, (world.nextMs() ?? Infinity) - nowMs))
        yield* Effect.forEach(this.world.hub.takeFailures(), tellFailure, { discard: true })
        yield* Effect.raceFirst(
          waitMs === Infinity ? Effect.never : Effect.sleep(Duration.millis(waitMs)),
          Queue.take(this.changed)
        )
      })
    )
  }

  get save(): Effect.Effect<void, PersistenceError> {
    return this.turn.withPermits(1)(this.snapshot)
  }

  private get isLive(): boolean {
    return this.world.source.isLive === true
  }

  /**
   * Does what was asked, and sees to it that it is not forgotten before anybody hears of it. What was asked is written down, to be
   * done again after a restart; where the market is live, that would come to something else, and all that came of it is.
   */
  private written<A>(atMs: number, operation: Operation, act: () => A): Effect.Effect<A, PersistenceError> {
    return this.isLive
      ? Effect.zipLeft(Effect.sync(act), this.snapshot)
      : Effect.zipRight(this.store.append(atMs, operation), Effect.sync(act))
  }

  private get catchUp(): Effect.Effect<number, PersistenceError> {
    return Effect.gen(this, function* () {
      const nowMs = yield* Clock.currentTimeMillis
      this.world.catchUp(nowMs)
      if (nowMs - this.lastSnapshotMs >= this.settings.snapshotEveryMs) yield* this.snapshot
      else if (this.world.newsHeard > this.newsMarked || nowMs - this.lastMarkMs >= MARK_EVERY_MS) {
        yield* this.mark(nowMs)
      }
      return nowMs
    })
  }

  /** Notes how far the world has gone; of a live one, with what happened to accounts on the way. */
  private mark(nowMs: number): Effect.Effect<void, PersistenceError> {
    if (this.isLive && this.world.newsHeard > this.newsMarked) return this.snapshot
    const heard = this.world.newsHeard
    return Effect.tap(this.store.mark(nowMs), () =>
      Effect.sync(() => {
        this.lastMarkMs = nowMs
        this.newsMarked = heard
      })
    )
  }

  private get snapshot(): Effect.Effect<void, PersistenceError> {
    return Effect.suspend(() => {
      this.lastSnapshotMs = this.world.nowMs
      this.lastMarkMs = this.world.nowMs
      const heard = this.world.newsHeard
      return Effect.tap(this.store.snapshot(this.world.save()), () =>
        Effect.sync(() => void (this.newsMarked = heard))
      )
    })
  }
}

/**
 * Opens the world that is saved in `exchange.db` of the state directory, or a new one, and puts the clock to its time. It is
 * saved when the scope closes. Raises PersistenceError (`WrongWorld` where what was saved belongs to another market).
 */
export const openKeeper = (
  options: KeeperOptions
): Effect.Effect<Keeper, PersistenceError, FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  Effect.gen(function* () {
    const store = yield* openStore(options.stateDir)
    const stored = yield* store.load
    const world = yield* restore(options, stored)
    const startAt = yield* MarketClock
    yield* startAt(world.nowMs)
    const changed = yield* Queue.sliding<void>(1)
    const keeper = yield* Effect.acquireRelease(
      Effect.succeed(new Keeper({ world, store, settings: options.settings, changed })),
      (held) =>
        Effect.ignoreLogged(
          Effect.zipRight(
            held.now(() => undefined),
            held.save
          )
        )
    )
    yield* keeper.save
    return keeper
  })
