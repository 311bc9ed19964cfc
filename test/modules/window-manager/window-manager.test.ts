import { describe, expect, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { microShares, priceTicks, spotPrice } from "../../../src/domain/money.ts"
import type { Book } from "../../../src/domain/book.ts"
import { INTERVAL_MS, type TokenId } from "../../../src/domain/window.ts"
import type { WindowManager } from "../../../src/ports/trading.ts"
import { defaults, failing, newCalls, nothing, resolutionOf, t0, windowAt, withManager } from "./fixture.ts"

const FIVE = INTERVAL_MS["5m"]
const only5m = { intervals: ["5m"] as const }
const slugsOf = (manager: typeof WindowManager.Service) =>
  Effect.map(manager.views, (views) => views.map(({ window }) => window.slug))
const at = (...offsets: ReadonlyArray<number>) =>
  offsets.map((offset) => windowAt("BTC", "5m", t0 + offset * FIVE).slug)

describe("roll", () => {
  it.effect(
    "the current window and the next, of each asset and length: journalled once, followed, seen",
    () => {
      const calls = newCalls()
      return withManager({ calls, settings: { assets: ["BTC", "ETH"] } }, (manager) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(t0 + 1)
          yield* manager.roll
          yield* manager.roll
          expect(calls.found).toHaveLength(8)
          expect(calls.recorded.toSorted()).toStrictEqual((yield* slugsOf(manager)).toSorted())
          expect(new Set(calls.recorded).size).toBe(8)
          expect(calls.followed.at(-1)).toStrictEqual(yield* slugsOf(manager))
          expect(yield* manager.counts).toStrictEqual({ tracked: 8, awaitingResolution: 0 })
        })
      )
    }
  )

  it.effect("a tick a second for two windows – each found once, ended ones no longer followed", () => {
    const calls = newCalls()
    return withManager({ calls, settings: only5m }, (manager) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(t0)
        for (let second = 0; second <= 600; second += 1) {
          yield* manager.roll
          yield* TestClock.adjust(1_000)
        }
        expect(calls.recorded).toStrictEqual(at(0, 1, 2, 3))
        expect(calls.found).toHaveLength(4)
        expect(calls.followed.at(-1)).toStrictEqual(at(2, 3))
        expect(yield* manager.counts).toStrictEqual({ tracked: 4, awaitingResolution: 2 })
      })
    )
  })

  it.effect.each([
    ["not listed", () => nothing],
    ["refused", () => Effect.fail(failing({ _tag: "Refused" }, "an unknown rule"))]
  ] as const)("%s – asked again only after the wait, without a failure", ([, findWindow]) => {
    const calls = newCalls()
    return withManager({ calls, answers: { findWindow }, settings: only5m }, (manager) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(t0)
        for (let second = 0; second < 20; second += 1) {
          yield* manager.roll
          yield* TestClock.adjust(1_000)
        }
        expect(calls.found).toHaveLength((2 * 20_000) / defaults.searchRetryMs)
        expect(yield* slugsOf(manager)).toStrictEqual([])
      })
    )
  })

  it.effect("one asset fails – the others are watched and followed, and the failure is raised", () => {
    const calls = newCalls()
    return withManager(
      {
        calls,
        settings: { ...only5m, assets: ["ETH", "BTC"], windowsAhead: 0 },
        answers: {
          findWindow: (asset, interval, atMs) =>
            asset === "ETH"
              ? Effect.fail(failing({ _tag: "Unavailable" }, "ETH is away"))
              : Effect.succeed(windowAt(asset, interval, atMs))
        }
      },
      (manager) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(t0)
          expect((yield* Effect.flip(manager.roll)).message).toBe("ETH is away")
          expect(yield* slugsOf(manager)).toStrictEqual(at(0))
          expect(calls.followed.at(-1)).toStrictEqual(at(0))
        })
    )
  })

  it.effect(
    "the price to beat – asked from the start on, until it is known, and one failure is alone",
    () => {
      const known = new Set<string>()
      return withManager(
        {
          settings: { ...only5m, assets: ["BTC", "ETH"] },
          answers: {
            priceToBeat: (window) =>
              window.asset === "ETH"
                ? Effect.fail(failing({ _tag: "Unavailable" }))
                : Effect.sync(() => (known.has(window.slug) ? spotPrice(7) : undefined))
          }
        },
        (manager) =>
          Effect.gen(function* () {
            const prices = Effect.map(manager.views, (views) =>
              views.filter(({ window }) => window.asset === "BTC").map(({ priceToBeat }) => priceToBeat)
            )
            yield* TestClock.setTime(t0)
            yield* Effect.flip(manager.roll)
            expect(yield* prices).toStrictEqual([undefined, undefined])
            for (const slug of at(0, 1)) known.add(slug)
            yield* Effect.flip(manager.roll)
            expect(yield* prices).toStrictEqual([7, undefined])
          })
      )
    }
  )
})

describe("views", () => {
  it.effect("the phase by the clock, and books only until the end", () => {
    const book = (bidTicks: number): Book => ({
      tokenId: windowAt("BTC", "5m", t0).upTokenId,
      bids: [{ priceTicks: priceTicks(bidTicks), sizeMicroShares: microShares(1) }],
      asks: [],
      eventTimeMs: t0,
      receivedAtMs: t0
    })
    return withManager(
      {
        settings: { ...only5m, windowsAhead: 0 },
        answers: { book: (tokenId) => Effect.succeed(book(tokenId.endsWith("-up") ? 1 : 2)) }
      },
      (manager) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(t0)
          yield* manager.roll
          for (const [nowMs, phase, bids] of [
            [t0 - 1, "upcoming", [1, 2]],
            [t0, "trading", [1, 2]],
            [t0 + FIVE - 1, "trading", [1, 2]],
            [t0 + FIVE, "ended", [undefined, undefined]]
          ] as const) {
            yield* TestClock.setTime(nowMs)
            const views = yield* manager.views
            expect(views.map((view) => view.phase)).toStrictEqual([phase])
            expect(
              views.flatMap(({ downBook, upBook }) => [upBook, downBook].map((b) => b?.bids[0]?.priceTicks))
            ).toStrictEqual(bids)
          }
        })
    )
  })
})

describe("a window's tick", () => {
  it.effect(
    "is the one its books tell, the coarser where they tell two, and the listed one where none does",
    () => {
      const told = new Map<string, number | undefined>()
      const book = (tokenId: TokenId): Book => {
        const tick = told.get(tokenId.endsWith("-up") ? "up" : "down")
        return {
          tokenId,
          bids: [],
          asks: [],
          tickSizeTicks: tick === undefined ? undefined : priceTicks(tick),
          eventTimeMs: t0,
          receivedAtMs: t0
        }
      }
      return withManager(
        {
          settings: { ...only5m, windowsAhead: 0 },
          answers: { book: (tokenId) => Effect.succeed(book(tokenId)) }
        },
        (manager) =>
          Effect.gen(function* () {
            yield* TestClock.setTime(t0)
            yield* manager.roll
            for (const [up, down, tick] of [
              [undefined, undefined, 100],
              [100, 100, 100],
              [10, 100, 100],
              [10, undefined, 10],
              [10, 10, 10]
            ] as const) {
              told.set("up", up).set("down", down)
              const views = yield* manager.views
              expect(views.map(({ window }) => window.tickSizeTicks)).toStrictEqual([tick])
            }
          })
      )
    }
  )
})

describe("resolutions, settled", () => {
  const ended = [0, 1, 2, 3].map((offset) => windowAt("BTC", "5m", t0 + offset * FIVE))
  const later = t0 + 100 * FIVE

  it.effect(
    "windows that ended while we were away – asked, and reported until settled, then never again",
    () => {
      const calls = newCalls()
      return withManager({ calls, journal: ended }, (manager) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(later)
          const all = ended.map(resolutionOf)
          expect(yield* manager.resolutions).toStrictEqual(all)
          expect(yield* manager.resolutions).toStrictEqual(all)
          yield* manager.settled(windowAt("BTC", "5m", t0).slug)
          expect(yield* manager.resolutions).toStrictEqual(all.slice(1))
          for (const { slug } of all) yield* manager.settled(slug)
          expect(yield* manager.resolutions).toStrictEqual([])
          expect(yield* manager.counts).toStrictEqual({ tracked: 0, awaitingResolution: 0 })
          expect(calls.asked).toHaveLength(4)
        })
      )
    }
  )

  it.effect("a window that has not ended – is not asked", () => {
    const calls = newCalls()
    return withManager({ calls, journal: ended.slice(0, 1) }, (manager) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(t0 + FIVE - 1)
        expect(yield* manager.resolutions).toStrictEqual([])
        yield* TestClock.adjust(1)
        expect(yield* manager.resolutions).toHaveLength(1)
        expect(calls.asked).toHaveLength(1)
      })
    )
  })

  it.effect("one that is settled before its end – is not found and reported anew", () => {
    const calls = newCalls()
    return withManager({ calls, settings: { ...only5m, windowsAhead: 0 } }, (manager) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(t0)
        yield* manager.roll
        yield* manager.settled(windowAt("BTC", "5m", t0).slug)
        yield* manager.roll
        expect(calls.found).toHaveLength(1)
        yield* TestClock.setTime(t0 + FIVE)
        expect(yield* manager.resolutions).toStrictEqual([])
      })
    )
  })

  it.effect("bounded per call; all have their turn, though some always fail", () => {
    const calls = newCalls()
    return withManager(
      {
        calls,
        journal: ended,
        settings: { resolutionsPerCall: 2 },
        answers: {
          resolution: (window) =>
            window.slug === ended[3]?.slug
              ? Effect.succeed(resolutionOf(window))
              : Effect.fail(failing({ _tag: "Unavailable" }, window.slug))
        }
      },
      (manager) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(later)
          expect((yield* Effect.flip(manager.resolutions)).message).toBe(ended[0]?.slug)
          expect(calls.asked).toHaveLength(2)
          yield* TestClock.adjust(1_000)
          expect(yield* manager.resolutions).toHaveLength(1)
          expect(calls.asked).toHaveLength(4)
        })
    )
  })

  it.effect("unresolved – asked the less often the longer ago it ended", () => {
    const calls = newCalls()
    return withManager(
      { calls, journal: ended.slice(0, 1), answers: { resolution: () => nothing } },
      (manager) =>
        Effect.gen(function* () {
          const askedIn = (seconds: number) =>
            Effect.gen(function* () {
              const before = calls.asked.length
              for (let second = 0; second < seconds; second += 1) {
                yield* manager.resolutions
                yield* TestClock.adjust(1_000)
              }
              return calls.asked.length - before
            })
          yield* TestClock.setTime(t0 + FIVE)
          expect(yield* askedIn(20)).toBe(20_000 / defaults.resolutionRetryMs)
          yield* TestClock.adjust("1 day")
          expect(yield* askedIn(120)).toBe(2)
        })
    )
  })
})
