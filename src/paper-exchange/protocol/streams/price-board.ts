/**
 * What is known of an asset's price second by second, and the averages that windows settle on. A price stamped `t` is the
 * settlement source's at that second; an average stamped `t` is the mean of the whole-second prices before it, so that the
 * 60-second one at a window's start is its price to beat.
 */
import { ASSETS, type Asset } from "../../../domain/asset.ts"
import { type SpotPrice, spotPrice } from "../../../domain/money.ts"
import type { SpotTick } from "../../../ports/spot.ts"
import type { World } from "../../world/world.ts"

/** Over how many seconds averages are made. */
export type Lookback = 30 | 60

/** A price or an average, stamped. */
export interface PricePoint {
  readonly atMs: number
  readonly price: SpotPrice
}

const SECOND_MS = 1_000
/** PolyBolt's snapshots reach back two minutes (spot-feeds.md §1a); an average needs another one. */
const HISTORY_SECONDS = 120
const REMEMBERED_SECONDS = HISTORY_SECONDS + 60
/** Windows begin and end on this grid: only there can the market state a value of its own. */
const GRID_MS = 300_000

/** One asset's recent seconds. */
class Series {
  private readonly prices = new Map<number, SpotPrice>()
  private readonly told = new Map<number, SpotPrice>()
  private lastMs = Number.NEGATIVE_INFINITY

  /** False for a price that is older than the last one. */
  add({ observedAtMs, price }: SpotTick): boolean {
    const secondMs = Math.floor(observedAtMs / SECOND_MS) * SECOND_MS
    if (secondMs <= this.lastMs) return false
    this.lastMs = secondMs
    this.prices.set(secondMs, price)
    for (const oldest of this.prices.keys()) {
      if (oldest > secondMs - REMEMBERED_SECONDS * SECOND_MS) break
      this.prices.delete(oldest)
    }
    return true
  }

  /** False for an average whose second is known, or over. */
  tell({ observedAtMs, price }: SpotTick): boolean {
    if (observedAtMs <= (this.lastTold?.atMs ?? Number.NEGATIVE_INFINITY)) return false
    this.told.set(observedAtMs, price)
    for (const oldest of this.told.keys()) {
      if (oldest > observedAtMs - HISTORY_SECONDS * SECOND_MS) break
      this.told.delete(oldest)
    }
    return true
  }

  get averagesTold(): ReadonlyArray<PricePoint> {
    return [...this.told].map(([atMs, price]) => ({ atMs, price }))
  }

  get lastTold(): PricePoint | undefined {
    return this.averagesTold.at(-1)
  }

  get lastSecondMs(): number {
    return this.lastMs
  }

  recent(seconds: number): ReadonlyArray<PricePoint> {
    return [...this.prices]
      .filter(([atMs]) => atMs > this.lastMs - seconds * SECOND_MS)
      .map(([atMs, price]) => ({ atMs, price }))
  }

  /** A second without a price has that of the one before; none where the first of them is not known. */
  average(stampMs: number, lookback: Lookback): SpotPrice | undefined {
    let price: SpotPrice | undefined
    let sum = 0
    for (let atMs = stampMs - lookback * SECOND_MS; atMs < stampMs; atMs += SECOND_MS) {
      price = this.prices.get(atMs) ?? price
      if (price === undefined) return undefined
      sum += price
    }
    return spotPrice(Math.round(sum / lookback))
  }
}

export class PriceBoard {
  private readonly series = new Map<Asset, Series>(ASSETS.map((asset) => [asset, new Series()]))
  private readonly world: World

  constructor(world: World) {
    this.world = world
    for (const tick of world.spotHistory) this.add(tick)
  }

  /** Takes in a price; false for one that is out of order. */
  add(tick: SpotTick): boolean {
    return this.of(tick.asset).add(tick)
  }

  /** Takes in an average of 60 s that the market told; false for one that is out of order. */
  tellAverage(tick: SpotTick): boolean {
    return this.of(tick.asset).tell(tick)
  }

  /** Are averages of so many seconds told by the market, and not made here from its prices? */
  isTold(lookback: Lookback): boolean {
    return lookback === 60 && this.world.source.isLive === true
  }

  history(asset: Asset, seconds = HISTORY_SECONDS): ReadonlyArray<PricePoint> {
    return this.of(asset).recent(seconds)
  }

  latest(asset: Asset): PricePoint | undefined {
    return this.of(asset).recent(1)[0]
  }

  /** The average that became known with the last price, stamped with the second after it; or the last that was told. */
  latestAverage(asset: Asset, lookback: Lookback): PricePoint | undefined {
    if (this.isTold(lookback)) return this.of(asset).lastTold
    return this.averageAt(asset, this.of(asset).lastSecondMs + SECOND_MS, lookback)
  }

  averageHistory(asset: Asset, lookback: Lookback): ReadonlyArray<PricePoint> {
    if (this.isTold(lookback)) return this.of(asset).averagesTold
    const lastMs = this.of(asset).lastSecondMs + SECOND_MS
    return Array.from({ length: HISTORY_SECONDS }, (_, index) =>
      this.averageAt(asset, lastMs - (HISTORY_SECONDS - 1 - index) * SECOND_MS, lookback)
    ).filter((point) => point !== undefined)
  }

  private averageAt(asset: Asset, atMs: number, lookback: Lookback): PricePoint | undefined {
    const stated = lookback === 60 ? this.stated(asset, atMs) : undefined
    const price = stated ?? this.of(asset).average(atMs, lookback)
    return price === undefined ? undefined : { atMs, price }
  }

  /** What the market says itself: a recording's prices to beat need not be those that its spot prices give. */
  private stated(asset: Asset, atMs: number): SpotPrice | undefined {
    if (atMs % GRID_MS !== 0) return undefined
    for (const market of this.world.markets.values()) {
      if (market.asset !== asset || market.startMs !== atMs) continue
      const price = this.world.pricesToBeat.get(market.conditionId)
      if (price !== undefined && market.settlementConfig?.twapEnabled === true) return price
    }
    return undefined
  }

  private of(asset: Asset): Series {
    const series = this.series.get(asset)
    if (series === undefined) throw new Error(`${asset} is no asset known here`)
    return series
  }
}
