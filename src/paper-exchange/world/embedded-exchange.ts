/** The embedded exchange as a Layer: the venue and the spot source of the modes sim and replay, in-process. */
import type { FileSystem, Path } from "@effect/platform"
import { Clock, Context, Duration, Effect, type Either, Layer } from "effect"
import type { Asset } from "../../domain/asset.ts"
import type { Book } from "../../domain/book.ts"
import { ZERO_SHARES } from "../../domain/money.ts"
import type { TokenId, WindowSlug } from "../../domain/window.ts"
import { ExchangeError, type ExchangeReason } from "../../ports/exchange.ts"
import { MarketClock } from "../../ports/market-clock.ts"
import { PersistenceError } from "../../ports/persistence.ts"
import { SpotError, SpotSource } from "../../ports/spot.ts"
import { Venue, type VenuePlace, type VenuePlaced } from "../../ports/venue.ts"
import { restoreEngine, makeEngine } from "../engine/make-engine.ts"
import type { PlaceAnswer } from "../engine-types.ts"
import type { Json, MarketSource } from "../market-source.ts"
import type { ExchangeSettings } from "./settings.ts"
import { type Stored, type WorldStore, openStore, worldTimeMs } from "./store.ts"
import { World } from "./world.ts"

const MODULE = "polymarket"
/**
 * Market time between two marks of how far the world has gone, while nothing of the account happens. What happens to it is
 * marked before anybody is told: a world that is taken up again must not have forgotten a fill that a journal knows.
 */
const MARK_EVERY_MS = 10_000

export interface EmbeddedOptions {
  readonly settings: ExchangeSettings
  readonly account: string
  readonly stateDir: string
  /** Assets whose spot price the market source tells. */
  readonly spotAssets: ReadonlySet<Asset>
  /** Makes the market source, or takes it up where it was saved; left with the reason where it cannot. */
  readonly source: (saved?: Json) => Either.Either<MarketSource, string>
}

const wrongWorld = (path: string, problem: string) =>
  new PersistenceError({
    module: MODULE,
    operation: "restore",
    path,
    reason: "WrongWorld",
    message: `${path}: the saved market cannot be taken up: ${problem}. It was left as it is: choose another state directory.`
  })

/** Builds the world and, where one was stored, does again what was asked of it since its last saved state. */
const restore = (options: EmbeddedOptions, stored: Stored): Effect.Effect<World, PersistenceError> =>
  Effect.gen(function* () {
    const { snapshot } = stored
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
    if (snapshot === undefined) world.deposit(options.settings.startCashUsd)
    for (const { atMs, operation } of stored.operations) {
      world.catchUp(atMs)
      if (operation._tag === "Place") world.place(operation.order, atMs)
      else world.cancel(operation.orderIds, atMs)
    }
    world.catchUp(worldTimeMs(stored) ?? world.nowMs)
    // A stream does not replay what happened before it was opened.
    world.takeNews()
    return world
  })

/** The world kept up to the clock, and its store kept up to the world. */
class Keeper {
  private lastMarkMs = Number.NEGATIVE_INFINITY
  private lastSnapshotMs: number
  private newsMarked = 0
  readonly world: World
  private readonly store: WorldStore
  private readonly settings: ExchangeSettings

  constructor(world: World, store: WorldStore, settings: ExchangeSettings) {
    this.world = world
    this.store = store
    this.settings = settings
    this.lastSnapshotMs = world.nowMs
  }

  /** Brings the world up to now and answers from it. */
  now<A>(answer: (world: World, nowMs: number) => A): Effect.Effect<A, PersistenceError> {
    return Effect.gen(this, function* () {
      const nowMs = yield* Clock.currentTimeMillis
      this.world.catchUp(nowMs)
      if (nowMs - this.lastSnapshotMs >= this.settings.snapshotEveryMs) yield* this.save
      else if (this.world.newsHeard > this.newsMarked || nowMs - this.lastMarkMs >= MARK_EVERY_MS) {
        yield* this.mark(nowMs)
      }
      return answer(this.world, nowMs)
    })
  }

  place(order: VenuePlace): Effect.Effect<PlaceAnswer, PersistenceError> {
    return Effect.gen(this, function* () {
      const nowMs = yield* this.now((_, atMs) => atMs)
      yield* this.store.append(nowMs, { _tag: "Place", order })
      const answer = this.world.place(order, nowMs)
      if (answer._tag !== "Held") return answer
      yield* Effect.sleep(Duration.millis(Math.max(0, answer.untilMs - nowMs)))
      const final = yield* this.now((world) => world.engine.placed(order.orderId))
      return final ?? answer
    })
  }

  cancel(orderIds: Parameters<World["cancel"]>[0]) {
    return Effect.gen(this, function* () {
      const nowMs = yield* this.now((_, atMs) => atMs)
      yield* this.store.append(nowMs, { _tag: "Cancel", orderIds })
      return this.world.cancel(orderIds, nowMs)
    })
  }

  private mark(nowMs: number): Effect.Effect<void, PersistenceError> {
    const heard = this.world.newsHeard
    return Effect.tap(this.store.mark(nowMs), () =>
      Effect.sync(() => {
        this.lastMarkMs = nowMs
        this.newsMarked = heard
      })
    )
  }

  get save(): Effect.Effect<void, PersistenceError> {
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

const venueError = (operation: string, reason: ExchangeReason, message: string, cause?: unknown) =>
  new ExchangeError({ module: MODULE, operation, message, reason, ...(cause === undefined ? {} : { cause }) })

const placedOf = (order: VenuePlace, answer: PlaceAnswer): Effect.Effect<VenuePlaced, ExchangeError> => {
  switch (answer._tag) {
    case "Refused":
      return Effect.fail(venueError("place", { _tag: "Refused" }, answer.text))
    case "Held":
      return Effect.succeed({ orderId: order.orderId, status: "delayed", filledMicroShares: ZERO_SHARES })
    case "Placed":
      return Effect.succeed({
        orderId: order.orderId,
        status: answer.status,
        filledMicroShares: answer.filledMicroShares
      })
  }
}

const bookOf = (world: World, tokenId: TokenId, nowMs: number): Book | undefined => {
  const book = world.engine.book(tokenId)
  return (
    book && { tokenId, bids: book.bids, asks: book.asks, eventTimeMs: book.changedAtMs, receivedAtMs: nowMs }
  )
}

const makeVenue = (keeper: Keeper): Context.Tag.Service<Venue> => {
  const { account } = keeper.world
  const ask = <A>(operation: string, answer: (world: World, nowMs: number) => A) =>
    Effect.mapError(keeper.now(answer), (cause) =>
      venueError(operation, { _tag: "Unavailable" }, cause.message, cause)
    )
  const unavailable = (operation: string) =>
    Effect.mapError((cause: PersistenceError) =>
      venueError(operation, { _tag: "Unavailable" }, cause.message, cause)
    )
  return {
    account,
    market: (slug) => ask("market", (world) => world.markets.get(slug)),
    priceToBeat: (slug) => ask("priceToBeat", (world) => priceToBeatOf(world, slug)),
    resolution: (slug) => ask("resolution", (world) => world.resolutions.get(slug)),
    book: (tokenId) => ask("book", (world, nowMs) => bookOf(world, tokenId, nowMs)),
    place: (order) =>
      Effect.flatMap(unavailable("place")(keeper.place(order)), (answer) => placedOf(order, answer)),
    cancel: (orderIds) => unavailable("cancel")(keeper.cancel(orderIds)),
    takeUpdates: keeper
      .now((world) => world.takeNews())
      .pipe(
        Effect.tapError((error) => Effect.logWarning("venue_updates_unavailable", error)),
        Effect.orElseSucceed(() => [])
      ),
    order: (orderId) => ask("order", (world) => world.engine.order(account, orderId)),
    openOrders: ask("openOrders", (world) => world.engine.openOrders(account)),
    trades: (conditionId) => ask("trades", (world) => world.engine.trades(account, conditionId)),
    cashMicroUsd: ask("cash", (world) => world.engine.cash(account)),
    balances: ask("balances", (world) => world.engine.balances(account))
  }
}

const priceToBeatOf = (world: World, slug: WindowSlug) => {
  const market = world.markets.get(slug)
  return market === undefined ? undefined : world.pricesToBeat.get(market.conditionId)
}

const makeSpotSource = (keeper: Keeper, assets: ReadonlySet<Asset>): Context.Tag.Service<SpotSource> => ({
  assets,
  takeTicks: Effect.mapError(
    keeper.now((world) => world.takeSpot()),
    (cause) =>
      new SpotError({
        module: "spot",
        operation: "takeTicks",
        reason: "Unavailable",
        message: cause.message,
        cause
      })
  )
})

/**
 * The venue and the spot source over one world, which is saved in `exchange.db` of the state directory and goes on from
 * there. Raises PersistenceError (`WrongWorld` where what was saved belongs to another market).
 */
export const layer = (
  options: EmbeddedOptions
): Layer.Layer<Venue | SpotSource, PersistenceError, FileSystem.FileSystem | Path.Path> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const store = yield* openStore(options.stateDir)
      const stored = yield* store.load
      const world = yield* restore(options, stored)
      const startAt = yield* MarketClock
      yield* startAt(world.nowMs)
      const keeper = yield* Effect.acquireRelease(
        Effect.succeed(new Keeper(world, store, options.settings)),
        (held) =>
          Effect.ignoreLogged(
            Effect.zipRight(
              held.now(() => undefined),
              held.save
            )
          )
      )
      yield* keeper.save
      return Context.make(Venue, makeVenue(keeper)).pipe(
        Context.add(SpotSource, makeSpotSource(keeper, options.spotAssets))
      )
    })
  )
