/**
 * The reference-price stream: PolyBolt, or the older RTDS. Besides spot prices it brings the 60-second averages that windows
 * settle on; the one stamped with a window's start is its price to beat.
 */
import { Clock, Effect, Metric, Random, Redacted } from "effect"
import type { Asset } from "../../../domain/asset.ts"
import type { SpotPrice } from "../../../domain/money.ts"
import { SocketEnded, type Sockets, type TextSocket } from "../../../ports/sockets.ts"
import type { SpotSource, SpotTick } from "../../../ports/spot.ts"
import type { ApiCredentials } from "../../../protocol/l2.ts"
import { type ChannelSpec, type FrameKind, keepOpen } from "./channel.ts"
import { PriceBook } from "./price-book.ts"
import { type PriceFrame, boltSymbol, readBoltFrame, readRtdsFrame } from "./price-frame.ts"

/** Observations or frames that were dropped, tagged `reason`: older, ahead, lost, gap, source, bad. */
export const priceDrops = Metric.counter("tradewind_price_drops", { incremental: true })

export interface PriceChannelSettings {
  readonly url: string
  readonly feed: "polybolt" | "rtds"
  readonly assets: ReadonlySet<Asset>
  /** Who may observe the spot price, as the stream names them: another one's price differs from the one that settles. */
  readonly spotSources: ReadonlySet<string>
  readonly dataWithinMs: number
  /** What it is called in metrics and logs; prices unless another is beside it. */
  readonly name?: string
  /** Who is told of each price and average that is taken, at the moment it comes. */
  readonly hears?: (kind: "spot" | "average", tick: SpotTick) => void
}

export interface PriceChannel {
  readonly source: typeof SpotSource.Service
  /** The 60-second average stamped with exactly this moment, while it is remembered (2 hours). */
  readonly averageAt: (asset: Asset, atMs: number) => Effect.Effect<SpotPrice | undefined>
  /** Runs the channel; never ends. */
  readonly run: Effect.Effect<never>
}

/** Assets PolyBolt has a spot price of; it averages all. */
const SPOT_ON_BOLT: ReadonlySet<Asset> = new Set<Asset>(["BTC", "ETH", "SOL", "XRP", "DOGE", "BNB"])
/** PolyBolt's answers to a key it will not take. */
const KEY_REFUSED = /auth_(invalid|expired|attempts)/
const AFTER_REFUSED_KEY_MS = 60_000

const authFrame = ({ apiKey, passphrase, secret }: ApiCredentials): string =>
  JSON.stringify({
    op: "auth",
    rid: "auth",
    auth: {
      apiKey: Redacted.value(apiKey),
      secret: Redacted.value(secret),
      passphrase: Redacted.value(passphrase)
    }
  })

const boltSubscriptions = (assets: ReadonlySet<Asset>): string =>
  JSON.stringify({
    op: "subscribe",
    rid: "subscribe",
    subscriptions: [...assets].flatMap((asset) => [
      { channel: "price.crypto.twap", filter: { symbol: boltSymbol(asset), window_seconds: 60 } },
      ...(SPOT_ON_BOLT.has(asset) ? [{ channel: "price.crypto", filter: { symbol: boltSymbol(asset) } }] : [])
    ])
  })

/** One topic a frame: one that is not served would silence the others beside it. Unfiltered, for only one filter is honoured. */
const RTDS_SUBSCRIPTIONS: ReadonlyArray<string> = [
  { topic: "crypto_prices_chainlink", type: "*" },
  { topic: "crypto_prices_twap_sixty", type: "update" }
].map((subscription) => JSON.stringify({ action: "subscribe", subscriptions: [subscription] }))

const drop = (reason: string, count = 1) =>
  Metric.update(priceDrops.pipe(Metric.tagged("reason", reason)), count)

type Prices = Extract<PriceFrame, { readonly _tag: "Prices" }>

const makeTaker = (book: PriceBook, settings: PriceChannelSettings, lastSeq: Map<string, number>) => {
  const warned = new Set<string>()
  const otherSource = (source: string) =>
    Effect.suspend(() => {
      const known = warned.has(source) || warned.size > 16
      warned.add(source)
      return Effect.zipRight(
        known
          ? Effect.void
          : Effect.logWarning("spot_source_not_taken").pipe(
              Effect.annotateLogs({
                module: "spot",
                source: source.slice(0, 40),
                meaning: "its prices are dropped; add it to polymarket.spotSources to take them"
              })
            ),
        drop("source")
      )
    })
  return ({ channel, kind, lost, seq, source, ticks }: Prices): Effect.Effect<FrameKind> =>
    Effect.gen(function* () {
      const last = lastSeq.get(channel)
      if (seq !== undefined) {
        lastSeq.set(channel, seq)
        if (last !== undefined && seq > last + 1) yield* drop("gap", seq - last - 1)
      }
      if (lost > 0) yield* drop("lost", lost)
      if (kind === "spot" && source !== "" && !settings.spotSources.has(source)) {
        yield* otherSource(source)
        return "life"
      }
      const nowMs = yield* Clock.currentTimeMillis
      for (const tick of ticks) {
        if (!settings.assets.has(tick.asset)) continue
        if (kind === "spot" ? book.spot(tick, nowMs) : book.average(tick, nowMs)) settings.hears?.(kind, tick)
      }
      return "data"
    })
}

const boltSpec = (
  book: PriceBook,
  settings: PriceChannelSettings,
  credentials: ApiCredentials | undefined
): Omit<ChannelSpec, "name" | "url" | "dataWithinMs" | "beside"> => {
  const lastSeq = new Map<string, number>()
  const take = makeTaker(book, settings, lastSeq)
  const answered = (
    op: string,
    message: string,
    socket: TextSocket
  ): Effect.Effect<FrameKind, SocketEnded> => {
    if (op === "authed") return Effect.as(socket.send(boltSubscriptions(settings.assets)), "life")
    if (op === "subscribed" || op === "unsubscribed" || op === "pong") return Effect.succeed("life")
    if (KEY_REFUSED.test(`${op} ${message}`))
      return new SocketEnded({ message: `${op} ${message}`.trim(), code: 4001 })
    return Effect.as(
      Effect.logWarning("price_stream_refused").pipe(Effect.annotateLogs({ module: "spot", op, message })),
      "nothing"
    )
  }
  return {
    ping: { text: JSON.stringify({ op: "ping" }), everyMs: 15_000 },
    lifeWithinMs: 40_000,
    opened: (socket) =>
      Effect.zipRight(
        Effect.sync(() => lastSeq.clear()),
        credentials === undefined
          ? Effect.dieMessage("PolyBolt tells prices to nobody without an API key")
          : socket.send(authFrame(credentials))
      ),
    frame: (text, socket) => {
      const frame = readBoltFrame(text)
      switch (frame._tag) {
        case "Prices":
          return take(frame)
        case "Answer":
          return answered(frame.op, frame.message, socket)
        case "Other":
          return Effect.succeed("life")
        case "Bad":
          return Effect.as(drop("bad"), "nothing")
      }
    },
    closed: Effect.void,
    waitAfterMs: ({ code }) => {
      if (code === 4001 || code === 4008) return Effect.succeed(AFTER_REFUSED_KEY_MS)
      // Draining: the venue asks to come back at a moment of one's own.
      return code === 4003
        ? Effect.map(Random.next, (chance) => Math.round(chance * 10_000))
        : Effect.sync(() => undefined)
    }
  }
}

const rtdsSpec = (
  book: PriceBook,
  settings: PriceChannelSettings
): Omit<ChannelSpec, "name" | "url" | "dataWithinMs" | "beside"> => {
  const take = makeTaker(book, settings, new Map())
  return {
    ping: { text: "PING", everyMs: 5_000 },
    lifeWithinMs: 30_000,
    opened: (socket) => Effect.forEach(RTDS_SUBSCRIPTIONS, (frame) => socket.send(frame), { discard: true }),
    frame: (text) => {
      if (text === "" || text === "PONG") return Effect.succeed("life")
      const frame = readRtdsFrame(text)
      if (frame._tag === "Prices") return take(frame)
      return frame._tag === "Bad" ? Effect.as(drop("bad"), "nothing") : Effect.succeed("life")
    },
    closed: Effect.void,
    waitAfterMs: () => Effect.sync(() => undefined)
  }
}

export const makePriceChannel = (
  sockets: typeof Sockets.Service,
  settings: PriceChannelSettings,
  credentials: ApiCredentials | undefined
): PriceChannel => {
  const counted = { older: 0, ahead: 0, lost: 0 }
  const book = new PriceBook((reason) => {
    counted[reason] += 1
  })
  const publish = Effect.suspend(() => {
    const counts = { ...counted }
    counted.older = 0
    counted.ahead = 0
    counted.lost = 0
    return Effect.forEach(
      Object.entries(counts).filter(([, count]) => count > 0),
      ([reason, count]) => drop(reason, count),
      { discard: true }
    )
  })
  const spec = settings.feed === "polybolt" ? boltSpec(book, settings, credentials) : rtdsSpec(book, settings)
  return {
    source: {
      assets: settings.assets,
      takeTicks: Effect.zipRight(
        publish,
        Effect.sync(() => book.take())
      )
    },
    averageAt: (asset, atMs) => Effect.sync(() => book.averageAt(asset, atMs)),
    run: keepOpen(sockets, {
      ...spec,
      name: settings.name ?? "prices",
      url: settings.url,
      dataWithinMs: Effect.sync(() => (settings.assets.size === 0 ? undefined : settings.dataWithinMs)),
      beside: () => Effect.never
    })
  }
}
