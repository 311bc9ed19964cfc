/** What happens in the world, told to those who listen at the moment it happens. */
import type { ConditionId } from "../../domain/window.ts"
import type { AccountUpdate } from "../../ports/exchange.ts"
import type { PublicTrade } from "../engine-types.ts"
import type { MarketEvent } from "../market-source.ts"

export type WorldEvent =
  /** A market was listed, closed, resolved, or its price to beat became known; a price of an asset. */
  | {
      readonly _tag: "Market"
      readonly event: Exclude<MarketEvent, { readonly _tag: "Book" } | { readonly _tag: "Taker" }>
    }
  /** Somebody traded, ours or others. It comes before the book without what was taken. */
  | { readonly _tag: "Traded"; readonly trade: PublicTrade }
  /** The books of both tokens may be others than before; how they are now, the engine says. */
  | { readonly _tag: "BookChanged"; readonly conditionId: ConditionId; readonly atMs: number }
  /** An account's order or trade moved on. */
  | { readonly _tag: "Account"; readonly account: string; readonly update: AccountUpdate }

/** Called in the middle of a world's step: it only takes note, and never changes the world. */
export type Listener = (event: WorldEvent) => void

export class Hub {
  private readonly listeners = new Set<Listener>()
  private readonly defects: Array<unknown> = []

  /** Listens from now on; the answer ends it. */
  subscribe(listener: Listener): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  /** One who throws is heard no more: the world's step goes on whole. */
  publish(event: WorldEvent): void {
    for (const listener of this.listeners) {
      try {
        listener(event)
      } catch (defect) {
        this.listeners.delete(listener)
        this.defects.push(defect)
      }
    }
  }

  /** What listeners threw since the last call. */
  takeDefects(): ReadonlyArray<unknown> {
    return this.defects.splice(0)
  }
}
