/** The market channel: subscribed to what is followed, its books read anew over REST where they are not sure. */
import { Clock, Duration, Effect, Metric, Queue } from "effect"
import type { Book } from "../../../domain/book.ts"
import type { TokenId } from "../../../domain/window.ts"
import type { ExchangeError } from "../../../ports/exchange.ts"
import { SocketEnded, type Sockets, type TextSocket } from "../../../ports/sockets.ts"
import type { PublicClob } from "../rest/clob.ts"
import { type ChannelSpec, type FrameKind, keepOpen } from "./channel.ts"
import { MarketBooks, type MarketHearing } from "./market-books.ts"
import { snapshotOf } from "./snapshot.ts"

/** Events of the market channel that were taken, tagged `kind`. */
export const marketEvents = Metric.counter("tradewind_market_events", { incremental: true })
/** Events, or parts of them, that were dropped, tagged `reason`. */
export const marketDrops = Metric.counter("tradewind_market_drops", { incremental: true })

/** Instruments in one subscription frame: beyond some 500 the venue leaves snapshots out. */
const TOKENS_AT_ONCE = 200
/** Books in one REST answer: the answer stays well within what is read. */
const BOOKS_AT_ONCE = 20
/** Time between two looks at which books are not sure. */
const REPAIR_EVERY_MS = 1_000
/** Changes of the subscription that wait for the socket. */
const WAITING_CHANGES = 256
const PING = { text: "PING", everyMs: 10_000 }
const LIFE_WITHIN_MS = 25_000

export interface MarketChannelSettings {
  readonly url: string
  /** Longest silence of the market while something is followed. */
  readonly dataWithinMs: number
  /** What it is called in metrics and logs; market unless another is beside it. */
  readonly name?: string
  /** Who is told of trades and changed books, at the moment they come. */
  readonly hears?: Pick<MarketHearing, "traded" | "changed">
}

export interface MarketChannel {
  readonly follow: (tokenIds: ReadonlySet<TokenId>) => Effect.Effect<void>
  /** The book as the stream has it; undefined where the stream is not sure of it. */
  readonly book: (tokenId: TokenId) => Effect.Effect<Book | undefined>
  /** The same, at a moment by our clock. */
  readonly bookAt: (tokenId: TokenId, nowMs: number) => Book | undefined
  /** Is the channel open, and are all books that there ever were to be relied on at a moment by our clock? */
  readonly isSound: (nowMs: number) => boolean
  /** Is what the stream brings good, as far as can be told? */
  readonly healthy: Effect.Effect<boolean>
  /** Runs the channel; never ends. */
  readonly run: Effect.Effect<never>
  /** Reads books that are not sure; never ends. */
  readonly repair: Effect.Effect<never>
}

const chunks = <A>(items: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size)
  )

type Change = { readonly operation: "subscribe" | "unsubscribe"; readonly tokenIds: ReadonlyArray<TokenId> }

const changeFrame = ({ operation, tokenIds }: Change): string =>
  JSON.stringify({ operation, assets_ids: tokenIds })

/** The first frame names the channel; a second one of its kind would be refused. */
const firstFrame = (tokenIds: ReadonlyArray<TokenId>): string =>
  JSON.stringify({ assets_ids: tokenIds, type: "market", custom_feature_enabled: false })

/** Frames that are no JSON: the answer to a ping, and remarks on what was subscribed. */
const isRemark = (text: string): boolean => /^[A-Z][A-Z _]{1,60}$/.test(text)

/** Counts by name, kept until the metrics are given them: there are thousands a second. */
class Tally {
  private counts = new Map<string, number>()

  readonly count = (name: string): void => {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
  }

  /** Hands what was counted since the last time to a metric. */
  publish(metric: Metric.Metric.Counter<number>, tag: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const counts = this.counts
      this.counts = new Map()
      return Effect.forEach(
        counts,
        ([name, count]) => Metric.update(metric.pipe(Metric.tagged(tag, name)), count),
        { discard: true }
      )
    })
  }
}

const frameOf =
  (books: MarketBooks) =>
  (text: string): Effect.Effect<FrameKind> => {
    if (text === "PONG") return Effect.succeed("life")
    if (isRemark(text)) {
      return Effect.logDebug("market_channel_remark").pipe(Effect.annotateLogs({ text }), Effect.as("life"))
    }
    return Effect.clockWith((clock) =>
      Effect.succeed(books.take(text, clock.unsafeCurrentTimeMillis()) ? "data" : "nothing")
    )
  }

/** Reads the books that are not sure, some at a time. */
const repairOnce = (
  books: MarketBooks,
  clob: Pick<PublicClob, "books">
): Effect.Effect<void, ExchangeError> =>
  Effect.gen(function* () {
    const inNeed = books.inNeed(yield* Clock.currentTimeMillis)
    for (const tokenIds of chunks(inNeed, BOOKS_AT_ONCE)) {
      const answer = yield* clob.books(tokenIds)
      const nowMs = yield* Clock.currentTimeMillis
      for (const book of answer) books.snapshot(snapshotOf(book), nowMs)
    }
  })

export const makeMarketChannel = (
  sockets: typeof Sockets.Service,
  clob: Pick<PublicClob, "books">,
  settings: MarketChannelSettings
): Effect.Effect<MarketChannel> =>
  Effect.gen(function* () {
    const [taken, dropped] = [new Tally(), new Tally()]
    const books = new MarketBooks({ took: taken.count, dropped: dropped.count, ...settings.hears })
    const changes = yield* Queue.dropping<Change>(WAITING_CHANGES)
    let open = false

    const subscribe = (socket: TextSocket): Effect.Effect<void, SocketEnded> =>
      Effect.gen(function* () {
        yield* Queue.takeAll(changes)
        const [first = [], ...rest] = chunks(books.followed, TOKENS_AT_ONCE)
        yield* socket.send(firstFrame(first))
        for (const tokenIds of rest) yield* socket.send(changeFrame({ operation: "subscribe", tokenIds }))
        open = true
      })

    const spec: ChannelSpec = {
      name: settings.name ?? "market",
      url: settings.url,
      ping: PING,
      lifeWithinMs: LIFE_WITHIN_MS,
      dataWithinMs: Effect.sync(() => (books.followed.length === 0 ? undefined : settings.dataWithinMs)),
      opened: subscribe,
      beside: (socket) =>
        Queue.take(changes).pipe(
          Effect.flatMap((change) => socket.send(changeFrame(change))),
          Effect.forever
        ),
      frame: frameOf(books),
      closed: Effect.sync(() => {
        open = false
        books.forgetAll()
      }),
      waitAfterMs: () => Effect.sync(() => undefined)
    }

    return {
      follow: (tokenIds) =>
        Effect.gen(function* () {
          const { added, removed } = books.follow(tokenIds)
          if (!open) return
          const wanted: ReadonlyArray<Change> = [
            ...(added.length > 0 ? [{ operation: "subscribe" as const, tokenIds: added }] : []),
            ...(removed.length > 0 ? [{ operation: "unsubscribe" as const, tokenIds: removed }] : [])
          ]
          for (const change of wanted) yield* Queue.offer(changes, change)
        }),
      book: (tokenId) => Effect.map(Clock.currentTimeMillis, (nowMs) => books.book(tokenId, nowMs)),
      bookAt: (tokenId, nowMs) => books.book(tokenId, nowMs),
      isSound: (nowMs) => open && books.isReliable(nowMs),
      healthy: Effect.map(Clock.currentTimeMillis, (nowMs) => open && books.isHealthy(nowMs)),
      run: keepOpen(sockets, spec),
      repair: Effect.sleep(Duration.millis(REPAIR_EVERY_MS)).pipe(
        Effect.zipRight(
          Effect.catchAll(repairOnce(books, clob), (error) =>
            Effect.logDebug("books_not_read").pipe(Effect.annotateLogs({ reason: error.message }))
          )
        ),
        Effect.zipRight(taken.publish(marketEvents, "kind")),
        Effect.zipRight(dropped.publish(marketDrops, "reason")),
        Effect.forever
      )
    }
  })
