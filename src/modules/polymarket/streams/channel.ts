/** A channel of the venue kept open: opened anew with backoff whenever it ends, or is open and says nothing. */
import { Data, Duration, Effect, Metric, Random, type Scope } from "effect"
import { monotonicMs } from "../../../ports/monotonic.ts"
import { SocketEnded, type Sockets, type TextSocket } from "../../../ports/sockets.ts"

/** Sockets that were opened, tagged `channel`. */
export const socketsOpened = Metric.counter("tradewind_sockets_opened", { incremental: true })
/** Sockets that ended, tagged `channel` and `why`. */
export const socketsEnded = Metric.counter("tradewind_sockets_ended", { incremental: true })

/** What a frame was: news, a sign of life, or nothing that says the channel works. */
export type FrameKind = "data" | "life" | "nothing"

export interface ChannelSpec {
  readonly name: string
  readonly url: string
  /** The text that keeps the socket alive, and how often it is sent. */
  readonly ping: { readonly text: string; readonly everyMs: number }
  /** Longest silence of any kind: beyond it the connection is held to be half open. */
  readonly lifeWithinMs: number
  /** Longest silence but for signs of life; undefined where there need not be any news. */
  readonly dataWithinMs: Effect.Effect<number | undefined>
  /** Subscribes, right after the socket opened. */
  readonly opened: (socket: TextSocket) => Effect.Effect<void, SocketEnded>
  /** What is done besides for as long as the socket is open; must not end by itself. */
  readonly beside: (socket: TextSocket) => Effect.Effect<never, SocketEnded>
  readonly frame: (text: string, socket: TextSocket) => Effect.Effect<FrameKind, SocketEnded>
  /** What is known from this socket may have changed meanwhile. */
  readonly closed: Effect.Effect<void>
  /** How long to wait after an end of this kind; undefined for the usual backoff. */
  readonly waitAfterMs: (ended: SocketEnded) => Effect.Effect<number | undefined>
}

const OPEN_WITHIN_MS = 10_000
const LOOK_EVERY_MS = 1_000
/** Never more than one connection a second. */
const MIN_WAIT_MS = 1_000
const MAX_WAIT_MS = 30_000
/** A socket that brought frames for so long was a good one: the next failure begins a new backoff. */
const GOOD_AFTER_MS = 30_000

/** Ends a socket from our side, for the reason it gives. */
class Stalled extends Data.TaggedError("Stalled")<{
  readonly why: "no-life" | "no-data"
  readonly silentMs: number
}> {}

/** Whole milliseconds of the monotonic clock: a step of the wall clock must not look like silence. */
const wholeMs = Effect.map(monotonicMs, Math.floor)

const watch = (spec: ChannelSpec, heard: { lifeMs: number; dataMs: number }): Effect.Effect<never, Stalled> =>
  Effect.gen(function* () {
    yield* Effect.sleep(Duration.millis(LOOK_EVERY_MS))
    const nowMs = yield* wholeMs
    if (nowMs - heard.lifeMs > spec.lifeWithinMs) {
      return yield* new Stalled({ why: "no-life", silentMs: nowMs - heard.lifeMs })
    }
    const dataWithinMs = yield* spec.dataWithinMs
    if (dataWithinMs === undefined) heard.dataMs = nowMs
    else if (nowMs - heard.dataMs > dataWithinMs) {
      return yield* new Stalled({ why: "no-data", silentMs: nowMs - heard.dataMs })
    }
  }).pipe(Effect.forever)

/** One socket from its opening to its end. */
const session = (
  sockets: typeof Sockets.Service,
  spec: ChannelSpec
): Effect.Effect<never, SocketEnded | Stalled, Scope.Scope> =>
  Effect.gen(function* () {
    const socket = yield* sockets.open(spec.url).pipe(
      Effect.timeoutFail({
        duration: OPEN_WITHIN_MS,
        onTimeout: () => new SocketEnded({ message: `not open within ${OPEN_WITHIN_MS} ms`, code: undefined })
      })
    )
    yield* Metric.update(socketsOpened.pipe(Metric.tagged("channel", spec.name)), 1)
    yield* spec.opened(socket)
    const openedMs = yield* wholeMs
    const heard = { lifeMs: openedMs, dataMs: openedMs }
    const clock = yield* Effect.clock
    const hear = (kind: FrameKind): void => {
      if (kind === "nothing") return
      heard.lifeMs = Number(clock.unsafeCurrentTimeNanos() / 1_000_000n)
      if (kind === "data") heard.dataMs = heard.lifeMs
    }
    // No generator, and no turn of the scheduler for each frame: on a busy channel there are thousands of them a second.
    const read = Effect.whileLoop({
      while: () => true,
      body: () => Effect.flatMap(socket.receive, (text) => spec.frame(text, socket)),
      step: hear
    })
    const ping = Effect.sleep(Duration.millis(spec.ping.everyMs)).pipe(
      Effect.zipRight(socket.send(spec.ping.text)),
      Effect.forever
    )
    yield* Effect.logDebug("channel_open").pipe(Effect.annotateLogs({ channel: spec.name }))
    // The first of them that fails ends the others.
    return yield* Effect.all([read, ping, watch(spec, heard), spec.beside(socket)], {
      concurrency: "unbounded",
      discard: true
    }).pipe(Effect.zipRight(Effect.never))
  })

const whyOf = (ended: SocketEnded | Stalled): string =>
  ended._tag === "Stalled" ? ended.why : ended.code === undefined ? "broken" : String(ended.code)

const backoffMs = (failures: number): Effect.Effect<number> =>
  Effect.map(Random.next, (chance) => {
    const most = Math.min(MAX_WAIT_MS, MIN_WAIT_MS * 2 ** Math.min(failures, 10))
    return Math.max(MIN_WAIT_MS, Math.round(most * (0.5 + chance / 2)))
  })

/** Keeps a channel open for ever. */
export const keepOpen = (sockets: typeof Sockets.Service, spec: ChannelSpec): Effect.Effect<never> =>
  Effect.gen(function* () {
    let failures = 0
    for (;;) {
      const begunMs = yield* wholeMs
      const ended = yield* Effect.flip(Effect.scoped(session(sockets, spec)))
      yield* spec.closed
      const lastedMs = (yield* wholeMs) - begunMs
      failures = lastedMs >= GOOD_AFTER_MS ? 0 : failures + 1
      const told = ended._tag === "SocketEnded" ? yield* spec.waitAfterMs(ended) : undefined
      const waitMs = Math.max(MIN_WAIT_MS - lastedMs, told ?? (yield* backoffMs(failures)))
      yield* Metric.update(
        socketsEnded.pipe(Metric.tagged("channel", spec.name), Metric.tagged("why", whyOf(ended))),
        1
      )
      yield* Effect.logInfo("channel_ended").pipe(
        Effect.annotateLogs({
          module: "polymarket",
          channel: spec.name,
          why: whyOf(ended),
          message: ended.message,
          lastedMs,
          waitMs
        })
      )
      yield* Effect.sleep(Duration.millis(waitMs))
    }
  })
