/** One side of a book as arrays indexed by price: every update is one store, and the best price is at hand. */
import type { Level } from "../../../domain/book.ts"
import { TICKS_PER_USD, type MicroShares, type PriceTicks } from "../../../domain/money.ts"

const NONE = -1
const PRICES_PER_WORD = 32
const ALL_BITS = -1

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits)
const highestBit = (bits: number): number => 31 - Math.clz32(bits)

/**
 * Sizes at prices of 0 to 10,000 ticks. The venue's stamps go back and forth even within one instrument, so that each price
 * keeps the stamp of its last word: an older word is not taken, whatever order they came in.
 */
export class Ladder {
  private readonly sizes = new Float64Array(TICKS_PER_USD + 1)
  private readonly stamps = new Float64Array(TICKS_PER_USD + 1)
  /** A bit for each price with something at it: levels lie a hundred ticks apart, and looking at every price takes long. */
  private readonly taken = new Uint32Array(Math.ceil((TICKS_PER_USD + 1) / PRICES_PER_WORD))
  private readonly towardsWorse: 1 | -1
  /** Every price has heard at least this stamp: a snapshot speaks of all of them. */
  private floorMs = 0
  private bestAt = NONE

  constructor(side: "bids" | "asks") {
    this.towardsWorse = side === "bids" ? -1 : 1
  }

  /** The best price with something at it; −1 where there is none. */
  get best(): number {
    return this.bestAt
  }

  /** Sets all that rests at a price; false where a newer word was heard of that price already. */
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
    let kept = NONE
    for (let at = this.bestAt; at !== NONE; at = this.worseThan(at)) {
      if ((this.stamps[at] ?? 0) <= stampMs) this.empty(at)
      else if (kept === NONE) kept = at
    }
    this.bestAt = kept
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
    this.taken.fill(0)
    this.floorMs = 0
    this.bestAt = NONE
  }

  /** What rests, best first. */
  levels(): ReadonlyArray<Level> {
    const found: Array<Level> = []
    for (let at = this.bestAt; at !== NONE; at = this.worseThan(at)) {
      found.push({ priceTicks: at as PriceTicks, sizeMicroShares: (this.sizes[at] ?? 0) as MicroShares })
    }
    return found
  }

  private put(at: number, size: number): void {
    if (size > 0) {
      this.sizes[at] = size
      const word = Math.floor(at / PRICES_PER_WORD)
      this.taken[word] = (this.taken[word] ?? 0) | (1 << at % PRICES_PER_WORD)
      if (this.bestAt === NONE || (at - this.bestAt) * this.towardsWorse < 0) this.bestAt = at
      return
    }
    this.empty(at)
    if (at === this.bestAt) this.bestAt = this.worseThan(at)
  }

  private empty(at: number): void {
    this.sizes[at] = 0
    const word = Math.floor(at / PRICES_PER_WORD)
    this.taken[word] = (this.taken[word] ?? 0) & ~(1 << at % PRICES_PER_WORD)
  }

  /** The next worse price with something at it. */
  private worseThan(at: number): number {
    return this.towardsWorse === 1 ? this.above(at) : this.below(at)
  }

  private above(at: number): number {
    const from = at + 1
    let word = Math.floor(from / PRICES_PER_WORD)
    let bits = (this.taken[word] ?? 0) & (ALL_BITS << from % PRICES_PER_WORD)
    while (bits === 0 && word < this.taken.length) {
      word += 1
      bits = this.taken[word] ?? 0
    }
    return bits === 0 ? NONE : word * PRICES_PER_WORD + lowestBit(bits)
  }

  private below(at: number): number {
    if (at === 0) return NONE
    const from = at - 1
    let word = Math.floor(from / PRICES_PER_WORD)
    let bits = (this.taken[word] ?? 0) & (ALL_BITS >>> (PRICES_PER_WORD - 1 - (from % PRICES_PER_WORD)))
    while (bits === 0 && word > 0) {
      word -= 1
      bits = this.taken[word] ?? 0
    }
    return bits === 0 ? NONE : word * PRICES_PER_WORD + highestBit(bits)
  }
}
