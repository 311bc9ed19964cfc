/** Which faults a seed knows, how often each strikes, and how often it did. */
import { Chance } from "./chance.ts"

/** Every kind of fault, with the most often that it strikes where it could, outside its own storms. */
const MOST = {
  "venue-unavailable": 0.1,
  "venue-hang": 0.02,
  "venue-slow": 0.15,
  "venue-undecodable": 0.05,
  "answer-lost": 0.1,
  "rate-limited": 0.05,
  maintenance: 0.03,
  "order-refused": 0.2,
  "order-late": 0.15,
  "spot-silent": 0.3,
  "spot-error": 0.1,
  "spot-repeated": 0.4,
  "spot-reordered": 0.4,
  "book-frozen": 0.3,
  "book-missing": 0.1,
  "book-crossed": 0.1,
  "book-old": 0.2,
  "news-lost": 0.3,
  "news-repeated": 0.5,
  "news-late": 0.4,
  "news-reordered": 0.4,
  "journal-busy": 0.02,
  "journal-unavailable": 0.01,
  "journal-slow": 0.03,
  "disk-full": 0.000_2,
  "init-slow": 0.1,
  "init-hang": 0.03,
  "init-failed": 0.03,
  "release-slow": 0.1,
  "release-hang": 0.05,
  "release-failed": 0.05,
  "step-slow": 0.005,
  "step-hang": 0.000_5,
  "step-defect": 0.005,
  "crash-at-port": 0.000_2
} as const

/** Kinds that come for a while rather than at a call: the mean time from one to the next. */
const EVERY_MS = {
  crash: 240_000,
  "journal-locked": 120_000,
  "process-paused": 180_000,
  "clock-stepped": 240_000,
  "stop-and-restart": 400_000,
  "entries-halted": 200_000,
  "loop-paused": 300_000,
  storm: 150_000
} as const

export type Fault = keyof typeof MOST
export type Spell = keyof typeof EVERY_MS
export const FAULTS = Object.keys(MOST) as ReadonlyArray<Fault>
export const SPELLS = Object.keys(EVERY_MS) as ReadonlyArray<Spell>

/** How often a fault strikes while its storm lasts. */
const IN_A_STORM = 0.85
/** A seed knows a kind so often: different subsets meet different states. */
const KNOWN = 0.4

export class Weather {
  readonly chance: Chance
  readonly injected = new Map<Fault | Spell, number>()
  /** Once healed, nothing strikes any more. */
  healed = false
  readonly #rates = new Map<Fault, number>()
  readonly #spells = new Map<Spell, number>()
  readonly #told: (words: string) => void
  #storm: Fault | undefined

  constructor(seed: number, isCalm: boolean, told: (words: string) => void) {
    this.chance = new Chance(seed)
    this.#told = told
    if (isCalm) return
    for (const fault of FAULTS) {
      if (this.chance.hit(KNOWN)) this.#rates.set(fault, MOST[fault] * this.chance.low())
    }
    for (const spell of SPELLS) {
      if (this.chance.hit(KNOWN)) this.#spells.set(spell, EVERY_MS[spell] * (0.3 + 2 * this.chance.low()))
    }
  }

  /** Mean time between two spells of a kind; undefined where the seed does not know it. */
  everyMs(spell: Spell): number | undefined {
    return this.#spells.get(spell)
  }

  /** Does it strike here and now? */
  strikes(fault: Fault): boolean {
    if (this.healed) return false
    const rate = this.#rates.get(fault)
    if (rate === undefined) return false
    if (!this.chance.hit(this.#storm === fault ? IN_A_STORM : rate)) return false
    this.note(fault)
    return true
  }

  /** Counts a fault or a spell that came. */
  note(kind: Fault | Spell): void {
    this.injected.set(kind, (this.injected.get(kind) ?? 0) + 1)
    this.#told(kind)
  }

  /** One of the faults that come at calls strikes nearly always from now on; says which. */
  beginStorm(): Fault | undefined {
    const known = [...this.#rates.keys()].filter((fault) => !/^(crash|init|release|step|disk)/.test(fault))
    this.#storm = known.length === 0 ? undefined : this.chance.pick(known)
    return this.#storm
  }

  endStorm(): void {
    this.#storm = undefined
  }
}
