/** What must hold between the daemon's journal and the exchange's own ledger. Each check returns what does not, in words. */
import { MAX_WINDOW, START_CASH } from "./configuration.ts"
import type { Asked, ExchangeLedger, Trade } from "./exchange-ledger.ts"
import type { Rows } from "./files.ts"
import type { Journal } from "./journal.ts"

type Found = ReadonlyArray<string>

const short = (id: string): string => id.slice(0, 12)
const text = (row: Readonly<Record<string, unknown>>, field: string): string => String(row[field])
const number = (row: Readonly<Record<string, unknown>>, field: string): number => Number(row[field])
const idsIn = (rows: Rows): ReadonlySet<string> => new Set(rows.map((row) => text(row, "order_id")))

/** Orders that came more often than the journal says: an exit that got lost may go out once more, journalled before it does. */
const sentTooOften = (asked: ReadonlyArray<Asked>, { intents, resent }: Journal): Found => {
  const isExit = new Map(intents.map((row) => [text(row, "order_id"), text(row, "side") === "SELL"]))
  const allowed = new Map(resent.map((id) => [id, isExit.get(id) === true ? 2 : 1]))
  const counts = new Map<string, number>()
  for (const { orderId } of asked) counts.set(orderId, (counts.get(orderId) ?? 0) + 1)
  return [...counts].filter(([id, count]) => count > (allowed.get(id) ?? 1)).map(([id]) => id)
}

/** Entries that are there more than once. */
const repeated = (keys: ReadonlyArray<string>): Found => [
  ...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))
]

const TERMS = ["created_at_ms", "slug", "token_id", "side", "purpose", "price_ticks", "size_micro_shares"]

/** Holds at every moment, a dead daemon's included. */
export const orderProblems = (
  journal: Journal,
  asked: ReadonlyArray<Asked>,
  maxEntriesPerWindow: number
): Found => {
  const intended = idsIn(journal.intents)
  const entries = new Map<string, number>()
  for (const { conditionId, side } of asked)
    if (side === "BUY") entries.set(conditionId, (entries.get(conditionId) ?? 0) + 1)
  return [
    ...journal.damages.map((damage) => `the journal is damaged: ${damage}`),
    ...asked
      .filter(({ orderId }) => !intended.has(orderId))
      .map(
        ({ orderId }) => `order ${short(orderId)} reached the exchange, and the journal has no intent of it`
      ),
    ...sentTooOften(asked, journal).map((id) => `order ${short(id)} was sent more than once`),
    ...repeated(journal.resent).map((id) => `order ${short(id)} was sent once more, twice`),
    ...repeated(journal.intents.map((row) => TERMS.map((field) => text(row, field)).join(" "))).map(
      (terms) => `two orders for one intent: ${terms}`
    ),
    ...[...entries]
      .filter(([, count]) => count > maxEntriesPerWindow)
      .map(([window, count]) => `window ${short(window)} got ${count} entries`)
  ]
}

/** Nothing was bought of an instrument while an order of it had an unknown outcome. */
const quarantineProblems = ({ events, intents }: Journal): Found => {
  const intentOf = new Map(intents.map((row) => [text(row, "order_id"), row]))
  const unknown = new Map<string, string>()
  return events.flatMap((row) => {
    const id = text(row, "order_id")
    const intent = intentOf.get(id)
    const token = intent === undefined ? "" : text(intent, "token_id")
    const others = [...unknown].filter(([other, its]) => other !== id && its === token)
    if (row["status"] === "unknown") unknown.set(id, token)
    else unknown.delete(id)
    return row["status"] === "pending" && intent?.["purpose"] === "entry"
      ? others.map(([other]) => `entry ${short(id)} was sent while ${short(other)} had an unknown outcome`)
      : []
  })
}

/**
 * Refused are those that the exchange did not take. One that it held first, and then refused, may have been seen resting in
 * between: it was cancelled without a fill then.
 */
const isAsTaken = (row: Rows[number], taken: ReadonlySet<string>, ledger: ExchangeLedger): boolean => {
  const [id, status] = [text(row, "order_id"), text(row, "status")]
  if (taken.has(id)) return status !== "refused"
  return (
    status === "refused" ||
    (status === "cancelled" && number(row, "filled_micro_shares") === 0 && ledger.refusedAfterHold.has(id))
  )
}

/** Orders of a daemon that has settled: none open, and each as the exchange has it. */
const statusProblems = (journal: Journal, ledger: ExchangeLedger): Found => {
  const statuses = new Map(journal.orders.map((row) => [text(row, "order_id"), text(row, "status")]))
  const open = new Set(["pending", "unknown", "live"])
  const taken = idsOf(ledger)
  return [
    ...[...statuses]
      .filter(([, status]) => open.has(status))
      .map(([id, status]) => `order ${short(id)} is ${status} in the journal of a daemon that stopped`),
    ...journal.intents
      .filter((row) => !statuses.has(text(row, "order_id")))
      .map((row) => `intent ${short(text(row, "order_id"))} has no order in the journal`),
    ...journal.orders
      .filter((row) => !isAsTaken(row, taken, ledger))
      .map((row) => {
        const id = text(row, "order_id")
        return `order ${short(id)} is ${text(row, "status")}, and the exchange ${taken.has(id) ? "took it" : "has none"}`
      }),
    ...ledger.orders
      .filter(({ status }) => status === "held" || status === "live")
      .map(({ orderId, status }) => `order ${short(orderId)} was left ${status} at the exchange`)
  ]
}

const idsOf = (ledger: ExchangeLedger): ReadonlySet<string> =>
  new Set(ledger.orders.map(({ orderId }) => orderId))

const describeTrade = (trade: Trade): string =>
  [
    trade.tradeId,
    trade.orderId,
    trade.side,
    trade.priceTicks,
    trade.sizeMicroShares,
    trade.feeMicroUsd,
    trade.status === "failed"
  ].join(" ")

const describeFill = (row: Readonly<Record<string, unknown>>): string =>
  ["trade_id", "order_id", "side", "price_ticks", "size_micro_shares", "fee_micro_usd"]
    .map((field) => text(row, field))
    .join(" ")
    .concat(` ${row["status"] === "failed"}`)

const fillProblems = (journal: Journal, ledger: ExchangeLedger): Found => {
  const booked = new Set(journal.fills.map(describeFill))
  const traded = new Set(ledger.trades.map(describeTrade))
  return [
    ...[...traded]
      .filter((trade) => !booked.has(trade))
      .map((trade) => `trade not booked as it is: ${trade}`),
    ...[...booked].filter((fill) => !traded.has(fill)).map((fill) => `booked, and no trade: ${fill}`)
  ]
}

const settledIn = (journal: Journal): ReadonlySet<string> =>
  new Set(journal.settlements.map((row) => text(row, "condition_id")))

/** Shares that trades left of each token whose window the journal has not settled. */
const sharesOf = (journal: Journal, ledger: ExchangeLedger): ReadonlyMap<string, number> => {
  const settled = settledIn(journal)
  const shares = new Map<string, number>()
  for (const { conditionId, side, sizeMicroShares, status, tokenId } of ledger.trades) {
    if (status === "failed" || settled.has(conditionId)) continue
    shares.set(tokenId, (shares.get(tokenId) ?? 0) + (side === "BUY" ? sizeMicroShares : -sizeMicroShares))
  }
  return shares
}

const positionProblems = (journal: Journal, ledger: ExchangeLedger): Found => {
  const shares = sharesOf(journal, ledger)
  const held = new Map(
    journal.positions.map((row) => [text(row, "token_id"), number(row, "matched_micro_shares")])
  )
  return [...new Set([...shares.keys(), ...held.keys()])].flatMap((token) => {
    const [here, there] = [held.get(token) ?? 0, shares.get(token) ?? 0]
    return here === there
      ? []
      : [`${here} micro-shares of ${short(token)} in the journal, ${there} by the exchange's trades`]
  })
}

/** Dollars the exchange has paid out for windows that the journal has not settled yet. */
const paidAhead = (journal: Journal, ledger: ExchangeLedger): number => {
  const shares = sharesOf(journal, ledger)
  return ledger.markets.reduce((sum, { market, winner }) => {
    if (winner === null) return sum
    return sum + (shares.get(winner === "Up" ? market.upTokenId : market.downTokenId) ?? 0)
  }, 0)
}

/** Start cash + realized − fees − cost of what is held: cash, to the millionth. */
const cashProblems = (journal: Journal, ledger: ExchangeLedger): Found => {
  const total = (field: string) => journal.positions.reduce((sum, row) => sum + number(row, field), 0)
  const here =
    START_CASH + total("realized_pnl_micro_usd") - total("fees_micro_usd") - total("cost_micro_usd")
  const there = ledger.cashMicroUsd - paidAhead(journal, ledger)
  return here === there ? [] : [`cash is ${here} micro-dollars by the journal, ${there} by the exchange`]
}

/** At no moment did the shares held in a window cost more than may be at stake in it. */
const stakeProblems = (ledger: ExchangeLedger): Found =>
  ledger.markets.flatMap(({ market }) => {
    const positions = new Map<string, { shares: number; cost: number }>()
    let most = 0
    for (const trade of ledger.trades
      .filter(({ conditionId, status }) => conditionId === market.conditionId && status !== "failed")
      .toSorted((a, b) => a.matchedAtMs - b.matchedAtMs || (a.tradeId < b.tradeId ? -1 : 1))) {
      const { cost, shares } = positions.get(trade.tokenId) ?? { shares: 0, cost: 0 }
      const left = trade.side === "BUY" ? trade.sizeMicroShares : -trade.sizeMicroShares
      const paid = trade.side === "BUY" ? trade.notionalMicroUsd : shares === 0 ? 0 : (cost * left) / shares
      positions.set(trade.tokenId, { shares: shares + left, cost: cost + paid })
      most = Math.max(
        most,
        [...positions.values()].reduce((sum, position) => sum + position.cost, 0)
      )
    }
    return most > MAX_WINDOW ? [`window ${market.slug} had ${most} micro-dollars at stake`] : []
  })

/** Holds when a daemon that recovered has stopped. */
export const settledProblems = (journal: Journal, ledger: ExchangeLedger): Found => [
  ...statusProblems(journal, ledger),
  ...quarantineProblems(journal),
  ...fillProblems(journal, ledger),
  ...positionProblems(journal, ledger),
  ...cashProblems(journal, ledger),
  ...stakeProblems(ledger)
]

const ORDER_FACTS = ["order_id", "status", "filled_micro_shares"]
const POSITION_FACTS = [
  "token_id",
  "matched_micro_shares",
  "settled_micro_shares",
  "cost_micro_usd",
  "fees_micro_usd",
  "realized_pnl_micro_usd"
]

const facts = (rows: Rows, fields: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(rows.map((row) => fields.map((field) => text(row, field)).join(" ")))

const changes = (what: string, before: ReadonlySet<string>, after: ReadonlySet<string>): Found => [
  ...[...before].filter((row) => !after.has(row)).map((row) => `the second restart lost ${what}: ${row}`),
  ...[...after].filter((row) => !before.has(row)).map((row) => `the second restart added ${what}: ${row}`)
]

/** A restart of what has settled changes nothing but what the venue resolved meanwhile. */
export const restartProblems = (before: Journal, after: Journal): Found => {
  const settled = settledIn(after)
  const unsettled = (rows: Rows) => rows.filter((row) => !settled.has(text(row, "condition_id")))
  return [
    ...changes("an intent", idsIn(before.intents), idsIn(after.intents)),
    ...changes("an order", facts(before.orders, ORDER_FACTS), facts(after.orders, ORDER_FACTS)),
    ...changes("a fill", new Set(before.fills.map(describeFill)), new Set(after.fills.map(describeFill))),
    ...changes(
      "a position",
      facts(unsettled(before.positions), POSITION_FACTS),
      facts(unsettled(after.positions), POSITION_FACTS)
    )
  ]
}
