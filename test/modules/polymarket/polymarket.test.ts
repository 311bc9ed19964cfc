import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Metric, Option, Random, TestClock } from "effect"
import { OrderId, type OrderIdentity } from "../../../src/domain/order.ts"
import { ConditionId, type Resolution, WindowSlug } from "../../../src/domain/window.ts"
import { booksOutOfOrder } from "../../../src/modules/polymarket/books.ts"
import { Exchange, type ExchangeReason } from "../../../src/ports/exchange.ts"
import type { VenueMarket, VenuePlace } from "../../../src/ports/venue.ts"
import {
  bookAt,
  defaults,
  failing,
  intent,
  market,
  nothing,
  startMs,
  upToken,
  withExchange
} from "./fixture.ts"
import { withSkewedClock } from "../../support/skewed-clock.ts"

const identity: OrderIdentity = {
  orderId: OrderId.make("0xours"),
  salt: 1,
  timestampMs: startMs,
  signedOrder: "signed"
}
const find = (exchange: typeof Exchange.Service) => exchange.findWindow("BTC", "5m", startMs + 123_456)
/** Runs what waits for a bound, past that bound. */
const after = <A, E, R>(milliseconds: number, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust(milliseconds)
    return yield* Fiber.join(fiber)
  })

describe("findWindow", () => {
  it.effect("the window that covers the moment, with the rule of its era", () =>
    withExchange({}, (exchange) =>
      Effect.gen(function* () {
        const window = yield* find(exchange)
        expect(window).toMatchObject({ slug: market.slug, startMs, rule: { _tag: "ChainlinkSpot" } })
        expect(window).not.toHaveProperty("settlementConfig")
      })
    )
  )

  it.effect("a window that is not listed – undefined", () =>
    withExchange({ market: () => nothing }, (exchange) =>
      Effect.map(find(exchange), (window) => expect(window).toBeUndefined())
    )
  )

  it.effect.each<[string, Partial<VenueMarket>, string]>([
    ["Refused", { settlementConfig: { twapEnabled: true, twapLookbackSeconds: 45 } }, "45 seconds"],
    ["Undecodable", { asset: "ETH" }, "listed as ETH"],
    ["Undecodable", { interval: "15m" }, "listed as BTC 15m"],
    ["Undecodable", { slug: WindowSlug.make("btc-updown-5m-1773772200") }, "asked for"],
    ["Undecodable", { startMs: startMs + 1 }, "listed from"],
    ["Undecodable", { endMs: startMs + 900_000 }, "listed from"],
    ["Undecodable", { upTokenId: market.downTokenId }, "one token"]
  ])("%s – a market like %j", ([tag, change, words]) =>
    withExchange({ market: () => Effect.succeed({ ...market, ...change }) }, (exchange) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(find(exchange))
        expect(error.reason._tag).toBe(tag)
        expect(error.message).toContain(words)
      })
    )
  )

  it.effect("no answer – Unavailable at the bound, though the request cannot be interrupted", () =>
    withExchange({ market: () => Effect.uninterruptible(Effect.never) }, (exchange) =>
      Effect.gen(function* () {
        const error = yield* after(defaults.requestTimeoutMs, Effect.flip(find(exchange)))
        expect(error).toMatchObject({ operation: "findWindow", reason: { _tag: "Unavailable" } })
      })
    )
  )
})

describe("place", () => {
  const sending = (place: Effect.Effect<never, ReturnType<typeof failing>>) =>
    withExchange({ place: () => place }, (exchange) => exchange.place(intent, identity))

  it.effect("accepted – with the venue's status, and sent as it was signed", () => {
    const sent: Array<VenuePlace> = []
    return withExchange(
      {
        place: (order) =>
          Effect.sync(() => {
            sent.push(order)
            return { orderId: order.orderId, status: "delayed", filledMicroShares: order.sizeMicroShares }
          })
      },
      (exchange) =>
        Effect.gen(function* () {
          const outcome = yield* exchange.place(intent, identity)
          expect(outcome).toStrictEqual({ _tag: "Accepted", orderId: identity.orderId, status: "delayed" })
          expect(sent).toMatchObject([{ orderId: identity.orderId, sizeMicroShares: 10_000_000 }])
        })
    )
  })

  it.effect.each<[string, ExchangeReason]>([
    ["Refused", { _tag: "Refused" }],
    ["Refused", { _tag: "RateLimited", retryAfterMs: 700 }],
    ["Refused", { _tag: "Maintenance", retryAfterMs: 700 }],
    ["Unknown", { _tag: "Unavailable" }],
    ["Unknown", { _tag: "OutcomeUnknown", orderId: "0xours" }],
    ["Unknown", { _tag: "Undecodable" }],
    ["Unknown", { _tag: "AuthFailed" }]
  ])("%s – where the venue fails with %j, in its words", ([outcome, reason]) =>
    Effect.map(sending(Effect.fail(failing(reason))), (answer) => {
      expect(answer).toMatchObject({ _tag: outcome, orderId: identity.orderId })
      expect(answer).toHaveProperty("reason", expect.stringContaining("the venue's words"))
    })
  )

  it.effect("a defect or an interruption underneath – unknown, never an exception", () =>
    Effect.gen(function* () {
      expect((yield* sending(Effect.die(new Error("boom"))))._tag).toBe("Unknown")
      expect((yield* sending(Effect.interrupt))._tag).toBe("Unknown")
    })
  )

  it.effect("an answer about another order – unknown", () =>
    withExchange(
      {
        place: (order) =>
          Effect.succeed({
            orderId: OrderId.make("0xother"),
            status: "matched",
            filledMicroShares: order.sizeMicroShares
          })
      },
      (exchange) =>
        Effect.map(exchange.place(intent, identity), (outcome) => expect(outcome._tag).toBe("Unknown"))
    )
  )

  it.effect("no answer – unknown exactly at the bound, and sent once", () => {
    let sent = 0
    return withExchange(
      {
        place: () =>
          Effect.zipRight(
            Effect.sync(() => (sent += 1)),
            Effect.uninterruptible(Effect.never)
          )
      },
      (exchange) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.fork(exchange.place(intent, identity))
          yield* TestClock.adjust(defaults.orderTimeoutMs - 1)
          expect(yield* Fiber.poll(fiber)).toStrictEqual(Option.none())
          yield* TestClock.adjust(1)
          expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "Unknown", orderId: identity.orderId })
          expect(sent).toBe(1)
        })
    )
  })
})

describe("identify", () => {
  it.effect("chance and time come from Effect: the same seed gives the same identity", () =>
    withExchange({}, (exchange) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(startMs)
        const seeded = Effect.withRandom(exchange.identify(intent), Random.make("seed"))
        const first = yield* seeded
        expect(first.timestampMs).toBe(startMs)
        expect(Number.isSafeInteger(first.salt) && first.salt > 0).toBe(true)
        expect(yield* Effect.withRandom(exchange.identify(intent), Random.make("seed"))).toStrictEqual(first)
        expect((yield* exchange.identify(intent)).orderId).not.toBe(first.orderId)
      })
    )
  )
})

describe("an order that cannot be signed", () => {
  it.effect(
    "identify, place – it has an id to be journalled under, and is refused without being sent",
    () => {
      let sent = 0
      return withExchange(
        {
          sign: () => Effect.fail(failing({ _tag: "Refused" }, "not sent: the signer is away")),
          place: ({ orderId, sizeMicroShares }) =>
            Effect.sync(() => {
              sent += 1
              return { orderId, status: "live", filledMicroShares: sizeMicroShares }
            })
        },
        (exchange) =>
          Effect.gen(function* () {
            const unsigned = yield* exchange.identify(intent)
            expect(unsigned).not.toHaveProperty("signedOrder")
            expect(yield* exchange.place(intent, unsigned)).toMatchObject({ _tag: "Refused" })
            expect(sent).toBe(0)
          })
      )
    }
  )
})

describe("an order that is never answered", () => {
  const unanswered = (asked: { interrupted: boolean }) => ({
    place: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => void (asked.interrupted = true)))
  })

  it.effect("ends as unknown at its bound, also where nothing may interrupt it", () => {
    const asked = { interrupted: false }
    return withExchange(unanswered(asked), (exchange) =>
      Effect.gen(function* () {
        const outcome = yield* after(
          defaults.orderTimeoutMs,
          Effect.uninterruptible(exchange.place(intent, identity))
        )
        expect(outcome).toMatchObject({ _tag: "Unknown", orderId: identity.orderId })
        yield* Effect.yieldNow()
        expect(asked.interrupted, "the request is given up").toBe(true)
      })
    )
  })
})

describe("book", () => {
  const answering = (
    answers: Array<Effect.Effect<ReturnType<typeof bookAt>, ReturnType<typeof failing>>>
  ) => ({
    book: () => Effect.suspend(() => answers.shift() ?? Effect.never)
  })
  const following = (exchange: typeof Exchange.Service) =>
    Effect.flatMap(find(exchange), (window) => exchange.follow(window === undefined ? [] : [window]))

  it.effect(
    "the wall clock is put back – a book from the future is forgotten, for its age cannot be told",
    () =>
      withSkewedClock((putBy) =>
        withExchange(
          answering([Effect.succeed(bookAt(10, 5_000)), Effect.fail(failing({ _tag: "Unavailable" }))]),
          (exchange) =>
            Effect.gen(function* () {
              yield* following(exchange)
              expect(yield* exchange.book(upToken)).toBeDefined()
              putBy(-60_000)
              expect(yield* exchange.book(upToken)).toBeUndefined()
            })
        )
      )
  )

  it.effect("an instrument that is not followed – no answer, and the venue is not asked", () =>
    withExchange({ book: () => Effect.dieMessage("asked") }, (exchange) =>
      Effect.gen(function* () {
        expect(yield* exchange.book(upToken)).toBeUndefined()
        yield* following(exchange)
        yield* exchange.follow([])
        expect(yield* exchange.book(upToken)).toBeUndefined()
      })
    )
  )

  it.effect("stamped by our clock when it first came; a repeated one keeps its stamp", () =>
    withExchange(
      answering([bookAt(10, 5_000), bookAt(10, 5_000), bookAt(10, 5_100)].map((b) => Effect.succeed(b))),
      (exchange) =>
        Effect.gen(function* () {
          yield* following(exchange)
          const stamps: Array<number | undefined> = []
          for (let i = 0; i < 3; i += 1) {
            yield* TestClock.adjust(1_000)
            stamps.push((yield* exchange.book(upToken))?.receivedAtMs)
          }
          expect(stamps).toStrictEqual([1_000, 1_000, 3_000])
        })
    )
  )

  it.effect("an older one – dropped and counted; the last one stands", () =>
    withExchange(
      answering([bookAt(10, 5_000), bookAt(9, 4_000), bookAt(11, 6_000)].map((b) => Effect.succeed(b))),
      (exchange) =>
        Effect.gen(function* () {
          yield* following(exchange)
          const before = yield* Metric.value(booksOutOfOrder)
          const bids: Array<number | undefined> = []
          for (let i = 0; i < 3; i += 1) bids.push((yield* exchange.book(upToken))?.bids[0]?.priceTicks)
          expect(bids).toStrictEqual([5_000, 5_000, 6_000])
          expect((yield* Metric.value(booksOutOfOrder)).count - before.count).toBe(1)
        })
    )
  )

  it.effect("no answer or a failure – the last one, with its age", () =>
    withExchange(
      answering([Effect.succeed(bookAt(10, 5_000)), Effect.fail(failing({ _tag: "Unavailable" }))]),
      (exchange) =>
        Effect.gen(function* () {
          yield* following(exchange)
          yield* exchange.book(upToken)
          expect((yield* exchange.book(upToken))?.receivedAtMs).toBe(0)
          const late = yield* after(defaults.bookTimeoutMs, exchange.book(upToken))
          expect(late?.receivedAtMs).toBe(0)
        })
    )
  )
})

describe("resolution", () => {
  const resolution: Resolution = {
    slug: market.slug,
    conditionId: market.conditionId,
    outcome: "Up",
    openPrice: Option.none(),
    closePrice: Option.none(),
    resolvedAtMs: startMs
  }

  it.effect("an answer about another market – Undecodable", () =>
    withExchange(
      {
        resolution: () =>
          Effect.succeed({ ...resolution, conditionId: ConditionId.make(`0x${"b".repeat(64)}`) })
      },
      (exchange) =>
        Effect.gen(function* () {
          const window = yield* find(exchange)
          const asked = window === undefined ? Effect.dieMessage("no window") : exchange.resolution(window)
          expect((yield* Effect.flip(asked)).reason._tag).toBe("Undecodable")
        })
    )
  )
})

describe("cancel", () => {
  it.effect("more than one request may carry – in parts, and every order is accounted for", () => {
    const requests: Array<number> = []
    const ids = Array.from({ length: 2_001 }, (_, i) => OrderId.make(`0x${i}`))
    return withExchange(
      {
        cancel: (orderIds) =>
          Effect.sync(() => {
            requests.push(orderIds.length)
            return {
              cancelled: orderIds.slice(1),
              notCancelled: new Map(orderIds.slice(0, 1).map((id) => [id, "already matched"]))
            }
          })
      },
      (exchange) =>
        Effect.gen(function* () {
          const { cancelled, notCancelled } = yield* exchange.cancel(ids)
          expect(requests).toStrictEqual([1_000, 1_000, 1])
          expect(new Set([...cancelled, ...notCancelled.keys()])).toStrictEqual(new Set(ids))
        })
    )
  })
})
