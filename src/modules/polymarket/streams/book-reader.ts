/** Books: the stream's where it is sure of them, and read over REST where it is not. */
import { Clock, Effect } from "effect"
import type { Book } from "../../../domain/book.ts"
import type { TokenId } from "../../../domain/window.ts"
import type { ExchangeError } from "../../../ports/exchange.ts"
import type { PublicClob } from "../rest/clob.ts"
import type { MarketChannel } from "./market-channel.ts"
import { snapshotOf } from "./snapshot.ts"

/** An instrument's book is read over REST no more often than this. */
const READ_EVERY_MS = 1_000
/** Instruments whose last reading is remembered. */
const REMEMBERED = 1_000

/** The book of an instrument, best first. Between two readings over REST the answer is that there is none. */
export const makeBookReader = (market: Pick<MarketChannel, "book">, clob: Pick<PublicClob, "book">) => {
  const readMs = new Map<TokenId, number>()
  return (tokenId: TokenId): Effect.Effect<Book | undefined, ExchangeError> =>
    Effect.gen(function* () {
      const streamed = yield* market.book(tokenId)
      if (streamed !== undefined) return streamed
      const nowMs = yield* Clock.currentTimeMillis
      if (nowMs - (readMs.get(tokenId) ?? Number.NEGATIVE_INFINITY) < READ_EVERY_MS) return undefined
      if (readMs.size >= REMEMBERED) readMs.clear()
      readMs.set(tokenId, nowMs)
      const read = yield* clob.book(tokenId)
      if (read === undefined) return undefined
      const { asks, bids, stampMs, tickSizeTicks } = snapshotOf(read)
      return {
        tokenId,
        bids: bids.toSorted((a, b) => b.priceTicks - a.priceTicks),
        asks: asks.toSorted((a, b) => a.priceTicks - b.priceTicks),
        tickSizeTicks,
        eventTimeMs: stampMs,
        receivedAtMs: nowMs
      }
    })
}
