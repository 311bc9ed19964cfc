/** Sending an order: journalled first, sent once, its outcome recorded. */
import { Clock, Effect } from "effect"
import type { Intent, OrderIdentity } from "../../domain/order.ts"
import { pendingOrder } from "../../domain/order-state.ts"
import type { Approved } from "../../domain/risk.ts"
import type { PlaceOutcome } from "../../ports/exchange.ts"
import type { PersistenceError } from "../../ports/persistence.ts"
import { monotonicMs } from "../../ports/monotonic.ts"
import { type Desk, flush } from "./desk.ts"
import { factOfOutcome } from "./facts.ts"

/**
 * Sends what is journalled. A defect on the way leaves the outcome unknown. A journal that fails afterwards is no reason
 * to fail, for a caller might try again and send twice: the state is stored with the next one, and after a crash the
 * pending intent is resolved by its id.
 */
const send = (desk: Desk, intent: Intent, identity: OrderIdentity): Effect.Effect<PlaceOutcome> =>
  Effect.gen(function* () {
    const outcome = yield* desk.exchange.place(intent, identity).pipe(
      Effect.catchAllDefect((defect) =>
        Effect.as(Effect.logError("order_send_defect", defect), {
          _tag: "Unknown",
          orderId: identity.orderId,
          reason: "the send broke off"
        } as const)
      )
    )
    const nowMs = yield* Clock.currentTimeMillis
    desk.register.answered(identity.orderId, factOfOutcome(outcome, nowMs), nowMs)
    yield* flush(desk).pipe(Effect.catchAll((error) => Effect.logError("order_outcome_not_recorded", error)))
    return outcome
  }).pipe(Effect.annotateLogs({ module: "order-manager", orderId: identity.orderId }))

/** Journals and sends; where the journal refuses, nothing was sent and the intent may come again. */
const journalAndSend = (desk: Desk, intent: Intent, identity: OrderIdentity) =>
  Effect.gen(function* () {
    const { orderId } = identity
    desk.outcomes.set(intent, { _tag: "Unknown", orderId, reason: "is being sent" })
    yield* desk.journal
      .recordIntent(intent, identity)
      .pipe(Effect.onError(() => Effect.sync(() => desk.outcomes.delete(intent))))
    desk.register.begin(pendingOrder(intent, identity))
    const outcome = yield* send(desk, intent, identity)
    desk.outcomes.set(intent, outcome)
    return outcome
  })

/**
 * From the journalled intent to the recorded outcome nothing interrupts; the exchange bounds its own answer. An intent is
 * sent once: whoever submits it again gets the outcome there was.
 */
export const submit = (desk: Desk, intent: Approved<Intent>): Effect.Effect<PlaceOutcome, PersistenceError> =>
  Effect.gen(function* () {
    const identity = yield* desk.exchange.identify(intent)
    const known = desk.outcomes.get(intent)
    if (known !== undefined) return known
    const barred =
      intent.purpose === "entry"
        ? desk.troubles.barred(desk.register.all(), yield* monotonicMs).get(intent.tokenId)
        : undefined
    if (barred !== undefined) {
      return { _tag: "Refused", orderId: identity.orderId, reason: `not sent: ${barred}` } as const
    }
    return yield* Effect.uninterruptible(journalAndSend(desk, intent, identity))
  })
