/** What an answer to an order, or the lack of one, says about the order. */
import { Cause, Exit, Option } from "effect"
import type { OrderId } from "../../domain/order.ts"
import type { ExchangeError, PlaceOutcome } from "../../ports/exchange.ts"
import type { VenuePlaced } from "../../ports/venue.ts"

/** An order whose fate is not known: it may rest or have traded. */
export const unknown = (orderId: OrderId, reason: string): PlaceOutcome => ({
  _tag: "Unknown",
  orderId,
  reason
})

export const refused = (orderId: OrderId, reason: string): PlaceOutcome => ({
  _tag: "Refused",
  orderId,
  reason
})

/** Only what the venue surely did not take counts as refused. */
const failed = (orderId: OrderId, { message, reason }: ExchangeError): PlaceOutcome => {
  switch (reason._tag) {
    case "Refused":
      return refused(orderId, message)
    case "RateLimited":
      return refused(orderId, `rate limited for ${reason.retryAfterMs} ms: ${message}`)
    case "Maintenance":
      return refused(orderId, `the venue is in maintenance for ${reason.retryAfterMs} ms: ${message}`)
    default:
      return unknown(orderId, `${reason._tag}: ${message}`)
  }
}

/** The outcome of an order by how its sending ended. An answer that names another order says nothing of this one. */
export const outcomeOfSending = (
  orderId: OrderId,
  exit: Exit.Exit<VenuePlaced, ExchangeError>
): PlaceOutcome =>
  Exit.match(exit, {
    onSuccess: ({ orderId: named, status }) => {
      if (named !== orderId) return unknown(orderId, `the venue's answer names the order ${named}`)
      return status === "duplicate"
        ? { _tag: "Duplicate", orderId, reason: "the venue has the order, and does not tell its state" }
        : { _tag: "Accepted", orderId, status }
    },
    onFailure: (cause) =>
      Option.match(Cause.failureOption(cause), {
        onSome: (error) => failed(orderId, error),
        onNone: () => unknown(orderId, Cause.pretty(cause))
      })
  })
