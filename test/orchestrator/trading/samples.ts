/** Errors and small facts for the tests of the trading tick. */
import { Option } from "effect"
import { microShares, microUsd, priceTicks } from "../../../src/domain/money.ts"
import { type Fill, OrderId } from "../../../src/domain/order.ts"
import type { Outcome, Resolution, Window } from "../../../src/domain/window.ts"
import { PersistenceError } from "../../../src/ports/persistence.ts"
import { SpotError } from "../../../src/ports/spot.ts"
import { NOW_MS, WINDOW, makeOrder } from "../../domain/trading-world.ts"

export const spotStale = new SpotError({
  module: "spot",
  operation: "refresh",
  message: "stale: BTC",
  reason: "Stale"
})

export const storeBusy = new PersistenceError({
  module: "persistence",
  operation: "write",
  message: "another program writes",
  reason: "Busy",
  path: "memory"
})

export const resolutionOf = (window: Window, outcome: Outcome = "Up"): Resolution => ({
  slug: window.slug,
  conditionId: window.conditionId,
  outcome,
  openPrice: Option.none(),
  closePrice: Option.none(),
  resolvedAtMs: window.endMs + 60_000
})

/** A fill of ten shares of Up with the intent it belongs to. */
export const fillNumber = (number: number) => {
  const { intent } = makeOrder("BUY", 10, 5_000)
  const fill: Fill = {
    tradeId: `trade-${number}`,
    orderId: OrderId.make(`0x${number}`),
    slug: WINDOW.slug,
    tokenId: WINDOW.upTokenId,
    side: "BUY",
    role: "taker",
    priceTicks: priceTicks(5_000),
    sizeMicroShares: microShares(10_000_000),
    feeMicroUsd: microUsd(0),
    status: "matched",
    matchedAtMs: NOW_MS
  }
  return { fill, intent }
}
