import { describe, expect, it } from "@effect/vitest"
import { Effect, Either, FastCheck as fc, Layer, Option } from "effect"
import { DEFAULT_LIMITS } from "../../../src/domain/limits.ts"
import { microShares, microUsd, priceTicks } from "../../../src/domain/money.ts"
import { type Fill, type FillStatus, OrderId } from "../../../src/domain/order.ts"
import { pendingOrder } from "../../../src/domain/order-state.ts"
import { approve } from "../../../src/domain/risk.ts"
import type { Resolution } from "../../../src/domain/window.ts"
import { layer } from "../../../src/modules/position-manager/position-manager.ts"
import { PositionManager } from "../../../src/ports/trading.ts"
import { END_MS, START_MS, WINDOW, makeOrder, makeRisk, makeView } from "../../domain/trading-world.ts"
import { FakeJournal } from "../order-manager/fakes.ts"

const SHARE = 1_000_000
const { intent } = makeOrder("BUY", 10, 5_000)
const ORDER = OrderId.make("0xorder")

const makeFill = (
  tradeId: string,
  side: "BUY" | "SELL",
  shares: number,
  ticks: number,
  status: FillStatus = "confirmed"
): Fill => ({
  tradeId,
  orderId: ORDER,
  slug: WINDOW.slug,
  tokenId: intent.tokenId,
  side,
  role: "taker",
  priceTicks: priceTicks(ticks),
  sizeMicroShares: microShares(shares * SHARE),
  feeMicroUsd: microUsd(10_000),
  status,
  matchedAtMs: START_MS + Number(tradeId)
})
const resolution = (outcome: "Up" | "Down"): Resolution => ({
  slug: WINDOW.slug,
  conditionId: WINDOW.conditionId,
  outcome,
  openPrice: Option.none(),
  closePrice: Option.none(),
  resolvedAtMs: END_MS
})
const journalWithOrder = () => {
  const journal = new FakeJournal()
  journal.orders.set(ORDER, pendingOrder(intent, { orderId: ORDER, salt: 1, timestampMs: START_MS }))
  return journal
}
const started = <A, E>(
  journal: FakeJournal,
  body: (positions: typeof PositionManager.Service) => Effect.Effect<A, E>
) => PositionManager.pipe(Effect.flatMap(body), Effect.provide(Layer.provide(layer, journal.layer)))
const applied = (positions: typeof PositionManager.Service, fills: ReadonlyArray<Fill>) =>
  Effect.forEach(fills, (fill) => positions.applyFill(fill, intent), { discard: true })

describe("position-manager", () => {
  it.effect("applyFill – stores each news once, however often it comes", () =>
    Effect.gen(function* () {
      const journal = journalWithOrder()
      yield* started(journal, (positions) =>
        Effect.gen(function* () {
          const matched = makeFill("1", "BUY", 10, 5_000, "matched")
          const confirmed = makeFill("1", "BUY", 10, 5_000)
          yield* applied(positions, [matched, matched, confirmed, matched, confirmed])
          expect(journal.calls).toEqual(["fill 1|0xorder matched", "fill 1|0xorder confirmed"])
          expect(yield* positions.open).toMatchObject([
            { matchedMicroShares: 10 * SHARE, settledMicroShares: 10 * SHARE }
          ])
          expect(yield* positions.totals).toEqual({ realizedPnlMicroUsd: 0, feesMicroUsd: 10_000, fills: 1 })
        })
      )
    })
  )

  it.effect("applyFill – what the journal refuses is not believed, and counts when it comes again", () =>
    Effect.gen(function* () {
      const journal = journalWithOrder()
      yield* started(journal, (positions) =>
        Effect.gen(function* () {
          const fill = makeFill("1", "BUY", 10, 5_000)
          journal.full = true
          expect(yield* Effect.flip(positions.applyFill(fill, intent))).toMatchObject({ reason: "DiskFull" })
          expect(yield* positions.open).toEqual([])
          journal.full = false
          yield* applied(positions, [fill])
          expect(yield* positions.open).toHaveLength(1)
        })
      )
    })
  )

  it.effect("a sell that fails – at no moment was there room for an entry that it takes back", () =>
    Effect.gen(function* () {
      const journal = journalWithOrder()
      yield* started(journal, (positions) =>
        Effect.gen(function* () {
          const limits = {
            ...DEFAULT_LIMITS,
            maxOrderUsd: microUsd(10 * SHARE),
            maxWindowUsd: microUsd(10 * SHARE)
          }
          const entry = makeOrder("BUY", 10, 5_100).intent
          const refusal = Effect.gen(function* () {
            const state = makeRisk({ positions: yield* positions.open, atStake: yield* positions.atStake })
            return Either.match(approve(limits, state, entry), { onLeft: (why) => why, onRight: () => "" })
          })
          yield* applied(positions, [makeFill("1", "BUY", 18, 5_000)])
          expect(yield* refusal).toMatch(/at stake/)
          yield* applied(positions, [makeFill("2", "SELL", 18, 5_000, "matched")])
          expect(yield* positions.open).toEqual([])
          expect(yield* refusal).toMatch(/at stake/)
          yield* applied(positions, [makeFill("2", "SELL", 18, 5_000, "failed")])
          expect(yield* refusal).toMatch(/at stake/)
          yield* applied(positions, [
            makeFill("3", "SELL", 18, 5_000, "matched"),
            makeFill("3", "SELL", 18, 5_000)
          ])
          expect(yield* refusal).toBe("")
        })
      )
    })
  )

  const FILLS = [
    makeFill("1", "BUY", 10, 5_000, "matched"),
    makeFill("1", "BUY", 10, 5_000),
    makeFill("2", "SELL", 4, 6_100, "matched"),
    makeFill("3", "BUY", 7, 4_300, "matched"),
    makeFill("2", "SELL", 4, 6_100, "failed"),
    makeFill("3", "BUY", 7, 4_300),
    makeFill("4", "SELL", 17, 5_500, "matched"),
    makeFill("4", "SELL", 17, 5_500)
  ]
  it.effect.prop(
    "layer – a restart at any point changes nothing: positions and totals are those of an unbroken run",
    {
      cut: fc.nat(FILLS.length),
      won: fc.constantFrom("Up" as const, "Down" as const),
      settles: fc.boolean()
    },
    ({ cut, settles, won }) => {
      const finish = (positions: typeof PositionManager.Service, fills: ReadonlyArray<Fill>) =>
        Effect.gen(function* () {
          yield* applied(positions, fills)
          if (settles) yield* positions.settle(resolution(won))
          return { open: yield* positions.open, totals: yield* positions.totals }
        })
      return Effect.gen(function* () {
        const unbroken = yield* started(journalWithOrder(), (positions) => finish(positions, FILLS))
        const journal = journalWithOrder()
        yield* started(journal, (positions) => applied(positions, FILLS.slice(0, cut)))
        expect(yield* started(journal, (positions) => finish(positions, FILLS.slice(cut)))).toEqual(unbroken)
      })
    },
    { fastCheck: { numRuns: 40 } }
  )

  it.effect(
    "expire – an ended window's position waits for its resolution, unpaid, also after a restart (O11)",
    () =>
      Effect.gen(function* () {
        const journal = journalWithOrder()
        const views = [makeView(5_000, 5_100, { phase: "ended" })]
        yield* started(journal, (positions) =>
          Effect.gen(function* () {
            yield* applied(positions, [makeFill("1", "BUY", 10, 5_000)])
            yield* positions.expire([makeView(5_000, 5_100)])
            expect((yield* positions.open)[0]?.status).toBe("open")
            yield* positions.expire(views)
            yield* positions.expire(views)
            expect(journal.calls.filter((call) => call.startsWith("position"))).toHaveLength(1)
          })
        )
        yield* started(journal, (positions) =>
          Effect.gen(function* () {
            expect(yield* positions.open).toMatchObject([
              { status: "awaiting-settlement", realizedPnlMicroUsd: 0 }
            ])
            expect(yield* positions.settle(resolution("Up"))).toMatchObject([
              { status: "closed", realizedPnlMicroUsd: 5 * SHARE }
            ])
            expect(yield* positions.open).toEqual([])
          })
        )
      })
  )

  it.effect("settle – pays once, whatever comes after", () =>
    Effect.gen(function* () {
      const journal = journalWithOrder()
      yield* started(journal, (positions) =>
        Effect.gen(function* () {
          const bought = makeFill("1", "BUY", 10, 5_000, "matched")
          yield* applied(positions, [bought])
          yield* positions.settle(resolution("Up"))
          const totals = yield* positions.totals
          expect(totals.realizedPnlMicroUsd).toBe(5 * SHARE)
          expect(yield* positions.settle(resolution("Up"))).toEqual([])
          yield* applied(positions, [{ ...bought, status: "confirmed" }, bought])
          expect(yield* positions.totals).toEqual(totals)
          expect(journal.calls.filter((call) => call.startsWith("settlement"))).toHaveLength(1)
        })
      )
    })
  )

  it.effect("settle – a fill that fails after the payout takes it back", () =>
    started(journalWithOrder(), (positions) =>
      Effect.gen(function* () {
        const bought = makeFill("1", "BUY", 10, 5_000, "matched")
        yield* applied(positions, [bought])
        yield* positions.settle(resolution("Up"))
        yield* applied(positions, [{ ...bought, status: "failed" }])
        expect(yield* positions.totals).toEqual({ realizedPnlMicroUsd: 0, feesMicroUsd: 0, fills: 0 })
      })
    )
  )

  it.effect("applyFill – late news of a window settled before the start opens nothing", () =>
    Effect.gen(function* () {
      const journal = journalWithOrder()
      const bought = makeFill("1", "BUY", 10, 5_000, "matched")
      yield* started(journal, (positions) =>
        Effect.zipRight(applied(positions, [bought]), positions.settle(resolution("Up")))
      )
      yield* started(journal, (positions) =>
        Effect.gen(function* () {
          yield* applied(positions, [{ ...bought, status: "confirmed" }])
          expect(yield* positions.open).toEqual([])
          expect(yield* positions.totals).toMatchObject({ realizedPnlMicroUsd: 5 * SHARE, fills: 1 })
        })
      )
    })
  )
})
