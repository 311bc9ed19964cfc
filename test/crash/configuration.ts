/** How the daemon and the exchange of a run are set up. */
import { microUsd } from "../../src/domain/money.ts"
import type { Line } from "../process/support/daemon.ts"
import type { Plan } from "./plan.ts"

/** Market seconds per real second. */
export const SPEED = 20
/** Account 0 of the public hardhat test keys: simulated money only. */
const TEST_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
export const ACCOUNT = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"

export const START_CASH = microUsd(1_000_000_000)
export const MAX_WINDOW = microUsd(20_000_000)
export const MAX_ENTRIES_PER_WINDOW = 16

/** A 5-minute window begins then; 15-minute ones too. */
const GRID_MS = Date.UTC(2026, 8, 1)
const WINDOW_S = 300

export const exchangeEnvironment = (plan: Plan): Readonly<Record<string, string>> => ({
  TRADEWIND_SIMULATOR__START_MS: String(GRID_MS + (WINDOW_S - plan.firstWindowEndsInS) * 1_000),
  // What was asked of the exchange stays in its list of operations for as long as the run lasts.
  TRADEWIND_EXCHANGE__SNAPSHOT_EVERY_MS: "3600000"
})

const address = (line: Line, name: string): string => String(line[name])

/** Bounds that a busy machine does not reach twenty times as fast. */
const PATIENT = {
  orchestrator: {
    moduleInitTimeoutMs: 600_000,
    moduleShutdownTimeoutMs: 200_000,
    stepTimeoutMs: 300_000,
    stuckTickMs: 600_000,
    inflightTimeoutMs: 200_000,
    shutdownTimeoutMs: 1_000_000,
    retryBackoffMs: 200
  },
  orderManager: { unknownTimeoutMs: 30_000, recheckAfterMs: 5_000, maxAskIntervalMs: 10_000, maxAsksPerCall: 16 }
}

const EXITS = {
  stopLoss: { stopLoss: 5 },
  takeProfit: { profitTicks: 300 },
  windowExpiry: { action: "sell-losers", exitBeforeEndMs: 30_000 }
}

/** Nothing is bought, and nothing sold. */
const NO_EXITS = {
  stopLoss: { stopLoss: 10_000, unit: "ticks" },
  takeProfit: { targetPriceTicks: null, profitTicks: null },
  windowExpiry: { action: "hold" }
}

/** The daemon's configuration against an exchange that said where it listens; `trades` false: it only recovers. */
export const daemonConfiguration = (plan: Plan, line: Line, trades: boolean) => ({
  mode: "live",
  ...PATIENT,
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
    orderTimeoutMs: 20_000,
    requestTimeoutMs: 20_000,
    bookTimeoutMs: 5_000,
    requestWaitMs: 20_000,
    marketSilenceMs: 60_000,
    priceSilenceMs: 60_000
  },
  spot: { maxAgeMs: 30_000, maxAheadMs: 10_000 },
  windowManager: { intervals: ["5m"], searchRetryMs: 1_000 },
  strategy: {
    minEdgeTicks: trades ? 0 : 10_000,
    modelWeight: 1,
    onePositionPerWindow: false,
    maxBookAgeMs: 30_000,
    maxBookSkewMs: 30_000
  },
  positionSizer: { orderType: plan.orderType, boundByDepth: false, orderUsd: "4" },
  safety: {
    maxWindowUsd: MAX_WINDOW / 1_000_000,
    maxEntriesPerWindow: MAX_ENTRIES_PER_WINDOW,
    maxOpenOrders: trades ? 8 : 0,
    maxBookAgeMs: 60_000,
    maxBookSkewMs: 60_000
  },
  ...(trades ? EXITS : NO_EXITS)
})

const preload = (name: string): string => `--import ${new URL(`preload/${name}.mjs`, import.meta.url).href}`

/** The environment of a daemon in the market's time. */
export const daemonEnvironment = (marketNowMs: number): Readonly<Record<string, string>> => ({
  TRADEWIND_POLYMARKET__WALLET__PRIVATE_KEY: TEST_KEY,
  NODE_OPTIONS: `${preload("market-clock")} ${preload("points")}`,
  MARKET_NOW_MS: String(marketNowMs),
  MARKET_NOW_AT_MS: String(Date.now()),
  MARKET_SPEED: String(SPEED)
})
