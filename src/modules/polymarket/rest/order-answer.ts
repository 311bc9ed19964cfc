/** What became of a sent order, by how its sending ended: a pure table. What the venue did not surely refuse is unknown. */
import { Either } from "effect"
import { ZERO_SHARES, type MicroShares } from "../../../domain/money.ts"
import type { OrderId, Side } from "../../../domain/order.ts"
import type { ExchangeReason } from "../../../ports/exchange.ts"
import { WirePlaced, WirePlacedLegs } from "../wire/clob.ts"
import { readJson } from "../wire/json.ts"
import { type Answered, type Sent, failureOf, restrictedMode, wordsOf } from "./answer.ts"

export type OrderAnswer =
  | {
      readonly _tag: "Accepted"
      readonly status: "live" | "matched" | "delayed"
      readonly filledMicroShares: MicroShares
    }
  /** Surely not taken: refused, held back by the venue's mode or limits, or never sent. */
  | { readonly _tag: "NotTaken"; readonly reason: ExchangeReason; readonly message: string }
  /** The venue has this very order already. */
  | { readonly _tag: "There" }
  | { readonly _tag: "Unknown"; readonly message: string }

const unknown = (message: string): OrderAnswer => ({ _tag: "Unknown", message })
const notTaken = (reason: ExchangeReason, message: string): OrderAnswer => ({
  _tag: "NotTaken",
  reason,
  message
})
const refused = (message: string): OrderAnswer => notTaken({ _tag: "Refused" }, message)

/** Texts that come with a refusal's status, but do not say that the order is not there. */
const MAY_BE_THERE =
  /order match delayed due to market conditions|order timed out|could not run the execution/i
/** Texts of a failing server that say all the same that nothing rests and nothing traded. */
const SURELY_GONE =
  /could not insert order|FOK orders are (fully )?filled or killed|there are no matching orders|no orders found to match/i
const DUPLICATED = /order (0x[0-9a-f]{64})? ?is invalid\. Duplicated/i

const RESTRICTED_WAIT_MS = 30_000

/** What the venue's words say of the order, where its answer as a whole says that it was not taken. */
const byWords = (orderId: OrderId, message: string, code = ""): OrderAnswer => {
  const duplicate = DUPLICATED.exec(message)
  if (duplicate !== null) {
    const named = duplicate[1]?.toLowerCase()
    return named === undefined || named === orderId.toLowerCase()
      ? { _tag: "There" }
      : unknown(`the answer names another order: ${message}`)
  }
  if (MAY_BE_THERE.test(message)) return unknown(message)
  if (restrictedMode(message, code)) {
    return notTaken({ _tag: "Maintenance", retryAfterMs: RESTRICTED_WAIT_MS }, message)
  }
  return refused(message === "" ? "refused without a reason" : message)
}

const STATUSES: Readonly<Record<string, "live" | "matched" | "delayed">> = {
  live: "live",
  matched: "matched",
  delayed: "delayed",
  // Held as marketable, then found no match, and rests.
  unmatched: "live"
}

/** One order's part of a good answer. */
const byLeg = (orderId: OrderId, side: Side, leg: WirePlaced): OrderAnswer => {
  const said = leg.errorMsg ?? ""
  const named = leg.orderID ?? ""
  if (!leg.success || named === "") {
    return leg.success && said === "" ? unknown("success without an order's id") : byWords(orderId, said)
  }
  if (named.toLowerCase() !== orderId.toLowerCase()) return unknown(`the answer names the order ${named}`)
  if (said !== "") return unknown(`success, but ${said}`)
  const word = (leg.status ?? "").toLowerCase().replace(/^order_status_/, "")
  const status = Object.hasOwn(STATUSES, word) ? STATUSES[word] : undefined
  if (status === undefined) return unknown(`a status that is not known here: ${word}`)
  const filled = side === "BUY" ? leg.takingAmount : leg.makingAmount
  return { _tag: "Accepted", status, filledMicroShares: filled ?? ZERO_SHARES }
}

const readPlaced = readJson(WirePlaced)
const readLegs = readJson(WirePlacedLegs)

/** What an answer with a status of failure says of an order. */
const byFailure = (orderId: OrderId, answer: Answered): OrderAnswer => {
  const { status } = answer
  const words = wordsOf(answer.text)
  const failure = failureOf(answer)
  const tag = failure.reason._tag
  if (tag === "RateLimited" || tag === "Maintenance") return notTaken(failure.reason, failure.message)
  if (status < 400 || status === 408 || status === 499) return unknown(failure.message)
  if (status >= 500) {
    if (words.form === "html") return unknown(failure.message)
    if (DUPLICATED.test(words.message)) return byWords(orderId, words.message)
    return SURELY_GONE.test(words.message) ? refused(words.message) : unknown(failure.message)
  }
  if (status === 401) return notTaken({ _tag: "AuthFailed" }, failure.message)
  // A page comes from the edge: the order did not get through to the venue.
  if (words.form === "html") return refused(failure.message)
  if (words.form === "text") {
    // Torn, it may have said anything; only what is whole can be believed.
    return answer.text.trimStart().startsWith("{")
      ? unknown(`an answer that is cut off: ${failure.message}`)
      : byWords(orderId, words.message)
  }
  return byWords(orderId, words.message, words.code)
}

const endedBefore = (sent: Exclude<Sent, Answered>): OrderAnswer =>
  sent._tag === "NotSent" ? notTaken(sent.reason, `not sent: ${sent.message}`) : unknown(sent.message)

/** What became of an order that was sent alone. */
export const orderAnswer = (orderId: OrderId, side: Side, sent: Sent): OrderAnswer => {
  if (sent._tag !== "Answered") return endedBefore(sent)
  if (sent.status !== 200 && sent.status !== 201) return byFailure(orderId, sent)
  return Either.match(readPlaced(sent.text), {
    onLeft: ({ message }) => unknown(`an answer that does not decode: ${message}`),
    onRight: (leg) => byLeg(orderId, side, leg)
  })
}

/** What became of orders that were sent together, in the order of their sending. */
export const orderAnswers = (
  orders: ReadonlyArray<{ readonly orderId: OrderId; readonly side: Side }>,
  sent: Sent
): ReadonlyArray<OrderAnswer> => {
  if (sent._tag !== "Answered") return orders.map(() => endedBefore(sent))
  if (sent.status !== 200 && sent.status !== 201) return orders.map(({ orderId }) => byFailure(orderId, sent))
  const legs = readLegs(sent.text)
  if (Either.isLeft(legs))
    return orders.map(() => unknown(`an answer that does not decode: ${legs.left.message}`))
  return orders.map(({ orderId, side }, index) => {
    const leg = legs.right.length === orders.length ? legs.right[index] : undefined
    return leg === undefined
      ? unknown(`${legs.right.length} answers to ${orders.length} orders`)
      : byLeg(orderId, side, leg)
  })
}
