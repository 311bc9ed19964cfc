/** The trading tick of design.md §4, as steps under the error policy. */
import { Effect, Either } from "effect"
import { Exchange, type ExchangeError } from "../../ports/exchange.ts"
import { Persistence, type PersistenceError } from "../../ports/persistence.ts"
import { OrderManager, PositionManager } from "../../ports/trading.ts"
import type { Verification } from "../shutdown.ts"
import type { Step } from "../step.ts"
import { type DecisionServices, decisionSteps } from "./decision-steps.ts"
import { marketSteps } from "./market-steps.ts"
import { recordStep } from "./record-step.ts"
import { TickMemory } from "./tick-memory.ts"

export type TickServices = DecisionServices | Persistence

/** The tick got to its end: a loop that is stuck says so no more, and the venue's dead-man switch cancels our orders. */
const beat: Step<TickServices> = {
  module: "polymarket",
  operation: "beat",
  run: () => Effect.flatMap(Exchange, (exchange) => exchange.beat)
}

/** Market data, order news, settlement, exits, entries, record, heartbeat: in this order in every tick. */
export const tradingSteps = (): ReadonlyArray<Step<TickServices>> => {
  const memory = new TickMemory()
  return [...marketSteps(memory), ...decisionSteps(memory), recordStep(memory), beat]
}

/** Positions whose confirmed shares the venue states otherwise. */
const unverifiedPositions = Effect.gen(function* () {
  const balances = yield* Effect.flatMap(Exchange, (exchange) => exchange.balances)
  const positions = yield* Effect.flatMap(PositionManager, ({ open }) => open)
  const held = new Map(balances.map((balance) => [balance.tokenId, balance.sizeMicroShares]))
  return positions.filter(
    (position) =>
      position.status === "open" && (held.get(position.tokenId) ?? 0) < position.settledMicroShares
  )
})

/**
 * What shutdown does before the modules go down: cancels our open orders, asks the venue which are left, takes in the last
 * fills, and compares positions with the venue's balances.
 */
export const cancelAndVerify: Effect.Effect<
  Verification,
  ExchangeError | PersistenceError,
  Exchange | OrderManager | PositionManager
> = Effect.gen(function* () {
  const orders = yield* OrderManager
  const positions = yield* PositionManager
  const { cancelled, left } = yield* orders.cancelAllAndVerify
  for (const { fill, intent } of yield* orders.sync) yield* positions.applyFill(fill, intent)
  // What became of the orders is told even where the balances cannot be had.
  const unverified = yield* Effect.either(unverifiedPositions)
  const words = [
    `${cancelled} cancelled`,
    `${left.length} left open`,
    Either.match(unverified, {
      onLeft: (error) => `positions not compared: ${error.message}`,
      onRight: (differing) => `${differing.length} positions differ at the venue`
    })
  ]
  const arePositionsRight = Either.isRight(unverified) && unverified.right.length === 0
  return { verified: left.length === 0 && arePositionsRight, details: words.join(", ") }
})
