/** What the client does besides trading: looks before it starts, follows the venue's clock, beats with the loop. */
import { describe, expect, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, TestClock } from "effect"
import { makeHeartbeat } from "../../../../src/modules/polymarket/heartbeat.ts"
import { errorOf } from "../../../../src/modules/polymarket/request.ts"
import { VenueTime } from "../../../../src/modules/polymarket/rest/venue-time.ts"
import { checkClock, checkPlace, checkVersion } from "../../../../src/modules/polymarket/start.ts"

const seconds = (count: number) => TestClock.adjust(Duration.seconds(count))

describe("heartbeat", () => {
  /** Beats once a second for so long. */
  const loop = (beat: Effect.Effect<void>, count: number) =>
    Effect.forEach(Array.from({ length: count }), () => Effect.zipRight(beat, seconds(1)), { discard: true })

  it.effect(
    "follows the loop: while it goes on every 5 s with the last answer's id, and when it stops no more",
    () =>
      Effect.gen(function* () {
        const sent: Array<string> = []
        const { beat, run } = yield* makeHeartbeat((id) => Effect.sync(() => `${sent.push(id)}`))
        const fiber = yield* Effect.fork(run)
        yield* loop(beat, 21)
        expect(sent).toEqual(["", "1", "2", "3", "4"])
        // The loop is stuck: only time passes.
        yield* seconds(60)
        expect(sent.length).toBe(5)
        yield* loop(beat, 1)
        expect(sent.length).toBe(6)
        yield* Fiber.interrupt(fiber)
      })
  )

  it.effect("one at a time – a slow answer is waited for, and what fell due meanwhile is one beat", () =>
    Effect.gen(function* () {
      let under = 0
      let most = 0
      let sent = 0
      const { beat, run } = yield* makeHeartbeat(() =>
        Effect.gen(function* () {
          sent += 1
          under += 1
          most = Math.max(most, under)
          yield* Effect.sleep(Duration.seconds(12))
          under -= 1
          return "next"
        })
      )
      const fiber = yield* Effect.fork(run)
      yield* loop(beat, 25)
      expect([most, sent]).toEqual([1, 3])
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect(
    "a beat that failed is sent again with the loop's next step; a key that is refused is an error",
    () =>
      Effect.gen(function* () {
        let answers = 0
        const { beat, run } = yield* makeHeartbeat(() => {
          answers += 1
          return answers <= 2
            ? Effect.fail(errorOf("heartbeat", { _tag: "Unavailable" }, "down"))
            : Effect.fail(errorOf("heartbeat", { _tag: "AuthFailed" }, "no"))
        })
        const fiber = yield* Effect.fork(Effect.exit(run))
        yield* loop(beat, 3)
        expect(answers).toBe(3)
        expect(Exit.isFailure(yield* Fiber.join(fiber))).toBe(true)
      })
  )
})

describe("the start", () => {
  it.effect("only protocol version 2 is traded on", () =>
    Effect.gen(function* () {
      const check = (version: number) => Effect.exit(checkVersion({ version: Effect.succeed(version) }))
      expect(Exit.isSuccess(yield* check(2))).toBe(true)
      for (const version of [0, 1, 3]) expect(Exit.isFailure(yield* check(version))).toBe(true)
    })
  )

  it.effect("where orders are not taken from here, nothing starts", () =>
    Effect.gen(function* () {
      const site = "https://site.example"
      expect(Exit.isSuccess(yield* Effect.exit(checkPlace(Effect.succeed({ blocked: false }), site)))).toBe(
        true
      )
      const error = yield* Effect.flip(checkPlace(Effect.succeed({ blocked: true, country: "XX" }), site))
      expect(error.message).toMatch(/no orders from here \(XX\), says https:\/\/site\.example\/api\/geoblock/)
    })
  )

  it.effect("where nobody says whether they are, nothing starts either, and all that helps is said", () =>
    Effect.gen(function* () {
      const asked = Effect.fail(errorOf("geoblock", { _tag: "Refused" }, "HTTP 404: a web page: Not Found"))
      const { message, operation, reason } = yield* Effect.flip(checkPlace(asked, "https://site.example"))
      expect({ operation, reason }).toEqual({ operation: "geoblock", reason: { _tag: "Refused" } })
      for (const part of [
        "https://site.example/api/geoblock",
        "orders are taken from here",
        "HTTP 404: a web page: Not Found",
        "polymarket.addresses.site",
        "polymarket.geoblockCheck"
      ])
        expect(message).toContain(part)
    })
  )

  it.effect.each([
    { skewS: 0, holds: false, stamp: "1000000" },
    { skewS: 3, holds: false, stamp: "1000003" },
    { skewS: -3, holds: false, stamp: "999997" },
    { skewS: 600, holds: true, stamp: "1000600" },
    { skewS: -600, holds: true, stamp: "999400" }
  ])(
    "a clock $skewS s behind the venue's – entries held: $holds; requests carry the venue's time",
    ({ holds, skewS, stamp }) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(1_000_000_000 + 500)
        const time = new VenueTime()
        yield* checkClock({ time: Effect.succeed(1_000_000 + skewS) }, time)
        expect(time.skew).toBe(skewS * 1000)
        expect(time.holdsEntries).toBe(holds)
        expect(yield* time.seconds).toBe(stamp)
      })
  )
})
