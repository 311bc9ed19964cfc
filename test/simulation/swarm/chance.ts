/** Everything a seed draws comes from here, in the order of the draws. */
import { PCGRandom } from "effect/Utils"

export class Chance {
  readonly #random: PCGRandom

  constructor(seed: number) {
    this.#random = new PCGRandom(seed)
  }

  /** True so often. */
  hit(probability: number): boolean {
    return probability > 0 && this.#random.number() < probability
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#random.number() * (most - least + 1))
  }

  /** A number from 0 to 1, small ones more often. */
  low(): number {
    return this.#random.number() ** 2
  }

  pick<A>(items: ReadonlyArray<A>): A {
    return items[this.between(0, items.length - 1)] as A
  }

  /** Time to the next of events that come so far apart on average. */
  waitMs(meanMs: number): number {
    return Math.max(1, Math.round(-Math.log(1 - this.#random.number()) * meanMs))
  }

  shuffled<A>(items: ReadonlyArray<A>): ReadonlyArray<A> {
    const left = [...items]
    return items.map(() => left.splice(this.between(0, left.length - 1), 1)[0] as A)
  }
}
