/**
 * What becomes of an order: one pure function for every source (the answer to the send, the user stream, a question
 * asked later). Facts may come late, twice and in any order; the same facts always end in the same state.
 *
 * The ways of a status: pending → unknown → live → filled | cancelled | expired, in steps of any length; pending or
 * unknown → refused. A refusal is given up where the venue shows that it has the order after all. A cancel that
 * crossed the last fill becomes filled. Filled becomes cancelled only where a fill fails on chain. An order that is
 * filled, cancelled or expired never rests again.
 */
import type { Fill, Intent, Order, OrderEvidence, OrderIdentity, OrderStatus } from "./order.ts"
import { fillKey, isFinalFill, isOpen, laterFillStatus } from "./order.ts"
import { type MicroShares, addShares, microShares } from "./money.ts"

/** Something learnt about an order, at a Unix time in milliseconds. */
export type OrderFact =
  /** The venue took the order. */
  | { readonly _tag: "Accepted"; readonly atMs: number }
  | { readonly _tag: "Refused"; readonly reason: string; readonly atMs: number }
  /** Sent, or perhaps sent, without an answer that tells its fate. */
  | { readonly _tag: "OutcomeUnknown"; readonly reason: string; readonly atMs: number }
  /** The very same order was sent once more. */
  | { readonly _tag: "Resent"; readonly reason: string; readonly atMs: number }
  /** The venue's own report of the order. */
  | {
      readonly _tag: "VenueSays"
      readonly status: "live" | "matched" | "cancelled" | "expired"
      readonly filledMicroShares: MicroShares
      readonly note: string
      readonly atMs: number
    }
  | { readonly _tag: "Filled"; readonly fill: Fill; readonly atMs: number }
  /** The venue confirmed a cancel; it does not say how much had been filled (polymarket.md §9). */
  | { readonly _tag: "CancelConfirmed"; readonly reason: string; readonly atMs: number }
  /** Long after the send the venue still knows neither the order nor a trade of it. */
  | { readonly _tag: "NeverReached"; readonly atMs: number }

const NOTHING: OrderEvidence = {
  acknowledged: false,
  unknown: null,
  refused: null,
  cancelled: null,
  expired: null,
  venueFilledMicroShares: microShares(0),
  fills: []
}

/** An order that is journalled and not sent yet. */
export const pendingOrder = (intent: Intent, identity: OrderIdentity): Order => ({
  ...identity,
  intent,
  status: "pending",
  filledMicroShares: microShares(0),
  note: "",
  updatedAtMs: identity.timestampMs,
  evidence: NOTHING
})

/** What is known of an order; of one without evidence, what its status says. */
export const evidenceOf = (order: Order): OrderEvidence =>
  order.evidence ?? {
    ...NOTHING,
    acknowledged: order.status !== "pending" && order.status !== "unknown" && order.status !== "refused",
    unknown: order.status === "unknown" ? order.note : null,
    refused: order.status === "refused" ? order.note : null,
    cancelled: order.status === "cancelled" ? order.note : null,
    expired: order.status === "expired" ? order.note : null
  }

/** Less than the venue's size step cannot trade: an order with less than this open is filled (and overfill is no defect). */
const SIZE_STEP_MICRO_SHARES = 10_000

export const coversSize = (filled: MicroShares, size: MicroShares): boolean =>
  filled > 0 && size - filled < SIZE_STEP_MICRO_SHARES

const grossOf = (evidence: OrderEvidence): MicroShares =>
  addShares(...evidence.fills.map((fill) => fill.sizeMicroShares))

const netOf = (evidence: OrderEvidence): MicroShares =>
  addShares(...evidence.fills.filter((fill) => fill.status !== "failed").map((fill) => fill.sizeMicroShares))

/** Of two texts for the same thing, the same one whichever came first. */
const text = (known: string | null, told: string): string => (known !== null && known >= told ? known : told)

const withFill = (evidence: OrderEvidence, fill: Fill): OrderEvidence => {
  const key = fillKey(fill)
  const known = evidence.fills.find((seen) => seen.key === key)
  const entry = {
    key,
    sizeMicroShares: microShares(Math.max(known?.sizeMicroShares ?? 0, fill.sizeMicroShares)),
    status: laterFillStatus(known?.status ?? fill.status, fill.status)
  }
  const others = evidence.fills.filter((seen) => seen.key !== key)
  return {
    ...evidence,
    acknowledged: true,
    fills: [...others, entry].toSorted((a, b) => (a.key < b.key ? -1 : 1))
  }
}

type VenueSays = Extract<OrderFact, { readonly _tag: "VenueSays" }>

/** FOK and FAK never rest: "matched" with a part unfilled means that the rest was killed. */
const killed = (order: Order, fact: VenueSays): boolean =>
  fact.status === "matched" &&
  (order.intent.orderType === "FOK" || order.intent.orderType === "FAK") &&
  !coversSize(fact.filledMicroShares, order.intent.sizeMicroShares)

const withReport = (order: Order, evidence: OrderEvidence, fact: VenueSays): OrderEvidence => {
  const over = fact.status === "cancelled" || killed(order, fact)
  return {
    ...evidence,
    acknowledged: true,
    cancelled: over ? text(evidence.cancelled, fact.note) : evidence.cancelled,
    expired: fact.status === "expired" ? text(evidence.expired, fact.note) : evidence.expired,
    venueFilledMicroShares: microShares(Math.max(evidence.venueFilledMicroShares, fact.filledMicroShares))
  }
}

const learn = (order: Order, evidence: OrderEvidence, fact: OrderFact): OrderEvidence => {
  switch (fact._tag) {
    case "Accepted":
      return { ...evidence, acknowledged: true }
    case "Refused":
      return { ...evidence, refused: text(evidence.refused, fact.reason) }
    case "OutcomeUnknown":
      return { ...evidence, unknown: text(evidence.unknown, fact.reason) }
    case "Resent":
      return { ...evidence, resent: text(evidence.resent ?? null, fact.reason) }
    case "VenueSays":
      return withReport(order, evidence, fact)
    case "Filled":
      return withFill(evidence, fact.fill)
    case "CancelConfirmed":
      return { ...evidence, acknowledged: true, cancelled: text(evidence.cancelled, fact.reason) }
    case "NeverReached":
      return { ...evidence, refused: text(evidence.refused, "never reached the venue") }
  }
}

const judge = (
  evidence: OrderEvidence,
  size: MicroShares
): { readonly status: OrderStatus; readonly note: string } => {
  if (coversSize(netOf(evidence), size)) return { status: "filled", note: "" }
  if (evidence.expired !== null) return { status: "expired", note: evidence.expired }
  if (evidence.cancelled !== null) return { status: "cancelled", note: evidence.cancelled }
  if (coversSize(grossOf(evidence), size)) return { status: "cancelled", note: "a fill failed to settle" }
  if (evidence.acknowledged) return { status: "live", note: "" }
  if (evidence.refused !== null) return { status: "refused", note: evidence.refused }
  if (evidence.unknown !== null) return { status: "unknown", note: evidence.unknown }
  return { status: "pending", note: "" }
}

/** The order after a fact about it. `updatedAtMs` is the latest time told. */
export const applyFact = (order: Order, fact: OrderFact): Order => {
  const evidence = learn(order, evidenceOf(order), fact)
  return {
    ...order,
    ...judge(evidence, order.intent.sizeMicroShares),
    filledMicroShares: netOf(evidence),
    updatedAtMs: Math.max(order.updatedAtMs, fact.atMs),
    evidence
  }
}

/** Shares the venue reports as filled, but whose fills have not come yet. */
export const missingMicroShares = (order: Order): MicroShares => {
  const evidence = evidenceOf(order)
  const missing = evidence.venueFilledMicroShares - grossOf(evidence)
  return microShares(missing < SIZE_STEP_MICRO_SHARES ? 0 : missing)
}

/** Is the last word spoken: no more trading, and every fill seen and final? */
export const isSettledOrder = (order: Order): boolean =>
  !isOpen(order) &&
  missingMicroShares(order) === 0 &&
  evidenceOf(order).fills.every((fill) => isFinalFill(fill.status))

/** Shares an order may still add to or take from a position: its open rest, or fills that are still to come. */
export const outstandingMicroShares = (order: Order): MicroShares =>
  isOpen(order)
    ? microShares(Math.max(0, order.intent.sizeMicroShares - order.filledMicroShares))
    : missingMicroShares(order)
