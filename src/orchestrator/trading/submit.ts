/** From an intent to an order: through the gate, or declined with the reason. */
import { Effect, Either } from "effect"
import { formatPrice, formatShares } from "../../domain/decimal.ts"
import type { Intent } from "../../domain/order.ts"
import type { PersistenceError } from "../../ports/persistence.ts"
import { OrderManager, Safety, type TradingContext } from "../../ports/trading.ts"
import type { TickMemory } from "./tick-memory.ts"

/** Asks the gate and sends what it lets through; says what became of it. */
export const submit = (
  memory: TickMemory,
  intent: Intent,
  context: TradingContext
): Effect.Effect<void, PersistenceError, Safety | OrderManager> =>
  Effect.gen(function* () {
    const verdict = yield* Effect.flatMap(Safety, (safety) => safety.approve(intent, context))
    if (Either.isLeft(verdict)) return memory.decline(verdict.left)
    const outcome = yield* Effect.flatMap(OrderManager, (orders) => orders.submit(verdict.right))
    memory.forgetViews()
    const words = `${intent.side} ${formatShares(intent.sizeMicroShares)} ${intent.outcome} at ${formatPrice(intent.priceTicks)}`
    memory.decisions.push(`${intent.purpose}: ${intent.slug}: ${words}: ${outcome._tag}: ${intent.reason}`)
    const fields = {
      module: "order-manager",
      window: intent.slug,
      purpose: intent.purpose,
      order: words,
      outcome: outcome._tag.toLowerCase(),
      ...(outcome._tag === "Accepted" ? { status: outcome.status } : { words: outcome.reason }),
      reason: intent.reason,
      orderId: outcome.orderId
    }
    const log = outcome._tag === "Accepted" ? Effect.logInfo : Effect.logWarning
    yield* log("order_sent", fields)
  })
