/** The user channel: orders and trades as they happen, and over REST what happened while it was away. */
import { Clock, Effect, Either, Metric, Queue, Redacted } from "effect"
import type { FeeSchedule } from "../../../domain/fees.ts"
import type { OrderId } from "../../../domain/order.ts"
import { ConditionId } from "../../../domain/window.ts"
import type { AccountUpdate, ExchangeError } from "../../../ports/exchange.ts"
import type { SocketEnded, Sockets, TextSocket } from "../../../ports/sockets.ts"
import type { ApiCredentials } from "../../../protocol/l2.ts"
import type { Activity } from "../cash.ts"
import { type Me, orderOf, orderOfEvent, tradesOf } from "../mapping/account.ts"
import type { PrivateClob } from "../rest/clob.ts"
import type { WireOrder, WireTrade } from "../wire/clob.ts"
import { WireUserEvent } from "../wire/events.ts"
import { decodeJson, parseJson } from "../wire/json.ts"
import { type ChannelSpec, type FrameKind, keepOpen } from "./channel.ts"
import { News, type Offered } from "./news.ts"

/** Events of the user channel and what became of them, tagged `ended`: taken, duplicate, older, overflow, bad. */
export const userEvents = Metric.counter("tradewind_user_events", { incremental: true })

const PING = { text: "PING", everyMs: 10_000 }
const LIFE_WITHIN_MS = 25_000
/** Trades are asked for from so long before the socket was last known to be good. */
const OVERLAP_MS = 60_000
/** Orders that are asked for one by one after a reconnect. */
const MAX_SINGLE_READS = 200

export interface UserChannelParts {
  readonly url: string
  readonly credentials: ApiCredentials
  readonly me: Me
  readonly clob: Pick<PrivateClob, "order" | "openOrders" | "trades">
  /** The fee terms of a market; a trade without them cannot be told in money. */
  readonly feesOf: (conditionId: ConditionId) => Effect.Effect<FeeSchedule, ExchangeError>
}

export interface UserChannel {
  readonly takeUpdates: Effect.Effect<ReadonlyArray<AccountUpdate>>
  /** What happened here that trades may come of. */
  readonly activity: Effect.Effect<Activity>
  /** How often the channel was opened so far. */
  readonly opened: Effect.Effect<number>
  /** An order was sent: after a reconnect it is asked for. */
  readonly watch: (orderId: OrderId) => Effect.Effect<void>
  /** An order that was sent is surely not at the venue. */
  readonly notTaken: (orderId: OrderId) => Effect.Effect<void>
  /** Reads over REST what the stream may have missed, as soon as can be. */
  readonly resync: Effect.Effect<void>
  /** Runs the channel; never ends. */
  readonly run: Effect.Effect<never>
  /** Reads over REST whenever it is asked to; never ends. */
  readonly reread: Effect.Effect<never, ExchangeError>
}

const readEvent = decodeJson(WireUserEvent)

const subscribeFrame = ({ apiKey, passphrase, secret }: ApiCredentials): string =>
  JSON.stringify({
    auth: {
      apiKey: Redacted.value(apiKey),
      secret: Redacted.value(secret),
      passphrase: Redacted.value(passphrase)
    },
    type: "user"
  })

const count = (ended: Offered | "bad") => Metric.update(userEvents.pipe(Metric.tagged("ended", ended)), 1)

/** Turns the channel's words into news. */
const makeReader = ({ feesOf, me }: UserChannelParts, news: News, resync: Effect.Effect<void>) => {
  const offer = (update: AccountUpdate, from: "stream" | "read") =>
    Effect.suspend(() => count(news.offer(update, from)))
  const bad = (message: string) =>
    Effect.logWarning("user_event_dropped").pipe(
      Effect.annotateLogs({ module: "polymarket", reason: message }),
      Effect.zipRight(count("bad")),
      // What it said is not known: it is asked for.
      Effect.zipRight(resync)
    )
  const trade = (wire: WireTrade, atMs: number, from: "stream" | "read") =>
    Effect.gen(function* () {
      const fees = yield* feesOf(ConditionId.make(wire.market))
      const trades = tradesOf(wire, me, fees, atMs)
      if (Either.isLeft(trades)) return yield* bad(trades.left)
      for (const each of trades.right) yield* offer({ _tag: "TradeUpdate", trade: each, atMs }, from)
    })
  const order = (wire: WireOrder, atMs: number) =>
    Either.match(orderOf(wire), {
      onLeft: bad,
      onRight: (told) => offer({ _tag: "OrderUpdate", order: told, atMs, note: wire.status }, "read")
    })
  const event = (json: unknown): Effect.Effect<void, ExchangeError> =>
    Effect.gen(function* () {
      const read = readEvent(json)
      if (Either.isLeft(read)) return yield* bad(read.left.message)
      if (read.right.event_type === "trade") {
        return yield* trade(read.right, read.right.timestamp ?? (yield* Clock.currentTimeMillis), "stream")
      }
      const { status, timestamp, type } = read.right
      const told = orderOfEvent(read.right)
      if (Either.isLeft(told)) return yield* bad(told.left)
      const note = [type, status ?? ""].join(" ").trim()
      yield* offer({ _tag: "OrderUpdate", order: told.right, atMs: timestamp, note }, "stream")
    })
  return { event, trade, order, bad }
}
type Reader = ReturnType<typeof makeReader>

const frameOf =
  (reader: Reader, resync: Effect.Effect<void>) =>
  (text: string): Effect.Effect<FrameKind> =>
    Effect.gen(function* () {
      if (text === "PONG" || /^[A-Z][A-Z _]{1,60}$/.test(text)) return "life"
      const parsed = parseJson(text)
      if (Either.isLeft(parsed)) {
        yield* reader.bad(parsed.left.message)
        return "nothing"
      }
      const events: ReadonlyArray<unknown> = Array.isArray(parsed.right) ? parsed.right : [parsed.right]
      for (const event of events) {
        yield* Effect.catchAll(reader.event(event), (error) =>
          Effect.logWarning("user_event_put_off").pipe(
            Effect.annotateLogs({ module: "polymarket", reason: error.message }),
            Effect.zipRight(resync)
          )
        )
      }
      return "data"
    })

/** Open orders, orders that were open and are not listed any more, and the trades since. */
const rereadOnce = (
  { clob, me }: UserChannelParts,
  reader: Reader,
  news: News,
  sinceMs: number
): Effect.Effect<void, ExchangeError> =>
  Effect.gen(function* () {
    const askedMs = yield* Clock.currentTimeMillis
    const open = yield* clob.openOrders()
    const listed = new Set<string>(open.map(({ id }) => id))
    const unlisted = news.watched.filter((orderId) => !listed.has(orderId)).slice(0, MAX_SINGLE_READS)
    for (const order of open) yield* reader.order(order, askedMs)
    for (const orderId of unlisted) {
      const order = yield* clob.order(orderId)
      if (order !== undefined) yield* reader.order(order, askedMs)
    }
    const after = Math.max(0, Math.floor((sinceMs - OVERLAP_MS) / 1000))
    const trades = yield* clob.trades({ makerAddress: me.account, after })
    for (const trade of trades) yield* reader.trade(trade, askedMs, "read")
  })

export const makeUserChannel = (
  sockets: typeof Sockets.Service,
  parts: UserChannelParts
): Effect.Effect<UserChannel> =>
  Effect.gen(function* () {
    const news = new News()
    const wishes = yield* Queue.sliding<void>(1)
    const resync = Effect.asVoid(Queue.offer(wishes, undefined))
    const reader = makeReader(parts, news, resync)
    /** When the account was last known completely. */
    let knownMs = yield* Clock.currentTimeMillis
    let activities = 0
    let opened = 0
    /** The account was read since the channel opened: orders of an earlier process, or of before a break, are watched. */
    let read = false
    const active = Effect.sync(() => void (activities += 1))
    const frame = frameOf(reader, resync)

    const spec: ChannelSpec = {
      name: "user",
      url: parts.url,
      ping: PING,
      lifeWithinMs: LIFE_WITHIN_MS,
      dataWithinMs: Effect.sync(() => undefined),
      opened: (socket: TextSocket): Effect.Effect<void, SocketEnded> =>
        Effect.suspend(() => {
          read = false
          opened += 1
          return Effect.zipRight(active, socket.send(subscribeFrame(parts.credentials)))
        }).pipe(Effect.zipRight(resync)),
      beside: () => Effect.never,
      frame: (text) => (text === "PONG" ? frame(text) : Effect.zipRight(active, frame(text))),
      closed: Effect.void,
      waitAfterMs: () => Effect.sync(() => undefined)
    }

    return {
      takeUpdates: Effect.suspend(() => {
        const missed = news.overflowed
        const taken = news.take()
        return missed ? Effect.as(resync, taken) : Effect.succeed(taken)
      }),
      activity: Effect.sync(() => ({ count: activities, mayTrade: !read || news.watched.length > 0 })),
      opened: Effect.sync(() => opened),
      watch: (orderId) =>
        Effect.zipRight(
          active,
          Effect.sync(() => news.watch(orderId))
        ),
      notTaken: (orderId) => Effect.sync(() => news.unwatch(orderId)),
      resync,
      run: keepOpen(sockets, spec),
      reread: Effect.gen(function* () {
        yield* Queue.take(wishes)
        const begunMs = yield* Clock.currentTimeMillis
        yield* rereadOnce(parts, reader, news, knownMs).pipe(Effect.tapError(() => resync))
        read = true
        if (!news.overflowed) knownMs = begunMs
      }).pipe(Effect.forever)
    }
  })
