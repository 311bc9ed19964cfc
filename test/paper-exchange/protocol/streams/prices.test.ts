import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { parseSpot } from "../../../../src/domain/decimal.ts"
import { CARRIERS, START_MS, type World, inWorld, marketAt, register, serve } from "../exchange.ts"
import { type Client, connect } from "./client.ts"

const MINUTE_MS = 60_000
const WINDOW_MS = 5 * MINUTE_MS

interface Point {
  readonly timestamp: number
  readonly value: number
  readonly full_accuracy_value?: string
}

interface Frame {
  readonly op?: string
  readonly rid?: string
  readonly code?: string
  readonly topic?: string
  readonly type?: string
  readonly channel?: string
  readonly seq?: number
  readonly snapshot?: boolean
  readonly payload?: Point & {
    readonly symbol: string
    readonly source?: string
    readonly window_seconds?: number
    readonly window_s?: number
    readonly data?: ReadonlyArray<Point>
  }
}

/** Exact dollars of PolyBolt's and of RTDS's text, in units of 1e-8. */
const boltUnits = (text: string | undefined) => parseSpot(text ?? "")
const rtdsUnits = (text: string | undefined) => Number(BigInt(text ?? "0") / 10n ** 10n)

describe.each(CARRIERS)("price channels %s", (_, carry) => {
  interface Scene extends World {
    readonly client: Client
    /** Says something and takes all frames up to the answer to a ping. */
    readonly frames: Effect.Effect<ReadonlyArray<Frame>, unknown>
    readonly key: object
  }
  const onChannel = <A>(path: "/polybolt/ws" | "/rtds", use: (scene: Scene) => Effect.Effect<A, unknown>) =>
    inWorld((world) =>
      Effect.gen(function* () {
        const server = yield* serve(world)
        const key = yield* register(world.keeper)
        yield* world.pass(MINUTE_MS)
        return yield* carry(server, ({ sockets }) =>
          Effect.gen(function* () {
            const client = yield* connect(`${sockets}${path}`)
            const barrier =
              path === "/rtds"
                ? {
                    action: "subscribe",
                    subscriptions: [{ topic: "crypto_prices", type: "*", filters: "dogeusdt" }]
                  }
                : { op: "ping", rid: "barrier" }
            const isBarrier = (frame: Frame) =>
              frame.rid === "barrier" || frame.payload?.symbol === "dogeusdt"
            const frames = Effect.gen(function* () {
              yield* client.say(barrier)
              const heard: Array<Frame> = []
              for (;;) {
                const frame = JSON.parse(yield* client.receive) as Frame
                if (isBarrier(frame)) return heard
                heard.push(frame)
              }
            })
            return yield* use({ ...world, client, frames, key })
          })
        )
      })
    )

  const averages = { channel: "price.crypto.twap", filter: { symbol: "btcusd", window_seconds: 60 } }
  const prices = { channel: "price.crypto", filter: { symbol: "btcusd" } }

  it("PolyBolt – gives two minutes of history, then every second once, numbered without a gap", () =>
    onChannel("/polybolt/ws", ({ client, frames, key, pass }) =>
      Effect.gen(function* () {
        yield* client.say({ op: "auth", rid: "a", auth: key })
        yield* client.say({ op: "subscribe", rid: "s", subscriptions: [averages, prices] })
        const [authed, subscribed, ...snapshots] = yield* frames
        expect([authed, subscribed]).toEqual([
          { op: "authed", rid: "a" },
          { op: "subscribed", rid: "s" }
        ])
        expect(snapshots.map(({ channel, seq, snapshot }) => ({ channel, seq, snapshot }))).toEqual([
          { channel: "price.crypto.twap", seq: 1, snapshot: true },
          { channel: "price.crypto", seq: 1, snapshot: true }
        ])
        // An average is known once there was a minute of prices.
        for (const { payload } of snapshots) expect(payload?.data?.length).toBeGreaterThan(115)
        yield* client.say({ op: "subscribe", subscriptions: [prices] })
        // Who asks again is given no second history.
        expect(yield* frames).toEqual([{ op: "subscribed" }])
        yield* pass(20_000)
        const live = yield* frames
        for (const channel of ["price.crypto", "price.crypto.twap"]) {
          const own = live.filter((frame) => frame.channel === channel)
          expect(own.map(({ seq }) => seq)).toEqual(own.map((__, index) => index + 2))
          const history = snapshots.find((frame) => frame.channel === channel)?.payload?.data ?? []
          const stamps = [...history, ...own.flatMap(({ payload }) => payload ?? [])].map(
            ({ timestamp }) => timestamp
          )
          expect(stamps).toEqual(stamps.map((__, index) => (stamps[0] ?? 0) + index * 1_000))
          expect(own.length).toBeGreaterThanOrEqual(18)
          expect(own[0]?.payload).toMatchObject({ symbol: "btcusd", source: "chainlink" })
        }
        yield* client.say({ op: "unsubscribe", rid: "u", subscriptions: [prices, averages] })
        expect((yield* frames).at(-1)).toEqual({ op: "unsubscribed", rid: "u" })
        yield* pass(5_000)
        expect(yield* frames).toEqual([])
      })
    ))

  it("the average – stamped with a window's start is its price to beat, with its end the price it settles on", () =>
    onChannel("/polybolt/ws", ({ client, frames, keeper, key, pass }) =>
      Effect.gen(function* () {
        yield* client.say({ op: "auth", auth: key })
        yield* client.say({ op: "subscribe", subscriptions: [averages] })
        const seen = new Map<number, string | undefined>()
        for (let minute = 0; minute < 11; minute++) {
          yield* pass(MINUTE_MS)
          for (const { payload } of yield* frames)
            for (const point of payload?.data ?? (payload === undefined ? [] : [payload]))
              seen.set(point.timestamp, point.full_accuracy_value)
        }
        const second = START_MS + WINDOW_MS
        const { conditionId, slug } = marketAt(keeper, second)
        const toBeat = keeper.world.pricesToBeat.get(conditionId)
        const { closePrice } = keeper.world.resolutions.get(slug) ?? {}
        expect(toBeat).toBeDefined()
        expect(boltUnits(seen.get(second))).toMatchObject({ value: toBeat })
        expect(boltUnits(seen.get(second + WINDOW_MS))).toEqual(closePrice)
      })
    ))

  it("PolyBolt – says what is wrong with a request, and sends away who does not stop", () =>
    onChannel("/polybolt/ws", ({ client, frames, key }) =>
      Effect.gen(function* () {
        const subscribe = (channel: string, filter: unknown) =>
          client.say({ op: "subscribe", subscriptions: [{ channel, filter }] })
        yield* client.say("{")
        yield* client.say({ op: "dance", rid: "1" })
        yield* subscribe("price.crypto", { symbol: "btcusd" })
        yield* client.say({ op: "auth", auth: { ...key, passphrase: "wrong" } })
        yield* client.say({ op: "auth", auth: key })
        yield* subscribe("price.gold", { symbol: "btcusd" })
        for (const symbol of ["btc/usd", "btcusdt", "BTCUSD"]) yield* subscribe("price.crypto", { symbol })
        yield* subscribe("price.crypto.twap", { symbol: "btcusd", window_seconds: 30 })
        expect((yield* frames).map(({ code, op }) => code ?? op)).toEqual([
          "bad_op",
          "bad_op",
          "auth_required",
          "auth_invalid",
          "authed",
          "bad_channel",
          ...Array.from({ length: 4 }, () => "bad_filter")
        ])
        for (let count = 0; count < 30; count++) yield* Effect.ignore(subscribe("price.gold", {}))
        const { code, events } = yield* client.rest
        expect(code).toBe(4008)
        expect(events.at(-1)).toMatchObject({ op: "error", code: "rate_limited" })
      })
    ))

  it("PolyBolt – lets nobody try credentials for ever", () =>
    onChannel("/polybolt/ws", ({ client }) =>
      Effect.gen(function* () {
        const auth = { apiKey: "x", secret: "y", passphrase: "z" }
        for (let count = 0; count < 9; count++) yield* Effect.ignore(client.say({ op: "auth", auth }))
        const { code, events } = yield* client.rest
        expect(code).toBe(4008)
        expect(events.map((event) => event["code"])).toEqual([
          ...Array.from({ length: 8 }, () => "auth_invalid"),
          "auth_attempts"
        ])
      })
    ))

  it("RTDS – dumps a minute, then tells prices and averages as they come", () =>
    onChannel("/rtds", ({ client, frames, pass }) =>
      Effect.gen(function* () {
        const filters = '{"symbol":"btc/usd"}'
        const topics = ["crypto_prices_chainlink", "crypto_prices_twap_thirty", "crypto_prices_twap_sixty"]
        yield* client.say({
          action: "subscribe",
          subscriptions: topics.map((topic) => ({ topic, type: "*", filters }))
        })
        const [dump, ...others] = yield* frames
        expect(others).toEqual([])
        expect(dump).toMatchObject({
          topic: "crypto_prices",
          type: "subscribe",
          payload: { symbol: "btc/usd" }
        })
        expect(dump?.payload?.data).toHaveLength(60)
        yield* pass(90_000)
        const updates = yield* frames
        const of = (topic: string) =>
          updates.flatMap((frame) => (frame.topic === topic && frame.payload ? [frame.payload] : []))
        const seconds = of("crypto_prices_chainlink")
        expect(seconds.length).toBeGreaterThan(80)
        const priceAt = new Map(
          seconds.map((point) => [point.timestamp, rtdsUnits(point.full_accuracy_value)])
        )
        for (const [topic, length] of [
          ["crypto_prices_twap_thirty", 30],
          ["crypto_prices_twap_sixty", 60]
        ] as const) {
          const last = of(topic).at(-1)
          expect(last?.window_s).toBe(length)
          const stamp = last?.timestamp ?? 0
          const before = Array.from({ length }, (__, index) => priceAt.get(stamp - (index + 1) * 1_000) ?? 0)
          const mean = Math.round(before.reduce((sum, price) => sum + price, 0) / length)
          expect(rtdsUnits(last?.full_accuracy_value)).toBe(mean)
        }
      })
    ))

  it("RTDS – is as silent as the venue's: for a filter with spaces, for a topic beside an unknown one", () =>
    onChannel("/rtds", ({ client, frames, pass }) =>
      Effect.gen(function* () {
        const chainlink = { topic: "crypto_prices_chainlink", type: "update" }
        const subscribe = (...subscriptions: ReadonlyArray<object>) =>
          client.say({ action: "subscribe", subscriptions })
        yield* subscribe({ ...chainlink, filters: '{"symbol": "btc/usd"}' })
        expect((yield* frames).map(({ type }) => type)).toEqual(["subscribe"])
        yield* pass(5_000)
        expect(yield* frames).toEqual([])
        yield* subscribe(chainlink, { topic: "weather", type: "*" })
        yield* frames
        yield* pass(5_000)
        expect(yield* frames).toEqual([])
        yield* client.say("PING")
        yield* client.say("not json")
        yield* subscribe(chainlink)
        yield* frames
        yield* pass(5_000)
        expect((yield* frames).length).toBeGreaterThanOrEqual(4)
        yield* client.say({ action: "unsubscribe", subscriptions: [chainlink] })
        yield* frames
        yield* pass(5_000)
        expect(yield* frames).toEqual([])
      })
    ))
})
