/** The embedded exchange's engine asked directly, without its protocol: what the protocol is measured against. */
import type { FileSystem, Path } from "@effect/platform"
import { Context, Effect, Layer } from "effect"
import type { Asset } from "../../../src/domain/asset.ts"
import type { Book } from "../../../src/domain/book.ts"
import { ZERO_SHARES } from "../../../src/domain/money.ts"
import type { TokenId, WindowSlug } from "../../../src/domain/window.ts"
import { type AccountUpdate, ExchangeError, type ExchangeReason } from "../../../src/ports/exchange.ts"
import type { PersistenceError } from "../../../src/ports/persistence.ts"
import { SpotError, SpotSource, type SpotTick } from "../../../src/ports/spot.ts"
import { type Address, plainAccount } from "../../../src/domain/signed-order.ts"
import { Venue, type VenuePlace, type VenuePlaced } from "../../../src/ports/venue.ts"
import type { PlaceAnswer } from "../../../src/paper-exchange/engine-types.ts"
import { type Keeper, type KeeperOptions, openKeeper } from "../../../src/paper-exchange/world/keeper.ts"
import type { World } from "../../../src/paper-exchange/world/world.ts"

interface DirectOptions extends KeeperOptions {
  /** Assets whose spot price the market source tells. */
  readonly spotAssets: ReadonlySet<Asset>
}

const MODULE = "polymarket"
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
    book && {
      tokenId,
      bids: book.bids,
      asks: book.asks,
      tickSizeTicks: book.tickSizeTicks,
      eventTimeMs: book.changedAtMs,
      receivedAtMs: nowMs
    }
  )
}

/** News and prices that nobody has taken yet: the oldest is lost beyond this, as on a stream that is not read. */
const UNREAD = 10_000

/** Listens to a world from now on; a newcomer is given the recent prices, and no news of before. */
const listenTo = ({ account, hub, spotHistory }: World) => {
  const updates: Array<AccountUpdate> = []
  const ticks: Array<SpotTick> = [...spotHistory]
  const keep = <A>(unread: Array<A>, item: A): void => {
    unread.push(item)
    if (unread.length > UNREAD) unread.shift()
  }
  hub.subscribe("direct", (event) => {
    if (event._tag === "Account" && event.account === account) keep(updates, event.update)
    if (event._tag === "Market" && event.event._tag === "Spot") {
      const { asset, observedAtMs, price } = event.event
      keep(ticks, { asset, price, observedAtMs })
    }
  })
  return {
    takeUpdates: (): ReadonlyArray<AccountUpdate> => updates.splice(0),
    takeTicks: (): ReadonlyArray<SpotTick> => ticks.splice(0)
  }
}
type Unread = ReturnType<typeof listenTo>

const makeVenue = (keeper: Keeper, unread: Unread): Context.Tag.Service<Venue> => {
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
    orderAccount: plainAccount(account as Address),
    follow: () => Effect.void,
    beat: Effect.void,
    market: (slug) => ask("market", (world) => world.markets.get(slug)),
    priceToBeat: (slug) => ask("priceToBeat", (world) => priceToBeatOf(world, slug)),
    resolution: (slug) => ask("resolution", (world) => world.resolutions.get(slug)),
    book: (tokenId) => ask("book", (world, nowMs) => bookOf(world, tokenId, nowMs)),
    sign: ({ orderId }) => Effect.succeed(`signed ${orderId}`),
    place: (order) =>
      Effect.flatMap(unavailable("place")(keeper.place(account, order)), (answer) => placedOf(order, answer)),
    cancel: (orderIds) => unavailable("cancel")(keeper.cancel(account, orderIds)),
    newsStreams: Effect.succeed(1),
    takeUpdates: keeper
      .now(() => unread.takeUpdates())
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

const makeSpotSource = (
  keeper: Keeper,
  unread: Unread,
  assets: ReadonlySet<Asset>
): Context.Tag.Service<SpotSource> => ({
  assets,
  takeTicks: Effect.mapError(
    keeper.now(() => unread.takeTicks()),
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
export const directVenue = (
  options: DirectOptions
): Layer.Layer<Venue | SpotSource, PersistenceError, FileSystem.FileSystem | Path.Path> =>
  Layer.scopedContext(
    Effect.map(openKeeper(options), (keeper) => {
      const unread = listenTo(keeper.world)
      return Context.make(Venue, makeVenue(keeper, unread)).pipe(
        Context.add(SpotSource, makeSpotSource(keeper, unread, options.spotAssets))
      )
    })
  )
