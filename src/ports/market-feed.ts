/** What happens in the venue's markets, for those who take no part in them: the embedded exchange of mode paper. */
import { Context, type Effect } from "effect"
import type { Level } from "../domain/book.ts"
import type { MicroShares, PriceTicks } from "../domain/money.ts"
import type { Side } from "../domain/order.ts"
import type { TokenId } from "../domain/window.ts"
import type { SpotTick } from "./spot.ts"
import type { Venue } from "./venue.ts"

/** One thing that happened, as the venue told it. */
export type FeedEvent =
  /** The whole book of an instrument, best first, as it is now. */
  | {
      readonly _tag: "Book"
      readonly tokenId: TokenId
      readonly bids: ReadonlyArray<Level>
      readonly asks: ReadonlyArray<Level>
    }
  /** Two others traded; the side is the taker's. */
  | {
      readonly _tag: "Trade"
      readonly tokenId: TokenId
      readonly side: Side
      readonly priceTicks: PriceTicks
      readonly sizeMicroShares: MicroShares
    }
  | { readonly _tag: "Spot"; readonly tick: SpotTick }
  /** The mean of the 60 s before its stamp, by the settlement source itself. */
  | { readonly _tag: "Average"; readonly tick: SpotTick }

export class MarketFeed extends Context.Tag("tradewind/MarketFeed")<
  MarketFeed,
  Pick<typeof Venue.Service, "market" | "priceToBeat" | "resolution"> & {
    /** Tells the books and trades of exactly these instruments from now on. */
    readonly follow: (tokenIds: ReadonlySet<TokenId>) => Effect.Effect<void>
    /**
     * Everything since the last call, waiting for at least one event. Trades come first, then the books they led to: a book that
     * changed several times since is told once, as it is now. Bounded: what nobody takes for long is lost, oldest first, and
     * counted; a book is never lost.
     */
    readonly take: Effect.Effect<ReadonlyArray<FeedEvent>>
    /** Can the books be relied on at that moment (Unix milliseconds)? While they cannot, nothing may be matched with them. */
    readonly isSound: (nowMs: number) => boolean
  }
>() {}
