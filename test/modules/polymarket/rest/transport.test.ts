import { HttpClient, HttpClientError, HttpClientResponse } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Clock, Duration, Effect, Either, FastCheck as fc, Fiber, Layer, TestClock } from "effect"
import { Budget } from "../../../../src/modules/polymarket/rest/budget.ts"
import { Circuit } from "../../../../src/modules/polymarket/rest/circuit.ts"
import { COUNTS, type Endpoint, LIMITS, URGENT } from "../../../../src/modules/polymarket/rest/limits.ts"
import { addressProblem, within } from "../../../../src/modules/polymarket/rest/outbound.ts"
import { type Call, makeTransport } from "../../../../src/modules/polymarket/rest/transport.ts"
import { settingsFor } from "../client/venue.ts"

const endpoint = fc.constantFrom<Endpoint>(
  "order",
  "orders",
  "cancel",
  "cancelMany",
  "cancelAll",
  "balanceUpdate",
  "apiKey",
  "book"
)

describe("Budget", () => {
  it("whatever is asked for when, no limit is ever exceeded in any stretch of time", () => {
    const asks = fc.array(
      fc.record({
        endpoint,
        cost: fc.integer({ min: 1, max: 15 }),
        laterMs: fc.integer({ min: 0, max: 400 })
      }),
      { maxLength: 300 }
    )
    fc.assert(
      fc.property(asks, fc.integer({ min: 0, max: 5_000 }), (wanted, maxWaitMs) => {
        const budget = new Budget(maxWaitMs)
        const granted: Array<{ readonly endpoint: Endpoint; readonly cost: number; readonly atMs: number }> =
          []
        let nowMs = 1_000_000
        for (const ask of wanted) {
          nowMs += ask.laterMs
          const turn = budget.reserve(ask.endpoint, ask.cost, nowMs)
          expect(turn.waitMs <= maxWaitMs).toBe(turn.granted)
          if (turn.granted)
            granted.push({ endpoint: ask.endpoint, cost: ask.cost, atMs: nowMs + turn.waitMs })
        }
        for (const name of ["signerOrders", "signerCancels", "balanceUpdate", "clob"] as const) {
          const { burst, perSecond } = LIMITS[name]
          const ours = granted
            .filter((each) => COUNTS[each.endpoint].includes(name))
            .toSorted((a, b) => a.atMs - b.atMs)
          for (let from = 0; from < ours.length; from += 1) {
            let cost = 0
            for (const each of ours.slice(from)) {
              cost += each.cost
              const passedS = (each.atMs - (ours[from]?.atMs ?? 0)) / 1000
              expect(cost).toBeLessThanOrEqual(burst + perSecond * passedS + 1e-6)
            }
          }
        }
      }),
      { numRuns: 40 }
    )
  })

  it("orders that used up their own limit leave cancels theirs", () => {
    const budget = new Budget(0)
    let orders = 0
    while (budget.reserve("order", 1, 0).granted) orders += 1
    expect(orders).toBe(48)
    expect(budget.reserve("cancel", 1, 0)).toEqual({ granted: true, waitMs: 0 })
    expect([...URGENT].every((each) => each.startsWith("cancel"))).toBe(true)
  })

  it("a pause told by the venue holds its kind of request until it is over, and no other", () => {
    const budget = new Budget(1_000)
    budget.pause("order", 5_000)
    expect(budget.reserve("order", 1, 3_000)).toEqual({ granted: false, waitMs: 2_000 })
    expect(budget.reserve("order", 1, 4_500)).toEqual({ granted: true, waitMs: 500 })
    expect(budget.reserve("cancel", 1, 3_000)).toEqual({ granted: true, waitMs: 0 })
  })
})

describe("Circuit", () => {
  it("opens at the fifth failure in a row, lets one through each second, and closes at the first success", () => {
    const circuit = new Circuit()
    for (let failure = 0; failure < 5; failure += 1) {
      expect(circuit.admits(0)).toBe(true)
      circuit.failed(0)
    }
    expect([0, 500, 999].map((atMs) => circuit.admits(atMs))).toEqual([false, false, false])
    expect([1_000, 1_001, 1_999].map((atMs) => circuit.admits(atMs))).toEqual([true, false, false])
    circuit.failed(2_000)
    expect([2_500, 3_000].map((atMs) => circuit.admits(atMs))).toEqual([false, true])
    circuit.succeeded()
    expect([3_001, 3_002].map((atMs) => circuit.admits(atMs))).toEqual([true, true])
  })
})

const call = (changes: Partial<Call> = {}): Call => ({
  service: "clob",
  endpoint: "clob",
  method: "GET",
  path: "/time",
  ...changes
})

/** A transport over a server that answers as told, and counts. */
const over = (answer: () => Response, addresses = settingsFor().addresses, maxWaitMs = 2_000) => {
  const asked: Array<{ readonly url: string; readonly atMs: number }> = []
  const client = HttpClient.make((request, url) =>
    Effect.map(Clock.currentTimeMillis, (atMs) => {
      asked.push({ url: url.href, atMs })
      return HttpClientResponse.fromWeb(request, answer())
    })
  )
  return Effect.map(
    Effect.provide(makeTransport({ addresses, maxWaitMs }), Layer.succeed(HttpClient.HttpClient, client)),
    (transport) => ({ transport, asked })
  )
}

describe("the transport", () => {
  it.effect(
    "a storm of failures for a minute – few requests, and it is over within two seconds of its end",
    () =>
      Effect.gen(function* () {
        let broken = true
        const { asked, transport } = yield* over(() =>
          broken ? new Response("bad", { status: 502 }) : new Response("1")
        )
        const ask = Effect.repeatN(Effect.zipRight(transport.send(call()), Effect.sleep("100 millis")), 599)
        const fiber = yield* Effect.fork(ask)
        yield* TestClock.adjust(Duration.seconds(61))
        yield* Fiber.join(fiber)
        expect(asked.length).toBeLessThanOrEqual(5 + 60)
        broken = false
        yield* TestClock.adjust(Duration.seconds(2))
        expect((yield* transport.send(call()))._tag).toBe("Answered")
        expect((yield* transport.send(call()))._tag).toBe("Answered")
      })
  )

  it.effect("while the circuit is open – cancels still go", () =>
    Effect.gen(function* () {
      const { asked, transport } = yield* over(() => new Response("bad", { status: 500 }))
      for (let sent = 0; sent < 6; sent += 1) yield* transport.send(call())
      expect(asked.length).toBe(5)
      yield* transport.send(call({ endpoint: "cancel", method: "DELETE", path: "/order", body: "{}" }))
      expect(asked.length).toBe(6)
    })
  )

  it.effect("429 with Retry-After – no such request leaves before the venue said it may", () =>
    Effect.gen(function* () {
      const { asked, transport } = yield* over(
        () => new Response("{}", { status: 429, headers: { "retry-after": "2" } })
      )
      yield* transport.send(call())
      const waiting = yield* Effect.fork(transport.send(call()))
      yield* TestClock.adjust(Duration.millis(1_999))
      expect(asked.length).toBe(1)
      yield* TestClock.adjust(Duration.millis(1))
      yield* Fiber.join(waiting)
      expect(asked.map(({ atMs }) => atMs)).toEqual([0, 2_000])
    })
  )

  it.effect("the venue's count of what is left – at none the next one waits for its reset", () =>
    Effect.gen(function* () {
      const { asked, transport } = yield* over(
        () => new Response("1", { headers: { "poly-ratelimit-remaining": "0", "poly-ratelimit-reset": "1" } })
      )
      yield* transport.send(call())
      const waiting = yield* Effect.fork(transport.send(call()))
      yield* TestClock.adjust(Duration.seconds(1))
      yield* Fiber.join(waiting)
      expect(asked.map(({ atMs }) => atMs)).toEqual([0, 1_000])
    })
  )

  it.effect("a redirect is an answer, and nothing follows it", () =>
    Effect.gen(function* () {
      const { asked, transport } = yield* over(
        () => new Response("", { status: 302, headers: { location: "https://elsewhere.example/" } })
      )
      expect(yield* transport.send(call())).toMatchObject({ _tag: "Answered", status: 302 })
      expect(asked.length).toBe(1)
    })
  )

  it.effect("an answer of 10 MB is not read to its end", () =>
    Effect.gen(function* () {
      let chunks = 0
      const endless = () =>
        new Response(
          new ReadableStream({
            pull: (controller) => {
              chunks += 1
              controller.enqueue(new Uint8Array(65_536))
              if (chunks > 160) controller.close()
            }
          })
        )
      const { transport } = yield* over(endless)
      expect(yield* transport.send(call())).toMatchObject({ _tag: "Lost" })
      expect(chunks).toBeLessThan(40)
    })
  )
})

describe("a connection that fails", () => {
  it.effect("what is said of it – goes down to the reason", () =>
    Effect.gen(function* () {
      const client = HttpClient.make((request) =>
        Effect.fail(
          new HttpClientError.RequestError({
            request,
            reason: "Transport",
            cause: new Error("fetch failed", {
              cause: new Error("getaddrinfo ENOTFOUND clob.polymarket.com")
            })
          })
        )
      )
      const transport = yield* Effect.provide(
        makeTransport({ addresses: settingsFor().addresses, maxWaitMs: 2_000 }),
        Layer.succeed(HttpClient.HttpClient, client)
      )
      expect(yield* transport.send(call())).toMatchObject({
        _tag: "Lost",
        message: expect.stringMatching(/GET .*: fetch failed: getaddrinfo ENOTFOUND clob\.polymarket\.com$/)
      })
    })
  )
})

describe("addresses", () => {
  it.each([
    ["https://clob.polymarket.com", "http"],
    ["http://127.0.0.1:8080", "http"],
    ["http://localhost:1", "http"],
    ["http://[::1]:1", "http"],
    ["http://embedded.exchange/gamma", "http"],
    ["wss://ws-live-v2.polymarket.com/ws", "ws"],
    ["ws://127.0.0.1:8080/ws/market", "ws"]
  ] as const)("%s is good", (text, kind) => expect(addressProblem(text, kind)).toBeUndefined())

  it.each([
    ["http://clob.polymarket.com", "http"],
    ["ws://ws-live-v2.polymarket.com/ws", "ws"],
    ["https://clob.polymarket.com", "ws"],
    ["ftp://clob.polymarket.com", "http"],
    ["file:///etc/passwd", "http"],
    ["https://user:word@clob.polymarket.com", "http"],
    ["https://clob.polymarket.com?x=1", "http"],
    ["https://clob.polymarket.com#x", "http"],
    ["http://127.0.0.1.evil.example", "http"],
    ["http://localhost.evil.example", "http"],
    ["http://embedded.exchange.evil.example", "http"],
    ["clob.polymarket.com", "http"],
    ["", "http"]
  ] as const)("%s is not", (text, kind) => expect(addressProblem(text, kind)).toContain(text))

  it("whatever the path – a request goes to its base, or nowhere", () => {
    const base = "https://clob.polymarket.com/v"
    const part = fc.constantFrom(
      "/",
      "//",
      "..",
      "/../",
      "@",
      "evil.example",
      ":443",
      "\\",
      "%2e%2e",
      "?",
      "#",
      "\n",
      "https://",
      "x"
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string({ maxLength: 4 })), { maxLength: 6 }), (parts) => {
        const url = within(base, `/${parts.join("")}`, [["q", "a b&c"]])
        if (Either.isLeft(url)) return
        const { host, pathname, protocol, search } = new URL(url.right)
        expect([protocol, host, search]).toEqual(["https:", "clob.polymarket.com", "?q=a+b%26c"])
        expect(pathname.startsWith("/v/")).toBe(true)
      })
    )
    expect(Either.isRight(within(base, "/book", []))).toBe(true)
  })
})
