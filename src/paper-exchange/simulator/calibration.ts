/** The numbers the simulator runs on. What was measured, where and how: docs/market-simulator.md and scripts/calibrate.mjs. */
import type { Asset } from "../../domain/asset.ts"
import type { Quantiles } from "./chance.ts"

/** Where an asset's path begins, how it moves beside BTC, and how often others take. */
export interface AssetScale {
  readonly priceUsd: number
  /** Standard deviation of five-minute moves over that of BTC. */
  readonly volatility: number
  /** Others' market orders a minute in one window. */
  readonly takersPerMinute: number
}

export const ASSET_SCALES: Readonly<Record<Asset, AssetScale>> = {
  BTC: { priceUsd: 63_300, volatility: 1, takersPerMinute: 208 },
  ETH: { priceUsd: 2_050, volatility: 1.28, takersPerMinute: 74 },
  SOL: { priceUsd: 86, volatility: 1.41, takersPerMinute: 18 },
  XRP: { priceUsd: 1.38, volatility: 0.97, takersPerMinute: 33 },
  DOGE: { priceUsd: 0.1, volatility: 1.5, takersPerMinute: 18 },
  BNB: { priceUsd: 640, volatility: 1, takersPerMinute: 18 },
  HYPE: { priceUsd: 35, volatility: 2, takersPerMinute: 18 },
  ZEC: { priceUsd: 220, volatility: 2.2, takersPerMinute: 18 }
}

/** Scale of a second's shock to BTC, as a fraction of the price, before volatility states. */
export const BASE_STEP = 0.00005
/** Part of a second's move that goes on in the next: the published price follows the exchanges with a lag. */
export const MOMENTUM = 0.33
/** Variance of long moves over that of independent seconds with that momentum: (1 + m) / (1 − m). */
export const TREND_VARIANCE = (1 + MOMENTUM) / (1 - MOMENTUM)

/** Volatility is a product of states, each high or low, redrawn with its own chance a second. */
export const VOLATILITY_STATES: ReadonlyArray<{
  readonly redrawChance: number
  readonly highShare: number
  readonly low: number
  readonly high: number
}> = [
  { redrawChance: 1 / 2.5, highShare: 0.16, low: 0.6, high: 2.2 },
  { redrawChance: 1 / 20, highShare: 0.3, low: 0.85, high: 1.4 },
  { redrawChance: 1 / 400, highShare: 0.2, low: 0.9, high: 1.5 },
  { redrawChance: 1 / 1_800, highShare: 0.2, low: 0.9, high: 1.45 },
  { redrawChance: 1 / 10_000, highShare: 0.3, low: 0.9, high: 1.2 }
]
export const JUMP_CHANCE = 1 / 1_200
/** A jump's standard deviation in base steps. */
export const JUMP_SCALE = 9
/** Share of seconds in which the published price stays as it was. */
export const STILL_SHARE = 0.018
/** Pull back to the starting price a second, so that a simulation may run for years: half of a deviation in 80 days. */
export const PULL = 1e-7

/** Delays of a spot price over the median delay. */
export const SPOT_DELAY_FACTORS: Quantiles = [
  [0, 0.7],
  [0.05, 0.75],
  [0.5, 1],
  [0.95, 1.44],
  [1, 1.5]
]

/** Cents between best bid and best ask. */
export const SPREAD_CENTS: ReadonlyArray<readonly [share: number, cents: number]> = [
  [0.77, 1],
  [0.91, 2],
  [0.96, 3],
  [0.98, 4],
  [0.99, 6],
  [1, 9]
]

/** Shares at a level by its distance from the best, in cents; the last table holds for all further ones. */
export const LEVEL_SHARES: ReadonlyArray<Quantiles> = [
  [
    [0, 5],
    [0.1, 20],
    [0.25, 70],
    [0.5, 225],
    [0.75, 530],
    [0.9, 950],
    [0.99, 2_200],
    [1, 5_000]
  ],
  [
    [0, 10],
    [0.1, 60],
    [0.5, 350],
    [0.9, 941],
    [0.99, 2_200],
    [1, 5_000]
  ],
  [
    [0, 20],
    [0.1, 105],
    [0.5, 426],
    [0.9, 1_087],
    [0.99, 2_400],
    [1, 5_000]
  ],
  [
    [0, 40],
    [0.1, 165],
    [0.5, 490],
    [0.9, 1_080],
    [0.99, 2_500],
    [1, 6_000]
  ]
]

/** Shares of one of others' market orders. */
export const TAKER_SHARES: Quantiles = [
  [0, 1],
  [0.1, 2.8],
  [0.25, 5],
  [0.5, 7],
  [0.75, 18],
  [0.9, 72],
  [0.96, 150],
  [0.99, 510],
  [1, 1_000]
]
