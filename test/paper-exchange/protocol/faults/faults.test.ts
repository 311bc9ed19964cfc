import { HttpClient } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, Either, Fiber, type Scope } from "effect"
import { isMeant } from "../../../../src/paper-exchange/protocol/faults/http-faults.ts"
import { readFaultScript } from "../../../../src/paper-exchange/protocol/faults/script.ts"
import { Weather } from "../../../../src/paper-exchange/protocol/faults/weather.ts"
import type { Sockets } from "../../../../src/ports/sockets.ts"
import { KEYS, type Trader, limit, traderOf } from "../../rest/fixture.ts"
import {
  ADDRESS,
  REST,
  inProcess,
  inWorld,
  marketAt,
  place,
  register,
  serve,
  simulator,
  type World
} from "../exchange.ts"
import { type Client, connect } from "../streams/client.ts"
import type { VenueMarket } from "../../../../src/ports/venue.ts"

const MINUTE_MS = 60_000
/** The key of the account that is registered. */
const TRADER_KEY = KEYS[1] ?? Buffer.alloc(0)
const BASE = "http://embedded.exchange"

interface Scene extends World {
  readonly market: VenueMarket
  readonly trader: Trader
  readonly key: { readonly apiKey: string; readonly secret: string; readonly passphrase: string }
}

const script = (faults: ReadonlyArray<object>) =>
  Either.getOrThrow(readFaultScript(JSON.stringify({ faults })))

/** A scene a minute after the beginning, with its faults counted from there. */
const withFaults = <A>(
  faults: ReadonlyArray<object>,
  use: (scene: Scene) => Effect.Effect<A, unknown, HttpClient.HttpClient | Sockets | Scope.Scope>
) =>
  inWorld((world) =>
    Effect.gen(function* () {
      const key = yield* register(world.keeper)
      yield* world.pass(MINUTE_MS)
      const server = yield* serve(world, { faults: script(faults), faultSeed: 5 })
      const exchange = { keeper: world.keeper, handle: server.handle, settings: REST, simulator }
      const trader = traderOf(exchange, TRADER_KEY)
      const market = marketAt(world.keeper)
      return yield* inProcess(server, () => use({ ...world, key, market, trader }))
    })
  )

const get = (path: string) => Effect.flatMap(HttpClient.HttpClient, (client) => client.get(`${BASE}${path}`))
const post = (path: string) =>
  Effect.flatMap(HttpClient.HttpClient, (client) => client.post(`${BASE}${path}`))

/** How long something takes in market time. */
const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fromMs = yield* Clock.currentTimeMillis
    const result = yield* effect
    return { result, tookMs: (yield* Clock.currentTimeMillis) - fromMs }
  })

/** Runs something while the market goes on. */
const during = <A, E, R>({ pass }: World, ms: number, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* pass(ms)
    return yield* Fiber.join(fiber)
  })

const follow = (client: Client, market: VenueMarket) =>
  client.say({ assets_ids: [market.upTokenId, market.downTokenId], type: "market" })

describe("faults of answers", () => {
  it("latency – an answer comes within its bounds later, and only while the fault lasts", () =>
    withFaults([{ kind: "latency", minMs: 300, maxMs: 900, forMs: 60_000, routes: ["GET /time"] }], (scene) =>
      Effect.gen(function* () {
        const takes: Array<number> = []
        for (let count = 0; count < 10; count++) {
          takes.push((yield* during(scene, 1_000, timed(get("/time")))).tookMs)
        }
        for (const tookMs of takes) {
          expect(tookMs).toBeGreaterThanOrEqual(300)
          expect(tookMs).toBeLessThanOrEqual(900)
        }
        expect(new Set(takes).size).toBeGreaterThan(3)
        expect((yield* timed(get("/version"))).tookMs).toBe(0)
        yield* scene.pass(MINUTE_MS)
        expect((yield* timed(get("/time"))).tookMs).toBe(0)
      })
    ))

  it.each([
    ["timeout-executed", true],
    ["timeout-not-executed", false]
  ])("%s – nobody hears of it, and it was done: %s", (kind, done) =>
    withFaults([{ kind, hangMs: 30_000 }], (scene) =>
      Effect.gen(function* () {
        const { keeper, market, trader } = scene
        const order = trader.post(limit(market.upTokenId, 1, 10))
        const { result, tookMs } = yield* during(scene, 31_000, timed(order))
        expect([result.status, tookMs]).toEqual([504, 30_000])
        expect(keeper.world.engine.openOrders(ADDRESS).map(({ orderId }) => orderId)).toEqual(
          done ? [result.orderId] : []
        )
      })
    )
  )

  it("restart – orders get 425, then all but post-only ones 503, then nothing is amiss", () =>
    withFaults(
      [{ kind: "restart", atMs: 5_000, forMs: 10_000, postOnlyForMs: 20_000 }],
      ({ market, pass, trader }) =>
        Effect.gen(function* () {
          const send = (postOnly: boolean) => trader.post(limit(market.upTokenId, 1, 10, { postOnly }))
          const order = Effect.suspend(() => send(false))
          const postOnly = Effect.suspend(() => send(true))
          expect((yield* order).status).toBe(200)
          yield* pass(6_000)
          expect(yield* order).toMatchObject({ status: 425, body: { error: "service not ready" } })
          yield* pass(10_000)
          expect(yield* order).toMatchObject({
            status: 503,
            headers: { "retry-after": "19" },
            body: { code: "post_only_mode", retry_after_seconds: 19 }
          })
          expect((yield* postOnly).status).toBe(200)
          yield* pass(20_000)
          expect((yield* order).status).toBe(200)
        })
    ))

  it("server-error – may have done what was asked", () =>
    withFaults(
      [{ kind: "server-error", executed: true, text: "order timed out" }],
      ({ keeper, market, trader }) =>
        Effect.gen(function* () {
          const { body, orderId, status } = yield* trader.post(limit(market.upTokenId, 1, 10))
          expect([status, body]).toEqual([500, { error: "order timed out" }])
          expect(keeper.world.engine.openOrders(ADDRESS).map((order) => order.orderId)).toEqual([orderId])
        })
    ))

  it("rate-limit, server-error, blocked – answer as the venue does", () =>
    withFaults(
      [
        { kind: "rate-limit", routes: ["GET /book"], retryAfterS: 3 },
        { kind: "server-error", routes: ["POST /order"] },
        { kind: "blocked", routes: ["DELETE /*", "POST /orders"] }
      ],
      () =>
        Effect.gen(function* () {
          const limited = yield* get("/book?token_id=1")
          expect([limited.status, limited.headers["retry-after"]]).toEqual([429, "3"])
          expect(yield* limited.json).toEqual({ error: "Too Many Requests" })
          const failed = yield* post("/order")
          expect([failed.status, yield* failed.json]).toEqual([500, { error: "could not run the execution" }])
          const blocked = yield* post("/orders")
          expect([blocked.status, blocked.headers["content-type"]]).toEqual([403, "text/html; charset=UTF-8"])
          expect(yield* blocked.text).toContain("Attention Required! | Cloudflare")
          expect((yield* get("/time")).status).toBe(200)
        })
    ))

  it("clock-skew – moves /time and the Date header, and nothing else", () =>
    withFaults([{ kind: "clock-skew", skewMs: -90_000, forMs: 60_000 }], ({ keeper, pass }) =>
      Effect.gen(function* () {
        const skewOf = Effect.gen(function* () {
          const response = yield* get("/time")
          const seconds = Number(yield* response.text) - Math.floor(keeper.world.nowMs / 1_000)
          const date = Date.parse(response.headers["date"] ?? "") - keeper.world.nowMs
          return [seconds, Math.round(date / 1_000)]
        })
        expect(yield* skewOf).toEqual([-90, -90])
        expect(yield* Effect.flatMap(get("/version"), (response) => response.json)).toEqual({ version: 2 })
        yield* pass(61_000)
        expect((yield* skewOf)[0]).toBe(0)
      })
    ))

  it("p – strikes about as often as it says, the same times for the same seed", () =>
    withFaults([{ kind: "rate-limit", p: 0.3, routes: ["GET /time"] }], () =>
      Effect.gen(function* () {
        const statuses: Array<number> = []
        for (let count = 0; count < 400; count++) statuses.push((yield* get("/time")).status)
        const struck = statuses.filter((status) => status === 429).length
        expect(struck).toBeGreaterThan(80)
        expect(struck).toBeLessThan(160)
        const again = new Weather(script([{ kind: "rate-limit", p: 0.3 }]), 0, 5)
        const [fault] = again.all("rate-limit")
        const strikes: Array<boolean> = []
        for (let count = 0; count < 400; count++) strikes.push(fault !== undefined && (yield* fault.strikes))
        expect(statuses.map((status) => status === 429)).toEqual(strikes)
      })
    ))

  it("routes – a star stands for any method, and for any rest of a path", () => {
    const request = { method: "GET", path: "/data/orders" }
    expect(
      ["GET /data/orders", "* /data/*", "* /*", "GET /data/order", "POST /*", "GET /data"].map((route) =>
        isMeant(route, request)
      )
    ).toEqual([true, true, true, false, false, false])
  })
})

describe("faults of balances and trades", () => {
  it("stale-balances – are those from before, until they are asked to be looked at again", () =>
    withFaults([{ kind: "stale-balances", forMs: 60_000 }], (scene) =>
      Effect.gen(function* () {
        const { market, trader } = scene
        const look = Effect.map(
          trader.send("GET", `/balance-allowance?asset_type=CONDITIONAL&token_id=${market.upTokenId}`),
          ({ body }) => body.balance
        )
        expect(yield* look).toBe("0")
        yield* during(scene, 10_000, buy(scene))
        expect(yield* look).toBe("0")
        yield* trader.send(
          "GET",
          `/balance-allowance/update?asset_type=CONDITIONAL&token_id=${market.upTokenId}`
        )
        expect(yield* look).toBe("5000000")
      })
    ))

  const buy = ({ keeper, key, market }: Scene) =>
    place(keeper, market, market.upTokenId, 99, 5, { owner: key.apiKey })

  const tradeSteps = (client: Client) =>
    Effect.map(client.events, (events) =>
      events.filter((event) => event.event_type === "trade").map((event) => event["status"])
    )

  const told = (faults: ReadonlyArray<object>) =>
    withFaults(faults, (scene) =>
      Effect.gen(function* () {
        const client = yield* connect(`${BASE}/ws/user`)
        yield* client.say({ auth: scene.key, type: "user" })
        const cash = scene.keeper.world.engine.cash(ADDRESS)
        yield* during(scene, 20_000, buy(scene))
        const { market } = scene
        const trades = scene.keeper.world.engine.state.markets.get(market.conditionId)?.trades
        const own = [...(trades?.values() ?? [])].filter(({ rows }) => rows.length > 0)
        return {
          steps: new Set(yield* tradeSteps(client)),
          statuses: new Set(own.map(({ status }) => status)),
          isRepaid: cash === scene.keeper.world.engine.cash(ADDRESS)
        }
      })
    )

  it("failed-trades – are told as failed, and the money comes back", async () => {
    const { isRepaid, statuses, steps } = await told([{ kind: "failed-trades", afterMs: 1_000 }])
    expect(steps).toEqual(new Set(["MATCHED", "FAILED"]))
    expect(statuses).toEqual(new Set(["failed"]))
    expect(isRepaid).toBe(true)
  })

  it("failed-trades, retrying – are confirmed in the end", async () => {
    const { steps } = await told([{ kind: "failed-trades", afterMs: 3_000, fate: "retrying" }])
    expect(steps).toEqual(new Set(["MATCHED", "MINED", "RETRYING", "CONFIRMED"]))
  })

  it("ghost-fills – fail, and nobody is told more than that they matched", async () => {
    const { isRepaid, statuses, steps } = await told([{ kind: "ghost-fills", afterMs: 1_000 }])
    expect(steps).toEqual(new Set(["MATCHED"]))
    expect(statuses).toEqual(new Set(["failed"]))
    expect(isRepaid).toBe(true)
  })

  it("none of them – befalls trades that match before or after", async () => {
    const { statuses } = await told([{ kind: "failed-trades", atMs: 15_000 }])
    expect(statuses).toEqual(new Set(["confirmed"]))
  })
})

describe("faults of channels", () => {
  const onMarket = <A>(
    faults: ReadonlyArray<object>,
    use: (scene: Scene, client: Client) => Effect.Effect<A, unknown, Sockets | Scope.Scope>
  ) =>
    withFaults(faults, (scene) =>
      Effect.gen(function* () {
        const client = yield* connect(`${BASE}/ws/market`)
        yield* follow(client, scene.market)
        return yield* use(scene, client)
      })
    )

  const CHANGES = { forMs: 60_000, channels: ["/ws/market"] }
  const stamps = (client: Client) =>
    Effect.map(client.events, (events) =>
      events.filter((event) => event.event_type === "price_change").map((event) => Number(event["timestamp"]))
    )

  it("silent-socket – says nothing but PONG, and speaks again when it is over", () =>
    onMarket([{ kind: "silent-socket", atMs: 5_000, forMs: 20_000 }], ({ pass }, client) =>
      Effect.gen(function* () {
        yield* pass(4_000)
        expect((yield* client.events).length).toBeGreaterThan(2)
        yield* pass(2_000)
        yield* client.events
        yield* pass(15_000)
        expect(yield* client.texts).toEqual([])
        yield* pass(6_000)
        yield* client.events
        yield* pass(5_000)
        expect((yield* client.events).length).toBeGreaterThan(2)
      })
    ))

  it("drop-events – loses some of them", () =>
    onMarket([{ kind: "drop-events", p: 0.5, ...CHANGES }], ({ pass }, client) =>
      Effect.gen(function* () {
        const lossy = yield* Effect.zipRight(pass(50_000), stamps(client))
        yield* pass(15_000)
        yield* client.events
        const later = yield* Effect.zipRight(pass(50_000), stamps(client))
        expect(lossy.length).toBeGreaterThan(0)
        expect(lossy.length).toBeLessThan(later.length * 0.8)
      })
    ))

  it("duplicate-events – tell the same twice", () =>
    onMarket([{ kind: "duplicate-events", ...CHANGES }], ({ pass }, client) =>
      Effect.gen(function* () {
        yield* client.events
        yield* pass(20_000)
        const texts = yield* client.texts
        expect(texts.length).toBeGreaterThan(20)
        expect(texts.filter((__, index) => index % 2 === 0)).toEqual(
          texts.filter((__, index) => index % 2 === 1)
        )
      })
    ))

  it("reorder-events – tell an event after its successor", () =>
    withFaults([{ kind: "reorder-events", ...CHANGES, channels: ["/polybolt/ws"] }], ({ key, pass }) =>
      Effect.gen(function* () {
        const client = yield* connect(`${BASE}/polybolt/ws`)
        const subscriptions = [{ channel: "price.crypto", filter: { symbol: "btcusd" } }]
        yield* client.say({ op: "auth", auth: key })
        yield* client.say({ op: "subscribe", subscriptions })
        yield* pass(20_000)
        yield* client.say({ op: "ping" })
        const numbers: Array<number> = []
        for (;;) {
          const frame = JSON.parse(yield* client.receive) as { readonly op?: string; readonly seq?: number }
          if (frame.op === "pong") break
          if (frame.seq !== undefined) numbers.push(frame.seq)
        }
        expect(numbers.length).toBeGreaterThan(15)
        expect(numbers).toEqual(numbers.map((__, index) => index + (index % 2 === 0 ? 2 : 0)))
      })
    ))

  it("closed-socket – ends sockets that are open, and those that open meanwhile; later ones stay", () =>
    onMarket(
      [{ kind: "closed-socket", atMs: 5_000, forMs: 10_000, code: 1012, channels: ["/ws/market"] }],
      ({ market, pass }, client) =>
        Effect.gen(function* () {
          yield* pass(6_000)
          const { code, events } = yield* client.rest
          expect(code).toBe(1012)
          expect(events.length).toBeGreaterThan(0)
          const meanwhile = yield* connect(`${BASE}/ws/market`)
          expect((yield* meanwhile.rest).code).toBe(1012)
          yield* pass(10_000)
          const later = yield* connect(`${BASE}/ws/market`)
          yield* follow(later, market)
          yield* pass(60_000)
          expect((yield* later.events).length).toBeGreaterThan(20)
        })
    ))
})
