/** Reference prices as they come: ticks of the spot price until they are taken, and the averages windows settle on. */
import type { Asset } from "../../../domain/asset.ts"
import type { SpotPrice } from "../../../domain/money.ts"
import type { SpotTick } from "../../../ports/spot.ts"

/** Ticks that nobody took yet; the oldest are lost beyond it. */
const UNTAKEN = 20_000
/** Two hours of seconds, both ends included. */
const REMEMBERED_AVERAGES = 7_201
/** A stamp further ahead than this would keep out every true one after it. */
const MAX_AHEAD_MS = 60_000

export type PriceDrop = "older" | "ahead" | "lost"

export class PriceBook {
  private untaken: Array<SpotTick> = []
  private readonly lastMs = new Map<Asset, number>()
  private readonly averages = new Map<Asset, Map<number, SpotPrice>>()
  private readonly dropped: (reason: PriceDrop) => void

  constructor(dropped: (reason: PriceDrop) => void) {
    this.dropped = dropped
  }

  /** Remembers a price until it is taken; false where it is dropped. */
  spot(tick: SpotTick, nowMs: number): boolean {
    if (tick.observedAtMs > nowMs + MAX_AHEAD_MS) return this.drop("ahead")
    if (tick.observedAtMs <= (this.lastMs.get(tick.asset) ?? 0)) return this.drop("older")
    this.lastMs.set(tick.asset, tick.observedAtMs)
    this.untaken.push(tick)
    if (this.untaken.length > UNTAKEN) {
      this.untaken.shift()
      this.dropped("lost")
    }
    return true
  }

  /**
   * Remembers an average by its stamp; false where it is dropped. The first word on a second stands: a later one would change
   * a strike in use.
   */
  average({ asset, observedAtMs, price }: SpotTick, nowMs: number): boolean {
    if (observedAtMs > nowMs + MAX_AHEAD_MS) return this.drop("ahead")
    const known = this.averages.get(asset) ?? new Map<number, SpotPrice>()
    this.averages.set(asset, known)
    if (known.has(observedAtMs)) return this.drop("older")
    known.set(observedAtMs, price)
    if (known.size <= REMEMBERED_AVERAGES) return true
    for (const first of known.keys()) {
      known.delete(first)
      break
    }
    return true
  }

  take(): ReadonlyArray<SpotTick> {
    const taken = this.untaken
    this.untaken = []
    return taken
  }

  private drop(reason: PriceDrop): false {
    this.dropped(reason)
    return false
  }

  /** The average stamped with exactly this moment. */
  averageAt(asset: Asset, atMs: number): SpotPrice | undefined {
    return this.averages.get(asset)?.get(atMs)
  }
}
