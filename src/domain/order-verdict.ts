/**
 * What our record of an order and the venue's word of it come to: a total table, one verdict for each of 8 × 8 × 4 cases.
 * Trades are money and count whatever a report says; a report that tells less than our record is not believed over it; and
 * what the venue does not know is never taken for "nothing happened".
 */
import { type MicroShares, type PriceTicks, addShares, notionalUsd } from "./money.ts"
import type { Intent, Order } from "./order.ts"
import { coversSize } from "./order-state.ts"

/**
 * pending: journalled, and nothing says that it was sent · sending: on its way now · sent: its outcome is not known ·
 * live, partial: the venue had it, without and with fills · filled, cancelled (or expired): over · refused: the venue never
 * took it, as far as is known.
 */
export const CACHED = [
  "pending",
  "sending",
  "sent",
  "live",
  "partial",
  "filled",
  "cancelled",
  "refused"
] as const
export type Cached = (typeof CACHED)[number]

/** What the venue says of the order; `duplicate`: that it has it already, and no more. */
export const REPORTED = [
  "not-found",
  "live",
  "partial",
  "filled",
  "cancelled",
  "expired",
  "rejected",
  "duplicate"
] as const
export type Reported = (typeof REPORTED)[number]

/** What the venue's trades of the order add up to; `extra`: to more than was ordered, beyond rounding. */
export const TRADED = ["none", "part", "all", "extra"] as const
export type Traded = (typeof TRADED)[number]

/**
 * agree: nothing to do · wait: its own answer is under way · ask: not resolved, asked again, no entry in the instrument until
 * then · lost: the venue had it and shows it no more, asked again and in time given up · learn: the venue's word and trades
 * are taken in · late: more is reported filled than its trades show, and counts as open until they come · behind: the venue
 * shows less than our record, asked again · stray: over in our record, and rests at the venue: cancelled there · clash:
 * refused, and yet traded · over: more traded than ordered.
 */
export type Verdict =
  | "agree"
  | "wait"
  | "ask"
  | "lost"
  | "learn"
  | "late"
  | "behind"
  | "stray"
  | "clash"
  | "over"

type Row = readonly [Verdict, Verdict, Verdict, Verdict, Verdict, Verdict, Verdict, Verdict]

const OVER: Row = ["over", "over", "over", "over", "over", "over", "over", "over"]
const CLASH: Row = ["clash", "clash", "clash", "clash", "clash", "clash", "clash", "clash"]
const DONE: Row = ["learn", "learn", "learn", "learn", "learn", "agree", "learn", "learn"]
const LAGGING: Row = ["learn", "learn", "learn", "learn", "learn", "behind", "learn", "learn"]
const LATE: Row = ["late", "late", "late", "late", "late", "behind", "late", "late"]

/** Columns: pending, sending, sent, live, partial, filled, cancelled, refused. */
const TABLE: { readonly [R in Reported]: { readonly [T in Traded]: Row } } = {
  "not-found": {
    none: ["ask", "wait", "ask", "lost", "behind", "behind", "agree", "agree"],
    part: ["learn", "learn", "learn", "learn", "lost", "behind", "agree", "learn"],
    all: DONE,
    extra: OVER
  },
  live: {
    none: ["learn", "learn", "learn", "agree", "behind", "behind", "stray", "learn"],
    part: ["learn", "learn", "learn", "learn", "learn", "behind", "stray", "learn"],
    all: LAGGING,
    extra: OVER
  },
  partial: {
    none: ["late", "late", "late", "late", "behind", "behind", "stray", "late"],
    part: ["learn", "learn", "learn", "learn", "agree", "behind", "stray", "learn"],
    all: LAGGING,
    extra: OVER
  },
  filled: { none: LATE, part: LATE, all: DONE, extra: OVER },
  cancelled: {
    none: ["learn", "learn", "learn", "learn", "behind", "behind", "agree", "learn"],
    part: ["learn", "learn", "learn", "learn", "learn", "behind", "agree", "learn"],
    all: DONE,
    extra: OVER
  },
  expired: {
    none: ["learn", "learn", "learn", "learn", "behind", "behind", "agree", "learn"],
    part: ["learn", "learn", "learn", "learn", "learn", "behind", "agree", "learn"],
    all: DONE,
    extra: OVER
  },
  rejected: {
    none: ["learn", "learn", "learn", "learn", "clash", "clash", "agree", "agree"],
    part: CLASH,
    all: CLASH,
    extra: OVER
  },
  duplicate: {
    none: ["learn", "learn", "learn", "agree", "behind", "behind", "agree", "learn"],
    part: ["learn", "learn", "learn", "learn", "agree", "behind", "agree", "learn"],
    all: DONE,
    extra: OVER
  }
}

export const verdictOf = (cached: Cached, reported: Reported, traded: Traded): Verdict =>
  TABLE[reported][traded][CACHED.indexOf(cached)] ?? "clash"

/** How our record of an order reads; `inFlight` where its answer is still awaited. */
export const cachedOf = (order: Order, inFlight: boolean): Cached => {
  switch (order.status) {
    case "pending":
      return inFlight ? "sending" : "pending"
    case "unknown":
      return inFlight ? "sending" : "sent"
    case "live":
      return order.filledMicroShares > 0 ? "partial" : "live"
    case "filled":
      return "filled"
    case "cancelled":
    case "expired":
      return "cancelled"
    case "refused":
      return "refused"
  }
}

/** How the venue's report of an order reads; undefined where it does not know the order. */
export const reportedOf = (
  report:
    | {
        readonly status: "live" | "matched" | "cancelled" | "expired" | "rejected" | "duplicate"
        readonly filledMicroShares: MicroShares
      }
    | undefined
): Reported => {
  if (report === undefined) return "not-found"
  switch (report.status) {
    case "live":
      return report.filledMicroShares > 0 ? "partial" : "live"
    case "matched":
      return "filled"
    default:
      return report.status
  }
}

/** One execution, as far as it counts here. */
export interface Execution {
  readonly priceTicks: PriceTicks
  readonly sizeMicroShares: MicroShares
}

/** The venue's amounts are whole cents on one side: dollars of a buy may be off by one (polymarket.md §4.1). */
const CENT_MICRO_USD = 10_000

/**
 * Is that more than was ordered? A taker's buy is for dollars: at better prices it gets more shares for them, so a buy is over
 * only where it cost more than its limit allows; a sell, where it took more shares.
 */
export const isOverfill = (
  intent: Pick<Intent, "side" | "priceTicks" | "sizeMicroShares">,
  executions: ReadonlyArray<Execution>
): boolean => {
  const size = addShares(...executions.map((one) => one.sizeMicroShares))
  if (size <= intent.sizeMicroShares || coversSize(intent.sizeMicroShares, size)) return false
  if (intent.side === "SELL") return true
  const paid = executions.reduce(
    (sum, one) => sum + notionalUsd(one.priceTicks, one.sizeMicroShares, "down"),
    0
  )
  return paid > notionalUsd(intent.priceTicks, intent.sizeMicroShares, "up") + CENT_MICRO_USD
}

/** What executions that have not failed add up to, against what was ordered. */
export const tradedOf = (
  intent: Pick<Intent, "side" | "priceTicks" | "sizeMicroShares">,
  executions: ReadonlyArray<Execution>
): Traded => {
  const size = addShares(...executions.map((one) => one.sizeMicroShares))
  if (size === 0) return "none"
  if (isOverfill(intent, executions)) return "extra"
  return coversSize(size, intent.sizeMicroShares) ? "all" : "part"
}
