/** One asset's prices: order, whole seconds, average, volatility. */
import type { Asset } from "../../domain/asset.ts"
import type { SecondPrice } from "../../domain/fair-value.ts"
import { type SpotPrice, mulDiv, spotPrice } from "../../domain/money.ts"
import {
  type Volatility,
  type VolatilitySettings,
  observePrice,
  priorVolatility,
  volatilityPerSqrtSecondE9
} from "../../domain/volatility.ts"
import type { SpotTick, SpotView } from "../../ports/spot.ts"
import { makeSecondRing } from "./second-ring.ts"

/** Two hours of seconds are remembered, both ends included. */
export const REMEMBERED_SECONDS = 7_201
const AVERAGED_SECONDS = 60
const SECOND_MS = 1000

export interface Series {
  /** Takes a newer tick; false where it is not newer than the last one, and then nothing changes. */
  readonly take: (tick: SpotTick) => boolean
  /** When the last tick was observed; undefined before the first. */
  readonly observedAtMs: () => number | undefined
  readonly view: () => SpotView | undefined
  readonly priceAt: (atMs: number) => SpotPrice | undefined
}

/** Mean of prices, rounded half up; undefined of none. */
export const meanPrice = (prices: ReadonlyArray<SpotPrice>): SpotPrice | undefined => {
  if (prices.length === 0) return undefined
  const sum = prices.reduce((total, price) => total + BigInt(price), 0n)
  return spotPrice(Number(mulDiv(sum, 1n, BigInt(prices.length), "half-up")))
}

/** Starts an asset's series, its volatility at the prior. */
export const makeSeries = (asset: Asset, settings: VolatilitySettings, priorE9: number): Series => {
  const ring = makeSecondRing(REMEMBERED_SECONDS)
  let last: SpotTick | undefined
  let volatility: Volatility = priorVolatility(priorE9)

  /** Seconds that passed without a tick of their own had the price before: only the averaged ones are filled. */
  const fillUpTo = (previous: SpotTick, atMs: number) => {
    const first = Math.floor(previous.observedAtMs / SECOND_MS) + 1
    const end = Math.ceil(atMs / SECOND_MS)
    for (let second = Math.max(first, end - AVERAGED_SECONDS); second < end; second += 1) {
      ring.put({ second, price: previous.price, exact: false })
    }
  }

  const lastMinute = (tick: SpotTick): ReadonlyArray<SecondPrice> => {
    const newest = Math.floor(tick.observedAtMs / SECOND_MS)
    const known: Array<SecondPrice> = []
    for (let second = newest - AVERAGED_SECONDS + 1; second <= newest; second += 1) {
      const slot = ring.at(second)
      if (slot !== undefined) known.push({ atMs: second * SECOND_MS, price: slot.price })
    }
    return known
  }

  return {
    take: (tick) => {
      if (last !== undefined) {
        if (tick.observedAtMs <= last.observedAtMs) return false
        fillUpTo(last, tick.observedAtMs)
      }
      if (tick.observedAtMs % SECOND_MS === 0) {
        ring.put({ second: tick.observedAtMs / SECOND_MS, price: tick.price, exact: true })
      }
      volatility = observePrice(settings, volatility, tick.price, tick.observedAtMs)
      last = tick
      return true
    },
    observedAtMs: () => last?.observedAtMs,
    view: () => {
      if (last === undefined) return undefined
      const last60s = lastMinute(last)
      return {
        asset,
        price: last.price,
        observedAtMs: last.observedAtMs,
        average60s: meanPrice(last60s.map(({ price }) => price)) ?? last.price,
        volatilityPerSqrtSecondE9: volatilityPerSqrtSecondE9(settings, volatility),
        last60s
      }
    },
    priceAt: (atMs) => {
      if (atMs % SECOND_MS !== 0) return undefined
      const slot = ring.at(atMs / SECOND_MS)
      return slot?.exact === true ? slot.price : undefined
    }
  }
}
