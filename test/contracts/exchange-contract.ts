/**
 * The contract of port Exchange, for every implementation. The layer gives a venue that lists BTC's 5-minute windows with
 * books that can be traded on, an account with at least $100 and nothing else, and the way to let market time pass; it
 * is built anew for each test. `offPerTrade`: millionths by which a trade's cost may differ from its price times its size.
 */
import { describe } from "@effect/vitest"
import type { Layer } from "effect"
import type { Exchange } from "../../src/ports/exchange.ts"
import { cancelContract } from "./cancel.ts"
import { marketContract } from "./market.ts"
import type { MarketTime } from "./market-time.ts"
import { moneyContract } from "./money.ts"
import { placeContract } from "./place.ts"

export const exchangeContract = (
  name: string,
  layer: Layer.Layer<Exchange | MarketTime>,
  offPerTrade = 0
): void => {
  describe(`Exchange: ${name}`, () => {
    marketContract(layer)
    placeContract(layer)
    cancelContract(layer)
    moneyContract(layer, offPerTrade)
  })
}
