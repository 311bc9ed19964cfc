/** A bounded memory of whole-second prices. */
import type { SpotPrice } from "../../domain/money.ts"

interface Slot {
  readonly second: number
  readonly price: SpotPrice
  /** Observed at that very second, not carried over from an earlier tick. */
  readonly exact: boolean
}

/** Keeps the newest `capacity` seconds: a second overwrites the one `capacity` before it. */
export interface SecondRing {
  readonly put: (slot: Slot) => void
  /** What is known of a second (Unix time), or undefined where it was never seen or is forgotten. */
  readonly at: (second: number) => Slot | undefined
}

export const makeSecondRing = (capacity: number): SecondRing => {
  const slots = new Map<number, Slot>()
  return {
    put: (slot) => {
      slots.set(slot.second % capacity, slot)
    },
    at: (second) => {
      const slot = slots.get(second % capacity)
      return slot?.second === second ? slot : undefined
    }
  }
}
