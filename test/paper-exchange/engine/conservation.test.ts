import assert from "node:assert/strict"
import { it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { describe, expect } from "vitest"
import { MICROS } from "../../../src/domain/money.ts"
import { isFinalFill } from "../../../src/domain/order.ts"
import { makeEngine } from "../../../src/paper-exchange/engine/make-engine.ts"
import type {
  EngineState,
  MarketRecord,
  OrderRecord,
  TradeRow
} from "../../../src/paper-exchange/engine/state.ts"
import { ACCOUNTS, Life, MARKETS, SEED_SHARES, type Step, lives } from "./commands.ts"
import { settings, stateOf } from "./support.ts"

const START_CASH = 2 * SEED_SHARES * MARKETS.length * MICROS

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0)

const tradeRows = (state: EngineState) =>
  [...state.markets.values()].flatMap((record) =>
    [...record.trades.values()].flatMap((trade) => trade.rows.map((row) => ({ ...row, trade, record })))
  )

const allOrders = (state: EngineState) => [...state.openOrders.values(), ...state.finishedOrders.values()]

/** Plain assertions: they run a hundred thousand times here, and `expect` costs too much for that. */
const checkDollars = (state: EngineState) => {
  const cash = sum([...state.accounts.values()].map((account) => account.cashMicroUsd))
  const locked = sum([...state.markets.values()].map((record) => record.lockedMicroUsd))
  const { depositedMicroUsd, externalMicroUsd, feesMicroUsd } = state.ledger
  assert.equal(cash + locked + externalMicroUsd + feesMicroUsd, depositedMicroUsd)
}

const held = (state: EngineState, tokenId: MarketRecord["market"]["upTokenId"]) =>
  sum(
    [...state.accounts.values()].map((account) => {
      const holding = account.holdings.get(tokenId)
      return holding === undefined
        ? 0
        : holding.settledMicroShares + holding.incomingMicroShares - holding.outgoingMicroShares
    })
  )

const checkShares = (state: EngineState) => {
  for (const { externalShares, lockedMicroUsd, market } of state.markets.values()) {
    assert.equal(held(state, market.upTokenId) + externalShares.Up, lockedMicroUsd)
    assert.equal(held(state, market.downTokenId) + externalShares.Down, lockedMicroUsd)
  }
}

const remaining = (order: OrderRecord) => order.sizeMicroShares - order.filledMicroShares

/** What a FOK order lacks: shares, or dollars it is for. */
const unfilled = (order: OrderRecord) =>
  order.budgetMicroUsd === null ? remaining(order) : order.budgetMicroUsd - order.notionalMicroUsd

/** Every open order can be honoured: dollars and shares are kept back for it. */
const checkReserves = (state: EngineState) => {
  for (const [name, account] of state.accounts) {
    const open = [...state.openOrders.values()].filter((order) => order.account === name)
    const buys = open.filter((order) => order.side === "BUY")
    const reserved = sum(
      buys.map((order) => order.budgetMicroUsd ?? Math.ceil((order.priceTicks * remaining(order)) / 10_000))
    )
    assert.ok(account.cashMicroUsd - account.unsettledProceedsMicroUsd >= reserved)
    const offered = new Map<string, number>()
    for (const order of open.filter((one) => one.side === "SELL"))
      offered.set(order.tokenId, (offered.get(order.tokenId) ?? 0) + remaining(order))
    for (const [tokenId, size] of offered) {
      const holding = [...account.holdings].find(([token]) => token === tokenId)?.[1]
      assert.ok((holding?.settledMicroShares ?? 0) - (holding?.outgoingMicroShares ?? 0) >= size)
    }
  }
}

const checkRow = (order: OrderRecord, row: TradeRow) => {
  assert.ok(order.side === "BUY" ? row.priceTicks <= order.priceTicks : row.priceTicks >= order.priceTicks)
  assert.ok(Math.abs(row.notionalMicroUsd - (row.priceTicks * row.sizeMicroShares) / 10_000) < 1)
  if (row.role === "taker") return
  assert.equal(row.feeMicroUsd, 0)
  const beyondLimit = row.notionalMicroUsd * 10_000 - row.priceTicks * row.sizeMicroShares
  assert.ok(order.side === "BUY" ? beyondLimit <= 0 : beyondLimit >= 0)
}

/** Orders and their trades agree: no overfill, no price beyond the limit, dollars exact to a millionth. */
const checkFills = (state: EngineState) => {
  const rows = new Map<string, Array<ReturnType<typeof tradeRows>[number]>>()
  for (const row of tradeRows(state)) rows.set(row.orderId, [...(rows.get(row.orderId) ?? []), row])
  for (const order of allOrders(state)) {
    const own = rows.get(order.orderId) ?? []
    assert.equal(sum(own.map((row) => row.sizeMicroShares)), order.filledMicroShares)
    assert.equal(sum(own.map((row) => row.notionalMicroUsd)), order.notionalMicroUsd)
    assert.deepEqual(
      order.tradeIds,
      own.map((row) => row.trade.tradeId)
    )
    for (const row of own) checkRow(order, row)
    if (order.budgetMicroUsd === null) assert.ok(order.filledMicroShares <= order.sizeMicroShares)
    else assert.ok(order.notionalMicroUsd <= order.budgetMicroUsd)
    if (order.orderType === "FOK" && order.status !== "held") assert.equal(unfilled(order), 0)
  }
}

/** What is not settled yet is exactly what the unconfirmed trades say. */
const checkUnsettled = (state: EngineState) => {
  const rows = tradeRows(state).filter((row) => !isFinalFill(row.trade.status))
  for (const [name, account] of state.accounts) {
    const own = rows.filter((row) => row.account === name)
    const spent = own.filter((row) => row.side === "BUY").map((row) => row.notionalMicroUsd + row.feeMicroUsd)
    const got = own.filter((row) => row.side === "SELL").map((row) => row.notionalMicroUsd - row.feeMicroUsd)
    assert.equal(account.unsettledSpentMicroUsd, sum(spent))
    assert.equal(account.unsettledProceedsMicroUsd, sum(got))
  }
}

const checkBooks = (life: Life, state: EngineState) => {
  for (const { asks, bids, market } of state.markets.values()) {
    for (const level of [...bids, ...asks]) {
      const external = sum(
        level.queue.map((entry) => (entry._tag === "External" ? entry.sizeMicroShares : 0))
      )
      assert.equal(external, level.shownMicroShares - level.consumedMicroShares)
    }
    const up = life.engine.book(market.upTokenId)
    const down = life.engine.book(market.downTokenId)
    assert.ok((up?.bids[0]?.priceTicks ?? 0) < (up?.asks[0]?.priceTicks ?? 10_000))
    const flip = (levels: NonNullable<typeof up>["bids"] = []) =>
      levels.map((level) => ({ ...level, priceTicks: 10_000 - level.priceTicks }))
    assert.deepEqual(down?.bids, flip(up?.asks))
    assert.deepEqual(down?.asks, flip(up?.bids))
  }
}

/** Cash told a second time: deposits, trades, and $1 for each share that won. */
class Bookkeeper {
  readonly cash = new Map<string, number>()
  private readonly deposits = new Map<string, number>(ACCOUNTS.map((name) => [name, START_CASH]))
  private readonly winners = new Map<number, "Up" | "Down">()

  take({ command }: Step) {
    if (command._tag === "Deposit")
      this.deposits.set(command.account, (this.deposits.get(command.account) ?? 0) + command.amount)
    if (command._tag === "Resolve" && !this.winners.has(command.market))
      this.winners.set(command.market, command.winner)
  }

  read(state: EngineState) {
    const rows = tradeRows(state)
    const tokens = new Set(
      [...this.winners].map(([market, winner]) => {
        const found = MARKETS[market]
        return winner === "Up" ? found?.upTokenId : found?.downTokenId
      })
    )
    for (const name of ACCOUNTS) {
      const flows = rows
        .filter((row) => row.account === name && row.trade.status !== "failed")
        .map((row) => {
          const sign = row.side === "BUY" ? 1 : -1
          const won = tokens.has(row.tokenId) ? sign * row.sizeMicroShares : 0
          return won - sign * row.notionalMicroUsd - row.feeMicroUsd
        })
      this.cash.set(name, sum(flows) + (this.deposits.get(name) ?? 0))
    }
  }
}

describe("engine life", () => {
  it.prop(
    "any life – conserves dollars and shares, honours limits and reserves",
    [lives],
    ([commands]) => {
      const life = new Life(makeEngine(settings))
      const keeper = new Bookkeeper()
      for (const [index, command] of commands.entries()) {
        keeper.take(life.run(command))
        if (index % 8 !== 0 && index < commands.length - 1) continue
        const state = stateOf(life.engine)
        checkDollars(state)
        checkShares(state)
        checkReserves(state)
        checkFills(state)
        checkUnsettled(state)
        checkBooks(life, state)
        keeper.read(state)
        for (const name of ACCOUNTS) assert.equal(life.engine.cash(name), keeper.cash.get(name))
      }
    },
    { timeout: 120_000, fastCheck: { numRuns: 80 } }
  )

  it("generated lives – hold every kind of trade and end of an order", () => {
    const seen = new Map<string, number>()
    const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
    for (const commands of fc.sample(lives, { numRuns: 250, seed: 1 })) {
      const life = new Life(makeEngine(settings))
      for (const command of commands) {
        const { news, placed } = life.run(command)
        for (const { update } of news)
          if (update._tag === "TradeUpdate" && update.trade.status === "retrying") count("a retry")
        if (placed?.answer._tag === "Refused") count(placed.answer.text.replaceAll(/order-\d+|[\d.]+/g, "#"))
      }
      const state = stateOf(life.engine)
      for (const order of allOrders(state)) count(`${order.orderType} ${order.status}`)
      for (const { rows, status } of [...state.markets.values()].flatMap((record) => [
        ...record.trades.values()
      ])) {
        const [taker, maker] = rows
        count(`${status} trade of ${rows.length}`)
        if (taker !== undefined && maker === undefined) count(`${taker.role} ${taker.side}`)
        else count(`own ${taker?.side} ${maker?.side}`)
      }
    }
    const wanted = ["own BUY BUY", "own SELL SELL", "own BUY SELL", "own SELL BUY", "taker BUY", "taker SELL"]
    const fates = ["failed trade of 1", "failed trade of 2", "a retry", "confirmed trade of 2"]
    const ends = ["GTD cancelled", "FOK matched", "FAK cancelled", "GTC matched"]
    const rare = [...wanted, "maker BUY", "maker SELL", ...ends, ...fates].filter(
      (what) => (seen.get(what) ?? 0) < 5
    )
    expect(rare).toEqual([])
    expect([...seen.keys()].filter((text) => text.includes("not enough")).length).toBeGreaterThan(2)
  })

  it.prop(
    "any life – after both markets resolved nothing is locked, no shares are left",
    [lives, fc.constantFrom<"Up" | "Down">("Up", "Down"), fc.constantFrom(0, 60_000)],
    ([commands, winner, redeemAfterMs]) => {
      const life = new Life(makeEngine({ ...settings, redeemAfterMs }))
      for (const command of commands) life.run(command)
      for (const market of MARKETS.keys()) life.run({ _tag: "Resolve", market, winner })
      const unpaid = stateOf(life.engine)
      checkDollars(unpaid)
      checkShares(unpaid)
      life.run({ _tag: "Advance", byMs: redeemAfterMs })
      const state = stateOf(life.engine)
      for (const record of state.markets.values()) expect(record.lockedMicroUsd).toBe(0)
      expect(state.openOrders.size).toBe(0)
      for (const account of state.accounts.values()) expect(account.holdings.size).toBe(0)
      checkDollars(state)
      life.run({ _tag: "Advance", byMs: 3_600_000 })
      expect(stateOf(life.engine)).toMatchObject({
        markets: new Map(),
        finishedOrders: new Map(),
        agenda: []
      })
    },
    { fastCheck: { numRuns: 60 } }
  )

  it.prop(
    "any life – the news alone tell each account its orders and trades",
    [lives],
    ([commands]) => {
      const life = new Life(makeEngine(settings))
      const orders = new Map<string, unknown>()
      const trades = new Map<string, unknown>()
      const isSeed = (orderId: string) => orderId.includes("seed")
      for (const command of commands)
        for (const { account, update } of life.run(command).news) {
          if (update._tag === "OrderUpdate") orders.set(`${account}|${update.order.orderId}`, update.order)
          else trades.set(`${account}|${update.trade.tradeId}|${update.trade.orderId}`, update.trade)
        }
      const state = stateOf(life.engine)
      for (const order of allOrders(state).filter((one) => one.status !== "held" && !isSeed(one.orderId))) {
        const told = orders.get(`${order.account}|${order.orderId}`)
        assert.deepEqual(life.engine.order(order.account, order.orderId), told)
      }
      for (const account of ACCOUNTS)
        for (const { conditionId } of MARKETS)
          for (const trade of life.engine.trades(account, conditionId).filter((one) => !isSeed(one.orderId)))
            assert.deepEqual(trades.get(`${account}|${trade.tradeId}|${trade.orderId}`), trade)
      expect(trades.size).toBe(tradeRows(state).filter((row) => !isSeed(row.orderId)).length)
    },
    { fastCheck: { numRuns: 60 } }
  )
})
