/** What strategies and exits want, before sizing and risk. */
import type { MicroShares, PriceTicks } from "./money.ts"
import type { Purpose, Side } from "./order.ts"
import type { Outcome, Window } from "./window.ts"

/** A strategy's wish to buy one outcome of a window, with its reason and its edge. */
export interface EntrySignal {
  readonly window: Window
  readonly outcome: Outcome
  /** The highest price the strategy would pay. */
  readonly limitPriceTicks: PriceTicks
  /** Estimated probability that the outcome wins, in millionths. */
  readonly probabilityMicros: number
  /** Expected gain per share after fees and spread, in ticks ($0.0001); fractions are dropped. */
  readonly edgeTicks: number
  readonly reason: string
}

/** A wish to sell shares that are held. */
export interface ExitSignal {
  readonly window: Window
  readonly outcome: Outcome
  readonly side: Extract<Side, "SELL">
  readonly purpose: Exclude<Purpose, "entry">
  /** The lowest price it would take. */
  readonly limitPriceTicks: PriceTicks
  readonly sizeMicroShares: MicroShares
  readonly reason: string
}

/** Why nothing was done about a window or a position; kept so that silence can be told from failure. */
export interface Decline {
  readonly module: string
  readonly subject: string
  readonly reason: string
}
