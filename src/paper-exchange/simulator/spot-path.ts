/** One asset's price, second by second, as the settlement source publishes it. */
import { Schema } from "effect"
import type { PCGRandom } from "effect/Utils"
import { ASSETS, Asset } from "../../domain/asset.ts"
import { SPOT_UNITS_PER_USD, type SpotPrice, spotPrice } from "../../domain/money.ts"
import type { MarketEvent } from "../market-source.ts"
import {
  ASSET_SCALES,
  BASE_STEP,
  JUMP_CHANCE,
  JUMP_SCALE,
  MOMENTUM,
  PULL,
  SPOT_DELAY_FACTORS,
  STILL_SHARE,
  VOLATILITY_STATES
} from "./calibration.ts"
import { ChanceState, makeChance, normal, quantileAt, restoreChance, saveChance } from "./chance.ts"

/** Published prices that are remembered: the averaging minute and the makers' lag, with room. */
const REMEMBERED_SECONDS = 128
/** Seconds over which makers average squared moves, and the weight of the long-run level in their estimate. */
const VOLATILITY_MEMORY_SECONDS = 300
const LONG_RUN_WEIGHT = 0.2
/** Variance of a one-second move in squared base steps, in the long run (measured over simulated days). */
const LONG_RUN_VARIANCE = 1.76

export const SavedPath = Schema.Struct({
  asset: Asset,
  chance: ChanceState,
  secondMs: Schema.Int,
  latent: Schema.Int,
  move: Schema.Number,
  highStates: Schema.Array(Schema.Boolean),
  variance: Schema.Number,
  published: Schema.Array(Schema.Int),
  arrivedMs: Schema.Int
})
type SavedPath = typeof SavedPath.Type

export type SpotEvent = Extract<MarketEvent, { readonly _tag: "Spot" }>

/** A path with its memory; only the functions of this file write it. Prices are in units of 1e-8 dollars. */
export interface SpotPath {
  readonly asset: Asset
  readonly chance: PCGRandom
  /** The second of the last price. */
  secondMs: number
  latent: number
  move: number
  readonly highStates: Array<boolean>
  /** Makers' running mean of squared one-second moves, as fractions of the price. */
  variance: number
  /** The last prices, oldest first. */
  readonly published: Array<number>
  /** When the last price reaches those who follow the feed; arrivals keep the order of the seconds. */
  arrivedMs: number
}

const step = (asset: Asset): number => BASE_STEP * ASSET_SCALES[asset].volatility
const reference = (asset: Asset): number => Math.round(ASSET_SCALES[asset].priceUsd * SPOT_UNITS_PER_USD)

/** A path whose first price is at `secondMs`. The stream depends on seed and asset alone. */
export const makePath = (asset: Asset, seed: number, secondMs: number): SpotPath => {
  const chance = makeChance(seed, ASSETS.indexOf(asset) + 1)
  const latent = reference(asset)
  return {
    asset,
    chance,
    secondMs,
    latent,
    move: 0,
    highStates: VOLATILITY_STATES.map((state) => chance.number() < state.highShare),
    variance: LONG_RUN_VARIANCE * step(asset) * step(asset),
    published: [latent],
    arrivedMs: secondMs
  }
}

const advancePath = (path: SpotPath): void => {
  const { asset, chance } = path
  let scale = step(asset)
  VOLATILITY_STATES.forEach((state, index) => {
    if (chance.number() < state.redrawChance) path.highStates[index] = chance.number() < state.highShare
    scale *= path.highStates[index] === true ? state.high : state.low
  })
  let shock = scale * normal(chance)
  if (chance.number() < JUMP_CHANCE) shock += JUMP_SCALE * step(asset) * normal(chance)
  path.move = MOMENTUM * path.move + shock
  const pull = PULL * (1 - path.latent / reference(asset))
  path.latent = Math.max(1, Math.round(path.latent * (1 + path.move + pull)))

  const before = latestPrice(path)
  const after = chance.number() < STILL_SHARE ? before : path.latent
  const change = (after - before) / before
  path.variance += (change * change - path.variance) / VOLATILITY_MEMORY_SECONDS
  path.published.push(after)
  if (path.published.length > REMEMBERED_SECONDS) path.published.shift()
  path.secondMs += 1000
}

export const latestPrice = (path: SpotPath): number =>
  path.published[path.published.length - 1] ?? path.latent

/** The price published at a second that is remembered; the oldest known one for earlier seconds. */
export const priceAt = (path: SpotPath, secondMs: number): number => {
  const index = path.published.length - 1 - (path.secondMs - secondMs) / 1000
  return path.published[Math.max(0, index)] ?? path.latent
}

/** Makers' estimate of the variance of a one-second move. */
export const estimatedVariance = (path: SpotPath): number =>
  (1 - LONG_RUN_WEIGHT) * path.variance +
  LONG_RUN_WEIGHT * LONG_RUN_VARIANCE * step(path.asset) * step(path.asset)

/**
 * The settlement value stamped `atMs`: the mean of the prices published at the 60 whole seconds before it, from `atMs` − 60 s
 * to `atMs` − 1 s (https://docs.polymarket.com/market-data/chainlink-twap leaves the sampling open; this is ours).
 */
export const averagePrice = (path: SpotPath, atMs: number): SpotPrice => {
  let sum = 0
  for (let second = 1; second <= 60; second++) sum += priceAt(path, atMs - second * 1000)
  return spotPrice(Math.round(sum / 60))
}

/** Goes on by one second; the new price reaches those who follow the feed `medianDelayMs` later, as a rule. */
export const nextPrice = (path: SpotPath, medianDelayMs: number): SpotEvent => {
  advancePath(path)
  const delayMs = Math.round(medianDelayMs * quantileAt(SPOT_DELAY_FACTORS, path.chance.number()))
  path.arrivedMs = Math.max(path.arrivedMs, path.secondMs + delayMs)
  return {
    _tag: "Spot",
    atMs: path.arrivedMs,
    asset: path.asset,
    price: spotPrice(latestPrice(path)),
    observedAtMs: path.secondMs
  }
}

export const savePath = (path: SpotPath): SavedPath => ({
  ...path,
  chance: saveChance(path.chance),
  highStates: [...path.highStates],
  published: [...path.published]
})

export const restorePath = (saved: SavedPath): SpotPath => ({
  ...saved,
  chance: restoreChance(saved.chance),
  highStates: [...saved.highStates],
  published: [...saved.published]
})
