import { describe, expect, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { microShares } from "../../../src/domain/money.ts"
import { OrderId } from "../../../src/domain/order.ts"
import type { PlaceOutcome } from "../../../src/ports/exchange.ts"
import type { OrderManager } from "../../../src/ports/trading.ts"
import { WINDOW } from "../../domain/trading-world.ts"
import {
  SHARE,
  approvedIntent,
  keys,
  ofTrade,
  placed,
  started,
  venueOrder,
  venueTrade,
  world,
  type World
} from "./world.ts"

const SALE = OrderId.make("0x2")
const holds = (w: World, shares: number) => {
  const { conditionId, upTokenId: tokenId } = WINDOW
  w.venue.balances = [{ tokenId, conditionId, sizeMicroShares: microShares(shares * SHARE) }]
}

/** Five shares are held, and their sale got no answer; the clock has the ticks of so many seconds. */
const soldIntoSilence = (
  w: World,
  body: (
    orders: typeof OrderManager.Service,
    ticks: (seconds: number) => Effect.Effect<void, unknown>
  ) => Effect.Effect<void, unknown>
) =>
  started(w, (orders, positions) =>
    Effect.gen(function* () {
      yield* orders.submit(approvedIntent())
      w.venue.updates = [ofTrade(venueTrade("t0", 5, { status: "confirmed" }))]
      for (const { fill, intent } of yield* orders.sync) yield* positions.applyFill(fill, intent)
      holds(w, 5)
      w.venue.answer = (_, { orderId }) => Effect.succeed({ _tag: "Unknown", orderId, reason: "timeout" })
      yield* orders.submit(approvedIntent("SELL"))
      w.venue.calls.length = 0
      const ticks = (seconds: number) =>
        Effect.gen(function* () {
          for (let second = 0; second < seconds; second++) {
            yield* orders.resolveUnknown
            yield* orders.resendLost
            yield* TestClock.adjust("1 second")
          }
        })
      yield* body(orders, ticks)
    })
  )

const answers = (w: World, outcome: (orderId: OrderId) => PlaceOutcome) => {
  w.venue.answer = (_, { orderId }) => Effect.succeed(outcome(orderId))
}

describe("resendLost", () => {
  it.effect(
    "resendLost – a lost exit goes out once more as the same order, and the journal says so first",
    () => {
      const w = world()
      return soldIntoSilence(w, (orders, ticks) =>
        Effect.gen(function* () {
          answers(w, (orderId) => ({ _tag: "Accepted", orderId, status: "matched" }))
          yield* ticks(2)
          expect(placed(w.venue.calls)).toEqual([])
          yield* ticks(2)
          const again = w.venue.calls.indexOf(`place ${SALE}`)
          expect(w.venue.calls.slice(again - 2, again)).toEqual(["balances", `order ${SALE} unknown`])
          expect(w.journal.orders.get(SALE)?.evidence?.resent).toMatch(/byte for byte/)
          expect(w.journal.events).toMatchObject([{ kind: "order_resent", fields: { orderId: SALE } }])
          expect(w.journal.orders.get(SALE)?.status).toBe("live")
          yield* ticks(30)
          expect(placed(w.venue.calls)).toHaveLength(1)
          w.venue.updates = [ofTrade(venueTrade("t1", 5, { orderId: SALE, side: "SELL" }))]
          expect(keys(yield* orders.sync)).toEqual([`t1|${SALE} matched`])
        })
      )
    }
  )

  it.effect(
    "resendLost – that the venue has the order is an answer: it is asked for, and sent no more",
    () => {
      const w = world()
      return soldIntoSilence(w, (_, ticks) =>
        Effect.gen(function* () {
          answers(w, (orderId) => ({ _tag: "Duplicate", orderId, reason: "Duplicated." }))
          yield* ticks(4)
          expect(w.journal.orders.get(SALE)?.status).toBe("live")
          yield* ticks(20)
          expect(placed(w.venue.calls)).toHaveLength(1)
        })
      )
    }
  )

  it.effect("resendLost – a refusal of the second send ends nothing: the first may still come", () => {
    const w = world()
    return soldIntoSilence(w, (orders, ticks) =>
      Effect.gen(function* () {
        answers(w, (orderId) => ({ _tag: "Refused", orderId, reason: "not enough balance" }))
        yield* ticks(4)
        expect(w.journal.orders.get(SALE)?.status).toBe("unknown")
        w.venue.orders.set(
          SALE,
          venueOrder(SALE, { status: "matched", filledMicroShares: microShares(5 * SHARE) })
        )
        w.venue.trades = [venueTrade("t1", 5, { orderId: SALE, side: "SELL" })]
        yield* ticks(20)
        expect(keys(yield* orders.sync)).toEqual([`t1|${SALE} matched`])
        expect(placed(w.venue.calls)).toHaveLength(1)
      })
    )
  })

  const NOT: ReadonlyArray<readonly [string, (w: World) => void, Parameters<typeof world>[0]]> = [
    ["its shares are gone", (w) => holds(w, 0), {}],
    ["the shares cannot be asked for", (w) => void (w.venue.balancesDown = true), {}],
    ["the venue cannot be asked at all", (w) => void (w.venue.down = true), {}],
    ["the venue shows it", (w) => void w.venue.orders.set(SALE, venueOrder(SALE)), {}],
    ["the journal cannot say so", (w) => void (w.journal.full = true), {}],
    ["it is decided too long ago", () => undefined, { resendWithinMs: 1_000 }],
    ["the settings say so", () => undefined, { resendExits: false }]
  ]
  it.effect.each(NOT)("resendLost – not where %s", ([, befalls, settings]) => {
    const w = world(settings)
    return soldIntoSilence(w, (orders) =>
      Effect.gen(function* () {
        befalls(w)
        for (let second = 0; second < 20; second++) {
          yield* Effect.ignore(orders.resolveUnknown)
          yield* Effect.ignore(orders.resendLost)
          yield* TestClock.adjust("1 second")
        }
        expect(placed(w.venue.calls)).toEqual([])
      })
    )
  })

  it.effect("resendLost – an entry is never sent again", () => {
    const w = world()
    w.venue.answer = (_, { orderId }) => Effect.succeed({ _tag: "Unknown", orderId, reason: "timeout" })
    return started(w, (orders) =>
      Effect.gen(function* () {
        yield* orders.submit(approvedIntent())
        for (let second = 0; second < 20; second++) {
          yield* orders.resolveUnknown
          yield* orders.resendLost
          yield* TestClock.adjust("1 second")
        }
        expect(placed(w.venue.calls)).toHaveLength(1)
      })
    )
  })
})
