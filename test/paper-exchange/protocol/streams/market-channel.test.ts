import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { bookJson } from "../../../../src/paper-exchange/protocol/shapes/book.ts"
import { bookHash } from "../../../../src/protocol/book-hash.ts"
import { DEFAULT_MAX_UNREAD_FRAMES } from "../../../../src/paper-exchange/protocol/streams/streams.ts"
import type { VenueMarket } from "../../../../src/ports/venue.ts"
import {
  CARRIERS,
  type Carrier,
  type World,
  inProcess,
  inWorld,
  marketAt,
  place,
  register,
  serve
} from "../exchange.ts"
import { type Client, type Event, connect } from "./client.ts"

const MINUTE_MS = 60_000
interface Level {
  readonly price: string
  readonly size: string
}

/** A book as a client keeps it, from the channel alone. */
class Follower {
  private readonly sides = new Map<string, Map<string, string>>()

  take(event: Event): void {
    if (event.event_type === "book") {
      const token = String(event["asset_id"])
      const sizes = (levels: unknown) =>
        new Map((levels as ReadonlyArray<Level>).map(({ price, size }) => [price, size]))
      this.sides.set(`${token} BUY`, sizes(event["bids"]))
      this.sides.set(`${token} SELL`, sizes(event["asks"]))
    }
    if (event.event_type !== "price_change") return
    for (const change of event["price_changes"] as ReadonlyArray<Record<string, string>>) {
      const side = this.sides.get(`${change["asset_id"]} ${change["side"]}`)
      if (change["size"] === "0") side?.delete(change["price"] ?? "")
      else side?.set(change["price"] ?? "", change["size"] ?? "")
    }
    for (const change of event["price_changes"] as ReadonlyArray<Record<string, string>>) {
      const best = this.best(String(change["asset_id"]))
      expect([change["best_bid"], change["best_ask"]]).toEqual([best.bid, best.ask])
    }
  }

  levels(token: string, side: "BUY" | "SELL") {
    const worstFirst = (a: Level, b: Level) => (Number(a.price) - Number(b.price)) * (side === "BUY" ? 1 : -1)
    return [...(this.sides.get(`${token} ${side}`) ?? [])]
      .map(([price, size]) => ({ price, size }))
      .toSorted(worstFirst)
  }

  private best(token: string) {
    return {
      bid: this.levels(token, "BUY").at(-1)?.price ?? "0",
      ask: this.levels(token, "SELL").at(-1)?.price ?? "1"
    }
  }
}

const onChannelOf =
  (carry: Carrier) =>
  <A>(
    use: (world: World, client: Client, market: VenueMarket) => Effect.Effect<A, unknown>,
    maxUnreadFrames = DEFAULT_MAX_UNREAD_FRAMES
  ) =>
    inWorld((world) =>
      Effect.gen(function* () {
        const server = yield* serve(world, { maxUnreadFrames })
        yield* register(world.keeper)
        yield* world.pass(MINUTE_MS)
        return yield* carry(server, ({ sockets }) =>
          Effect.flatMap(connect(`${sockets}/ws/market`), (client) =>
            use(world, client, marketAt(world.keeper))
          )
        )
      })
    )

const begin = (client: Client, market: VenueMarket, more: object = {}) =>
  client.say({ assets_ids: [market.upTokenId, market.downTokenId], type: "market", ...more })

describe.each(CARRIERS)("the market channel %s", (_, carry) => {
  const onChannel = onChannelOf(carry)

  it("books and their changes – give a follower the exchange's own book, with its hash, at every moment", () =>
    onChannel((world, client, market) =>
      Effect.gen(function* () {
        const { keeper, pass } = world
        const tokens = [market.upTokenId, market.downTokenId]
        const follower = new Follower()
        const seen = new Map<string, number>()
        let hashes = 0
        yield* begin(client, market)
        for (let round = 0; round < 40; round++) {
          const events = yield* client.events
          const told = new Map<unknown, { readonly hash: unknown; readonly atMs: unknown }>()
          for (const event of events) {
            follower.take(event)
            seen.set(String(event.event_type), (seen.get(String(event.event_type)) ?? 0) + 1)
            const atMs = event["timestamp"]
            if (event.event_type === "book") told.set(event["asset_id"], { hash: event["hash"], atMs })
            if (event.event_type === "price_change")
              for (const change of event["price_changes"] as ReadonlyArray<Event>)
                told.set(change["asset_id"], { hash: change["hash"], atMs })
          }
          const record = keeper.world.engine.state.markets.get(market.conditionId)
          if (record === undefined) return yield* Effect.dieMessage("the market is gone")
          for (const token of tokens) {
            const book = bookJson(keeper.world.engine, record, token)
            expect(follower.levels(token, "BUY")).toEqual(book.bids)
            expect(follower.levels(token, "SELL")).toEqual(book.asks)
            expect(book.hash).toBe(bookHash(book))
            // A book that is stated again and is the same is not told again.
            const last = told.get(token)
            if (last?.atMs !== book.timestamp) continue
            expect(last.hash).toBe(book.hash)
            hashes += 1
          }
          if (round % 10 === 5) yield* place(keeper, market, market.upTokenId, 1, 7)
          yield* pass(700)
        }
        expect(hashes).toBeGreaterThan(20)
        expect(seen.get("price_change")).toBeGreaterThan(20)
        expect(seen.get("book")).toBeGreaterThan(2)
        expect(seen.get("last_trade_price")).toBeGreaterThan(0)
      })
    ))

  it("a trade – is told with its side and price, and then the books of both tokens", () =>
    onChannel(({ keeper, pass }, client, market) =>
      Effect.gen(function* () {
        yield* begin(client, market)
        yield* client.events
        yield* Effect.fork(place(keeper, market, market.downTokenId, 99, 5))
        yield* pass(160)
        const events = yield* client.events
        const traded = events.findIndex((event) => event.event_type === "last_trade_price")
        expect(events[traded]).toMatchObject({
          market: market.conditionId,
          asset_id: market.downTokenId,
          side: "BUY",
          fee_rate_bps: "0",
          timestamp: expect.stringMatching(/^\d{13}$/)
        })
        const after = events.slice(traded).filter((event) => event.event_type === "book")
        expect(after.map((event) => event["asset_id"])).toEqual([market.upTokenId, market.downTokenId])
        expect(after.map((event) => event["last_trade_price"])).toContain(events[traded]?.["price"])
      })
    ))

  it("texts – answer what is asked wrongly", () =>
    onChannel((_world, client, market) =>
      Effect.gen(function* () {
        yield* client.say("not json")
        yield* client.say({ assets_ids: "x", type: "market" })
        yield* begin(client, market, { initial_dump: false })
        yield* begin(client, market)
        yield* client.say({ operation: "subscribe", assets_ids: [market.upTokenId] })
        yield* client.say({ operation: "explode", assets_ids: [] })
        expect(yield* client.texts).toEqual([
          "INVALID MESSAGE",
          "INVALID OPERATION",
          "INVALID OPERATION",
          "NO NEW ASSETS",
          "INVALID OPERATION"
        ])
      })
    ))

  it("subscriptions – level 1 shows the best price, unknown tokens nothing, and who left hears no more", () =>
    onChannel(({ pass }, client, market) =>
      Effect.gen(function* () {
        yield* client.say({ assets_ids: ["123456"], type: "market", level: 1 })
        expect(yield* client.texts).toEqual(["[]"])
        yield* client.say({ operation: "subscribe", assets_ids: [market.upTokenId, market.upTokenId] })
        const [book, ...others] = yield* client.events
        expect(others).toEqual([])
        expect(book).toMatchObject({ event_type: "book", bids: [{}], asks: [{}] })
        yield* pass(3_000)
        expect((yield* client.events).length).toBeGreaterThan(0)
        yield* client.say({ operation: "unsubscribe", assets_ids: [market.upTokenId] })
        yield* client.events
        yield* pass(10_000)
        expect(yield* client.events).toEqual([])
        const many = Array.from({ length: 751 }, (__, index) => `${index + 1}`)
        yield* client.say({ operation: "subscribe", assets_ids: [...many, market.upTokenId] })
        expect(yield* client.texts).toEqual(["[]"])
      })
    ))

  it("custom features – tell listings, best prices and resolutions, and a socket of resolved tokens is closed", () =>
    onChannel(({ pass }, client, market) =>
      Effect.gen(function* () {
        yield* begin(client, market, { custom_feature_enabled: true })
        yield* client.events
        yield* pass(3 * MINUTE_MS)
        const best = (yield* client.events).filter((event) => event.event_type === "best_bid_ask")
        expect(best.length).toBeGreaterThan(0)
        for (const event of best) {
          const spread = Number(event["best_ask"]) - Number(event["best_bid"])
          expect(Number(event["spread"])).toBeCloseTo(spread, 9)
        }
        yield* pass(4 * MINUTE_MS)
        const { code, events } = yield* client.rest
        expect(code).toBe(1000)
        const listed = events.find((event) => event.event_type === "new_market")
        expect(listed).toMatchObject({
          slug: expect.stringMatching(/^btc-updown-/),
          outcomes: ["Up", "Down"]
        })
        const resolved = events.at(-1)
        expect(resolved).toMatchObject({ event_type: "market_resolved", market: market.conditionId })
        const won = resolved?.["winning_outcome"] === "Up" ? market.upTokenId : market.downTokenId
        expect(resolved?.["winning_asset_id"]).toBe(won)
      })
    ))

  it("without them – none of those is told", () =>
    onChannel(({ pass }, client, market) =>
      Effect.gen(function* () {
        yield* begin(client, market)
        yield* client.events
        yield* pass(6 * MINUTE_MS)
        const { code, events } = yield* client.rest
        expect(code).toBe(1000)
        const kinds = new Set(events.map((event) => event.event_type))
        expect([...kinds].toSorted()).toEqual([
          "book",
          "last_trade_price",
          "price_change",
          "tick_size_change"
        ])
      })
    ))

  it("a price that comes near $0 or $1 – both tokens' finer tick is told once, then their books with it", () =>
    onChannel(({ keeper, pass }, client, market) =>
      Effect.gen(function* () {
        const tokens = [market.upTokenId, market.downTokenId]
        yield* begin(client, market)
        let events: ReadonlyArray<Event> = yield* client.events
        const tickOf = () => keeper.world.engine.book(market.upTokenId)?.tickSizeTicks
        for (let waited = 0; tickOf() === 100 && waited < 5 * MINUTE_MS; waited += 1_000) {
          expect(events.filter((event) => event.event_type === "tick_size_change")).toEqual([])
          yield* pass(1_000)
          events = yield* client.events
        }
        expect(tickOf()).toBe(10)
        const first = events.findIndex((event) => event.event_type === "tick_size_change")
        const stamp = events[first]?.["timestamp"]
        const told = {
          market: market.conditionId,
          old_tick_size: "0.01",
          new_tick_size: "0.001",
          timestamp: stamp
        }
        expect(events.slice(first, first + 2)).toEqual(
          tokens.map((token) => ({ event_type: "tick_size_change", asset_id: token, ...told }))
        )
        expect(events.slice(first + 2, first + 4)).toEqual(
          tokens.map((token) =>
            expect.objectContaining({
              event_type: "book",
              asset_id: token,
              tick_size: "0.001",
              timestamp: stamp
            })
          )
        )
        yield* pass(1_000)
        const later = [...events.slice(first + 4), ...(yield* client.events)]
        expect(later.length).toBeGreaterThan(0)
        expect(later.filter((event) => event.event_type === "tick_size_change")).toEqual([])
      })
    ))
})

describe("a reader that is too slow", () => {
  it("gets what fitted, and is closed with 1013", () =>
    onChannelOf(inProcess)(
      ({ pass }, client, market) =>
        Effect.gen(function* () {
          yield* begin(client, market)
          yield* client.events
          yield* pass(4 * MINUTE_MS)
          const { code, events } = yield* client.rest
          expect(code).toBe(1013)
          expect(events.length).toBeGreaterThanOrEqual(20)
        }),
      20
    ))
})
