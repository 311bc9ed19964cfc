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

/** What a listener threw since somebody last asked. */
export interface ListenerFailure {
  readonly listener: string
  /** How many events it failed at since then. */
  readonly count: number
  /** What it threw at the first of them. */
  readonly defect: unknown
  /** It had never failed before. */
  readonly isFirst: boolean
}

export class Hub {
  private readonly listeners = new Map<Listener, string>()
  private failures = new Map<string, ListenerFailure>()
  private readonly failedBefore = new Set<string>()

  /** Listens from now on, after those that listen already; the answer ends it. The name is for what is said of its failures. */
  subscribe(name: string, listener: Listener): () => void {
    this.listeners.set(listener, name)
    return () => void this.listeners.delete(listener)
  }

  /** One who throws stops nobody: the others hear of the event, it hears of the next, and the world's step goes on whole. */
  publish(event: WorldEvent): void {
    for (const [listener, name] of this.listeners) {
      try {
        listener(event)
      } catch (defect) {
        this.failed(name, defect)
      }
    }
  }

  /** What listeners threw since the last call, one entry for each. */
  takeFailures(): ReadonlyArray<ListenerFailure> {
    const taken = [...this.failures.values()]
    for (const { listener } of taken) this.failedBefore.add(listener)
    this.failures = new Map()
    return taken
  }

  private failed(listener: string, defect: unknown): void {
    const known = this.failures.get(listener)
    this.failures.set(
      listener,
      known === undefined
        ? { listener, count: 1, defect, isFirst: !this.failedBefore.has(listener) }
        : { ...known, count: known.count + 1 }
    )
  }
}
