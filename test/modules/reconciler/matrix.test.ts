/** The cells of the matrix that a venue can show, through the real comparison: what becomes of our books in each. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { microShares } from "../../../src/domain/money.ts"
import { type Cached, REPORTED, TRADED, type Traded } from "../../../src/domain/order-verdict.ts"
import { isOpen } from "../../../src/domain/order.ts"
import type { VenueOrder } from "../../../src/ports/exchange.ts"
import {
  FIRST,
  SHARE,
  approvedIntent,
  ofOrder,
  ofTrade,
  venueOrder,
  venueTrade,
  type World
} from "../order-manager/world.ts"
import { type Books, UP, comparing, world } from "./world.ts"

/** Ways our record of an order of five shares may have come to be. */
const COMING_TO: {
  readonly [C in Exclude<Cached, "pending" | "sending">]: (books: Books) => Effect.Effect<void, unknown>
} = {
  sent: ({ orders, w }) => {
    w.venue.answer = (_, { orderId }) => Effect.succeed({ _tag: "Unknown", orderId, reason: "timeout" })
    return Effect.asVoid(orders.submit(approvedIntent()))
  },
  live: ({ orders }) => Effect.asVoid(orders.submit(approvedIntent())),
  partial: (books) => COMING_TO.live(books).pipe(Effect.zipRight(hear(books, venueTrade("a", 2)))),
  filled: (books) =>
    COMING_TO.live(books).pipe(Effect.zipRight(hear(books, venueTrade("a", 2), venueTrade("b", 3)))),
  cancelled: (books) => {
    books.w.venue.updates = [ofOrder(venueOrder(FIRST, { status: "cancelled" }))]
    return COMING_TO.live(books).pipe(Effect.zipRight(books.book))
  },
  refused: ({ orders, w }) => {
    w.venue.answer = (_, { orderId }) => Effect.succeed({ _tag: "Refused", orderId, reason: "no" })
    return Effect.asVoid(orders.submit(approvedIntent()))
  }
}

const hear = ({ book, w }: Books, ...trades: ReadonlyArray<ReturnType<typeof venueTrade>>) =>
  Effect.suspend(() => {
    w.venue.updates = trades.map(ofTrade)
    return book
  })

/** What the venue shows of it; rejections and duplicates are answers to a send, and none of its lists has them. */
const SHOWN: Readonly<Partial<Record<string, VenueOrder | null>>> = {
  "not-found": null,
  live: venueOrder(FIRST),
  partial: venueOrder(FIRST, { filledMicroShares: microShares(2 * SHARE) }),
  filled: venueOrder(FIRST, { status: "matched", filledMicroShares: microShares(5 * SHARE) }),
  cancelled: venueOrder(FIRST, { status: "cancelled" }),
  expired: venueOrder(FIRST, { status: "expired" })
}

const TRADES: Readonly<Record<Traded, ReadonlyArray<readonly [string, number]>>> = {
  none: [],
  part: [["a", 2]],
  all: [
    ["a", 2],
    ["b", 3]
  ],
  extra: [
    ["a", 2],
    ["b", 3],
    ["c", 1]
  ]
}

const show = (w: World, shown: VenueOrder | null, traded: Traded) => {
  if (shown === null) w.venue.orders.clear()
  else w.venue.orders.set(FIRST, shown)
  w.venue.trades = TRADES[traded].map(([id, shares]) => venueTrade(id, shares, { status: "confirmed" }))
}

const cells = (Object.keys(COMING_TO) as ReadonlyArray<keyof typeof COMING_TO>).flatMap((cached) =>
  REPORTED.filter((reported) => SHOWN[reported] !== undefined).flatMap((reported) =>
    TRADED.map((traded) => ({ cached, reported, traded }))
  )
)

describe("ifDue", () => {
  it("ifDue – the cells are all that a venue can show", () => expect(cells).toHaveLength(6 * 6 * 4))

  it.effect.each(cells)(
    "ifDue – $cached, $reported at the venue, $traded traded: every execution is booked once, nothing is forgotten",
    ({ cached, reported, traded }) =>
      Effect.gen(function* () {
        const w = world()
        yield* comparing(w, (books) =>
          Effect.gen(function* () {
            yield* COMING_TO[cached](books)
            const shown = SHOWN[reported]
            if (shown === undefined) throw new Error(`${reported} cannot be shown`)
            show(w, shown, traded)
            yield* TestClock.adjust("1 minute")
            yield* books.look
            yield* books.book
            const order = w.journal.orders.get(FIRST)
            if (order === undefined) throw new Error("the journal has lost the order")
            // Ours and the venue's executions, each once.
            const known = { sent: 0, live: 0, partial: 2, filled: 5, cancelled: 0, refused: 0 }[cached]
            const told = { none: 0, part: 2, all: 5, extra: 6 }[traded]
            expect(order.filledMicroShares).toBe(Math.max(known, told) * SHARE)
            const held = (yield* books.positions.booked).positions.find(({ tokenId }) => tokenId === UP)
            expect(held?.matchedMicroShares ?? 0).toBe(Math.max(known, told) * SHARE)
            // Only the venue's silence about it leaves an outcome unknown, and then nothing is entered.
            const isSilent = reported === "not-found" && traded === "none"
            expect(order.status === "unknown").toBe(cached === "sent" && isSilent)
            const { differences } = yield* books.reconciler.state
            const mine = differences.find((one) => one._tag === "OrderDiffers")
            if (order.status === "unknown") {
              expect(mine).toMatchObject({ verdict: "ask", healing: "pending" })
              expect((yield* books.reconciler.bars).instruments.has(UP)).toBe(true)
            }
            if (traded === "extra") expect(mine).toMatchObject({ verdict: "over", healing: "escalated" })
            // What rests at the venue is open in our books, or was cancelled there by us.
            if ((reported === "live" || reported === "partial") && told < 5 && known < 5) {
              const wasCancelled = w.venue.calls.includes(`cancel ${FIRST}`)
              expect(isOpen(order) || wasCancelled).toBe(true)
              expect(wasCancelled).toBe(cached === "cancelled")
            }
          })
        )
      })
  )
})
