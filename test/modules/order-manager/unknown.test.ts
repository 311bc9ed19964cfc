import { describe, expect, it } from "@effect/vitest"
import { Effect, Logger, TestClock } from "effect"
import { microShares } from "../../../src/domain/money.ts"
import { tokenOf } from "../../../src/domain/window.ts"
import { WINDOW } from "../../domain/trading-world.ts"
import { FIRST, SHARE, approvedIntent, ofTrade, started, venueTrade, world, type World } from "./world.ts"

const UP = tokenOf(WINDOW, "Up")
const unknown = (w: World) => {
  w.venue.answer = (_, { orderId }) => Effect.succeed({ _tag: "Unknown", orderId, reason: "timeout" })
}
const holds = (w: World, shares: number) => {
  w.venue.balances = [
    { tokenId: UP, conditionId: WINDOW.conditionId, sizeMicroShares: microShares(shares * SHARE) }
  ]
}
/** Asks as often as the ticks of so many minutes would, until the order is given up; says after how many seconds. */
const givenUpAfter = (w: World, ask: Effect.Effect<void, unknown>, minutes: number) =>
  Effect.gen(function* () {
    for (let second = 0; second < minutes * 60; second += 5) {
      yield* Effect.ignore(ask)
      if (w.journal.orders.get(FIRST)?.status === "refused") return second
      yield* TestClock.adjust("5 seconds")
    }
    return undefined
  })

describe("resolveUnknown", () => {
  it.effect("resolveUnknown – by the id, then by the trades, and by the balance before it is given up", () =>
    Effect.gen(function* () {
      const w = world()
      unknown(w)
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          yield* orders.submit(approvedIntent())
          w.venue.calls.length = 0
          expect(yield* givenUpAfter(w, orders.resolveUnknown, 4)).toBeGreaterThanOrEqual(120)
          const asked = w.venue.calls.filter((call) => !call.startsWith("order 0x1 "))
          expect(asked.slice(0, 2)).toEqual(["order 0x1", `trades ${WINDOW.conditionId}`])
          expect(asked.filter((call) => call === "balances")).toHaveLength(1)
        })
      )
    })
  )

  it.effect("resolveUnknown – shares that only the order explains keep it unknown, five times as long", () =>
    Effect.gen(function* () {
      const w = world()
      unknown(w)
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          yield* orders.submit(approvedIntent())
          holds(w, 5)
          expect(yield* givenUpAfter(w, orders.resolveUnknown, 15)).toBeGreaterThanOrEqual(600)
        })
      )
    })
  )

  it.effect("resolveUnknown – a sale is not given up while the shares it sold are missing", () =>
    Effect.gen(function* () {
      const w = world()
      yield* started(w, (orders, positions) =>
        Effect.gen(function* () {
          const bought = approvedIntent()
          yield* orders.submit(bought)
          w.venue.updates = [ofTrade(venueTrade("t0", 5, { status: "confirmed" }))]
          for (const { fill, intent } of yield* orders.sync) yield* positions.applyFill(fill, intent)
          unknown(w)
          const sale = yield* orders.submit(approvedIntent("SELL"))
          const status = () => w.journal.orders.get(sale.orderId)?.status
          const wait = Effect.gen(function* () {
            for (let second = 0; second < 300; second += 5) {
              yield* orders.resolveUnknown
              yield* TestClock.adjust("5 seconds")
            }
          })
          holds(w, 0)
          yield* wait
          expect(status()).toBe("unknown")
          holds(w, 5)
          yield* wait
          expect(status()).toBe("refused")
        })
      )
    })
  )

  it.effect("resolveUnknown – where the balance cannot be asked for, nothing is given up", () =>
    Effect.gen(function* () {
      const w = world()
      unknown(w)
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          yield* orders.submit(approvedIntent())
          w.venue.balancesDown = true
          expect(yield* givenUpAfter(w, orders.resolveUnknown, 30)).toBeUndefined()
          expect((yield* orders.barred).has(UP)).toBe(true)
          w.venue.balancesDown = false
          expect(yield* givenUpAfter(w, orders.resolveUnknown, 4)).toBeDefined()
          expect((yield* orders.barred).size).toBe(0)
        })
      )
    })
  )

  it.effect(
    "resolveUnknown – is told as an error after ten seconds, once, though the venue is down (R7)",
    () =>
      Effect.gen(function* () {
        const told: Array<unknown> = []
        const logger = Logger.make(({ annotations, logLevel, message }) => {
          if (String(message) === "order_unknown")
            told.push([logLevel.label, Object.fromEntries(annotations)])
        })
        const w = world()
        unknown(w)
        yield* started(w, (orders) =>
          Effect.gen(function* () {
            yield* orders.submit(approvedIntent())
            w.venue.down = true
            for (let second = 0; second < 9; second++) {
              yield* Effect.ignore(orders.resolveUnknown)
              yield* TestClock.adjust("1 second")
            }
            expect(told).toEqual([])
            yield* TestClock.adjust("1 second")
            yield* Effect.ignore(orders.resolveUnknown)
            expect(told).toMatchObject([["ERROR", { orderId: FIRST, slug: WINDOW.slug }]])
            yield* TestClock.adjust("1 hour")
            yield* Effect.ignore(orders.resolveUnknown)
            expect(told).toHaveLength(1)
          })
        ).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
      })
  )

  it.effect("submit – an order that the venue says it has already is not given up as refused (O2)", () =>
    Effect.gen(function* () {
      const w = world()
      w.venue.answer = (_, { orderId }) =>
        Effect.succeed({ _tag: "Duplicate", orderId, reason: "the venue has it" })
      yield* started(w, (orders) =>
        Effect.gen(function* () {
          yield* orders.submit(approvedIntent())
          expect((yield* orders.openOrders)[0]?.status).toBe("live")
          expect(yield* orders.counts).toMatchObject({ accepted: 1, unknown: 0, open: 1 })
        })
      )
    })
  )
})
