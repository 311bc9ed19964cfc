/** What each module says of itself in the daemon's state. */
import { Effect } from "effect"
import { formatUsd } from "../domain/decimal.ts"
import type { Facts } from "../orchestrator/module.ts"
import { Persistence } from "../ports/persistence.ts"
import { Reconciler } from "../ports/reconciliation.ts"
import { OrderManager, PositionManager, Safety, WindowManager } from "../ports/trading.ts"

export const persistenceFacts = Effect.map(Persistence, ({ path }): Facts => ({ path }))

export const windowFacts = Effect.flatMap(WindowManager, ({ counts }) =>
  Effect.map(counts, ({ awaitingResolution, tracked }): Facts => ({ tracked, awaitingResolution }))
)

export const positionFacts = Effect.flatMap(PositionManager, ({ open, totals }) =>
  Effect.map(
    Effect.all([open, totals]),
    ([positions, { feesMicroUsd, fills, realizedPnlMicroUsd }]): Facts => ({
      open: positions.length,
      fills,
      realizedPnlUsd: formatUsd(realizedPnlMicroUsd),
      feesUsd: formatUsd(feesMicroUsd)
    })
  )
)

export const orderFacts = Effect.flatMap(OrderManager, ({ counts }) =>
  Effect.map(counts, (orders): Facts => ({ ...orders }))
)

export const safetyFacts = Effect.flatMap(Safety, ({ capabilities }) =>
  Effect.map(capabilities, (granted): Facts => ({ capabilities: [...granted].join(" ") }))
)

export const reconcilerFacts = Effect.flatMap(Reconciler, ({ state }) =>
  Effect.map(
    state,
    ({ barred, differences, failures, lastAtMs, lastCause, runs }): Facts => ({
      runs,
      failures,
      lastAtMs,
      lastCause,
      differences: differences.length,
      unhealed: differences.filter(({ healing }) => healing === "pending" || healing === "escalated").length,
      foreignOrders: differences.filter(({ _tag }) => _tag === "ForeignOrder").length,
      barred: barred.everything ?? Object.keys(barred.instruments).length
    })
  )
)
