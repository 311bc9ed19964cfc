/** Runs a market and proves the result. */
import { expect } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { makeSimulatedMarket } from "../../src/paper-exchange/simulator/simulated-market.ts"
import { inDirectory } from "../storage/support.ts"
import { type Row, rowsOf, tablesOf } from "./journal.ts"
import { cashByFills, cashByPositions, outcomesUntil } from "./ledger.ts"
import type { Market } from "./markets.ts"
import { simulate } from "./session.ts"

const MINUTE_MS = 60_000
/** Market minutes of each simulation; more by TRADEWIND_TEST_MINUTES. */
export const MINUTES = Number(process.env["TRADEWIND_TEST_MINUTES"] ?? 17)
/** Real time for a run before it counts as hung. */
export const LIMIT_MS = MINUTES * 20_000 + 60_000
/** Time after a window's resolution within which our books must have it: the slowest question and a few ticks. */
const BOOKED_WITHIN_MS = 20_000

export const run = ({ configure, seed }: Market, minutes = MINUTES) =>
  inDirectory((stateDir) =>
    Effect.gen(function* () {
      const result = yield* simulate({ seed, forMs: minutes * MINUTE_MS, stateDir, configure })
      return {
        ...result,
        tables: yield* tablesOf(`${stateDir}/tradewind.db`),
        venueTables: yield* tablesOf(`${stateDir}/exchange.db`)
      }
    })
  )
type Run = Effect.Effect.Success<ReturnType<typeof run>>

const countOf = (rows: ReadonlyArray<Row>, column: string, value: string): number =>
  rows.filter((row) => row[column] === value).length

const checkMoney = ({ cashAtEnd, config, tables }: Run) => {
  const { startCashUsd } = config.exchange
  expect(cashByPositions(tables, startCashUsd)).toBe(cashAtEnd)
  const settled = new Set(rowsOf(tables, "settlements").map(({ slug }) => slug))
  const ahead = rowsOf(tables, "positions").filter(
    ({ slug, status }) => status !== "closed" && settled.has(slug)
  )
  expect(ahead, "positions of settled windows that are not closed").toEqual([])
  expect(cashByFills(tables, startCashUsd)).toBe(cashAtEnd)
}

const checkOrders = ({ tables, watch }: Run) => {
  const intents = rowsOf(tables, "intents")
  const known = new Set(intents.map((row) => row["order_id"]))
  expect(intents).toHaveLength(watch.sent.size)
  expect([...watch.sent.keys()].filter((orderId) => !known.has(orderId))).toEqual([])
  const fills = rowsOf(tables, "fills")
  expect(fills.filter((row) => !known.has(row["order_id"]))).toEqual([])
  const orders = rowsOf(tables, "orders")
  expect(countOf(orders, "status", "pending") + countOf(orders, "status", "unknown")).toBe(0)
  expect(countOf(orders, "status", "live"), "orders that rest after the stop").toBe(0)
  for (const order of orders) {
    const filled = fills
      .filter((fill) => fill["order_id"] === order["order_id"])
      .reduce((sum, fill) => sum + Number(fill["size_micro_shares"]), 0)
    expect(filled, `fills of ${String(order["order_id"])}`).toBe(Number(order["filled_micro_shares"]))
  }
}

const checkWindows = ({ config, endedAtMs, startedAtMs, tables }: Run, seed: number) => {
  const { resolveDelayMs } = config.simulator
  const outcomes = outcomesUntil(makeSimulatedMarket(config.simulator, seed), endedAtMs)
  const settlements = rowsOf(tables, "settlements")
  expect(settlements.length).toBeGreaterThan(0)
  for (const { outcome, slug } of settlements) {
    expect(outcome, String(slug)).toBe(outcomes.get(slug as never))
  }
  const settled = new Set(settlements.map(({ slug }) => slug))
  const due = rowsOf(tables, "windows").filter(
    (row) => Number(row["end_ms"]) + resolveDelayMs + BOOKED_WITHIN_MS < endedAtMs
  )
  expect(
    due.filter(({ slug }) => !settled.has(slug)),
    "windows that should be settled"
  ).toEqual([])
  for (const [interval, lengthMs] of [
    ["5m", 5 * MINUTE_MS],
    ["15m", 15 * MINUTE_MS]
  ] as const) {
    const seen = rowsOf(tables, "windows").filter((row) => row["interval"] === interval)
    const starts = seen.map((row) => Number(row["start_ms"]))
    const firstMs = startedAtMs - (startedAtMs % lengthMs)
    const count = Math.ceil((endedAtMs - firstMs) / lengthMs)
    const begun = Array.from({ length: count }, (_, index) => firstMs + index * lengthMs)
    expect(starts).toEqual(expect.arrayContaining(begun))
    expect(starts.length, "one window ahead of the last that has begun").toBeLessThanOrEqual(count + 1)
  }
}

const checkTicks = ({ endedAtMs, startedAtMs, state, tables }: Run) => {
  const { completed, due, failed, skippedOverlap, skippedPaused } = state.loop.counters
  expect(due).toBe(completed + failed + skippedOverlap + skippedPaused)
  expect(due).toBe(Math.ceil((endedAtMs - startedAtMs) / 1_000))
  expect({ failed, skippedOverlap, skippedPaused }).toEqual({
    failed: 0,
    skippedOverlap: 0,
    skippedPaused: 0
  })
  expect(rowsOf(tables, "ticks")).toHaveLength(completed)
  expect(state.errors.errorCount).toBe(0)
}

/** Compared at the start and every minute; and books and venue never stayed apart. */
const checkReconciliation = ({ endedAtMs, reconciliation, startedAtMs, tables }: Run) => {
  expect(reconciliation).toMatchObject({ failures: 0, barred: { everything: null } })
  const minutes = Math.floor((endedAtMs - startedAtMs) / MINUTE_MS)
  expect(reconciliation?.runs).toBeGreaterThanOrEqual(minutes)
  for (const { escalated } of Object.values(reconciliation?.counts ?? {})) expect(escalated).toBe(0)
  const causes = rowsOf(tables, "events")
    .filter(({ kind }) => kind === "reconciled")
    .map(({ fields }) => (JSON.parse(String(fields)) as { readonly cause: string }).cause)
  expect(causes).toEqual(expect.arrayContaining(["start"]))
}

/** The modules that main.ts names, in its order. */
const modulesOfMain = () => {
  const main = readFileSync(new URL("../../src/main.ts", import.meta.url), "utf8")
  return [...main.matchAll(/add\(\{\s*name: "([^"]+)"/g)].map(([, name]) => name)
}

const replayCommand = ({ name, seed }: Market): string =>
  `again by: TRADEWIND_TEST_SEED=${seed} TRADEWIND_TEST_MINUTES=${MINUTES} npx vitest run test/simulation -t "${name}"`

/** Everything that must be so after a run. */
export const checkRun = (market: Market, result: Run) => {
  expect(result.watch.problems, replayCommand(market)).toEqual([])
  expect(Object.keys(result.state.modules)).toEqual(modulesOfMain().filter((name) => name !== "logger"))
  expect(result.watch.checks).toBe(result.state.loop.counters.completed)
  expect(result.report).toMatchObject({ exitCode: 0, verification: { verified: true } })
  expect(rowsOf(result.tables, "fills").length).toBeGreaterThan(3)
  checkMoney(result)
  checkOrders(result)
  checkWindows(result, market.seed)
  checkTicks(result)
  checkReconciliation(result)
}
