/** How the daemon and the exchange of a run are set up. */
import { microUsd } from "../../src/domain/money.ts"
import type { Line } from "../process/support/daemon.ts"
import type { Plan } from "./plan.ts"

/** Account 0 of the public hardhat test keys: simulated money only. */
const TEST_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
export const ACCOUNT = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"

export const START_CASH = microUsd(1_000_000_000)
export const MAX_WINDOW = microUsd(200_000_000)
/** Dollars of one order. */
const ORDER_USD = { large: "60", small: "12" }
export const maxEntriesPerWindow = ({ orders }: Plan): number => (orders === "large" ? 10 : 60)

/** A window begins then. */
const WINDOW_START_MS = Date.UTC(2026, 8, 1)

export const exchangeEnvironment = ({ speed, startsBeforeS }: Plan): Readonly<Record<string, string>> => ({
  TRADEWIND_SIMULATOR__START_MS: String(WINDOW_START_MS - startsBeforeS * 1_000),
  TRADEWIND_SIMULATOR__BOOK_INTERVAL_MS: String(Math.min(1_000, 250 * speed)),
  TRADEWIND_SIMULATOR__LEVELS_PER_SIDE: "5",
  TRADEWIND_SIMULATOR__PRICE_TO_BEAT_DELAY_MS: String(300 * speed),
  TRADEWIND_SIMULATOR__RESOLVE_DELAY_MS: String(Math.max(1_000, 500 * speed)),
  TRADEWIND_EXCHANGE__MINED_AFTER_MS: String(500 * speed),
  // Long after a fault may have made the trade fail, on a busy machine too.
  TRADEWIND_EXCHANGE__CONFIRMED_AFTER_MS: String(1_500 * speed),
  // What was asked of the exchange stays in its list of operations for as long as the run lasts.
  TRADEWIND_EXCHANGE__SNAPSHOT_EVERY_MS: "3600000"
})

const address = (line: Line, name: string): string => String(line[name])

/** Bounds that a busy machine does not reach, and waits that a run has the time for; in the market's time. */
const paced = (speed: number) => ({
  orchestrator: {
    moduleInitTimeoutMs: Math.min(600_000, 60_000 * speed),
    moduleShutdownTimeoutMs: 20_000 * speed,
    stepTimeoutMs: 30_000 * speed,
    stuckTickMs: 120_000 * speed,
    inflightTimeoutMs: 20_000 * speed,
    shutdownTimeoutMs: 100_000 * speed,
    retryBackoffMs: 50 * speed,
    tickIntervalMs: 80 * speed
  },
  orderManager: {
    unknownTimeoutMs: 2_500 * speed,
    lateAfterMs: 300 * speed,
    recheckAfterMs: 700 * speed,
    askIntervalMs: 200 * speed,
    maxAskIntervalMs: 1_000 * speed,
    maxAsksPerCall: 16
  }
})

const EXITS = {
  stopLoss: { stopLoss: 2 },
  takeProfit: { profitTicks: 100 },
  windowExpiry: { action: "sell-losers", exitBeforeEndMs: 30_000 }
}

/** Nothing is bought, and nothing sold. */
const NO_EXITS = {
  stopLoss: { stopLoss: 10_000, unit: "ticks" },
  takeProfit: { targetPriceTicks: null, profitTicks: null },
  windowExpiry: { action: "hold" }
}

/** What a life of the daemon is for. */
export interface Errand {
  /** False: it only recovers. */
  readonly trades: boolean
  /** Makes backups as often as it can, half a market minute after its start for the first time. */
  readonly backsUp: boolean
}

/** The daemon's configuration against an exchange that said where it listens. */
export const daemonConfiguration = (plan: Plan, line: Line, { backsUp, trades }: Errand) => ({
  mode: "live",
  ...paced(plan.speed),
  polymarket: {
    addresses: {
      clob: address(line, "clob"),
      gamma: address(line, "gamma"),
      data: address(line, "data"),
      site: address(line, "clob"),
      marketSocket: address(line, "marketSocket"),
      userSocket: address(line, "userSocket"),
      priceSocket: address(line, "polybolt")
    },
    orderTimeoutMs: 2_000 * plan.speed,
    requestTimeoutMs: 10_000 * plan.speed,
    bookTimeoutMs: 500 * plan.speed,
    requestWaitMs: 4_000 * plan.speed,
    marketSilenceMs: 60_000,
    priceSilenceMs: 60_000
  },
  // A model that knows nothing wants the cheaper side at nearly every look: many orders.
  spot: {
    maxAgeMs: 30_000,
    maxAheadMs: 10_000,
    minVolatilityPerSqrtSecondE9: 1_000_000,
    maxVolatilityPerSqrtSecondE9: 1_000_000
  },
  windowManager: { intervals: ["5m"], searchRetryMs: 1_000, resolutionRetryMs: 200 * plan.speed },
  strategy: {
    minEdgeTicks: trades ? 0 : 10_000,
    modelWeight: 1,
    onePositionPerWindow: false,
    maxBookAgeMs: 30_000,
    maxBookSkewMs: 30_000
  },
  persistence: { backupEveryMs: backsUp ? 1 : 0, keepBackups: 3 },
  positionSizer: { orderType: plan.orderType, boundByDepth: false, orderUsd: ORDER_USD[plan.orders] },
  safety: {
    maxWindowUsd: MAX_WINDOW / 1_000_000,
    maxEntriesPerWindow: maxEntriesPerWindow(plan),
    maxOrderUsd: ORDER_USD[plan.orders],
    maxAssetUsd: "500",
    maxTotalUsd: "500",
    maxOpenOrders: trades ? 8 : 0,
    maxBookAgeMs: 60_000,
    maxBookSkewMs: 60_000
  },
  ...(trades ? EXITS : NO_EXITS)
})

/** What time it was in the market at a time of this machine; both in Unix milliseconds. */
export interface MarketTime {
  readonly nowMs: number
  readonly atMs: number
}

const preload = (name: string): string => `--import ${new URL(`preload/${name}.mjs`, import.meta.url).href}`

/** The environment of a daemon in the market's time. */
export const daemonEnvironment = ({ speed }: Plan, market: MarketTime): Readonly<Record<string, string>> => ({
  TRADEWIND_POLYMARKET__WALLET__PRIVATE_KEY: TEST_KEY,
  NODE_OPTIONS: `${preload("market-clock")} ${preload("points")}`,
  MARKET_NOW_MS: String(market.nowMs),
  MARKET_NOW_AT_MS: String(market.atMs),
  MARKET_SPEED: String(speed)
})
