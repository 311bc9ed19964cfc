/** The simulated days the daemon is sent through: each is a seed and what is changed of the packaged configuration. */
import type { AppConfig } from "../../src/composition/app-config.ts"
import { microUsd } from "../../src/domain/money.ts"

export interface Market {
  readonly name: string
  readonly seed: number
  readonly configure: (config: AppConfig) => AppConfig
}

/** The packaged configuration, resting orders against tight limits, and many small orders that are stopped early. */
export const markets: readonly [Market, Market, Market] = [
  { name: "as packaged", seed: 7, configure: (config) => config },
  {
    name: "resting orders, tight limits",
    seed: 11,
    configure: (config) => ({
      ...config,
      strategy: { ...config.strategy, minEdgeTicks: 50, onePositionPerWindow: false },
      positionSizer: { ...config.positionSizer, orderType: "GTC", boundByDepth: false },
      safety: {
        ...config.safety,
        maxWindowUsd: microUsd(12_000_000),
        maxTotalUsd: microUsd(18_000_000),
        maxOpenOrders: 2
      },
      windowExpiry: { ...config.windowExpiry, action: "sell-all" }
    })
  },
  {
    name: "small orders, stopped early",
    seed: 23,
    configure: (config) => ({
      ...config,
      strategy: { ...config.strategy, minEdgeTicks: 30, onePositionPerWindow: false },
      positionSizer: { ...config.positionSizer, orderType: "FOK", orderUsd: microUsd(4_000_000) },
      safety: { ...config.safety, maxEntriesPerTick: 1, maxEntriesPerWindow: 6 },
      stopLoss: { ...config.stopLoss, stopLoss: 5 },
      takeProfit: { ...config.takeProfit, profitTicks: 300 }
    })
  }
]
