/**
 * The account's cash. The venue's balance shows a trade when it is settled; matched trades are counted here, the way the
 * venue's own gate for orders counts them (polymarket.md §4.2). Balance and trades are two answers, between which a trade may
 * settle: it must be in one of them, and never in both. Nothing of this rests on the user channel, whose word comes later, twice
 * or never, or on what an earlier process heard.
 */
import { Clock, Effect } from "effect"
import { type FeeSchedule, NO_FEES } from "../../domain/fees.ts"
import { type MicroUsd, addUsd, microUsd, notionalUsd } from "../../domain/money.ts"
import { isFinalFill } from "../../domain/order.ts"
import { ConditionId } from "../../domain/window.ts"
import type { ExchangeError, VenueTrade } from "../../ports/exchange.ts"
import { type Me, fillStatusOf, tradesOf } from "./mapping/account.ts"
import { errorOf } from "./request.ts"
import type { PrivateClob } from "./rest/clob.ts"
import type { WireTrade } from "./wire/clob.ts"

/** How often balance and trades are read until no trade settles in between. */
const MAX_READINGS = 4
/** Trades are asked for from so long before the last reading: the venue stamps them by its own clock. */
const OVERLAP_MS = 60_000
/** At the start, settlements may be under way of trades as old as this. */
const FIRST_LOOK_BACK_MS = 3_600_000

/** What may bring trades. */
export interface Activity {
  /** Orders sent and words of the user channel so far. */
  readonly count: number
  /** There are orders that may trade at any moment, or it is not known yet. */
  readonly mayTrade: boolean
}

export interface CashParts {
  readonly clob: Pick<PrivateClob, "balance" | "refreshBalance" | "trades">
  readonly me: Me
  readonly feesOf: (conditionId: ConditionId) => Effect.Effect<FeeSchedule, ExchangeError>
  readonly activity: Effect.Effect<Activity>
}

/** What a trade does to cash. A buy costs its notional and the fee, a sale earns the one less the other; rounded against us. */
const cashOf = ({ feeMicroUsd, priceTicks, side, sizeMicroShares }: VenueTrade): number =>
  side === "BUY"
    ? -(notionalUsd(priceTicks, sizeMicroShares, "up") + feeMicroUsd)
    : notionalUsd(priceTicks, sizeMicroShares, "down") - feeMicroUsd

/** The account's trades at a moment: those whose money has not moved yet, and those that are over. */
interface Trades {
  /** What each does to cash, by its id. */
  readonly unsettled: ReadonlyMap<string, number>
  readonly over: ReadonlySet<string>
  /** The oldest of those not settled, Unix milliseconds. */
  readonly oldestMs: number
}

const isSame = (a: Trades, b: Trades): boolean =>
  a.unsettled.size === b.unsettled.size &&
  a.over.size === b.over.size &&
  [...a.unsettled.keys()].every((id) => b.unsettled.has(id)) &&
  [...a.over].every((id) => b.over.has(id))

/** What the trades of both readings do to cash; of one that is in one of them only, no more than it costs. */
const leastOf = (a: Trades, b: Trades): number => {
  let sum = 0
  for (const [id, cash] of new Map([...a.unsettled, ...b.unsettled]))
    sum += a.unsettled.has(id) && b.unsettled.has(id) ? cash : Math.min(0, cash)
  return sum
}

const makeReading = ({ clob, feesOf, me }: CashParts) => {
  const undecodable = (message: string) => errorOf("cashMicroUsd", { _tag: "Undecodable" }, message)
  /** Our part in a trade; the terms of a market are needed only while its money is on its way. */
  const partOf = (wire: WireTrade, sinceMs: number) =>
    Effect.gen(function* () {
      const status = yield* Effect.mapError(fillStatusOf(wire.status), undecodable)
      const over = isFinalFill(status)
      const fees = over ? NO_FEES : yield* feesOf(ConditionId.make(wire.market))
      const rows = yield* Effect.mapError(tradesOf(wire, me, fees, sinceMs), undecodable)
      return { id: wire.id, over, rows }
    })
  return (sinceMs: number): Effect.Effect<Trades, ExchangeError> =>
    Effect.gen(function* () {
      const after = Math.max(0, Math.floor(sinceMs / 1000))
      const trades = yield* clob.trades({ makerAddress: me.account, after })
      const parts = yield* Effect.forEach(trades, (wire) => partOf(wire, sinceMs))
      const pending = parts.filter(({ over }) => !over)
      return {
        unsettled: new Map(
          pending.map(({ id, rows }) => [id, rows.reduce((sum, row) => sum + cashOf(row), 0)])
        ),
        over: new Set(parts.filter(({ over }) => over).map(({ id }) => id)),
        oldestMs: Math.min(...pending.flatMap(({ rows }) => rows.map(({ matchedAtMs }) => matchedAtMs)))
      }
    })
}

/** Reads the account's cash, as it was at one moment between question and answer. */
export const makeCash = (parts: CashParts): Effect.Effect<MicroUsd, ExchangeError> => {
  const { activity, clob } = parts
  const readTrades = makeReading(parts)
  /** Trades whose end the venue's cache of balances knows of. */
  let known: ReadonlySet<string> = new Set()
  let sinceMs: number | undefined
  /** The activity up to which all is settled; undefined while something is not, or may not be. */
  let quietAt: number | undefined

  /** The balance with every trade in it that was over: the venue's cache may lag behind (py-clob-client#290). */
  const balanceAfter = ({ over }: Trades) =>
    Effect.gen(function* () {
      if ([...over].some((id) => !known.has(id))) {
        yield* clob.refreshBalance()
        known = over
      }
      return yield* clob.balance()
    })

  const readBoth = (began: Activity) =>
    Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis
      const fromMs = sinceMs ?? nowMs - FIRST_LOOK_BACK_MS
      let before = yield* readTrades(fromMs)
      for (let readings = 1; ; readings += 1) {
        const balance = yield* balanceAfter(before)
        const after = yield* readTrades(fromMs)
        const still = isSame(before, after)
        if (still || readings === MAX_READINGS) {
          sinceMs = Math.min(nowMs, after.oldestMs) - OVERLAP_MS
          quietAt = still && after.unsettled.size === 0 && !began.mayTrade ? began.count : undefined
          return addUsd(balance, microUsd(leastOf(before, after)))
        }
        before = after
      }
    })

  return Effect.gen(function* () {
    const began = yield* activity
    if (quietAt !== undefined && quietAt === began.count && !began.mayTrade) {
      const balance = yield* clob.balance()
      if ((yield* activity).count === began.count) return balance
    }
    return yield* readBoth(yield* activity)
  })
}
