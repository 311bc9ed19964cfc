/** The venue's markets as a feed: discovery, the market channel and the reference prices, without an account. */
import type { HttpClient } from "@effect/platform"
import { Clock, Effect, Layer, Metric, Queue } from "effect"
import type { Asset } from "../../domain/asset.ts"
import type { ExchangeError } from "../../ports/exchange.ts"
import { type FeedEvent, MarketFeed } from "../../ports/market-feed.ts"
import { ModuleHost } from "../../ports/module-host.ts"
import type { Signer } from "../../ports/signer.ts"
import { Sockets } from "../../ports/sockets.ts"
import type { ApiCredentials } from "../../protocol/l2.ts"
import { type ClientSettings, priceChannelOf } from "./client-settings.ts"
import { POLYGON_EXCHANGE } from "./digest.ts"
import { FeedNews } from "./feed-news.ts"
import { makeListing } from "./listing.ts"
import { type Ask, makeAsk } from "./rest/ask.ts"
import { createOrDerive } from "./rest/auth.ts"
import { publicClob } from "./rest/clob.ts"
import { makeGamma } from "./rest/gamma.ts"
import { makeTransport } from "./rest/transport.ts"
import { VenueTime } from "./rest/venue-time.ts"
import { checkClock, checkVersion, keepChecking } from "./start.ts"
import { type MarketChannel, makeMarketChannel } from "./streams/market-channel.ts"
import { makePriceChannel } from "./streams/price-channel.ts"

/** Events of the feed that were lost because nobody took them, tagged `kind`. */
const feedLost = Metric.counter("tradewind_feed_lost", { incremental: true })

/** Who asks for prices where they need a key: a key that is there, or a wallet that one is made for. */
export interface FeedKey {
  readonly credentials: ApiCredentials | undefined
  readonly signer: typeof Signer.Service
}

export interface FeedOptions {
  readonly settings: Pick<
    ClientSettings,
    | "addresses"
    | "marketSilenceMs"
    | "priceFeed"
    | "priceSilenceMs"
    | "requestWaitMs"
    | "spotSources"
    | "takerHoldMs"
  >
  readonly assets: ReadonlySet<Asset>
  /** Undefined where the price stream takes anybody (RTDS). */
  readonly key: FeedKey | undefined
}

const keyOf = (ask: Ask, key: FeedKey | undefined, time: VenueTime) => {
  if (key === undefined) return Effect.sync((): ApiCredentials | undefined => undefined)
  return key.credentials === undefined
    ? createOrDerive(ask, key.signer, time, POLYGON_EXCHANGE.chainId)
    : Effect.succeed(key.credentials)
}

/** The news as they are taken: with the books as they are then, and what was lost counted. */
const takenFrom = (
  news: FeedNews,
  wake: Queue.Dequeue<void>,
  bookAt: MarketChannel["bookAt"]
): Effect.Effect<ReadonlyArray<FeedEvent>> =>
  Effect.gen(function* () {
    yield* Queue.take(wake)
    const nowMs = yield* Clock.currentTimeMillis
    const { events, lost } = news.take((tokenId) => bookAt(tokenId, nowMs))
    for (const [kind, count] of Object.entries(lost))
      if (count > 0) yield* Metric.update(feedLost.pipe(Metric.tagged("kind", kind)), count)
    return events
  })

const make = ({ assets, key, settings }: FeedOptions) =>
  Effect.gen(function* () {
    const { addresses } = settings
    const sockets = yield* Sockets
    const host = yield* ModuleHost
    const ask = makeAsk(yield* makeTransport({ addresses, maxWaitMs: settings.requestWaitMs }))
    const clob = publicClob(ask)
    const time = new VenueTime()
    yield* checkVersion(clob)
    yield* checkClock(clob, time)
    const credentials = yield* keyOf(ask, key, time)

    const wake = yield* Queue.sliding<void>(1)
    const news = new FeedNews(() => void wake.unsafeOffer(undefined))
    const market = yield* makeMarketChannel(sockets, clob, {
      name: "live-market",
      url: addresses.marketSocket,
      dataWithinMs: settings.marketSilenceMs,
      hears: { traded: (trade) => news.traded(trade), changed: (tokenId) => news.changed(tokenId) }
    })
    const prices = makePriceChannel(
      sockets,
      {
        ...priceChannelOf(settings, assets),
        name: "live-prices",
        hears: (kind, tick) => news.priced(kind, tick)
      },
      credentials
    )
    const listing = makeListing({
      clob,
      gamma: makeGamma(ask),
      averageAt: prices.averageAt,
      takerHoldMs: settings.takerHoldMs
    })
    yield* host.fork("live-market-channel", market.run)
    yield* host.fork("live-market-books", market.repair)
    yield* host.fork("live-price-channel", prices.run)
    yield* host.fork("live-start-checks", keepChecking([checkClock(clob, time)]))
    return MarketFeed.of({
      market: listing.market,
      priceToBeat: listing.priceToBeat,
      resolution: listing.resolution,
      follow: (tokenIds) =>
        Effect.zipRight(
          Effect.sync(() => news.follow(tokenIds)),
          market.follow(tokenIds)
        ),
      take: takenFrom(news, wake, market.bookAt),
      isSound: market.isSound
    })
  })

/** The feed. Fails `Refused` where the venue speaks another protocol, `AuthFailed` where it gives no API key for its prices. */
export const feedLayer = (
  options: FeedOptions
): Layer.Layer<MarketFeed, ExchangeError, HttpClient.HttpClient | Sockets | ModuleHost> =>
  Layer.effect(MarketFeed, make(options))
