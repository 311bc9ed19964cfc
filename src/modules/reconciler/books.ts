/** Positions and cash compared with the venue, positions with the journal. */
import { Clock, Effect } from "effect"
import { type MicroShares, type MicroUsd, microShares, microUsd } from "../../domain/money.ts"
import type { Position } from "../../domain/position.ts"
import {
  type CashMark,
  type Difference,
  comparePositions,
  explainedCash
} from "../../domain/reconciliation.ts"
import type { TokenId } from "../../domain/window.ts"
import type { Exchange, ExchangeError, VenueBalance } from "../../ports/exchange.ts"
import type { EverHeld, Persistence, PersistenceError } from "../../ports/persistence.ts"
import type { Booked, PositionManager } from "../../ports/trading.ts"
import type { Settings } from "./settings.ts"

export interface Books {
  readonly exchange: typeof Exchange.Service
  readonly journal: typeof Persistence.Service
  readonly positions: typeof PositionManager.Service
  readonly settings: typeof Settings.Type
  /** Tokens of settled windows that were looked up: they stay what they are. */
  readonly settled: Map<TokenId, EverHeld>
}

/** Looked-up tokens that are remembered. */
const MAX_SETTLED = 4_096

const sumByToken = (balances: ReadonlyArray<VenueBalance>): ReadonlyMap<TokenId, MicroShares> =>
  balances.reduce(
    (held, { sizeMicroShares, tokenId }) =>
      held.set(tokenId, microShares((held.get(tokenId) ?? 0) + sizeMicroShares)),
    new Map<TokenId, MicroShares>()
  )

const lookUp = (books: Books, tokenId: TokenId): Effect.Effect<EverHeld | undefined, PersistenceError> =>
  Effect.gen(function* () {
    const known = books.settled.get(tokenId)
    if (known !== undefined) return known
    const held = yield* books.journal.everHeld(tokenId)
    if (held?.settledAs !== undefined && books.settled.size < MAX_SETTLED) books.settled.set(tokenId, held)
    return held
  })

/** Shares at the venue of instruments that are not in our open books: not redeemed yet, or never ours. */
const others = (books: Books, booked: Booked, held: ReadonlyMap<TokenId, MicroShares>) =>
  Effect.gen(function* () {
    const ours = new Set(booked.shares.map(({ tokenId }) => tokenId))
    const differences: Array<Difference> = []
    let unredeemed = 0
    for (const [tokenId, venueMicroShares] of held) {
      if (ours.has(tokenId)) continue
      const known = yield* lookUp(books, tokenId)
      if (known === undefined) {
        differences.push({ _tag: "ForeignHolding", tokenId, venueMicroShares, healing: "noted" })
      } else if (known.settledAs === known.outcome) unredeemed += venueMicroShares
    }
    return { differences, unredeemedMicroUsd: microUsd(unredeemed) }
  })

const isStored = (memory: Position, stored: Position | undefined): boolean => {
  // What is closed is no longer read at start; but a row that says otherwise would be.
  if (stored === undefined) return memory.status === "closed"
  const { openedAtMs: _opened, updatedAtMs: _updated, ...now } = memory
  const { openedAtMs: _was, updatedAtMs: _then, ...then } = stored
  return JSON.stringify(Object.entries(now).sort()) === JSON.stringify(Object.entries(then).sort())
}

/** Positions in memory are computed from all fills: where the journal's row is another, it is written anew. */
const againstJournal = (books: Books, booked: Booked) =>
  Effect.gen(function* () {
    const stored = new Map((yield* books.journal.openPositions).map((one) => [one.tokenId, one]))
    const differing = booked.positions.filter((one) => !isStored(one, stored.get(one.tokenId)))
    for (const position of differing) yield* books.journal.recordPosition(position)
    return differing.map(
      (position): Difference => ({
        _tag: "PositionNotAsStored",
        tokenId: position.tokenId,
        slug: position.slug,
        memoryMicroShares: position.matchedMicroShares,
        storedMicroShares: stored.get(position.tokenId)?.matchedMicroShares ?? microShares(0),
        healing: "healed"
      })
    )
  })

const overdue = (booked: Booked, nowMs: number, alarmMs: number): ReadonlyArray<Difference> =>
  booked.unsettled
    .filter(({ sinceMs }) => nowMs - sinceMs >= alarmMs)
    .map(({ sinceMs, slug, tokenId }) => ({
      _tag: "FillUnsettled",
      tokenId,
      slug,
      ageMs: nowMs - sinceMs,
      healing: "escalated"
    }))

/** What a comparison of cash came to: a difference, or nothing; and the mark to go on from, where it may be moved. */
interface CashFinding {
  readonly difference: Difference | undefined
  readonly mark: CashMark | undefined
}

/**
 * Cash against the mark. The mark moves on where nothing is under way and the books explain what there is, so that roundings
 * never add up; and past a difference only where the rule for it says so: money that came in is noted, money that is missing
 * holds entries until it is accepted.
 */
export const judgeCash = (
  { cashShortfall, cashToleranceUsd }: Pick<typeof Settings.Type, "cashShortfall" | "cashToleranceUsd">,
  now: CashMark,
  before: CashMark | undefined,
  slack: Booked["slack"],
  hasLasted: boolean
): CashFinding => {
  const isQuiet = slack.moreMicroUsd === 0 && slack.lessMicroUsd === 0
  if (before === undefined) return { difference: undefined, mark: isQuiet ? now : undefined }
  const explained = explainedCash(before, now.bookedMicroUsd, now.unredeemedMicroUsd, slack)
  const { cashMicroUsd: venueMicroUsd } = now
  const isShort = venueMicroUsd < explained.leastMicroUsd - cashToleranceUsd
  const isOver = venueMicroUsd > explained.mostMicroUsd + cashToleranceUsd
  if (!isShort && !isOver) return { difference: undefined, mark: isQuiet ? now : undefined }
  const isHeld = isShort && cashShortfall === "hold"
  const isPassed = hasLasted && isQuiet && !isHeld
  return {
    difference: {
      _tag: "CashDiffers",
      ...explained,
      venueMicroUsd,
      healing: isPassed ? "healed" : "pending"
    },
    mark: isPassed ? now : undefined
  }
}

const sameMark = (a: CashMark, b: CashMark | undefined): boolean =>
  a.cashMicroUsd === b?.cashMicroUsd &&
  a.bookedMicroUsd === b.bookedMicroUsd &&
  a.unredeemedMicroUsd === b.unredeemedMicroUsd

const compareCash = (
  books: Books,
  booked: Booked,
  venueMicroUsd: MicroUsd,
  unredeemedMicroUsd: MicroUsd,
  how: { readonly hasLasted: boolean; readonly accept: boolean }
) =>
  Effect.gen(function* () {
    const now: CashMark = {
      atMs: yield* Clock.currentTimeMillis,
      cashMicroUsd: venueMicroUsd,
      bookedMicroUsd: booked.cashMicroUsd,
      unredeemedMicroUsd
    }
    const before = yield* books.journal.cashMark
    const { difference, mark } = judgeCash(books.settings, now, before, booked.slack, how.hasLasted)
    const accepted = how.accept && difference !== undefined
    const next = accepted ? now : mark
    if (next !== undefined && !sameMark(next, before)) yield* books.journal.recordCashMark(next)
    if (difference === undefined) return []
    return [accepted ? { ...difference, healing: "healed" as const } : difference]
  })

/**
 * Compares positions and cash with the venue and the journal. Whatever cannot be asked is raised: an account that does not
 * answer is not an account without shares.
 */
export const compareBooks = (
  books: Books,
  how: {
    /** Has a difference of cash been there for so long that it is no lag? */
    readonly hasCashLasted: boolean
    /** The operator takes the cash as it is. */
    readonly acceptCash: boolean
  }
): Effect.Effect<
  { readonly differences: ReadonlyArray<Difference>; readonly booked: Booked },
  ExchangeError | PersistenceError
> =>
  Effect.gen(function* () {
    const booked = yield* books.positions.booked
    const held = sumByToken(yield* books.exchange.balances)
    const cash = yield* books.exchange.cashMicroUsd
    const other = yield* others(books, booked, held)
    const differences = [
      ...comparePositions(booked.shares, held),
      ...other.differences,
      ...overdue(booked, yield* Clock.currentTimeMillis, books.settings.unsettledAlarmMs),
      ...(yield* compareCash(books, booked, cash, other.unredeemedMicroUsd, {
        hasLasted: how.hasCashLasted,
        accept: how.acceptCash
      })),
      ...(yield* againstJournal(books, booked))
    ]
    return { differences, booked }
  })
