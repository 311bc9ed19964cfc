/** What happens in a market besides our own orders, from a simulator or a recording, in one form. */
import type { Asset } from "../domain/asset.ts"
import type { Level } from "../domain/book.ts"
import type { MicroShares, PriceTicks, SpotPrice } from "../domain/money.ts"
import type { Side } from "../domain/order.ts"
import type { ConditionId, Resolution } from "../domain/window.ts"
import type { VenueMarket } from "../ports/venue.ts"

/** One event of the market, stamped with market time in Unix milliseconds. */
export type MarketEvent =
  | { readonly _tag: "Listed"; readonly atMs: number; readonly market: VenueMarket }
  | {
      readonly _tag: "Spot"
      readonly atMs: number
      readonly asset: Asset
      readonly price: SpotPrice
      readonly observedAtMs: number
    }
  /** The mean of the 60 s before its stamp, by the settlement source itself; only a live market tells it. */
  | {
      readonly _tag: "Average"
      readonly atMs: number
      readonly asset: Asset
      readonly price: SpotPrice
      readonly observedAtMs: number
    }
  /** The settlement source's value at a window's start became known. */
  | {
      readonly _tag: "PriceToBeat"
      readonly atMs: number
      readonly conditionId: ConditionId
      readonly price: SpotPrice
    }
  /** The whole book of others, in the Up token's view, best first; our own orders are not in it. */
  | {
      readonly _tag: "Book"
      readonly atMs: number
      readonly conditionId: ConditionId
      readonly bids: ReadonlyArray<Level>
      readonly asks: ReadonlyArray<Level>
    }
  /** Somebody else took: side and price in the Up token's view. It trades with our resting orders in their turn. */
  | {
      readonly _tag: "Taker"
      readonly atMs: number
      readonly conditionId: ConditionId
      readonly side: Side
      readonly priceTicks: PriceTicks
      readonly sizeMicroShares: MicroShares
    }
  /** Trading stopped: resting orders are cancelled, new ones refused. */
  | { readonly _tag: "Closed"; readonly atMs: number; readonly conditionId: ConditionId }
  | { readonly _tag: "Resolved"; readonly atMs: number; readonly resolution: Resolution }

/** Plain JSON, for saved state. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** A market's events in time order. Deterministic, but for a live one: the same beginning gives the same events. */
export interface MarketSource {
  /**
   * The market is told once, as it happens: what came of an order cannot be found again by doing it again, and averages are
   * told, not made from prices.
   */
  readonly isLive?: true
  /** Market time of the first event there is or was. */
  readonly startMs: number
  /** When the next event happens; undefined at the end of a recording. */
  readonly nextAtMs: () => number | undefined
  /** Takes all events of that moment and moves on. */
  readonly take: () => ReadonlyArray<MarketEvent>
  /** State to go on from later, with the source's own factory. */
  readonly save: () => Json
}
