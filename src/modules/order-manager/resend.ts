/** The very same order once more, where it can do no harm. */
import { Clock, Effect } from "effect"
import type { Order } from "../../domain/order.ts"
import type { Reported } from "../../domain/order-verdict.ts"
import type { ExchangeError, PlaceOutcome } from "../../ports/exchange.ts"
import { monotonicMs } from "../../ports/monotonic.ts"
import type { PersistenceError } from "../../ports/persistence.ts"
import { mayResend } from "./attention.ts"
import { type Desk, flush } from "./desk.ts"
import { factOfOutcome } from "./facts.ts"
import { balanceSpeaksFor, judge } from "./judge.ts"

const REASON =
  "sent once more, byte for byte: the venue knows neither the order nor a trade of it and holds the shares; it takes an order's id once, and fills it up to its size only"

/** What the answer to the second send says of the order; undefined where it says nothing. */
const reportedBy = (outcome: PlaceOutcome): Reported | undefined => {
  switch (outcome._tag) {
    case "Accepted":
      return outcome.status === "matched" ? "filled" : "live"
    case "Duplicate":
      return "duplicate"
    case "Refused":
      return "rejected"
    case "Unknown":
      return undefined
  }
}

/**
 * Journals that the order goes out again, and why that is safe, before it does. A refusal of the second send ends nothing: the
 * first may still be on its way, so that the order stays unknown and is asked about as before.
 */
const sendAgain = (desk: Desk, order: Order) =>
  Effect.gen(function* () {
    const { intent, orderId } = order
    const atMs = yield* Clock.currentTimeMillis
    desk.register.learn(orderId, { _tag: "Resent", reason: REASON, atMs }, atMs)
    yield* flush(desk)
    yield* desk.journal.recordEvent("order_resent", { orderId, slug: intent.slug, reason: REASON })
    const outcome = yield* desk.exchange.place(intent, order)
    yield* Effect.logWarning("order_resent").pipe(
      Effect.annotateLogs({ module: "order-manager", orderId, slug: intent.slug, outcome: outcome._tag })
    )
    const reported = reportedBy(outcome)
    if (reported === undefined) return
    yield* judge(desk, orderId, { reported, report: undefined, trades: undefined })
    const nowMs = yield* Clock.currentTimeMillis
    if (outcome._tag !== "Refused") desk.register.learn(orderId, factOfOutcome(outcome, nowMs), nowMs)
    yield* flush(desk)
  }).pipe(Effect.uninterruptible)

/** Sends an exit again that got lost on its way, at most one in a call. */
export const resendLost = (desk: Desk): Effect.Effect<void, ExchangeError | PersistenceError> =>
  Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    const monotonic = yield* monotonicMs
    const lost = desk.register
      .all()
      .find((order) =>
        mayResend(order, desk.register.missingSince(order.orderId), { nowMs, monotonic }, desk.settings)
      )
    if (lost !== undefined && !(yield* balanceSpeaksFor(desk, lost))) yield* sendAgain(desk, lost)
  })
