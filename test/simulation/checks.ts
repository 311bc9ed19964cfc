/** What must hold at every tick: asked when orders, positions and cash have just been read, before anything is sent. */
import { Clock, Effect } from "effect"
import { outstandingMicroShares } from "../../src/domain/order-state.ts"
import { isFinalFill } from "../../src/domain/order.ts"
import { type MicroUsd, notionalUsd } from "../../src/domain/money.ts"
import type { Position } from "../../src/domain/position.ts"
import type { Step } from "../../src/orchestrator/step.ts"
import type { TickServices } from "../../src/orchestrator/trading/trading-tick.ts"
import { Exchange } from "../../src/ports/exchange.ts"
import { Persistence } from "../../src/ports/persistence.ts"
import { OrderManager, PositionManager, Safety } from "../../src/ports/trading.ts"
import type { Watch } from "./watch.ts"

/** Payouts the venue has made of positions that we have not settled yet. */
const paidAhead = (watch: Watch, positions: ReadonlyArray<Position>) =>
  Effect.gen(function* () {
    const exchange = yield* Exchange
    let sum = 0
    for (const position of positions) {
      const window = watch.windows.get(position.slug)
      const resolution = window === undefined ? undefined : yield* exchange.resolution(window)
      if (resolution?.outcome === position.outcome) sum += position.matchedMicroShares
    }
    return sum
  })

/** cash + cost of what is open + fees − realized = start cash, to the millionth. */
const checkMoney = (watch: Watch, startCash: MicroUsd) =>
  Effect.gen(function* () {
    const positions = yield* Effect.flatMap(PositionManager, ({ open }) => open)
    const totals = yield* Effect.flatMap(PositionManager, (manager) => manager.totals)
    const cash = yield* Effect.flatMap(Exchange, (exchange) => exchange.cashMicroUsd)
    const cost = positions.reduce((sum, position) => sum + position.costMicroUsd, 0)
    const books = cash + cost + totals.feesMicroUsd - totals.realizedPnlMicroUsd
    const ahead = yield* paidAhead(watch, positions)
    watch.expect(books - ahead === startCash, () => `the books are off by ${books - ahead - startCash}`)
  })

/** Where no fill of a token is under way, the venue's balance is our settled and our matched size. */
const checkBalances = (watch: Watch) =>
  Effect.gen(function* () {
    const exchange = yield* Exchange
    const positions = yield* Effect.flatMap(PositionManager, ({ open }) => open)
    const balances = new Map(
      (yield* exchange.balances).map((balance) => [balance.tokenId, balance.sizeMicroShares])
    )
    const ours = new Set(positions.map(({ tokenId }) => tokenId))
    for (const { settledMicroShares, matchedMicroShares, slug, tokenId, conditionId } of positions) {
      const trades = (yield* exchange.trades(conditionId)).filter((trade) => trade.tokenId === tokenId)
      const window = watch.windows.get(slug)
      const isPaid = window !== undefined && (yield* exchange.resolution(window)) !== undefined
      if (isPaid || !trades.every(({ status }) => isFinalFill(status))) continue
      const held = balances.get(tokenId) ?? 0
      watch.expect(
        held === settledMicroShares && held === matchedMicroShares,
        () => `${slug}: the venue has ${held}, we ${settledMicroShares} of ${matchedMicroShares}`
      )
    }
    for (const [tokenId, size] of balances) {
      if (ours.has(tokenId) || size === 0) continue
      const under = [...watch.windows.values()].find(
        ({ downTokenId, upTokenId }) => tokenId === upTokenId || tokenId === downTokenId
      )
      const trades = under === undefined ? [] : yield* exchange.trades(under.conditionId)
      const isMoving = trades.some((trade) => trade.tokenId === tokenId && !isFinalFill(trade.status))
      watch.expect(isMoving, () => `the venue has ${size} of ${under?.slug} that we do not know`)
    }
  })

/** No order rests at the venue that the journal does not know, and every one it knows as open is there. */
const checkOrders = (watch: Watch) =>
  Effect.gen(function* () {
    const journal = yield* Persistence
    const open = yield* Effect.flatMap(OrderManager, ({ openOrders }) => openOrders)
    const resting = yield* Effect.flatMap(Exchange, (exchange) => exchange.openOrders)
    const listed = new Set(resting.map(({ orderId }) => orderId))
    for (const { orderId } of resting) {
      const known = yield* journal.orderById(orderId)
      watch.expect(known?.status === "live", () => `${orderId} rests, the journal says ${known?.status}`)
    }
    for (const { orderId, status } of open) {
      watch.expect(listed.has(orderId), () => `${orderId} is ${status} with us and not at the venue`)
    }
    const { maxOpenOrders } = watch.limits
    watch.expect(resting.length <= maxOpenOrders, () => `${resting.length} orders are open`)
  })

/** Cost of what is held or may come back, and open buys at their limit, by window, by asset and in all. */
const checkLimits = (watch: Watch) =>
  Effect.gen(function* () {
    const stakes = new Map<string, number>()
    const add = (key: string, amount: number) => void stakes.set(key, (stakes.get(key) ?? 0) + amount)
    const put = (slug: string, asset: string, amount: number) => {
      for (const key of ["total", asset, slug]) add(key, amount)
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
    const { maxAssetUsd, maxTotalUsd, maxWindowUsd } = watch.limits
    for (const [key, stake] of stakes) {
      const limit = key === "total" ? maxTotalUsd : key.includes("-") ? maxWindowUsd : maxAssetUsd
      watch.expect(stake <= limit, () => `${key} has ${stake} at stake, the limit is ${limit}`)
    }
  })

/** Counters of orders add up, and nothing was ever unknown. */
const checkCounts = (watch: Watch) =>
  Effect.gen(function* () {
    const { accepted, cancelled, open, refused, sent, unknown } = yield* Effect.flatMap(
      OrderManager,
      (orders) => orders.counts
    )
    watch.expect(sent === watch.sent.size, () => `${sent} counted as sent of ${watch.sent.size}`)
    watch.expect(
      accepted + refused + unknown === sent,
      () => `${accepted} + ${refused} + ${unknown} ≠ ${sent}`
    )
    watch.expect(open + cancelled <= accepted, () => `${open} open and ${cancelled} cancelled of ${accepted}`)
    const granted = yield* Effect.flatMap(Safety, ({ capabilities }) => capabilities)
    watch.expect(granted.size === 5, () => `capabilities are gone: ${[...granted].join(" ")}`)
  })

const checkStep = (watch: Watch, startCash: MicroUsd): Step<TickServices> => ({
  module: "checks",
  operation: "check",
  run: (tick) =>
    Effect.gen(function* () {
      watch.tick = tick
      watch.checks += 1
      const beganAtMs = yield* Clock.currentTimeMillis
      yield* checkMoney(watch, startCash)
      yield* checkBalances(watch)
      yield* checkOrders(watch)
      yield* checkLimits(watch)
      yield* checkCounts(watch)
      const nowMs = yield* Clock.currentTimeMillis
      watch.expect(nowMs === beganAtMs, () => "time went on during the checks: they prove nothing")
    })
})

/** The steps of a tick with the checks where our books and the venue's are of the same instant. */
export const withChecks = (
  steps: ReadonlyArray<Step<TickServices>>,
  watch: Watch,
  startCash: MicroUsd
): ReadonlyArray<Step<TickServices>> =>
  steps.flatMap((step) => (step.operation === "read-cash" ? [step, checkStep(watch, startCash)] : [step]))
