/**
 * RTDS, the older of the two price streams (polymarket.md §5.4; spot-feeds.md §1b), with its habits: it answers nothing, it
 * honours one filter per topic, a filter with spaces gets a snapshot and then silence, a topic it does not know silences
 * all that was asked with it. Its Binance topic tells the settlement source's price, for the exchange has no other.
 */
import { Either, Schema } from "effect"
import { ASSETS, type Asset } from "../../../domain/asset.ts"
import type { SpotTick } from "../../../ports/spot.ts"
import type { Outbox } from "./outbox.ts"
import type { PriceBoard, PricePoint } from "./price-board.ts"
import type { PriceChannel } from "./price-channel.ts"
import { pairSymbol, rtdsPoint, usdtSymbol } from "./price-texts.ts"
import { type Session, parseFrame } from "./session.ts"

const Request = Schema.Struct({
  action: Schema.Literal("subscribe", "unsubscribe"),
  subscriptions: Schema.Array(
    Schema.Struct({ topic: Schema.String, type: Schema.String, filters: Schema.optional(Schema.String) })
  )
})
const decodeRequest = Schema.decodeUnknownEither(Request)

/** More in one frame than this is no request of a client. */
const MAX_SUBSCRIPTIONS = 100
/** The first frame's list is of about a minute. */
const DUMP_SECONDS = 60

const TOPICS = {
  crypto_prices: { symbolOf: usdtSymbol, lookback: undefined, dumps: true },
  crypto_prices_chainlink: { symbolOf: pairSymbol, lookback: undefined, dumps: true },
  crypto_prices_twap_thirty: { symbolOf: pairSymbol, lookback: 30, dumps: false },
  crypto_prices_twap_sixty: { symbolOf: pairSymbol, lookback: 60, dumps: false }
} as const
type Topic = keyof typeof TOPICS

const isTopic = (text: string): text is Topic => Object.hasOwn(TOPICS, text)
const TOPIC_NAMES = Object.keys(TOPICS).filter(isTopic)

/** Assets a filter lets through, and whether anything comes after the snapshot. */
interface Followed {
  readonly assets: ReadonlyArray<Asset>
  readonly silent: boolean
}

const Filter = Schema.parseJson(Schema.Struct({ symbol: Schema.String }))
const decodeFilter = Schema.decodeUnknownEither(Filter)

const readFilter = (topic: Topic, filters: string): Followed => {
  const { symbolOf } = TOPICS[topic]
  const known = (symbols: ReadonlyArray<string>) =>
    ASSETS.filter((asset) => symbols.includes(symbolOf(asset)))
  const json = decodeFilter(filters)
  if (Either.isLeft(json)) {
    return { assets: topic === "crypto_prices" ? known(filters.toLowerCase().split(",")) : [], silent: false }
  }
  return {
    assets: known([json.right.symbol.toLowerCase()]),
    silent: filters !== JSON.stringify(json.right)
  }
}

class RtdsSession implements Session {
  private readonly followed = new Map<Topic, Followed>()
  private readonly outbox: Outbox
  private readonly connectionId: string
  private readonly board: PriceBoard
  private readonly left: () => void

  constructor(outbox: Outbox, connectionId: string, board: PriceBoard, left: () => void) {
    this.outbox = outbox
    this.connectionId = connectionId
    this.board = board
    this.left = left
  }

  hear(frame: string, nowMs: number): void {
    const request = Either.flatMap(parseFrame(frame), decodeRequest)
    if (Either.isLeft(request)) return
    const { action, subscriptions } = request.right
    if (subscriptions.length > MAX_SUBSCRIPTIONS) return
    const asked = subscriptions.filter(({ type }) => type === "update" || type === "*")
    if (!asked.every(({ topic }) => isTopic(topic))) return
    for (const { filters, topic } of asked) {
      if (!isTopic(topic)) continue
      if (action === "unsubscribe") this.followed.delete(topic)
      else this.follow(topic, filters, nowMs)
    }
  }

  end(): void {
    this.left()
  }

  /** Tells what came with a price, or with an average of so many seconds. */
  priced({ asset }: SpotTick, nowMs: number, averageOf?: 60): void {
    for (const topic of TOPIC_NAMES) {
      const { lookback: told } = TOPICS[topic]
      if (averageOf === undefined ? told !== undefined && this.board.isTold(told) : told !== averageOf)
        continue
      const followed = this.followed.get(topic)
      if (followed === undefined || followed.silent || !followed.assets.includes(asset)) continue
      const { lookback, symbolOf } = TOPICS[topic]
      const point =
        lookback === undefined ? this.board.latest(asset) : this.board.latestAverage(asset, lookback)
      if (point === undefined) continue
      const window = lookback === undefined ? {} : { window_s: lookback }
      const payload = { symbol: symbolOf(asset), ...this.pointOf(topic, point), ...window }
      this.outbox.json(this.envelope(topic, "update", payload, nowMs))
    }
  }

  private follow(topic: Topic, filters: string | undefined, nowMs: number): void {
    if (filters === undefined || filters === "")
      return void this.followed.set(topic, { assets: ASSETS, silent: false })
    const followed = readFilter(topic, filters)
    this.followed.set(topic, followed)
    if (!TOPICS[topic].dumps) return
    for (const asset of followed.assets) {
      const data = this.board.history(asset, DUMP_SECONDS).map((point) => {
        const { timestamp, value } = rtdsPoint(point)
        return { timestamp, value }
      })
      const payload = { symbol: TOPICS[topic].symbolOf(asset), data }
      // It names this topic whatever was asked for: the form of the symbol tells the source.
      this.outbox.json(this.envelope("crypto_prices", "subscribe", payload, nowMs))
    }
  }

  private pointOf(topic: Topic, point: PricePoint) {
    const { timestamp, value, ...exact } = rtdsPoint(point)
    return { timestamp, value, ...(topic === "crypto_prices" ? {} : exact) }
  }

  private envelope(topic: Topic, type: "update" | "subscribe", payload: unknown, nowMs: number) {
    return { connection_id: this.connectionId, topic, type, timestamp: nowMs, payload }
  }
}

export class RtdsChannel implements PriceChannel {
  private readonly sessions = new Set<RtdsSession>()
  private readonly board: PriceBoard

  constructor(board: PriceBoard) {
    this.board = board
  }

  open(outbox: Outbox, connectionId: string): Session {
    const session = new RtdsSession(outbox, connectionId, this.board, () => this.sessions.delete(session))
    this.sessions.add(session)
    return session
  }

  priced(tick: SpotTick, nowMs: number): void {
    for (const session of this.sessions) session.priced(tick, nowMs)
  }

  averaged(tick: SpotTick, nowMs: number): void {
    for (const session of this.sessions) session.priced(tick, nowMs, 60)
  }
}
