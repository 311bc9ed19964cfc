/** What a run has to show for itself. */
import { Effect } from "effect"
import { formatShares, formatUsd } from "../domain/decimal.ts"
import { subUsd } from "../domain/money.ts"
import { Exchange } from "../ports/exchange.ts"
import { Persistence } from "../ports/persistence.ts"
import { OrderManager, PositionManager } from "../ports/trading.ts"
import type { ShutdownReport } from "../orchestrator/shutdown.ts"
import type { OrchestratorState } from "../orchestrator/state.ts"
import type { AppConfig } from "./app-config.ts"
import { VERSION } from "./version.ts"

/**
 * The books at the end, read before the modules go down. Counts and money are since the journal began. `realizedPnlUsd` is
 * before fees, so that start cash + realized P&L − fees − cost of open positions = cash.
 */
export const readBooks = Effect.gen(function* () {
  const totals = yield* Effect.flatMap(Persistence, (journal) => journal.totals)
  const counts = yield* Effect.flatMap(OrderManager, (orders) => orders.counts)
  const positions = yield* Effect.flatMap(PositionManager, ({ open }) => open)
  const cash = yield* Effect.flatMap(Exchange, (exchange) => exchange.cashMicroUsd)
  return {
    windows: { seen: totals.windowsSeen, traded: totals.windowsTraded, settled: totals.windowsSettled },
    orders: counts,
    fills: totals.fills,
    feesUsd: formatUsd(totals.feesMicroUsd),
    realizedPnlUsd: formatUsd(totals.realizedPnlMicroUsd),
    netPnlUsd: formatUsd(subUsd(totals.realizedPnlMicroUsd, totals.feesMicroUsd)),
    cashUsd: formatUsd(cash),
    positions: positions.map((position) => ({
      window: position.slug,
      outcome: position.outcome,
      status: position.status,
      shares: formatShares(position.matchedMicroShares),
      settledShares: formatShares(position.settledMicroShares),
      costUsd: formatUsd(position.costMicroUsd),
      feesUsd: formatUsd(position.feesMicroUsd)
    }))
  }
})

export type Books = Effect.Effect.Success<typeof readBooks>

const NO_BOOKS: Books = {
  windows: { seen: 0, traded: 0, settled: 0 },
  orders: { sent: 0, accepted: 0, refused: 0, unknown: 0, cancelled: 0, open: 0 },
  fills: 0,
  feesUsd: "0.00",
  realizedPnlUsd: "0.00",
  netPnlUsd: "0.00",
  cashUsd: "0.00",
  positions: []
}

/** The summary of a run; `books` is undefined where the daemon ended before it could read them. */
export const summaryOf = (run: {
  readonly config: AppConfig
  readonly books: Books | undefined
  /** The state when the shutdown began, and after it. */
  readonly before: OrchestratorState | undefined
  readonly after: OrchestratorState
  readonly report: ShutdownReport
}) => {
  const { after, before, books, config, report } = run
  return {
    version: VERSION,
    mode: config.mode,
    seed: config.seed,
    exitCode: report.exitCode,
    ticks: after.loop.counters,
    ...(books ?? NO_BOOKS),
    /** Of the built-in exchange's account; what a real one once had is not known. */
    startCashUsd: config.mode === "live" ? null : formatUsd(config.exchange.startCashUsd),
    errors: { errorCount: after.errors.errorCount, recoveryCount: after.errors.recoveryCount },
    shutdown: {
      reason: report.reason,
      orders: report.verification.details,
      phases: report.phases.map(({ durationMs, name, outcome }) => ({ name, durationMs, outcome }))
    },
    modules: Object.fromEntries(
      Object.entries(after.modules).map(([name, { initMs, shutdownMs, status }]) => [
        name,
        { initMs, shutdownMs, health: before?.modules[name]?.status ?? status }
      ])
    )
  }
}

export type Summary = ReturnType<typeof summaryOf>

/** Dollars as people write them: −$4.68, not $−4.68. */
const dollars = (usd: string): string => (usd.startsWith("-") ? `-$${usd.slice(1)}` : `$${usd}`)

const line = (label: string, text: string): string => `  ${label.padEnd(10)} ${text}`

/** What the books say; of money only what was read. */
const booksText = (summary: Summary): ReadonlyArray<string> => {
  const { orders, startCashUsd, windows } = summary
  return [
    line("windows", `${windows.seen} seen, ${windows.traded} traded, ${windows.settled} settled`),
    line(
      "orders",
      `${orders.sent} sent: ${orders.accepted} accepted, ${orders.refused} refused, ${orders.unknown} unknown; ${orders.cancelled} cancelled, ${orders.open} open`
    ),
    line("fills", `${summary.fills}, fees $${summary.feesUsd}`),
    line(
      "money",
      `cash $${summary.cashUsd}${startCashUsd === null ? "" : ` of $${startCashUsd}`}, P&L ${dollars(summary.realizedPnlUsd)}, after fees ${dollars(summary.netPnlUsd)}`
    ),
    line("positions", summary.positions.length === 0 ? "none" : `${summary.positions.length} open`),
    ...summary.positions.map((position) =>
      line(
        "",
        `${position.window} ${position.outcome} ${position.shares} shares, cost $${position.costUsd}, ${position.status}`
      )
    )
  ]
}

/** The summary for a person; without books that were read, nothing is said of them. */
export const summaryText = (summary: Summary, booksRead: boolean): string => {
  const { ticks } = summary
  const phases = summary.shutdown.phases.map(({ name, outcome }) => `${name} ${outcome}`)
  return [
    "",
    `Tradewind ${summary.version}, mode ${summary.mode}, seed ${summary.seed}: stopped (${summary.shutdown.reason})`,
    line(
      "ticks",
      `${ticks.due} due: ${ticks.completed} completed, ${ticks.failed} failed, ${ticks.skippedOverlap} overlapped, ${ticks.skippedPaused} paused`
    ),
    ...(booksRead ? booksText(summary) : [line("books", "not read")]),
    line("errors", `${summary.errors.errorCount}, recovered ${summary.errors.recoveryCount}`),
    line("shutdown", `${phases.join(", ")}; ${summary.shutdown.orders}`),
    line("exit code", String(summary.exitCode)),
    ""
  ].join("\n")
}
