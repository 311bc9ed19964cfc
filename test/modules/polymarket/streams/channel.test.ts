import { describe, expect, it } from "@effect/vitest"
import { Clock, Duration, Effect, FastCheck as fc, Fiber, Logger, Redacted, TestClock } from "effect"
import { TokenId } from "../../../../src/domain/window.ts"
import { makeMarketChannel } from "../../../../src/modules/polymarket/streams/market-channel.ts"
import { makePriceChannel } from "../../../../src/modules/polymarket/streams/price-channel.ts"
import type { RealTime } from "../../../../src/ports/machine.ts"
import { makeDiscreteEventTime } from "../../../../src/virtual-time/discrete-event.ts"
import { type Script, script } from "./scripted.ts"

const noBooks = { books: () => Effect.succeed([]) }
const marketSettings = { url: "ws://x", dataWithinMs: 15_000 }

const standingStill: RealTime = {
  nowMs: () => 0,
  after: () => () => undefined,
  afterEventLoopTurn: (callback) => void setImmediate(callback)
}

/** Time that jumps from one deadline to the next. */
const onVirtualTime = <A>(effect: Effect.Effect<A, unknown>): Promise<A> =>
  Effect.suspend(() => {
    const time = makeDiscreteEventTime(0, Number.POSITIVE_INFINITY, standingStill)
    return effect.pipe(
      Effect.withClock(time.clock),
      Effect.withScheduler(time.scheduler),
      Effect.provide(Logger.remove(Logger.defaultLogger))
    )
  }).pipe(Effect.runPromise)

const pass = (ms: number) => TestClock.adjust(Duration.millis(ms))
const up = TokenId.make("11")
const bookOf = (stampMs: number) =>
  JSON.stringify({
    event_type: "book",
    market: "0x1",
    asset_id: up,
    timestamp: String(stampMs),
    bids: [{ price: "0.4", size: "1" }],
    asks: [{ price: "0.6", size: "1" }]
  })

/** Lets time pass second by second, and does something at each. */
const seconds = (count: number, each: Effect.Effect<unknown> = Effect.void) =>
  Effect.forEach(Array.from({ length: count }), () => Effect.zipRight(pass(1_000), each), { discard: true })

const last = ({ peers }: Script) => {
  const peer = peers.at(-1)
  if (peer === undefined) throw new Error("no socket was opened")
  return peer
}

/** The market channel over scripted sockets, following one instrument; REST has no books. */
const running = (given: Script) =>
  Effect.gen(function* () {
    const channel = yield* makeMarketChannel(given.sockets, noBooks, marketSettings)
    yield* channel.follow(new Set([up]))
    const fiber = yield* Effect.fork(channel.run)
    yield* pass(0)
    return { channel, fiber }
  })

describe("a channel", () => {
  it.effect(
    "half open – nothing comes, not even an answer to the ping: it is opened anew and subscribed again",
    () =>
      Effect.gen(function* () {
        const given = script(Clock.currentTimeMillis)
        const { fiber } = yield* running(given)
        const { sent } = last(given)
        yield* seconds(30)
        expect(given.openedAtMs.length).toBe(2)
        expect(sent.filter((frame) => frame === "PING").length).toBeGreaterThanOrEqual(1)
        expect(last(given).sent[0]).toBe(
          '{"assets_ids":["11"],"type":"market","custom_feature_enabled":false}'
        )
        expect(given.open()).toBe(1)
        yield* Fiber.interrupt(fiber)
        expect(given.open()).toBe(0)
      })
  )

  it.effect(
    "silent – pings are answered, but no market comes: it is opened anew within two seconds of the limit",
    () =>
      Effect.gen(function* () {
        const given = script(Clock.currentTimeMillis)
        const { channel, fiber } = yield* running(given)
        yield* last(given).say(bookOf(1))
        yield* pass(0)
        expect(yield* channel.book(up)).toBeDefined()
        const silent = last(given)
        yield* seconds(
          17,
          Effect.suspend(() => silent.say("PONG"))
        )
        expect(yield* channel.book(up)).toBeUndefined()
        expect(yield* channel.healthy).toBe(false)
        yield* seconds(3)
        expect(given.openedAtMs.length).toBe(2)
        yield* Fiber.interrupt(fiber)
      })
  )

  it.effect("a market that speaks – is left alone, however long", () =>
    Effect.gen(function* () {
      const given = script(Clock.currentTimeMillis)
      const { fiber } = yield* running(given)
      yield* seconds(
        120,
        Effect.suspend(() => last(given).say(bookOf(1)))
      )
      expect(given.openedAtMs).toEqual([0])
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("refused 100 times – tries go on, never two in a second, and never half a minute apart", () =>
    Effect.gen(function* () {
      const given = script(Clock.currentTimeMillis, (attempt) => attempt <= 100)
      const { fiber } = yield* running(given)
      while (given.openedAtMs.length <= 100) yield* pass(10_000)
      const gaps = given.openedAtMs.slice(1).map((atMs, index) => atMs - (given.openedAtMs[index] ?? 0))
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000)
      expect(Math.max(...gaps)).toBeLessThanOrEqual(30_000)
      expect(given.open()).toBe(1)
      yield* Fiber.interrupt(fiber)
    })
  )

  it("closed 1,000 times – there is never more than one socket", () =>
    onVirtualTime(
      Effect.gen(function* () {
        const given = script(Clock.currentTimeMillis)
        const channel = yield* makeMarketChannel(given.sockets, noBooks, marketSettings)
        const fiber = yield* Effect.fork(channel.run)
        for (let time = 0; time < 1_000; time += 1) {
          while (given.open() === 0) yield* Effect.sleep(500)
          expect(given.open()).toBe(1)
          yield* last(given).end(time % 2 === 0 ? 1006 : 1000)
          yield* Effect.sleep(1)
          expect(given.open()).toBe(0)
        }
        yield* Fiber.interrupt(fiber)
        expect(given.openedAtMs.length).toBe(1_000)
      })
    ))

  it.effect(
    "what is followed changes – the socket is told what came and what went, or the next one all of it",
    () =>
      Effect.gen(function* () {
        const given = script(Clock.currentTimeMillis)
        const { channel, fiber } = yield* running(given)
        yield* channel.follow(new Set([TokenId.make("22")]))
        yield* pass(0)
        expect(last(given).sent.slice(1)).toEqual([
          '{"operation":"subscribe","assets_ids":["22"]}',
          '{"operation":"unsubscribe","assets_ids":["11"]}'
        ])
        yield* last(given).end(1006)
        yield* channel.follow(new Set([up, TokenId.make("22")]))
        yield* pass(30_000)
        expect(last(given).sent[0]).toContain('["22","11"]')
        expect(last(given).sent.filter((frame) => frame !== "PING")).toHaveLength(1)
        yield* Fiber.interrupt(fiber)
      })
  )

  it.effect("garbage – no frame of any kind ends the channel", () =>
    Effect.gen(function* () {
      const frames = fc.sample(
        fc.oneof(fc.string(), fc.json(), fc.constantFrom("PONG", "INVALID OPERATION", "", "[]", "null")),
        200
      )
      const given = script(Clock.currentTimeMillis)
      const { channel, fiber } = yield* running(given)
      for (const frame of frames) yield* last(given).say(frame)
      yield* pass(6_000)
      yield* last(given).say(bookOf(7))
      yield* pass(0)
      expect(yield* channel.book(up)).toMatchObject({ eventTimeMs: 7 })
      expect(given.openedAtMs).toEqual([0])
      yield* Fiber.interrupt(fiber)
    })
  )
})

describe("the price channel", () => {
  const credentials = {
    apiKey: Redacted.make("k"),
    secret: Redacted.make("c2VjcmV0"),
    passphrase: Redacted.make("p")
  }
  const made = (given: Script, feed: "polybolt" | "rtds") =>
    makePriceChannel(
      given.sockets,
      {
        url: "ws://x",
        feed,
        assets: new Set(["BTC"]),
        spotSources: new Set(["chainlink"]),
        dataWithinMs: 12_000
      },
      credentials
    )
  const bolt = (channel: string, payload: object, more: object = {}) =>
    JSON.stringify({
      v: 1,
      channel,
      seq: 1,
      ts: 1,
      ...more,
      payload: { symbol: "btcusd", source: "chainlink", ...payload }
    })

  it.effect("PolyBolt – authenticates, subscribes, and gives ticks in order, each once", () =>
    Effect.gen(function* () {
      const given = script(Clock.currentTimeMillis)
      const prices = made(given, "polybolt")
      yield* TestClock.setTime(100_000_000)
      const fiber = yield* Effect.fork(prices.run)
      yield* pass(0)
      const peer = last(given)
      expect(peer.sent[0]).toBe(
        '{"op":"auth","rid":"auth","auth":{"apiKey":"k","secret":"c2VjcmV0","passphrase":"p"}}'
      )
      yield* peer.say('{"op":"authed","rid":"auth"}')
      yield* pass(0)
      expect(peer.sent.at(-1)).toContain(
        '{"channel":"price.crypto.twap","filter":{"symbol":"btcusd","window_seconds":60}}'
      )
      yield* peer.say(
        bolt(
          "price.crypto",
          {
            data: [
              { timestamp: 2_000, value: 2 },
              { timestamp: 1_000, value: 1 }
            ]
          },
          { snapshot: true }
        )
      )
      yield* peer.say(
        bolt("price.crypto", { timestamp: 3_000, value: 64126.1, full_accuracy_value: "64126.00000001" })
      )
      yield* peer.say(bolt("price.crypto", { timestamp: 3_000, value: 9 }))
      yield* peer.say(bolt("price.crypto", { timestamp: 4_000, value: 9, source: "pyth" }))
      yield* peer.say(bolt("price.crypto", { timestamp: 5_000, value: 9, symbol: "ethusd" }))
      yield* peer.say(bolt("price.crypto.twap", { timestamp: 6_000, value: 9, window_seconds: 30 }))
      yield* peer.say(bolt("price.crypto.twap", { timestamp: 6_000, value: 7, window_seconds: 60 }))
      yield* peer.say(bolt("price.crypto.twap", { timestamp: 6_000, value: 8, window_seconds: 60 }))
      yield* pass(0)
      expect(yield* prices.source.takeTicks).toEqual([
        { asset: "BTC", price: 100_000_000, observedAtMs: 1_000 },
        { asset: "BTC", price: 200_000_000, observedAtMs: 2_000 },
        { asset: "BTC", price: 6_412_600_000_001, observedAtMs: 3_000 }
      ])
      expect(yield* prices.source.takeTicks).toEqual([])
      expect(yield* prices.averageAt("BTC", 6_000)).toBe(700_000_000)
      expect(yield* prices.averageAt("BTC", 5_999)).toBeUndefined()
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("PolyBolt – a key it does not take is not tried again for a minute", () =>
    Effect.gen(function* () {
      const given = script(Clock.currentTimeMillis)
      const fiber = yield* Effect.fork(made(given, "polybolt").run)
      yield* pass(0)
      yield* last(given).say('{"op":"error","code":"auth_invalid"}')
      yield* pass(59_000)
      expect(given.openedAtMs).toEqual([0])
      yield* pass(1_000)
      expect(given.openedAtMs).toEqual([0, 60_000])
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect(
    "RTDS – the first list and updates are told from the other exchange's prices by their symbol",
    () =>
      Effect.gen(function* () {
        const given = script(Clock.currentTimeMillis)
        const prices = made(given, "rtds")
        yield* TestClock.setTime(100_000_000)
        const fiber = yield* Effect.fork(prices.run)
        yield* pass(0)
        const peer = last(given)
        const say = (topic: string, type: string, payload: object) =>
          peer.say(JSON.stringify({ topic, type, timestamp: 1, payload }))
        yield* say("crypto_prices", "subscribe", {
          symbol: "btc/usd",
          data: [{ timestamp: 1_000, value: 76579.44275333079 }]
        })
        yield* say("crypto_prices", "update", { symbol: "btcusdt", timestamp: 2_000, value: 1 })
        yield* say("crypto_prices_chainlink", "update", {
          symbol: "btc/usd",
          timestamp: 3_000,
          value: 1,
          full_accuracy_value: "76568780000000000000000"
        })
        yield* say("crypto_prices_twap_sixty", "update", {
          symbol: "btc/usd",
          timestamp: 4_000,
          value: 1,
          full_accuracy_value: "5000000000000000000",
          window_s: 60
        })
        yield* pass(0)
        expect(yield* prices.source.takeTicks).toEqual([
          { asset: "BTC", price: 7_657_944_275_333, observedAtMs: 1_000 },
          { asset: "BTC", price: 7_656_878_000_000, observedAtMs: 3_000 }
        ])
        expect(yield* prices.averageAt("BTC", 4_000)).toBe(500_000_000)
        yield* Fiber.interrupt(fiber)
      })
  )
})
