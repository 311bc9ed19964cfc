/**
 * Chance from saved states only. Every result comes from +, −, ×, ÷, roots and rounding of IEEE doubles, which engines
 * compute alike to the last bit; Math.exp, log, sin and pow need not agree and are used nowhere in the simulator.
 */
import { Schema } from "effect"
import { PCGRandom } from "effect/Utils"

/** A generator's whole state, four 32-bit words. */
export const ChanceState = Schema.Tuple(Schema.Int, Schema.Int, Schema.Int, Schema.Int)
export type ChanceState = typeof ChanceState.Type

const TWO_32 = 0x1_0000_0000

/**
 * A stream of its own for every (seed, stream) pair: drawing from one never shifts another. Streams count to 2^52; the
 * generator's increment is odd, so that only every second number names a stream of its own.
 */
export const makeChance = (seed: number, stream: number): PCGRandom => {
  const increment = stream * 2 + 1
  return new PCGRandom(
    Math.floor(seed / TWO_32),
    seed % TWO_32,
    Math.floor(increment / TWO_32),
    increment % TWO_32
  )
}

export const restoreChance = (state: ChanceState): PCGRandom => {
  const chance = new PCGRandom(0)
  chance.setState([...state])
  return chance
}

export const saveChance = (chance: PCGRandom): ChanceState => chance.getState()

const PARTS = 8192

/**
 * A normal draw, mean 0 and variance 1, as the sum of 12 uniforms less 6 (Irwin–Hall); three doubles give the twelve,
 * 13 bits each. Its tails end at ±6; the fat tails of returns come from volatility states and jumps.
 */
export const normal = (chance: PCGRandom): number => {
  let sum = 0
  for (let draw = 0; draw < 3; draw++) {
    let rest = chance.number()
    for (let part = 0; part < 4; part++) {
      rest *= PARTS
      const whole = Math.floor(rest)
      sum += whole + 0.5
      rest -= whole
    }
  }
  return sum / PARTS - 6
}

/** A whole number from 0 to `below` − 1. */
export const pick = (chance: PCGRandom, below: number): number => Math.floor(chance.number() * below)

/** Points of an inverse distribution: [share of cases below, value], both rising, the first share 0 and the last 1. */
export type Quantiles = ReadonlyArray<readonly [share: number, value: number]>

/** The value at `share` in 0..1, straight lines between the points. */
export const quantileAt = (table: Quantiles, share: number): number => {
  let below = table[0] ?? [0, 0]
  for (const point of table) {
    if (share < point[0]) {
      return below[1] + ((share - below[0]) / (point[0] - below[0])) * (point[1] - below[1])
    }
    below = point
  }
  return below[1]
}
