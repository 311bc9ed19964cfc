import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, TestClock } from "effect"
import { FIRST, SHARE, approvedIntent, keys, ofTrade, placed, started, venueTrade, world } from "./world.ts"

describe("submit", () => {
  it.effect("submit – the intent is durable before the send, the outcome after (O1)", () =>
    Effect.gen(function* () {
      const w = world()
      yield* started(w, (orders) => orders.submit(approvedIntent()))
      expect(w.venue.calls).toEqual(["openOrders", "intent 0x1", "place 0x1", "order 0x1 live"])
    })
  )

  it.effect("submit – nothing is sent where the journal fails, and the intent may come again", () =>
    Effect.gen(function* () {
      const w = world()
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          const intent = approvedIntent()
          w.journal.full = true
          expect(Exit.isFailure(yield* Effect.exit(orders.submit(intent)))).toBe(true)
          expect(placed(w.venue.calls)).toEqual([])
          w.journal.full = false
          expect((yield* orders.submit(intent))._tag).toBe("Accepted")
          expect(placed(w.venue.calls)).toHaveLength(1)
        })
      )
    })
  )

  it.effect("submit – a journal that fails after the send does not ask for a second one (O2)", () =>
    Effect.gen(function* () {
      const w = world()
      w.venue.answer = (_, { orderId }) =>
        Effect.sync(() => {
          w.journal.full = true
          return { _tag: "Accepted", orderId, status: "live" } as const
        })
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          const intent = approvedIntent()
          const outcome = yield* orders.submit(intent)
          expect(outcome._tag).toBe("Accepted")
          expect(yield* orders.submit(intent)).toEqual(outcome)
          expect(placed(w.venue.calls)).toHaveLength(1)
          expect(Exit.isFailure(yield* Effect.exit(orders.sync))).toBe(true)
          w.journal.full = false
          yield* orders.sync
          expect(w.journal.orders.get(FIRST)?.status).toBe("live")
        })
      )
    })
  )

  it.effect("submit – an interruption waits for the answer and loses neither order nor outcome", () =>
    Effect.gen(function* () {
      const w = world()
      w.venue.answer = (_, { orderId }) =>
        Effect.as(Effect.sleep("3 seconds"), { _tag: "Accepted", orderId, status: "live" } as const)
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          const sending = yield* Effect.fork(orders.submit(approvedIntent()))
          yield* TestClock.adjust("1 second")
          const stopping = yield* Effect.fork(Fiber.interrupt(sending))
          yield* TestClock.adjust("1 second")
          expect(stopping.unsafePoll()).toBeNull()
          yield* TestClock.adjust("1 second")
          yield* Fiber.join(stopping)
          expect(w.journal.orders.get(FIRST)?.status).toBe("live")
        })
      )
    })
  )

  it.effect(
    "submit – a send that breaks off is unknown, bars entries in its instrument and no exits (O2, O3)",
    () =>
      Effect.gen(function* () {
        const w = world()
        w.venue.answer = () => Effect.die(new Error("the answer does not decode"))
        yield* started(w, (orders) =>
          Effect.gen(function* () {
            expect((yield* orders.submit(approvedIntent()))._tag).toBe("Unknown")
            expect((yield* orders.openOrders)[0]?.status).toBe("unknown")
            expect(yield* orders.submit(approvedIntent())).toMatchObject({
              _tag: "Refused",
              reason: /not sent/
            })
            yield* orders.submit(approvedIntent("SELL"))
            yield* orders.submit(approvedIntent("BUY", "Down"))
            expect(placed(w.venue.calls)).toEqual(["place 0x1", "place 0x3", "place 0x4"])
            expect(yield* orders.counts).toMatchObject({ sent: 3, unknown: 3, open: 3, accepted: 0 })
          })
        )
      })
  )

  it.effect("submit – a fill that comes before the answer is not lost", () =>
    Effect.gen(function* () {
      const w = world()
      w.venue.answer = (_, { orderId }) =>
        Effect.as(Effect.sleep("2 seconds"), { _tag: "Accepted", orderId, status: "matched" } as const)
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          const sending = yield* Effect.fork(orders.submit(approvedIntent()))
          yield* TestClock.adjust("1 second")
          w.venue.updates = [ofTrade(venueTrade("t1", 5))]
          expect(keys(yield* orders.sync)).toEqual(["t1|0x1 matched"])
          yield* TestClock.adjust("1 second")
          yield* Fiber.join(sending)
          expect(w.journal.orders.get(FIRST)).toMatchObject({
            status: "filled",
            filledMicroShares: 5 * SHARE
          })
        })
      )
    })
  )
})
