import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { microShares } from "../../../src/domain/money.ts"
import { OrderId } from "../../../src/domain/order.ts"
import type { OrderManager } from "../../../src/ports/trading.ts"
import {
  FIRST,
  SHARE,
  approvedIntent,
  keys,
  started,
  venueOrder,
  venueTrade,
  world,
  type World
} from "./world.ts"

describe("cancel", () => {
  const resting = (w: World, orders: typeof OrderManager.Service) =>
    Effect.gen(function* () {
      const outcome = yield* orders.submit(approvedIntent())
      w.venue.orders.set(outcome.orderId, venueOrder(outcome.orderId))
      return outcome.orderId
    })

  it.effect("cancel – reads the order again, so that a fill before the cancel is known", () =>
    Effect.gen(function* () {
      const w = world()
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          const orderId = yield* resting(w, orders)
          w.venue.patch(orderId, { filledMicroShares: microShares(2 * SHARE) })
          w.venue.trades = [venueTrade("t1", 2)]
          yield* orders.cancel([orderId], "replaced")
          expect(keys(yield* orders.sync)).toEqual(["t1|0x1 matched"])
          expect(w.journal.orders.get(orderId)).toMatchObject({
            status: "cancelled",
            filledMicroShares: 2 * SHARE
          })
        })
      )
    })
  )

  it.effect("cancelAllAndVerify – cancels ours, and believes only the venue's open orders (O5)", () =>
    Effect.gen(function* () {
      const w = world()
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          const ids = [yield* resting(w, orders), yield* resting(w, orders)]
          const other = OrderId.make("0xother")
          w.venue.orders.set(other, venueOrder(other))
          expect(yield* orders.cancelAllAndVerify).toEqual({ cancelled: 2, left: [] })
          expect(ids.map((id) => w.journal.orders.get(id)?.status)).toEqual(["cancelled", "cancelled"])
          expect(w.venue.orders.get(other)?.status).toBe("live")
        })
      )
    })
  )

  it.effect(
    "cancelAllAndVerify – a cancel that is confirmed but not done is left, and so is an unknown order (O5)",
    () =>
      Effect.gen(function* () {
        const w = world()
        yield* started(w, (orders) =>
          Effect.gen(function* () {
            const stuck = yield* resting(w, orders)
            w.venue.answer = (_, { orderId }) =>
              Effect.succeed({ _tag: "Unknown", orderId, reason: "timeout" })
            const { orderId: lost } = yield* orders.submit(approvedIntent("BUY", "Down"))
            w.venue.cancelling = (orderIds) => ({ cancelled: orderIds, notCancelled: new Map() })
            const { left } = yield* orders.cancelAllAndVerify
            expect(left).toContain(stuck)
            expect(lost).toBe("0x2")
          })
        )
      })
  )

  it.effect("cancelAllAndVerify – an order of unknown outcome cannot be verified", () =>
    Effect.gen(function* () {
      const w = world()
      w.venue.answer = (_, { orderId }) => Effect.succeed({ _tag: "Unknown", orderId, reason: "timeout" })
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          yield* orders.submit(approvedIntent())
          expect(yield* orders.cancelAllAndVerify).toEqual({ cancelled: 0, left: [FIRST] })
        })
      )
    })
  )

  it.effect("cancelAllAndVerify – fails where the venue cannot be asked", () =>
    Effect.gen(function* () {
      const w = world()
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          yield* resting(w, orders)
          w.venue.down = true
          expect(yield* Effect.flip(orders.cancelAllAndVerify)).toMatchObject({ _tag: "ExchangeError" })
        })
      )
    })
  )
})
