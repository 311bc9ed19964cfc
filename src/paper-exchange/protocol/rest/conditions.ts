/** How the venue is at the moment: what a fault script changes, and nothing in the market does. */

/** Whether orders are taken (docs.polymarket.com/trading/matching-engine). */
export type TradingPhase =
  | { readonly _tag: "Open" }
  /** The engine restarts: order endpoints answer 425. */
  | { readonly _tag: "Restarting" }
  /** Only post-only orders and cancels until then, Unix milliseconds. */
  | { readonly _tag: "PostOnly"; readonly untilMs: number }
  | { readonly _tag: "CancelOnly" }
  /** Neither orders nor cancels. */
  | { readonly _tag: "Disabled" }

export interface VenueConditions {
  readonly phase: (nowMs: number) => TradingPhase
  /** While true, balances are what they were when they were last refreshed: by a read before, or by an update. */
  readonly balancesAreStale: (nowMs: number) => boolean
  /** Accounts (addresses in lower case) that may only close positions. */
  readonly isClosedOnly: (address: string) => boolean
}

export const FAIR_WEATHER: VenueConditions = {
  phase: () => ({ _tag: "Open" }),
  balancesAreStale: () => false,
  isClosedOnly: () => false
}
