/**
 * The venue as it truly is. It is either a process of its own, which goes on while the daemon is down, or it lives inside
 * the daemon as in mode sim, dies with it and is taken up from its files.
 */
import type { FileSystem, Path } from "@effect/platform"
import { Context, Effect, type Exit, Layer, Runtime, type Scope } from "effect"
import type { AppConfig } from "../../../src/composition/app-config.ts"
import { PAPER_WALLET } from "../../../src/composition/paper-wallet.ts"
import type { BuiltInWorld } from "../../../src/composition/worlds.ts"
import type { PersistenceError } from "../../../src/ports/persistence.ts"
import { SpotSource, type SpotTick } from "../../../src/ports/spot.ts"
import { Venue } from "../../../src/ports/venue.ts"
import { directVenue } from "../../paper-exchange/world/direct-venue.ts"

type VenueService = typeof Venue.Service
type SpotService = typeof SpotSource.Service

/** The raw venue that checks ask and faults wrap. */
export interface Ground {
  readonly venue: VenueService
  readonly spot: SpotService
  /** Starts something that happens at the venue, whatever becomes of who asked for it. */
  readonly fork: (effect: Effect.Effect<unknown, unknown>) => Effect.Effect<void>
}

/** Spot history that a newcomer is given. */
const HISTORY_MS = 120_000

/** Runs on the venue's own fiber and time; who waits may die or lose patience. */
const relayOn = (runtime: Runtime.Runtime<never>) => {
  const fork = Runtime.runFork(runtime)
  return <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.async<A, E>((resume) => {
      fork(effect).addObserver((exit: Exit.Exit<A, E>) => resume(exit))
    })
}
type Relay = ReturnType<typeof relayOn>

const relayed = (venue: VenueService, relay: Relay): VenueService => ({
  account: venue.account,
  orderAccount: venue.orderAccount,
  follow: (windows) => relay(venue.follow(windows)),
  beat: relay(venue.beat),
  market: (slug) => relay(venue.market(slug)),
  priceToBeat: (slug) => relay(venue.priceToBeat(slug)),
  resolution: (slug) => relay(venue.resolution(slug)),
  book: (tokenId) => relay(venue.book(tokenId)),
  sign: venue.sign,
  place: (order, signed) => relay(venue.place(order, signed)),
  cancel: (orderIds) => relay(venue.cancel(orderIds)),
  takeUpdates: relay(venue.takeUpdates),
  newsStreams: venue.newsStreams,
  order: (orderId) => relay(venue.order(orderId)),
  openOrders: relay(venue.openOrders),
  trades: (conditionId) => relay(venue.trades(conditionId)),
  cashMicroUsd: relay(venue.cashMicroUsd),
  balances: relay(venue.balances)
})

/** Every newcomer is given the recent past first, as the venue's price stream does. */
const withHistory = (spot: SpotService, relay: Relay) => {
  let recent: ReadonlyArray<SpotTick> = []
  return (): SpotService => {
    let isNew = true
    return {
      assets: spot.assets,
      takeTicks: Effect.map(relay(spot.takeTicks), (ticks) => {
        const all = [...recent, ...ticks]
        const lastMs = all.at(-1)?.observedAtMs ?? 0
        recent = all.filter(({ observedAtMs }) => observedAtMs >= lastMs - HISTORY_MS)
        if (!isNew) return ticks
        isNew = false
        return recent
      })
    }
  }
}

/** What a venue is made from. */
export interface VenueParts {
  readonly config: AppConfig
  readonly world: BuiltInWorld
  readonly state: { readonly path: string }
}

const exchangeOf = ({ config, state, world }: VenueParts) =>
  directVenue({
    settings: config.exchange,
    account: PAPER_WALLET.address,
    stateDir: state.path,
    spotAssets: world.spotAssets,
    source: world.source
  })

/** How a life of the daemon gets its venue. */
export type Grounds = (
  parts: VenueParts
) => Effect.Effect<Ground, PersistenceError, Scope.Scope | FileSystem.FileSystem | Path.Path>

/** A venue of its own: every life of the daemon is another client of it. */
export const venueOutside = (parts: VenueParts) =>
  Effect.gen(function* () {
    const built = yield* Layer.build(exchangeOf(parts))
    const runtime = yield* Effect.runtime<never>()
    const relay = relayOn(runtime)
    const venue = relayed(Context.get(built, Venue), relay)
    const newcomer = withHistory(Context.get(built, SpotSource), relay)
    const fork = Runtime.runFork(runtime)
    // A stream does not replay what happened before it was opened.
    const grounds: Grounds = () =>
      Effect.as(venue.takeUpdates, {
        venue,
        spot: newcomer(),
        fork: (effect) => Effect.sync(() => void fork(effect))
      })
    return grounds
  })

/** The venue inside the daemon: made anew from its files in each life. */
export const venueInside: Grounds = (parts) =>
  Effect.map(Layer.build(exchangeOf(parts)), (built) => ({
    venue: Context.get(built, Venue),
    spot: Context.get(built, SpotSource),
    fork: (effect) => Effect.asVoid(Effect.forkDaemon(effect))
  }))
