/** What the gate must remember between two questions. */
import { Either } from "effect"
import { CAPABILITIES, type Capability } from "../../domain/capability.ts"
import type { Limits } from "../../domain/limits.ts"
import type { Intent, Order } from "../../domain/order.ts"
import { type Approved, approve } from "../../domain/risk.ts"
import type { WindowSlug } from "../../domain/window.ts"
import type { TradingContext } from "../../ports/trading.ts"

/** Windows whose entries are counted; older ones are over long since. */
const MAX_WINDOWS = 1_024

export interface Tally {
  readonly capabilities: ReadonlySet<Capability>
  /** Approved since the tick began. */
  readonly approved: ReadonlyArray<Intent>
  /** Entries approved so far, by window. */
  readonly entries: ReadonlyMap<WindowSlug, number>
}

const counted = (
  entries: ReadonlyMap<WindowSlug, number>,
  slug: WindowSlug
): ReadonlyMap<WindowSlug, number> => {
  const next = new Map(entries)
  const count = (next.get(slug) ?? 0) + 1
  next.delete(slug)
  next.set(slug, count)
  const oldest = next.keys().next()
  if (next.size > MAX_WINDOWS && oldest.done !== true) next.delete(oldest.value)
  return next
}

/** Everything is allowed, and the journal's entries are counted: a restart does not forget them. */
export const firstTally = (orders: ReadonlyArray<Order>): Tally => ({
  capabilities: new Set(CAPABILITIES),
  approved: [],
  entries: orders
    .filter(({ intent }) => intent.purpose === "entry")
    .reduce<
      ReadonlyMap<WindowSlug, number>
    >((entries, { intent }) => counted(entries, intent.slug), new Map())
})

const sameIntent = (a: Intent, b: Intent): boolean =>
  a.createdAtMs === b.createdAtMs &&
  a.tokenId === b.tokenId &&
  a.purpose === b.purpose &&
  a.side === b.side &&
  a.priceTicks === b.priceTicks &&
  a.sizeMicroShares === b.sizeMicroShares &&
  a.reason === b.reason

/** Approved this tick and not among the open orders: the context was made before it was sent. */
const unseen = (tally: Tally, context: TradingContext): ReadonlyArray<Intent> =>
  tally.approved.filter((intent) => !context.openOrders.some((order) => sameIntent(order.intent, intent)))

/** Asks the gate, and remembers what it let through. */
export const judge = (
  limits: Limits,
  tally: Tally,
  intent: Intent,
  context: TradingContext
): readonly [Either.Either<Approved<Intent>, string>, Tally] => {
  const verdict = approve(
    limits,
    {
      nowMs: context.nowMs,
      capabilities: tally.capabilities,
      views: context.views,
      positions: context.positions,
      atStake: context.atStake,
      openOrders: context.openOrders,
      approved: unseen(tally, context),
      cashMicroUsd: context.cashMicroUsd,
      bars: context.bars,
      entriesThisTick: tally.approved.filter(({ purpose }) => purpose === "entry").length,
      entriesInWindow: tally.entries.get(intent.slug) ?? 0
    },
    intent
  )
  if (Either.isLeft(verdict)) return [verdict, tally]
  return [
    verdict,
    {
      ...tally,
      approved: [...tally.approved, intent],
      entries: intent.purpose === "entry" ? counted(tally.entries, intent.slug) : tally.entries
    }
  ]
}
