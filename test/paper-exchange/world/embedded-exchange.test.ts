import { FileSystem } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Scope, TestClock } from "effect"
import { formatUsd } from "../../../src/domain/decimal.ts"
import { MarketClock } from "../../../src/ports/market-clock.ts"
import type { Venue, VenuePlace } from "../../../src/ports/venue.ts"
import { windowSlug } from "./slugs.ts"
import { START_MS, inFolder, open, orderOf } from "./fixture.ts"

/** The engine goes by an order's terms; what was signed concerns the wire only. */
const place = (venue: typeof Venue.Service, order: VenuePlace) => venue.place(order, "signed")

const advance = (ms: number) => TestClock.adjust(Duration.millis(ms))

/** Everything the venue says of the account and of a window. */
const snapshot = (exchange: Effect.Effect.Success<ReturnType<typeof open>>) =>
  Effect.gen(function* () {
    const { venue } = exchange
    const market = yield* venue.market(windowSlug("5m", START_MS))
    if (market === undefined) return yield* Effect.dieMessage("the first window is not listed")
    return {
      cash: formatUsd(yield* venue.cashMicroUsd),
      open: yield* venue.openOrders,
      balances: yield* venue.balances,
      trades: yield* venue.trades(market.conditionId),
      bids: (yield* venue.book(market.upTokenId))?.bids,
      toBeat: yield* venue.priceToBeat(market.slug),
      resolution: yield* venue.resolution(market.slug)
    }
  })

/** Buys at the market, leaves a bid far below, and goes on for a while. */
const trade = (exchange: Effect.Effect.Success<ReturnType<typeof open>>) =>
  Effect.gen(function* () {
    const { venue } = exchange
    yield* TestClock.setTime(START_MS)
    yield* advance(20_000)
    const market = yield* venue.market(windowSlug("5m", START_MS))
    if (market === undefined) return yield* Effect.dieMessage("the first window is not listed")
    const buy = yield* Effect.fork(
      place(venue, orderOf(market, market.upTokenId, { price: 0.99, shares: 10, type: "FAK" }))
    )
    yield* advance(1_000)
    const resting = yield* place(venue, orderOf(market, market.downTokenId, { price: 0.01, shares: 50 }))
    return { bought: yield* Fiber.join(buy), resting }
  })

describe("the embedded exchange", () => {
  it.effect("place – a taker waits out the hold and is filled; a resting order is live", () =>
    inFolder((folder) =>
      Effect.scoped(
        Effect.gen(function* () {
          const exchange = yield* open(folder, yield* Effect.scope)
          const { bought, resting } = yield* trade(exchange)
          expect(bought).toMatchObject({ status: "matched", filledMicroShares: 10_000_000 })
          expect(resting.status).toBe("live")
          expect(yield* exchange.venue.balances).toEqual([])
          yield* advance(10_000)
          expect((yield* exchange.venue.balances).map(({ sizeMicroShares }) => sizeMicroShares)).toEqual([
            10_000_000
          ])
          const news = yield* exchange.venue.takeUpdates
          expect(news.filter(({ _tag }) => _tag === "TradeUpdate").length).toBeGreaterThanOrEqual(3)
          expect(yield* exchange.venue.takeUpdates).toEqual([])
        })
      )
    )
  )

  it.effect(
    "a process that is killed – leaves an exchange that knows every order, and goes on where it stopped",
    () =>
      inFolder((folder) =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const killed = yield* Scope.make()
          const before = yield* open(folder, killed)
          yield* trade(before)
          // Past a saved state and on, so that operations before and after it are both needed.
          yield* advance(70_000)
          yield* snapshot(before)
          const { venue } = before
          const market = yield* venue.market(windowSlug("5m", START_MS))
          if (market === undefined) return yield* Effect.dieMessage("the first window is not listed")
          yield* place(venue, orderOf(market, market.downTokenId, { price: 0.02, shares: 20 }))
          yield* advance(3_000)
          const seen = yield* snapshot(before)
          expect(seen.open).toHaveLength(2)
          const copy = `${folder}/copy`
          yield* fs.makeDirectory(copy)
          for (const name of yield* fs.readDirectory(folder)) {
            if (name.startsWith("exchange.db")) yield* fs.copyFile(`${folder}/${name}`, `${copy}/${name}`)
          }
          yield* Effect.scoped(
            Effect.gen(function* () {
              const after = yield* open(copy, yield* Effect.scope)
              expect(yield* snapshot(after)).toEqual(seen)
              yield* advance(400_000)
              expect(yield* snapshot(after)).toEqual(yield* snapshot(before))
              expect((yield* snapshot(after)).resolution).toBeDefined()
            })
          )
          yield* Scope.close(killed, Exit.void)
        })
      )
  )

  it.effect(
    "a process that is killed – its exchange goes on no earlier than what it has told of the account",
    () =>
      inFolder((folder) =>
        Effect.gen(function* () {
          const fs = yield* FileSystem.FileSystem
          const killed = yield* Scope.make()
          const before = yield* open(folder, killed)
          yield* trade(before)
          // Mined after 2.5 s, confirmed after 5: told in between two marks.
          for (const waitMs of [300, 2_000, 2_500]) {
            yield* advance(waitMs)
            const news = yield* before.venue.takeUpdates
            const toldAtMs = Math.max(0, ...news.map(({ atMs }) => atMs))
            const copy = `${folder}/copy-${waitMs}`
            yield* fs.makeDirectory(copy)
            for (const name of yield* fs.readDirectory(folder)) {
              if (name.startsWith("exchange.db")) yield* fs.copyFile(`${folder}/${name}`, `${copy}/${name}`)
            }
            let goesOnAtMs = 0
            yield* Effect.scoped(Effect.flatMap(Effect.scope, (scope) => open(copy, scope))).pipe(
              Effect.provideService(MarketClock, (nowMs) => Effect.sync(() => void (goesOnAtMs = nowMs)))
            )
            expect(news.length).toBeGreaterThan(0)
            expect(goesOnAtMs).toBeGreaterThanOrEqual(toldAtMs)
          }
          yield* Scope.close(killed, Exit.void)
        })
      )
  )

  it.effect("restore – another seed does not take over a market that is under way", () =>
    inFolder((folder) =>
      Effect.gen(function* () {
        const first = yield* Scope.make()
        const before = yield* open(folder, first, 7)
        yield* TestClock.setTime(START_MS)
        yield* advance(30_000)
        const seen = yield* snapshot(before)
        yield* Scope.close(first, Exit.void)
        yield* Effect.scoped(
          Effect.gen(function* () {
            const after = yield* open(folder, yield* Effect.scope, 8)
            expect(yield* snapshot(after)).toEqual(seen)
          })
        )
      })
    )
  )

  it.effect("spot – a newcomer gets two minutes of history, then only what is new", () =>
    inFolder((folder) =>
      Effect.scoped(
        Effect.gen(function* () {
          const { spot } = yield* open(folder, yield* Effect.scope)
          yield* TestClock.setTime(START_MS)
          const history = yield* spot.takeTicks
          expect(history.length).toBeGreaterThanOrEqual(115)
          yield* advance(5_000)
          const ticks = yield* spot.takeTicks
          expect(ticks.length).toBeGreaterThanOrEqual(3)
          expect(ticks.length).toBeLessThanOrEqual(7)
          const times = [...history, ...ticks].map(({ observedAtMs }) => observedAtMs)
          expect(new Set(times).size).toBe(times.length)
        })
      )
    )
  )
})
