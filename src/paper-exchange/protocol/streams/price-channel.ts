/** A channel of prices: told of each price and average that came, once the board has taken it in. */
import type { SpotTick } from "../../../ports/spot.ts"
import type { Outbox } from "./outbox.ts"
import type { Session } from "./session.ts"

export interface PriceChannel {
  readonly open: (outbox: Outbox, connectionId: string) => Session
  readonly priced: (tick: SpotTick, nowMs: number) => void
  /** The market told an average of 60 s, and the board has it. */
  readonly averaged: (tick: SpotTick, nowMs: number) => void
}
