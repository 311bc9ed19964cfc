/** What must hold after every tick, whatever went wrong in it, and to the millionth where nothing is on its way. */
import { Effect } from "effect"
import { type MicroUsd, notionalUsd } from "../../../src/domain/money.ts"
import { isFinalFill } from "../../../src/domain/order.ts"
import { outstandingMicroShares } from "../../../src/domain/order-state.ts"
import type { Position } from "../../../src/domain/position.ts"
import type { Step } from "../../../src/orchestrator/step.ts"
import { siteKey } from "../../../src/orchestrator/supervisor.ts"
import type { TickServices } from "../../../src/orchestrator/trading/trading-tick.ts"
import type { VenueTrade } from "../../../src/ports/exchange.ts"
import { OrderManager, PositionManager } from "../../../src/ports/trading.ts"
import type { Ground } from "./ground.ts"
import type { Life } from "./life.ts"

/** A step that failed is tried again by itself meanwhile: its backoff, and the waits a venue asks for. */
const RETRIED_WITHIN_MS = 120_000
/** Orders that were refused so recently are looked for at the venue: none may be there. */
const WATCH_REFUSED_MS = 180_000

/** No order rests that the journal does not know as open, and none was refused that is there. */
const checkOrders = (life: Life, { venue }: Ground) =>
  Effect.gen(function* () {
    const { config, nowMs, witness } = life.history
    const resting = yield* venue.openOrders
    for (const { orderId } of resting) {
      const known = life.journal && (yield* life.journal.orderById(orderId))
      witness.expect(
        known?.status === "live" || known?.status === "unknown" || known?.status === "pending",
        () => `${orderId} rests at the venue, the journal says ${known?.status}`
      )
    }
    const { maxOpenOrders } = config.safety
    witness.expect(resting.length <= maxOpenOrders, () => `${resting.length} orders rest`)
    for (const order of witness.orders.values()) {
      if (order.status !== "refused" || nowMs() - order.timestampMs > WATCH_REFUSED_MS) continue
      const found = yield* venue.order(order.orderId)
      witness.expect(
        found === undefined || (found.status === "cancelled" && found.filledMicroShares === 0),
        () => `${order.orderId} counts as refused (${order.note}), the venue says ${found?.status}`
      )
    }
  })

/** Cost of what is held or may come back, and open buys at their limit, by window, by asset and in all. */
const checkLimits = (life: Life) =>
  Effect.gen(function* () {
    const { config, witness } = life.history
    const stakes = new Map<string, number>()
    const put = (slug: string, asset: string, amount: number) => {
      for (const key of ["total", asset, slug]) stakes.set(key, (stakes.get(key) ?? 0) + amount)
    }
    for (const { asset, costMicroUsd, slug } of yield* Effect.flatMap(
      PositionManager,
      ({ atStake }) => atStake
    ))
      put(slug, asset, costMicroUsd)
    for (const order of yield* Effect.flatMap(OrderManager, ({ openOrders }) => openOrders)) {
      const { asset, priceTicks, side, slug } = order.intent
      if (side === "BUY") put(slug, asset, notionalUsd(priceTicks, outstandingMicroShares(order), "up"))
    }
    const { maxAssetUsd, maxTotalUsd, maxWindowUsd } = config.safety
    for (const [key, stake] of stakes) {
      const limit = key === "total" ? maxTotalUsd : key.includes("-") ? maxWindowUsd : maxAssetUsd
      witness.expect(stake <= limit, () => `${key} has ${stake} at stake, the limit is ${limit}`)
    }
  })

/** Counters of orders and of ticks add up. */
const checkCounts = (life: Life) =>
  Effect.gen(function* () {
    const { witness } = life.history
    const counts = yield* Effect.flatMap(OrderManager, (orders) => orders.counts)
    const { accepted, cancelled, open, refused, sent, unknown } = counts
    const known = witness.intents.size
    witness.expect(sent === known, () => `${sent} orders are counted, the journal has ${known}`)
    witness.expect(
      accepted + refused + unknown === sent,
      () => `${accepted} + ${refused} + ${unknown} ≠ ${sent} at the end of a tick`
    )
    witness.expect(
      open + cancelled <= accepted + unknown,
      () => `${open} open, ${cancelled} cancelled of ${accepted}`
    )
    const loop = life.orchestrator && (yield* life.orchestrator.getState).loop.counters
    if (loop === undefined) return
    const ended = loop.completed + loop.failed + loop.skippedOverlap + loop.skippedPaused
    // The tick that asks is due and not in one of the others yet.
    witness.expect(
      loop.due === ended + 1,
      () => `${loop.due} ticks were due, ${ended} and this one are counted`
    )
  })

/** Whatever is halted, the steps that close risk run in every tick, unless they fail by themselves. */
const checkSteps = (life: Life, steps: ReadonlyArray<Step<TickServices>>, tick: number) => {
  const { nowMs, witness } = life.history
  for (const step of steps) {
    const { capability } = step
    if (capability !== "exit" && capability !== "cancel" && capability !== "settle") continue
    const key = siteKey(step)
    const failedAtMs = life.failedAtMs.get(key) ?? Number.NEGATIVE_INFINITY
    const isRetried = nowMs() - failedAtMs < RETRIED_WITHIN_MS
    witness.expect(isRetried || life.ran.get(key) === tick, () => `${key} did not run`)
  }
}

/** Every trade of ours at the venue, in the windows of our orders. */
export const tradesOf = ({ history }: Life, { venue }: Ground) =>
  Effect.gen(function* () {
    const conditions = new Set([...history.witness.intents.values()].map(({ conditionId }) => conditionId))
    const trades: Array<VenueTrade> = []
    for (const conditionId of conditions) trades.push(...(yield* venue.trades(conditionId)))
    return trades
  })

/** Payouts the venue has made of positions that are not settled with us yet. */
export const paidAhead = ({ venue }: Ground, positions: ReadonlyArray<Position>) =>
  Effect.gen(function* () {
    let sum = 0
    for (const position of positions) {
      const resolution = yield* venue.resolution(position.slug)
      if (resolution?.outcome === position.outcome) sum += position.matchedMicroShares
    }
    return sum
  })

const matchedBy = (trades: ReadonlyArray<VenueTrade>, tokenId: string): number =>
  trades
    .filter((trade) => trade.tokenId === tokenId && trade.status !== "failed")
    .reduce((sum, trade) => sum + (trade.side === "BUY" ? 1 : -1) * trade.sizeMicroShares, 0)

/** Where every fill is in our books: cash + cost of what is open + fees − realized = start cash, to the millionth. */
const checkMoney = (life: Life, ground: Ground, positions: ReadonlyArray<Position>) =>
  Effect.gen(function* () {
    const { config, witness } = life.history
    const totals = yield* Effect.flatMap(PositionManager, (manager) => manager.totals)
    const trades = yield* tradesOf(life, ground)
    witness.expect(
      totals.fills <= trades.length,
      () => `${totals.fills} fills are booked of ${trades.length}`
    )
    if (totals.fills !== trades.length) return
    witness.audits += 1
    const cash = yield* ground.venue.cashMicroUsd
    const cost = positions.reduce((sum, position) => sum + position.costMicroUsd, 0)
    const ahead = yield* paidAhead(ground, positions)
    const start: MicroUsd = config.exchange.startCashUsd
    const off = cash + cost + totals.feesMicroUsd - totals.realizedPnlMicroUsd - ahead - start
    witness.expect(off === 0, () => `the books are off by ${off} with every fill booked`)
    const balances = yield* ground.venue.balances
    for (const { matchedMicroShares, settledMicroShares, slug, tokenId } of positions) {
      const matched = matchedBy(trades, tokenId)
      witness.expect(
        matched === matchedMicroShares,
        () => `${slug}: ${matched} traded, ${matchedMicroShares} held`
      )
      const isFinal = trades.every((trade) => trade.tokenId !== tokenId || isFinalFill(trade.status))
      if (!isFinal || (yield* ground.venue.resolution(slug)) !== undefined) continue
      const held = balances.find((balance) => balance.tokenId === tokenId)?.sizeMicroShares ?? 0
      witness.expect(
        held === matched && settledMicroShares <= held,
        () => `${slug}: the venue has ${held}, we ${settledMicroShares} settled of ${matchedMicroShares}`
      )
    }
  })

export const checkTick = (life: Life, steps: ReadonlyArray<Step<TickServices>>, tick: number) =>
  Effect.gen(function* () {
    const { history, ground } = life
    if (ground === undefined) return
    const beganAtMs = history.nowMs()
    history.witness.checks += 1
    const positions = yield* Effect.flatMap(PositionManager, ({ open }) => open)
    yield* checkOrders(life, ground)
    yield* checkLimits(life)
    yield* checkCounts(life)
    checkSteps(life, steps, tick)
    yield* checkMoney(life, ground, positions)
    history.witness.expect(history.nowMs() === beganAtMs, () => "time went on during the checks")
  })
