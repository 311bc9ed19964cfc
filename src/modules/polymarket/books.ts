/** The books of the instruments that are followed. */
import { Clock, Effect, Metric, Ref } from "effect"
import type { Book } from "../../domain/book.ts"
import { formatPrice } from "../../domain/decimal.ts"
import type { PriceTicks } from "../../domain/money.ts"
import type { TokenId, Window } from "../../domain/window.ts"
import type { ExchangeError } from "../../ports/exchange.ts"
import { amountDecimals } from "../../protocol/amounts.ts"
import type { Venue } from "../../ports/venue.ts"
import { boundedBy, errorOf } from "./request.ts"
import type { Settings } from "./settings.ts"
import { EMPTY_SHELF, follow, receive, withoutFuture } from "./shelf.ts"

/** Books that came with an older stamp than their predecessor, and were dropped. */
export const booksOutOfOrder = Metric.counter("tradewind_books_out_of_order", { incremental: true })
/** Books that were asked for and not given in time. */
export const booksUnavailable = Metric.counter("tradewind_books_unavailable", { incremental: true })

const unknownTick = (tick: PriceTicks): ExchangeError =>
  errorOf("book", { _tag: "Refused" }, `a tick size of ${formatPrice(tick)} is not known here`)

/** `follow` and `book` of the exchange. */
export const makeBooks = (venue: typeof Venue.Service, settings: typeof Settings.Type) =>
  Effect.gen(function* () {
    const shelf = yield* Ref.make(EMPTY_SHELF)
    const bounded = boundedBy(settings.bookTimeoutMs)

    const take = (answer: Book) =>
      Effect.gen(function* () {
        const nowMs = yield* Clock.currentTimeMillis
        const { book, dropped } = yield* Ref.modify(shelf, (current) => {
          const received = receive(current, answer, nowMs)
          return [received, received.shelf] as const
        })
        if (dropped) yield* Metric.increment(booksOutOfOrder)
        return book
      })

    const unavailable = (tokenId: TokenId, error: ExchangeError) =>
      Effect.logDebug("book_unavailable", { tokenId, reason: error.message }).pipe(
        Effect.zipRight(Metric.increment(booksUnavailable)),
        Effect.zipRight(Ref.get(shelf)),
        Effect.map((current) => current.last.get(tokenId))
      )

    return {
      follow: (windows: ReadonlyArray<Window>) =>
        Ref.updateAndGet(shelf, (current) => follow(current, windows)).pipe(
          Effect.flatMap(({ followed }) => venue.follow(followed))
        ),
      book: (tokenId: TokenId): Effect.Effect<Book | undefined> =>
        Effect.gen(function* () {
          const nowMs = yield* Clock.currentTimeMillis
          const { followed } = yield* Ref.updateAndGet(shelf, (current) => withoutFuture(current, nowMs))
          if (!followed.has(tokenId)) return undefined
          const answer = yield* bounded("book", venue.book(tokenId))
          if (answer?.tokenId !== tokenId) return undefined
          const tick = answer.tickSizeTicks
          return tick === undefined || amountDecimals(tick) !== undefined
            ? yield* take(answer)
            : yield* unknownTick(tick)
        }).pipe(Effect.catchAll((error) => unavailable(tokenId, error)))
    }
  })
