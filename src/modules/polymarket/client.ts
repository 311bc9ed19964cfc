/** The client of the venue's protocol: the ports Venue and SpotSource over HTTP and sockets, real ones or in-process. */
import type { HttpClient } from "@effect/platform"
import { Context, Effect, Either, Layer, Queue } from "effect"
import type { Asset } from "../../domain/asset.ts"
import { OrderId } from "../../domain/order.ts"
import { ConditionId, TokenId } from "../../domain/window.ts"
import type { CancelOutcome, ExchangeError, VenueOrder, VenueTrade } from "../../ports/exchange.ts"
import { ModuleHost } from "../../ports/module-host.ts"
import { Signer } from "../../ports/signer.ts"
import { Sockets } from "../../ports/sockets.ts"
import { SpotSource } from "../../ports/spot.ts"
import { Venue } from "../../ports/venue.ts"
import type { ApiCredentials } from "../../protocol/l2.ts"
import { makeCash } from "./cash.ts"
import { type ClientSettings, priceChannelOf } from "./client-settings.ts"
import { tellCondition } from "./condition.ts"
import { POLYGON_EXCHANGE } from "./digest.ts"
import { makeHeartbeat } from "./heartbeat.ts"
import { makeListing } from "./listing.ts"
import { type Me, orderOf, tradesOf } from "./mapping/account.ts"
import { makePlace, makeSign } from "./placing.ts"
import { errorOf } from "./request.ts"
import { type Ask, makeAsk } from "./rest/ask.ts"
import { createOrDerive, signWithKey } from "./rest/auth.ts"
import { type PrivateClob, privateClob, publicClob } from "./rest/clob.ts"
import { geoblock, makeGamma, positionsOf } from "./rest/gamma.ts"
import { makeTransport } from "./rest/transport.ts"
import { VenueTime } from "./rest/venue-time.ts"
import { type Standing, checkClock, checkPlace, checkStanding, checkVersion, keepChecking } from "./start.ts"
import { makeBookReader } from "./streams/book-reader.ts"
import { type MarketChannel, makeMarketChannel } from "./streams/market-channel.ts"
import { makePriceChannel } from "./streams/price-channel.ts"
import { makeUserChannel } from "./streams/user-channel.ts"
import { WireCancelled } from "./wire/clob.ts"

export { ClientSettings } from "./client-settings.ts"

export interface ClientOptions {
  readonly settings: ClientSettings
  /** The API key; undefined to have the venue make or read the wallet's. */
  readonly credentials: ApiCredentials | undefined
  /** Assets whose prices are wanted. */
  readonly assets: ReadonlySet<Asset>
}

const undecodable = (operation: string) => (message: string) =>
  errorOf(operation, { _tag: "Undecodable" }, message)

const told = <A>(operation: string, read: Either.Either<A, string>): Effect.Effect<A, ExchangeError> =>
  Effect.mapError(read, undecodable(operation))

/** What became of each order that was to be cancelled; one the venue says nothing of is not cancelled. */
const cancelOutcome = (
  orderIds: ReadonlyArray<OrderId>,
  { canceled, not_canceled }: typeof WireCancelled.Type
): CancelOutcome => {
  const done = new Set((canceled ?? []).map((id) => id.toLowerCase()))
  const reasons = new Map(Object.entries(not_canceled ?? {}).map(([id, why]) => [id.toLowerCase(), why]))
  const cancelled = orderIds.filter((orderId) => done.has(orderId.toLowerCase()))
  const others = orderIds.filter((orderId) => !done.has(orderId.toLowerCase()))
  return {
    cancelled,
    notCancelled: new Map(
      others.map((orderId) => [orderId, reasons.get(orderId.toLowerCase()) ?? "the venue says nothing of it"])
    )
  }
}

const makeAccount = (
  ask: Ask,
  clob: PrivateClob,
  me: Me,
  feesOf: ReturnType<typeof makeListing>["feesOf"]
) => ({
  cancel: (orderIds: ReadonlyArray<OrderId>): Effect.Effect<CancelOutcome, ExchangeError> => {
    const [only] = orderIds
    if (only === undefined) return Effect.succeed({ cancelled: [], notCancelled: new Map() })
    const request = orderIds.length === 1 ? clob.cancelOne(only) : clob.cancelMany(orderIds)
    return Effect.map(request, (answer) => cancelOutcome(orderIds, answer))
  },
  order: (orderId: OrderId): Effect.Effect<VenueOrder | undefined, ExchangeError> =>
    Effect.flatMap(clob.order(orderId), (found) =>
      found === undefined ? Effect.succeed(undefined) : told("order", orderOf(found))
    ),
  openOrders: Effect.flatMap(clob.openOrders(), (orders) =>
    Effect.map(told("openOrders", Either.all(orders.map(orderOf))), (all) =>
      all.filter(({ status }) => status === "live")
    )
  ),
  trades: (conditionId: ConditionId): Effect.Effect<ReadonlyArray<VenueTrade>, ExchangeError> =>
    Effect.gen(function* () {
      const trades = yield* clob.trades({ conditionId, makerAddress: me.account })
      if (trades.length === 0) return []
      const fees = yield* feesOf(conditionId)
      const rows = yield* told("trades", Either.all(trades.map((trade) => tradesOf(trade, me, fees, 0))))
      return rows.flat()
    }),
  balances: Effect.map(positionsOf(ask, me.account), (positions) =>
    positions
      .filter(({ size }) => size > 0)
      .map(({ asset, conditionId, size }) => ({
        tokenId: TokenId.make(asset),
        conditionId: ConditionId.make(conditionId),
        sizeMicroShares: size
      }))
  )
})

/** Has the venue look again at balances it was behind with, one after another. */
const makeBalanceRefresh = (clob: PrivateClob) =>
  Effect.map(Queue.sliding<TokenId>(16), (stale) => ({
    stale: (tokenId: TokenId) => Effect.asVoid(Queue.offer(stale, tokenId)),
    run: Queue.take(stale).pipe(
      Effect.flatMap((tokenId) => clob.refreshBalance(tokenId)),
      Effect.catchAll((error) =>
        Effect.logDebug("balance_not_refreshed").pipe(Effect.annotateLogs({ reason: error.message }))
      ),
      Effect.forever
    )
  }))

/** The requests of this account, once everything that must be right at the start is. */
const connect = ({ credentials, settings }: ClientOptions) =>
  Effect.gen(function* () {
    const signer = yield* Signer
    const transport = yield* makeTransport({
      addresses: settings.addresses,
      maxWaitMs: settings.requestWaitMs
    })
    const ask = makeAsk(transport)
    const open = publicClob(ask)
    const time = new VenueTime()
    const standing: Standing = { closedOnly: false }
    yield* checkVersion(open)
    yield* checkClock(open, time)
    if (settings.geoblockCheck) yield* checkPlace(geoblock(ask), settings.addresses.site)
    const key = credentials ?? (yield* createOrDerive(ask, signer, time, POLYGON_EXCHANGE.chainId))
    const clob = privateClob(transport, ask, {
      credentials: key,
      sign: signWithKey(signer.address, key, time),
      signatureType: signer.account.signatureType
    })
    yield* checkStanding(clob.closedOnly, standing)
    // The venue's cache of balances may be empty for an account that it has not been asked about yet.
    yield* clob.refreshBalance()
    return { ask, clob, key, open, signer, standing, time }
  })

/** What keeps the daemon from entering, first things first. */
const problemOf = (market: MarketChannel, time: VenueTime, standing: Standing) =>
  Effect.map(market.healthy, (healthy) => {
    if (time.holdsEntries) return `the venue's clock is ${time.skew} ms ahead of ours: entries are held`
    if (standing.closedOnly) return "the venue lets this account close positions only"
    return healthy ? undefined : "the market channel is away, or what it brings is not sound"
  })

/** Runs what never ends, each by its name under the supervisor. */
const runAll = (
  host: typeof ModuleHost.Service,
  fibers: Readonly<Record<string, Effect.Effect<never, ExchangeError>>>
) => Effect.forEach(Object.entries(fibers), ([name, run]) => host.fork(name, run), { discard: true })

const make = (options: ClientOptions) =>
  Effect.gen(function* () {
    const { settings } = options
    const { addresses } = settings
    const sockets = yield* Sockets
    const host = yield* ModuleHost
    const { ask, clob, key, open, signer, standing, time } = yield* connect(options)
    const me: Me = { account: signer.account.maker, apiKey: clob.apiKey }
    const prices = makePriceChannel(sockets, priceChannelOf(settings, options.assets), key)
    const { takerHoldMs } = settings
    const listing = makeListing({
      clob: open,
      gamma: makeGamma(ask),
      averageAt: prices.averageAt,
      takerHoldMs
    })
    const market = yield* makeMarketChannel(sockets, open, {
      url: addresses.marketSocket,
      dataWithinMs: settings.marketSilenceMs
    })
    const user = yield* makeUserChannel(sockets, {
      url: addresses.userSocket,
      credentials: key,
      me,
      clob,
      feesOf: listing.feesOf
    })
    const balances = yield* makeBalanceRefresh(clob)
    const heartbeat = yield* makeHeartbeat(clob.heartbeat)

    yield* runAll(host, {
      "market-channel": market.run,
      "market-books": market.repair,
      "user-channel": user.run,
      "user-reread": user.reread,
      "price-channel": prices.run,
      balances: balances.run,
      "start-checks": keepChecking([checkClock(open, time), checkStanding(clob.closedOnly, standing)]),
      condition: tellCondition(host, problemOf(market, time, standing)),
      ...(settings.heartbeat ? { heartbeat: heartbeat.run } : {})
    })
    const venue = Venue.of({
      account: signer.account.maker,
      orderAccount: signer.account,
      market: listing.market,
      priceToBeat: listing.priceToBeat,
      resolution: listing.resolution,
      follow: market.follow,
      book: makeBookReader(market, open),
      sign: makeSign({ signer, target: POLYGON_EXCHANGE }),
      place: makePlace({
        clob,
        signer,
        target: POLYGON_EXCHANGE,
        time,
        standing,
        watch: user.watch,
        notTaken: user.notTaken,
        staleBalance: balances.stale
      }),
      takeUpdates: user.takeUpdates,
      newsStreams: user.opened,
      beat: settings.heartbeat ? heartbeat.beat : Effect.void,
      cashMicroUsd: makeCash({ clob, me, feesOf: listing.feesOf, activity: user.activity }),
      ...makeAccount(ask, clob, me, listing.feesOf)
    })
    return Context.make(Venue, venue).pipe(Context.add(SpotSource, prices.source))
  })

/**
 * The venue and the reference prices. Fails `Refused` where the venue speaks another protocol or takes no orders from here,
 * `AuthFailed` where it gives no API key.
 */
export const layer = (
  options: ClientOptions
): Layer.Layer<Venue | SpotSource, ExchangeError, HttpClient.HttpClient | Sockets | Signer | ModuleHost> =>
  Layer.effectContext(make(options))
