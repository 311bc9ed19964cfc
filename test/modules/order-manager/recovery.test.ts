import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { microShares } from "../../../src/domain/money.ts"
import { fillKey, type Intent } from "../../../src/domain/order.ts"
import type { Approved } from "../../../src/domain/risk.ts"
import {
  FIRST,
  SHARE,
  approvedIntent,
  keys,
  ofTrade,
  started,
  venueOrder,
  venueTrade,
  world,
  type World
} from "./world.ts"

describe("layer", () => {
  const sentBefore = (w: World, intent: Approved<Intent> = approvedIntent()) =>
    started(w, (orders) => orders.submit(intent))

  it.effect("layer – a crash between the intent and the answer is resolved at the next start (O1)", () =>
    Effect.gen(function* () {
      const w = world()
      w.venue.answer = (_, { orderId }) =>
        Effect.sync(() => {
          w.venue.orders.set(orderId, venueOrder(orderId))
          w.journal.full = true
          return { _tag: "Accepted", orderId, status: "live" } as const
        })
      yield* sentBefore(w)
      expect(w.journal.orders.get(FIRST)?.status).toBe("pending")
      w.journal.full = false
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          expect((yield* orders.openOrders).map(({ status }) => status)).toEqual(["live"])
          expect(w.journal.orders.get(FIRST)?.status).toBe("live")
          expect(yield* orders.counts).toMatchObject({ sent: 1, accepted: 1, unknown: 0, open: 1 })
        })
      )
    })
  )

  it.effect("layer – fills of the time it was down come with the first sync, once (O4)", () =>
    Effect.gen(function* () {
      const w = world()
      yield* sentBefore(w)
      w.venue.orders.set(
        FIRST,
        venueOrder(FIRST, { status: "matched", filledMicroShares: microShares(5 * SHARE) })
      )
      w.venue.trades = [venueTrade("t1", 3), venueTrade("t2", 2)]
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          w.venue.updates = [ofTrade(venueTrade("t2", 2))]
          expect(keys(yield* orders.sync)).toEqual(["t1|0x1 matched", "t2|0x1 matched"])
          expect(yield* orders.sync).toEqual([])
        })
      )
    })
  )

  it.effect("layer – a fill the journal has is not told again, one it lost with the position is", () =>
    Effect.gen(function* () {
      const w = world()
      yield* sentBefore(w)
      w.venue.trades = [venueTrade("t1", 3), venueTrade("t2", 2)]
      w.venue.updates = w.venue.trades.map(ofTrade)
      const fills = yield* started(w, (orders) => orders.sync)
      for (const { fill } of fills.filter((one) => one.fill.tradeId === "t1")) {
        w.journal.fills.set(fillKey(fill), fill)
      }
      expect(w.journal.orders.get(FIRST)?.status).toBe("filled")
      expect(keys(yield* started(w, (orders) => orders.sync))).toEqual(["t2|0x1 matched"])
    })
  )

  it.effect("layer – does not come up where the venue cannot be asked", () =>
    Effect.gen(function* () {
      const w = world()
      w.venue.down = true
      expect(yield* Effect.flip(started(w, () => Effect.void))).toMatchObject({ _tag: "ExchangeError" })
    })
  )

  it.effect("layer – news of an order that memory does not hold are looked up in the journal", () =>
    Effect.gen(function* () {
      const w = world()
      yield* sentBefore(w)
      w.journal.archived.add(FIRST)
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          w.venue.updates = [ofTrade(venueTrade("t1", 5))]
          expect(keys(yield* orders.sync)).toEqual(["t1|0x1 matched"])
          expect(yield* orders.counts).toMatchObject({ sent: 1, open: 0 })
        })
      )
    })
  )
})
