/** One side of a book as arrays indexed by price: every update is one store, and the best price is at hand. */
import type { Level } from "../../../domain/book.ts"
import { TICKS_PER_USD, type MicroShares, type PriceTicks } from "../../../domain/money.ts"

const NONE = -1

/**
 * Sizes at prices of 0 to 10,000 ticks. The venue's stamps go back and forth even within one instrument, so that each price
 * keeps the stamp of its last word: an older word is not taken, whatever order they came in.
 */
export class Ladder {
  private readonly sizes = new Float64Array(TICKS_PER_USD + 1)
  private readonly stamps = new Float64Array(TICKS_PER_USD + 1)
  private readonly towardsWorse: 1 | -1
  /** Every price has heard at least this stamp: a snapshot speaks of all of them. */
  private floorMs = 0
  private bestAt = NONE
  private worstAt = NONE

  constructor(side: "bids" | "asks") {
    this.towardsWorse = side === "bids" ? -1 : 1
  }

  /** The best price with something at it; −1 where there is none. */
  get best(): number {
    return this.bestAt
  }

  /** Sets all that rests at a price; false where an newer word was heard of that price already. */
  set(priceTicks: number, sizeMicroShares: number, stampMs: number): boolean {
    const last = this.stamps[priceTicks] ?? 0
    if (stampMs < last || stampMs < this.floorMs) return false
    this.stamps[priceTicks] = stampMs
    this.put(priceTicks, sizeMicroShares)
    return true
  }

  /** Takes a snapshot: prices it does not name are empty, but for those with a newer word. False where it is old itself. */
  replace(levels: ReadonlyArray<Level>, stampMs: number): boolean {
    if (stampMs < this.floorMs) return false
    this.floorMs = stampMs
    if (this.bestAt !== NONE) {
      const first = Math.min(this.bestAt, this.worstAt)
      const last = Math.max(this.bestAt, this.worstAt)
      for (let at = first; at <= last; at += 1) {
        if ((this.stamps[at] ?? 0) <= stampMs) this.sizes[at] = 0
      }
      this.worstAt = this.nextFrom(this.worstAt, -this.towardsWorse)
      this.bestAt = this.nextFrom(this.bestAt, this.towardsWorse)
    }
    for (const { priceTicks, sizeMicroShares } of levels) {
      if ((this.stamps[priceTicks] ?? 0) > stampMs) continue
      this.stamps[priceTicks] = stampMs
      this.put(priceTicks, sizeMicroShares)
    }
    return true
  }

  clear(): void {
    this.sizes.fill(0)
    this.stamps.fill(0)
    this.floorMs = 0
    this.bestAt = NONE
    this.worstAt = NONE
  }

  /** What rests, best first. */
  levels(): ReadonlyArray<Level> {
    const found: Array<Level> = []
    if (this.bestAt === NONE) return found
    for (let at = this.bestAt; ; at += this.towardsWorse) {
      const size = this.sizes[at] ?? 0
      if (size > 0) found.push({ priceTicks: at as PriceTicks, sizeMicroShares: size as MicroShares })
      if (at === this.worstAt) return found
    }
  }

  private put(at: number, size: number): void {
    this.sizes[at] = size
    if (size > 0) {
      if (this.bestAt === NONE) {
        this.bestAt = at
        this.worstAt = at
      } else if ((at - this.bestAt) * this.towardsWorse < 0) this.bestAt = at
      else if ((at - this.worstAt) * this.towardsWorse > 0) this.worstAt = at
      return
    }
    if (at === this.bestAt) this.bestAt = this.nextFrom(at, this.towardsWorse)
    if (this.bestAt === NONE) this.worstAt = NONE
    else if (at === this.worstAt) this.worstAt = this.nextFrom(at, -this.towardsWorse)
  }

  /** The first price from here on with something at it. */
  private nextFrom(from: number, step: number): number {
    for (let at = from; at >= 0 && at <= TICKS_PER_USD; at += step) {
      if ((this.sizes[at] ?? 0) > 0) return at
    }
    return NONE
  }
}
