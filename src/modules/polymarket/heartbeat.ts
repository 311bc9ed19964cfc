/**
 * The dead-man switch: while the loop goes on the venue is told so, and when it stops being told the venue cancels our orders
 * (docs.polymarket.com/trading/manage-orders). It has no timer of its own: only the loop makes it beat.
 */
import { Clock, Effect, Metric, Queue } from "effect"
import type { ExchangeError } from "../../ports/exchange.ts"

/** Beats that the venue took. */
export const heartbeats = Metric.counter("tradewind_heartbeats", { incremental: true })

/** The venue wants one at least every 10 seconds, and advises one every 5. */
const BEAT_EVERY_MS = 4_500

export interface Heartbeat {
  /** The loop got on. Never waits. */
  readonly beat: Effect.Effect<void>
  /** Sends what is due, one after another; never ends. */
  readonly run: Effect.Effect<never, ExchangeError>
}

/** `send` takes the last answer's id, "" at first, and gives the next one. */
export const makeHeartbeat = (
  send: (id: string) => Effect.Effect<string, ExchangeError>
): Effect.Effect<Heartbeat> =>
  Effect.gen(function* () {
    const due = yield* Queue.sliding<void>(1)
    let askedMs = Number.NEGATIVE_INFINITY
    let id = ""
    const failed = (error: ExchangeError) =>
      error.reason._tag === "AuthFailed"
        ? Effect.fail(error)
        : Effect.logWarning("heartbeat_not_taken").pipe(
            Effect.annotateLogs({
              module: "polymarket",
              reason: error.message,
              meaning: "the venue cancels our orders after 10 s without a heartbeat"
            })
          )
    return {
      beat: Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
        if (nowMs - askedMs < BEAT_EVERY_MS) return Effect.void
        askedMs = nowMs
        return Effect.asVoid(Queue.offer(due, undefined))
      }),
      run: Queue.take(due).pipe(
        Effect.zipRight(
          Effect.suspend(() => send(id)).pipe(
            Effect.flatMap((next) => {
              id = next
              return Metric.increment(heartbeats)
            }),
            Effect.catchAll((error) => {
              // A beat that failed is asked for again by the loop's next step, not in five seconds.
              askedMs = Number.NEGATIVE_INFINITY
              return failed(error)
            })
          )
        ),
        Effect.forever
      )
    }
  })
