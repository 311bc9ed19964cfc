import { describe, expect, it } from "@effect/vitest"
import { Effect, Option, Schema, TestClock } from "effect"
import { microShares, microUsd } from "../../../src/domain/money.ts"
import { OrderId } from "../../../src/domain/order.ts"
import { NO_BARS } from "../../../src/domain/risk.ts"
import { ReconciliationState } from "../../../src/ports/reconciliation.ts"
import { NOW_MS, WINDOW, makePosition } from "../../domain/trading-world.ts"
import {
  FIRST,
  SHARE,
  approvedIntent,
  ofTrade,
  venueOrder,
  venueTrade,
  type World
} from "../order-manager/world.ts"
import { type Books, UP, comparing, holds, world } from "./world.ts"

/** An order that bought five shares at 0.51, confirmed; the venue has them and took 2.55 and a fee of 0.001. */
const bought = ({ orders, w }: Pick<Books, "orders" | "w">) =>
  Effect.gen(function* () {
    yield* orders.submit(approvedIntent())
    settleAtVenue(w)
  })
const settleAtVenue = (w: World): void => {
  w.venue.orders.set(
    FIRST,
    venueOrder(FIRST, { status: "matched", filledMicroShares: microShares(5 * SHARE) })
  )
  w.venue.trades = [venueTrade("t1", 5, { status: "confirmed", matchedAtMs: NOW_MS })]
  w.venue.cash = microUsd(100 * SHARE - 2_551_000)
  holds(w, 5)
}

const kinds = (state: ReconciliationState) =>
  state.differences.map(({ _tag, healing }) => `${_tag} ${healing}`)
const minute = TestClock.adjust("1 minute")

describe("layer", () => {
  it.effect("layer – what was missed while it was down is booked before anything is traded (O4)", () =>
    Effect.gen(function* () {
      const w = world()
      yield* comparing(w, bought)
      yield* comparing(w, ({ positions, reconciler }) =>
        Effect.gen(function* () {
          expect(yield* positions.open).toMatchObject([{ matchedMicroShares: 5 * SHARE }])
          const state = yield* reconciler.state
          expect(state).toMatchObject({ runs: 1, lastCause: "start", differences: [] })
          expect(yield* reconciler.bars).toEqual(NO_BARS)
          expect(w.journal.events.map(({ kind }) => kind)).toContain("reconciled")
        })
      )
    })
  )

  it.effect(
    "layer – comes up where shares cannot be asked for, enters nothing until they could be, and takes no answer for none",
    () =>
      Effect.gen(function* () {
        const w = world()
        yield* comparing(w, ({ book, orders }) => Effect.zipRight(bought({ orders, w }), book))
        w.venue.balancesDown = true
        yield* comparing(w, ({ look, positions, reconciler }) =>
          Effect.gen(function* () {
            const open = [{ status: "open", matchedMicroShares: 5 * SHARE }]
            expect(yield* positions.open).toMatchObject(open)
            const barred = { everything: "memory, journal and venue have not been compared yet" }
            expect(yield* reconciler.bars).toMatchObject(barred)
            yield* TestClock.adjust("5 seconds")
            expect(yield* Effect.flip(look)).toMatchObject({ _tag: "ExchangeError" })
            expect(yield* reconciler.bars).toMatchObject(barred)
            w.venue.balancesDown = false
            holds(w, 5)
            yield* TestClock.adjust("5 seconds")
            yield* look
            expect(yield* reconciler.bars).toEqual(NO_BARS)
            expect(yield* reconciler.state).toMatchObject({ runs: 1, failures: 2, lastCause: "start" })
            expect(yield* positions.open).toMatchObject(open)
          })
        )
      })
  )

  it.effect("layer – does not come up so where it is to refuse differences, or was asked for by itself", () =>
    Effect.gen(function* () {
      const w = world()
      w.venue.balancesDown = true
      const ways = { onDemand: true, acceptCash: false }
      for (const asked of [
        comparing(w, () => Effect.void, { startWithDifferences: "refuse" }),
        comparing(w, () => Effect.void, {}, ways)
      ])
        expect(yield* Effect.flip(asked)).toMatchObject({ _tag: "ExchangeError" })
    })
  )

  it.effect("layer – refuses to start with differences where the settings say so, and names them", () =>
    Effect.gen(function* () {
      const w = world()
      yield* comparing(w, ({ book, orders }) => Effect.zipRight(bought({ orders, w }), book))
      holds(w, 3)
      const refused = yield* Effect.flip(comparing(w, () => Effect.void, { startWithDifferences: "refuse" }))
      expect(refused).toMatchObject({ _tag: "ReconciliationRefused" })
      expect(String(refused)).toContain('"venueMicroShares":3000000')
      // By default it comes up, and nothing is entered in the instrument.
      yield* comparing(w, ({ reconciler }) =>
        Effect.map(reconciler.bars, ({ everything, instruments }) => {
          expect(everything).toBeUndefined()
          expect(instruments.get(UP)).toMatch(/holds 3 shares, 5 to 5/)
        })
      )
    })
  )
})

describe("ifDue", () => {
  const looking = <A, E>(
    body: (books: Books) => Effect.Effect<A, E>,
    patch: Parameters<typeof comparing>[2] = {}
  ) => {
    const w = world()
    return comparing(w, body, patch)
  }

  it.effect("ifDue – every minute, at once after a reconnect, and not before", () =>
    looking(({ look, reconciler, w }) =>
      Effect.gen(function* () {
        const runs = Effect.map(reconciler.state, (state) => `${state.runs} ${state.lastCause}`)
        yield* look
        expect(yield* runs).toBe("1 start")
        yield* TestClock.adjust("59 seconds")
        yield* look
        expect(yield* runs).toBe("1 start")
        yield* TestClock.adjust("1 second")
        yield* look
        expect(yield* runs).toBe("2 timer")
        w.venue.streams = 2
        yield* look
        expect(yield* runs).toBe("3 reconnect")
        yield* look
        expect(yield* runs).toBe("3 reconnect")
      })
    )
  )

  it.effect("compare – a fill that it found is new until it is told, whatever fails meanwhile", () =>
    looking((books) =>
      Effect.gen(function* () {
        const { orders } = books
        yield* bought(books)
        yield* minute
        expect(yield* orders.hasNewFills).toBe(false)
        yield* orders.compare({ acts: false })
        expect(yield* orders.hasNewFills).toBe(true)
        expect(yield* orders.sync).toHaveLength(1)
        expect(yield* orders.hasNewFills).toBe(false)
      })
    )
  )

  it.effect("ifDue – a fill that the stream lost is found and booked, and then everything agrees", () =>
    looking((books) =>
      Effect.gen(function* () {
        const { look, positions, reconciler } = books
        yield* bought(books)
        yield* minute
        yield* look
        expect(yield* positions.open).toMatchObject([{ settledMicroShares: 5 * SHARE }])
        const state = yield* reconciler.state
        expect(kinds(state)).toEqual(["OrderDiffers healed"])
        expect(state.differences[0]).toMatchObject({
          cached: "live",
          reported: "filled",
          traded: "all",
          verdict: "learn"
        })
        expect(state.counts).toEqual({ OrderDiffers: { found: 1, escalated: 0 } })
        yield* minute
        yield* look
        expect((yield* reconciler.state).differences).toEqual([])
        // Its result is described by the schema, to the letter.
        const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(ReconciliationState)(state)))
        expect(Schema.decodeUnknownSync(ReconciliationState, { onExcessProperty: "error" })(json)).toEqual(
          state
        )
      })
    )
  )

  it.effect("ifDue – shares missing at the venue bar the instrument at once, and are an error in time", () =>
    looking((books) =>
      Effect.gen(function* () {
        const { look, positions, reconciler, w } = books
        yield* bought(books)
        yield* minute
        yield* look
        holds(w, 2)
        yield* minute
        yield* look
        expect(kinds(yield* reconciler.state)).toEqual(["PositionDiffers pending"])
        expect((yield* reconciler.bars).instruments.has(UP)).toBe(true)
        yield* TestClock.adjust("30 seconds")
        yield* look
        expect(yield* reconciler.state).toMatchObject({ lastCause: "recheck" })
        expect(kinds(yield* reconciler.state)).toEqual(["PositionDiffers escalated"])
        // Nobody sold them: they stay in our books, and only the venue can end the difference.
        expect(yield* positions.open).toMatchObject([{ matchedMicroShares: 5 * SHARE }])
        holds(w, 5)
        yield* minute
        yield* look
        expect((yield* reconciler.state).differences).toEqual([])
        expect((yield* reconciler.bars).instruments.size).toBe(0)
      })
    )
  )

  it.effect("ifDue – a failed question for the shares changes nothing and is asked again", () =>
    looking((books) =>
      Effect.gen(function* () {
        const { look, positions, reconciler, w } = books
        yield* bought(books)
        yield* minute
        yield* look
        w.venue.balancesDown = true
        yield* minute
        expect(yield* Effect.flip(look)).toMatchObject({ _tag: "ExchangeError" })
        expect(yield* positions.open).toMatchObject([{ matchedMicroShares: 5 * SHARE }])
        expect(yield* reconciler.state).toMatchObject({ runs: 2, failures: 1 })
        yield* look
        expect(yield* reconciler.state).toMatchObject({ runs: 2, failures: 1 })
        w.venue.balancesDown = false
        yield* TestClock.adjust("5 seconds")
        yield* look
        expect(yield* reconciler.state).toMatchObject({ runs: 3, failures: 1, differences: [] })
      })
    )
  )

  it.effect("ifDue – what is under way explains any number of shares and dollars between", () =>
    looking((books) =>
      Effect.gen(function* () {
        const { book, look, orders, reconciler, w } = books
        yield* orders.submit(approvedIntent())
        w.venue.trades = [venueTrade("t1", 5, { status: "mined" })]
        w.venue.orders.set(
          FIRST,
          venueOrder(FIRST, { status: "matched", filledMicroShares: microShares(5 * SHARE) })
        )
        w.venue.updates = w.venue.trades.map(ofTrade)
        yield* book
        for (const [shares, spent] of [
          [0, 0],
          [5, 0],
          [0, 2_551_000],
          [5, 2_551_000]
        ] as const) {
          holds(w, shares)
          w.venue.cash = microUsd(100 * SHARE - spent)
          yield* minute
          yield* look
          expect((yield* reconciler.state).differences).toEqual([])
        }
        holds(w, 6)
        yield* minute
        yield* look
        expect(kinds(yield* reconciler.state)).toEqual(["PositionDiffers pending"])
      })
    )
  )

  it.effect("ifDue – a fill that is not confirmed for long is an error", () =>
    looking(({ book, look, orders, reconciler, w }) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(NOW_MS)
        yield* orders.submit(approvedIntent())
        w.venue.updates = [ofTrade(venueTrade("t1", 5))]
        w.venue.trades = [venueTrade("t1", 5)]
        w.venue.orders.set(
          FIRST,
          venueOrder(FIRST, { status: "matched", filledMicroShares: microShares(5 * SHARE) })
        )
        yield* book
        yield* TestClock.adjust("4 minutes")
        yield* look
        expect((yield* reconciler.state).differences).toEqual([])
        yield* TestClock.adjust("1 minute")
        yield* look
        expect((yield* reconciler.state).differences).toMatchObject([
          { _tag: "FillUnsettled", ageMs: 300_000, healing: "escalated" }
        ])
      })
    )
  )

  it.effect("ifDue – orders and shares that are not ours are shown, and never taken up", () =>
    looking(({ look, orders, positions, reconciler, w }) =>
      Effect.gen(function* () {
        const other = OrderId.make("0xother")
        w.venue.orders.set(other, venueOrder(other))
        holds(w, 7)
        yield* minute
        yield* look
        expect((yield* reconciler.state).differences).toMatchObject([
          { _tag: "ForeignOrder", orderId: other, openMicroShares: 5 * SHARE, healing: "noted" },
          { _tag: "ForeignHolding", tokenId: UP, venueMicroShares: 7 * SHARE, healing: "noted" }
        ])
        expect(yield* orders.openOrders).toEqual([])
        expect(yield* positions.open).toEqual([])
        expect(w.journal.orders.size).toBe(0)
        expect(w.venue.calls.filter((call) => call.startsWith("cancel"))).toEqual([])
        expect(yield* reconciler.bars).toEqual(NO_BARS)
      })
    )
  )

  it.effect("ifDue – orders of others are cancelled where the settings say so, but not on demand", () =>
    Effect.gen(function* () {
      const w = world({ foreignOrders: "cancel" })
      const other = OrderId.make("0xother")
      w.venue.orders.set(other, venueOrder(other))
      yield* comparing(w, () => Effect.void, {}, { onDemand: true, acceptCash: false })
      expect(w.venue.orders.get(other)?.status).toBe("live")
      yield* comparing(w, () => Effect.void)
      expect(w.venue.orders.get(other)?.status).toBe("cancelled")
    })
  )

  it.effect(
    "ifDue – an order of ours that is over in our record and rests at the venue is cancelled there",
    () =>
      looking(({ look, orders, reconciler, w }) =>
        Effect.gen(function* () {
          yield* orders.submit(approvedIntent())
          w.venue.orders.set(FIRST, venueOrder(FIRST))
          w.venue.cancelling = (orderIds) => ({ cancelled: orderIds, notCancelled: new Map() })
          yield* orders.cancel([FIRST], "replaced")
          expect(w.journal.orders.get(FIRST)?.status).toBe("cancelled")
          w.venue.calls.length = 0
          yield* minute
          yield* look
          expect((yield* reconciler.state).differences).toMatchObject([
            { _tag: "OrderDiffers", verdict: "stray", healing: "escalated" }
          ])
          expect(w.venue.calls).toContain(`cancel ${FIRST}`)
          expect((yield* reconciler.bars).instruments.has(UP)).toBe(true)
          w.venue.patch(FIRST, { status: "cancelled" })
          yield* minute
          yield* look
          expect((yield* reconciler.state).differences).toEqual([])
          expect((yield* reconciler.bars).instruments.size).toBe(0)
        })
      )
  )

  it.effect("ifDue – more traded than ordered is booked, is an error, and bars the instrument", () =>
    looking(({ look, orders, positions, reconciler, w }) =>
      Effect.gen(function* () {
        yield* orders.submit(approvedIntent())
        w.venue.orders.set(
          FIRST,
          venueOrder(FIRST, { status: "matched", filledMicroShares: microShares(6 * SHARE) })
        )
        w.venue.trades = [venueTrade("t1", 6, { status: "confirmed" })]
        holds(w, 6)
        w.venue.cash = microUsd(100 * SHARE - 3_061_000)
        yield* minute
        yield* look
        expect((yield* reconciler.state).differences).toMatchObject([
          { _tag: "OrderDiffers", traded: "extra", verdict: "over", healing: "escalated" }
        ])
        expect(yield* positions.open).toMatchObject([{ matchedMicroShares: 6 * SHARE }])
        expect((yield* reconciler.bars).instruments.get(UP)).toMatch(/differ: over/)
      })
    )
  )

  it.effect("ifDue – what the journal has otherwise than memory is written anew", () =>
    looking((books) =>
      Effect.gen(function* () {
        const { look, reconciler, w } = books
        yield* bought(books)
        yield* minute
        yield* look
        const order = w.journal.orders.get(FIRST)
        const position = w.journal.positions.get(UP)
        if (order === undefined || position === undefined) throw new Error("nothing is stored")
        w.journal.orders.set(FIRST, { ...order, status: "live" })
        w.journal.positions.set(UP, makePosition(9, 5_100))
        yield* minute
        yield* look
        expect((yield* reconciler.state).differences).toMatchObject([
          { _tag: "OrderNotAsStored", memory: "filled", stored: "live", healing: "healed" },
          { _tag: "PositionNotAsStored", memoryMicroShares: 5 * SHARE, storedMicroShares: 9 * SHARE }
        ])
        expect(w.journal.orders.get(FIRST)).toEqual(order)
        expect(w.journal.positions.get(UP)).toEqual(position)
      })
    )
  )

  it.effect("ifDue – a fill that got lost between the order and the position is booked after all", () =>
    looking((books) =>
      Effect.gen(function* () {
        const { look, orders, positions, reconciler } = books
        yield* bought(books)
        yield* orders.resolveUnknown
        yield* minute
        yield* orders.resolveUnknown
        // Taken, and dropped on the way.
        expect(yield* orders.sync).toHaveLength(1)
        yield* look
        expect(kinds(yield* reconciler.state)).toContain("FillNotBooked pending")
        expect(yield* positions.open).toEqual([])
        yield* TestClock.adjust("5 seconds")
        yield* look
        expect(yield* positions.open).toMatchObject([{ matchedMicroShares: 5 * SHARE }])
        expect((yield* reconciler.state).differences).toEqual([])
      })
    )
  )
})

describe("cash", () => {
  /** Cash as it is after a start, changed by so much, one look at once and one half a minute later. */
  const changed = (
    byMicroUsd: number,
    check: (books: Books) => Effect.Effect<void, unknown>,
    patch: Parameters<typeof comparing>[2] = {}
  ) => {
    const w = world()
    return comparing(
      w,
      (books) =>
        Effect.gen(function* () {
          w.venue.cash = microUsd(w.venue.cash + byMicroUsd)
          yield* minute
          yield* books.look
          expect((yield* books.reconciler.bars).everything).toBeUndefined()
          yield* TestClock.adjust("30 seconds")
          yield* books.look
          yield* check(books)
        }),
      patch
    )
  }

  it.effect("cash – less than our trades explain holds every entry until it is explained", () =>
    changed(-5 * SHARE, ({ look, reconciler, w }) =>
      Effect.gen(function* () {
        expect((yield* reconciler.state).differences).toMatchObject([
          {
            _tag: "CashDiffers",
            leastMicroUsd: 100 * SHARE,
            venueMicroUsd: 95 * SHARE,
            healing: "escalated"
          }
        ])
        expect((yield* reconciler.bars).everything).toMatch(/cash is missing/)
        w.venue.cash = microUsd(100 * SHARE)
        yield* minute
        yield* look
        expect(yield* reconciler.bars).toEqual(NO_BARS)
      })
    )
  )

  it.effect("cash – a restart forgets no shortfall; the operator may accept it", () =>
    Effect.gen(function* () {
      const w = world()
      yield* comparing(w, () => Effect.void)
      w.venue.cash = microUsd(90 * SHARE)
      yield* comparing(w, ({ reconciler }) =>
        Effect.map(reconciler.state, (state) => expect(kinds(state)).toEqual(["CashDiffers pending"]))
      )
      yield* comparing(w, () => Effect.void, {}, { onDemand: true, acceptCash: true })
      yield* comparing(w, ({ reconciler }) =>
        Effect.map(reconciler.state, (state) => expect(state.differences).toEqual([]))
      )
    })
  )

  it.effect("cash – more is noted and taken as it is", () =>
    changed(5 * SHARE, ({ look, reconciler }) =>
      Effect.gen(function* () {
        expect(kinds(yield* reconciler.state)).toEqual(["CashDiffers healed"])
        expect((yield* reconciler.bars).everything).toBeUndefined()
        yield* minute
        yield* look
        expect((yield* reconciler.state).differences).toEqual([])
      })
    )
  )

  it.effect("cash – where it is shared, less is noted and taken as it is", () =>
    changed(
      -5 * SHARE,
      ({ reconciler }) =>
        Effect.gen(function* () {
          expect(kinds(yield* reconciler.state)).toEqual(["CashDiffers healed"])
          expect((yield* reconciler.bars).everything).toBeUndefined()
        }),
      { cashShortfall: "note" }
    )
  )

  it.effect("cash – roundings within the tolerance never add up to a difference", () =>
    Effect.gen(function* () {
      const w = world()
      yield* comparing(w, ({ look, reconciler }) =>
        Effect.gen(function* () {
          for (let minutes = 0; minutes < 10; minutes++) {
            w.venue.cash = microUsd(w.venue.cash - 9_000)
            yield* minute
            yield* look
            expect((yield* reconciler.state).differences).toEqual([])
          }
        })
      )
    })
  )

  it.effect("cash – a payout is in our books when the window is settled, at the venue before or after", () =>
    Effect.gen(function* () {
      const w = world()
      yield* comparing(w, (books) =>
        Effect.gen(function* () {
          const { look, positions, reconciler } = books
          yield* bought(books)
          yield* minute
          yield* look
          yield* positions.expire([
            { window: WINDOW, phase: "ended", priceToBeat: undefined, upBook: undefined, downBook: undefined }
          ])
          // Paid, and our books do not know yet.
          w.venue.cash = microUsd(w.venue.cash + 5 * SHARE)
          holds(w, 0)
          yield* minute
          yield* look
          expect((yield* reconciler.state).differences).toEqual([])
          // Settled in our books, and not redeemed at the venue.
          w.venue.cash = microUsd(w.venue.cash - 5 * SHARE)
          holds(w, 5)
          const { conditionId, slug } = WINDOW
          yield* positions.settle({
            slug,
            conditionId,
            outcome: "Up",
            openPrice: Option.none(),
            closePrice: Option.none(),
            resolvedAtMs: NOW_MS
          })
          yield* minute
          yield* look
          expect((yield* reconciler.state).differences).toEqual([])
          // Redeemed.
          w.venue.cash = microUsd(w.venue.cash + 5 * SHARE)
          holds(w, 0)
          yield* minute
          yield* look
          expect((yield* reconciler.state).differences).toEqual([])
          expect(yield* positions.totals).toMatchObject({ realizedPnlMicroUsd: 2_450_000 })
        })
      )
    })
  )
})
