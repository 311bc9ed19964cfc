/** How others' best bid and ask follow what they believe. */
import { Schema } from "effect"
import type { PCGRandom } from "effect/Utils"
import { SPREAD_CENTS } from "./calibration.ts"
import { normal } from "./chance.ts"
import { MAX_CENTS, MIN_CENTS } from "./ladder.ts"

/** Makers come closer to a new value by t / (t + this) in a time t. */
const CHASE_MS = 700
/** Pricing errors fade with this memory. */
const NOISE_MEMORY_MS = 5_000
/** Makers leave their quotes while the middle is at most this far off. */
const PATIENCE_CENTS = 1.1
/** Chance a second that the spread changes while the middle stays. */
const RESPREAD_PER_SECOND = 0.25
/** A move of so many cents in one book makes makers quote wider by `SHY_CENTS`. */
const SHOCK_CENTS = 4
const SHY_CENTS = 1

/** Where the value leaves no room for a quote inside 1 to 99 cents, that side is given up in so many cases. */
const SIDE_GONE_SHARE = 0.15

export const Quote = Schema.Struct({
  /** What makers quote around, a probability. */
  belief: Schema.Number,
  /** Their pricing error, in cents at a price of 50. */
  errorCents: Schema.Number,
  /** Best prices in cents; below 1 or above 99 the side is empty. */
  bidCents: Schema.Int,
  askCents: Schema.Int
})
export type Quote = typeof Quote.Type

export const openingQuote = (belief: number): Quote => {
  const bidCents = Math.round(belief * 100 - 0.5)
  return { belief, errorCents: 0, bidCents, askCents: bidCents + 1 }
}

const drawSpread = (chance: PCGRandom): number => {
  const share = chance.number()
  return SPREAD_CENTS.find(([upTo]) => share < upTo)?.[1] ?? 1
}

/** The next quote, `elapsedMs` after the last, when makers think the window worth `value`. */
export const nextQuote = (
  quote: Quote,
  value: number,
  elapsedMs: number,
  noiseCents: number,
  chance: PCGRandom
): Quote => {
  const belief = quote.belief + ((value - quote.belief) * elapsedMs) / (elapsedMs + CHASE_MS)
  const keep = NOISE_MEMORY_MS / (NOISE_MEMORY_MS + elapsedMs)
  const errorCents = keep * quote.errorCents + noiseCents * Math.sqrt(1 - keep * keep) * normal(chance)
  const middle = 100 * belief + 4 * belief * (1 - belief) * errorCents
  const isGone = quote.bidCents < MIN_CENTS || quote.askCents > MAX_CENTS
  const target = isGone ? middle : Math.min(MAX_CENTS - 0.5, Math.max(MIN_CENTS + 0.5, middle))
  const away = Math.abs(target - (quote.bidCents + quote.askCents) / 2)
  const respread = chance.number() < (RESPREAD_PER_SECOND * elapsedMs) / 1000
  if (away <= PATIENCE_CENTS && !respread) return { ...quote, belief, errorCents }
  const spread = drawSpread(chance) + (away > SHOCK_CENTS ? SHY_CENTS : 0)
  const wanted = Math.round(middle - spread / 2)
  const gone = chance.number() < SIDE_GONE_SHARE
  const bidCents = gone ? wanted : Math.min(MAX_CENTS - spread, Math.max(MIN_CENTS, wanted))
  return { belief, errorCents, bidCents, askCents: bidCents + spread }
}
