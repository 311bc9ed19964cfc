import { describe, expect, it } from "@effect/vitest"
import { Effect, TestClock, FastCheck as fc } from "effect"
import { microShares } from "../../../src/domain/money.ts"
import { OrderId } from "../../../src/domain/order.ts"
import type { AccountUpdate } from "../../../src/ports/exchange.ts"
import {
  FIRST,
  SHARE,
  approvedIntent,
  keys,
  ofOrder,
  ofTrade,
  placed,
  started,
  venueOrder,
  venueTrade,
  world,
  type World
} from "./world.ts"
import { withSkewedClock } from "../../support/skewed-clock.ts"

describe("resolveUnknown", () => {
  const unknown = (w: World) => {
    w.venue.answer = (_, { orderId }) => Effect.succeed({ _tag: "Unknown", orderId, reason: "timeout" })
  }

  it.effect(
    "resolveUnknown – an order that executed although the send timed out is found by its id (O2)",
    () =>
      Effect.gen(function* () {
        const w = world()
        unknown(w)
        yield* started(w, (orders) =>
          Effect.gen(function* () {
            yield* orders.submit(approvedIntent())
            w.venue.orders.set(
              FIRST,
              venueOrder(FIRST, { status: "matched", filledMicroShares: microShares(5 * SHARE) })
            )
            w.venue.trades = [venueTrade("t1", 5)]
            yield* orders.resolveUnknown
            expect(keys(yield* orders.sync)).toEqual(["t1|0x1 matched"])
            expect(yield* orders.openOrders).toEqual([])
            expect(w.journal.orders.get(FIRST)?.status).toBe("filled")
            expect(placed(w.venue.calls)).toHaveLength(1)
          })
        )
      })
  )

  it.effect("resolveUnknown – is given up only long after the send, and asked about ever less often", () =>
    Effect.gen(function* () {
      const w = world()
      unknown(w)
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          yield* orders.submit(approvedIntent())
          for (let second = 0; second < 120; second++) {
            yield* orders.resolveUnknown
            expect((yield* orders.openOrders)[0]?.status).toBe("unknown")
            yield* TestClock.adjust("1 second")
          }
          // At once, then after 1, 2, 4, 8, 16, 32 and 60 s.
          expect(w.venue.calls.filter((call) => call === "order 0x1")).toHaveLength(7)
          yield* TestClock.adjust("10 seconds")
          yield* orders.resolveUnknown
          expect(w.journal.orders.get(FIRST)).toMatchObject({
            status: "refused",
            note: "never reached the venue"
          })
          expect(placed(w.venue.calls)).toHaveLength(1)
        })
      )
    })
  )

  it.effect("resolveUnknown – a wall clock that is put forward does not make an order old", () =>
    withSkewedClock((putBy) =>
      Effect.gen(function* () {
        const w = world()
        unknown(w)
        yield* started(w, (orders) =>
          Effect.gen(function* () {
            yield* orders.submit(approvedIntent())
            yield* orders.resolveUnknown
            putBy(3_600_000)
            yield* orders.resolveUnknown
            expect(w.venue.calls.filter((call) => call === "order 0x1")).toHaveLength(2)
            expect((yield* orders.openOrders)[0]?.status).toBe("unknown")
            // Half a minute later it turns up.
            yield* TestClock.adjust("30 seconds")
            w.venue.orders.set(FIRST, venueOrder(FIRST, { status: "live" }))
            yield* orders.resolveUnknown
            expect((yield* orders.openOrders)[0]?.status).toBe("live")
          })
        )
      })
    )
  )

  it.effect("resolveUnknown – fails with the venue's error and keeps asking", () =>
    Effect.gen(function* () {
      const w = world()
      unknown(w)
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          yield* orders.submit(approvedIntent())
          w.venue.down = true
          expect(yield* Effect.flip(orders.resolveUnknown)).toMatchObject({ _tag: "ExchangeError" })
          yield* TestClock.adjust("1 hour")
          expect(yield* Effect.flip(orders.resolveUnknown)).toMatchObject({ _tag: "ExchangeError" })
          expect((yield* orders.openOrders)[0]?.status).toBe("unknown")
        })
      )
    })
  )

  it.effect("resolveUnknown – fetches fills and confirmations that the stream lost (O7)", () =>
    Effect.gen(function* () {
      const w = world()
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          yield* orders.submit(approvedIntent())
          w.venue.updates = [
            ofOrder(venueOrder(FIRST, { status: "cancelled", filledMicroShares: microShares(2 * SHARE) }))
          ]
          w.venue.trades = [venueTrade("t1", 2)]
          yield* orders.sync
          expect((yield* orders.openOrders).map(({ status }) => status)).toEqual(["cancelled"])
          yield* TestClock.adjust("3 seconds")
          yield* orders.resolveUnknown
          expect(keys(yield* orders.sync)).toEqual(["t1|0x1 matched"])
          w.venue.trades = [venueTrade("t1", 2, { status: "confirmed" })]
          yield* TestClock.adjust("1 minute")
          yield* orders.resolveUnknown
          expect(keys(yield* orders.sync)).toEqual(["t1|0x1 confirmed"])
          expect(yield* orders.openOrders).toEqual([])
        })
      )
    })
  )
})

describe("sync", () => {
  const updates: ReadonlyArray<AccountUpdate> = [
    ofOrder(venueOrder(FIRST)),
    ofTrade(venueTrade("t1", 3)),
    ofTrade(venueTrade("t1", 3, { status: "mined" })),
    ofTrade(venueTrade("t1", 3, { status: "confirmed" })),
    ofOrder(venueOrder(FIRST, { status: "cancelled", filledMicroShares: microShares(3 * SHARE) })),
    ofTrade(venueTrade("t2", 2))
  ]

  it.effect.prop(
    "sync – any order, repetition and cutting of the news ends the same, each fill status told once (O6)",
    {
      told: fc
        .subarray([...updates])
        .chain((again) =>
          fc.shuffledSubarray([...updates, ...again], { minLength: updates.length + again.length })
        ),
      cut: fc.nat(6)
    },
    ({ cut, told }) =>
      Effect.gen(function* () {
        const w = world()
        yield* started(w, (orders) =>
          Effect.gen(function* () {
            yield* orders.submit(approvedIntent())
            w.venue.updates = told.slice(0, cut)
            const first = yield* orders.sync
            w.venue.updates = told.slice(cut)
            const fills = keys([...first, ...(yield* orders.sync)])
            expect(new Set(fills).size).toBe(fills.length)
            expect(fills).toContain("t1|0x1 confirmed")
            expect(fills).toContain("t2|0x1 matched")
            expect(w.journal.orders.get(FIRST)).toMatchObject({
              status: "filled",
              filledMicroShares: 5 * SHARE
            })
          })
        )
      }),
    { fastCheck: { numRuns: 60 } }
  )

  it.effect("sync – orders of others are never taken up", () =>
    Effect.gen(function* () {
      const w = world()
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          const other = OrderId.make("0xother")
          w.venue.updates = [ofOrder(venueOrder(other)), ofTrade(venueTrade("t9", 5, { orderId: other }))]
          expect(yield* orders.sync).toEqual([])
          expect(yield* orders.openOrders).toEqual([])
          expect(w.journal.orders.size).toBe(0)
        })
      )
    })
  )

  it.effect("sync – a journal that fails loses no news", () =>
    Effect.gen(function* () {
      const w = world()
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          yield* orders.submit(approvedIntent())
          w.venue.updates = [...updates]
          w.journal.full = true
          expect(yield* Effect.flip(orders.sync)).toMatchObject({ _tag: "PersistenceError" })
          w.journal.full = false
          expect(keys(yield* orders.sync)).toContain("t2|0x1 matched")
          expect(w.journal.orders.get(FIRST)?.status).toBe("filled")
        })
      )
    })
  )
})
