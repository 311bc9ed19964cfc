import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import type { VenueMarket } from "../../../../src/ports/venue.ts"
import { parseAddress } from "../../../../src/protocol/address.ts"
import { ADDRESS, CARRIERS, type World, inWorld, marketAt, place, register, serve } from "../exchange.ts"
import { type Client, type Event, connect } from "./client.ts"

const MINUTE_MS = 60_000
/** Account 2 of the public hardhat test keys. */
const SOMEBODY_ELSE = "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc"

const steps = (events: ReadonlyArray<Event>) =>
  events.map((event) =>
    event.event_type === "trade" ? `trade ${event["status"]}` : `order ${event["type"]} ${event["status"]}`
  )

describe.each(CARRIERS)("the user channel %s", (_, carry) => {
  interface Scene extends World {
    readonly market: VenueMarket
    readonly client: Client
    readonly key: { readonly apiKey: string; readonly secret: string; readonly passphrase: string }
    readonly url: string
  }
  const onChannel = <A>(
    use: (scene: Scene) => Effect.Effect<A, unknown, Effect.Effect.Context<ReturnType<typeof connect>>>
  ) =>
    inWorld((world) =>
      Effect.gen(function* () {
        const server = yield* serve(world)
        const key = yield* register(world.keeper)
        yield* register(world.keeper, SOMEBODY_ELSE)
        yield* world.pass(MINUTE_MS)
        const market = marketAt(world.keeper)
        return yield* carry(server, ({ sockets }) => {
          const url = `${sockets}/ws/user`
          return Effect.flatMap(connect(url), (client) => use({ ...world, market, client, key, url }))
        })
      })
    )

  it("a taker's order – is placed, and its trade matched, mined and confirmed", () =>
    onChannel(({ client, keeper, key, market, pass }) =>
      Effect.gen(function* () {
        yield* client.say({ auth: key, type: "user" })
        expect(yield* client.events).toEqual([])
        yield* Effect.fork(place(keeper, market, market.upTokenId, 99, 5, { owner: key.apiKey }))
        yield* pass(10_000)
        const events = yield* client.events
        const trades = events.filter((event) => event.event_type === "trade")
        const ids = new Set(trades.map((event) => event["id"]))
        expect(ids.size).toBeGreaterThan(0)
        for (const id of ids) {
          const own = trades.filter((event) => event["id"] === id)
          expect(steps(own)).toEqual(["trade MATCHED", "trade MINED", "trade CONFIRMED"])
          expect(own.map((event) => event["transaction_hash"] === null)).toEqual([true, false, false])
        }
        const [order, ...others] = events.filter((event) => event.event_type === "order")
        expect(others).toEqual([])
        expect(order).toMatchObject({
          type: "PLACEMENT",
          status: "MATCHED",
          market: market.conditionId,
          asset_id: market.upTokenId,
          side: "BUY",
          original_size: "5",
          size_matched: "5",
          price: "0.99",
          outcome: "Up",
          order_type: "GTC",
          expiration: "0",
          owner: key.apiKey,
          order_owner: key.apiKey,
          maker_address: parseAddress(ADDRESS),
          associate_trades: [...ids]
        })
        const size = trades
          .filter((event) => event["status"] === "MATCHED")
          .reduce((sum, event) => sum + Number(event["size"]), 0)
        expect(size).toBe(5)
        for (const event of trades) {
          expect(event).toMatchObject({
            type: "TRADE",
            taker_order_id: order?.["id"],
            trader_side: "TAKER",
            trade_owner: key.apiKey,
            maker_orders: [{ side: "SELL", matched_amount: event["size"], price: event["price"] }]
          })
        }
      })
    ))

  it("a resting order – is placed, filled by another account, and its rest cancelled", () =>
    onChannel(({ client, keeper, key, market, pass }) =>
      Effect.gen(function* () {
        yield* client.say({ auth: key, type: "user", markets: [market.conditionId] })
        yield* client.events
        const bid = Number(keeper.world.engine.book(market.upTokenId)?.bids[0]?.priceTicks) / 100
        const ask = Number(keeper.world.engine.book(market.upTokenId)?.asks[0]?.priceTicks) / 100
        expect(ask - bid).toBeGreaterThan(0)
        // At the front of the queue: the best price of its side, and better than anybody's.
        const price = ask - bid > 1 ? bid + 1 : bid
        const orderId = yield* place(keeper, market, market.upTokenId, price, 20, { owner: key.apiKey })
        const sold = keeper.world.engine.book(market.downTokenId)
        expect(sold).toBeDefined()
        yield* Effect.fork(
          place(keeper, market, market.downTokenId, 100 - price, 300, { account: SOMEBODY_ELSE })
        )
        yield* pass(200)
        yield* Effect.ignore(keeper.cancel(ADDRESS, [orderId]))
        yield* pass(10_000)
        const events = (yield* client.events).filter(
          (event) => event.event_type === "order" && event["id"] === orderId
        )
        const types = events.map((event) => event["type"])
        expect(types[0]).toBe("PLACEMENT")
        expect(events[0]).toMatchObject({ status: "LIVE", size_matched: "0" })
        const last = events.at(-1)
        expect(["UPDATE", "CANCELLATION"]).toContain(last?.["type"])
        if (last?.["type"] === "CANCELLATION") expect(last["status"]).toBe("CANCELED")
        else expect(last).toMatchObject({ status: "MATCHED", size_matched: "20" })
      })
    ))

  it("a match of two accounts – is told to both, each in its own role", () =>
    onChannel(({ client, keeper, key, market, pass }) =>
      Effect.gen(function* () {
        yield* client.say({ auth: key, type: "user" })
        yield* client.events
        const ask = Number(keeper.world.engine.book(market.upTokenId)?.asks[0]?.priceTicks) / 100
        // One cent inside the spread, or at the back of the best bid's queue, which a large order empties.
        yield* place(keeper, market, market.upTokenId, ask - 1, 10, { owner: key.apiKey })
        yield* Effect.fork(
          place(keeper, market, market.downTokenId, 101 - ask, 900, {
            account: SOMEBODY_ELSE,
            owner: "other"
          })
        )
        yield* pass(160)
        const trade = (yield* client.events).find((event) => event.event_type === "trade")
        expect(trade).toMatchObject({
          status: "MATCHED",
          trader_side: "MAKER",
          asset_id: market.downTokenId,
          side: "BUY",
          outcome: "Down",
          owner: key.apiKey,
          maker_address: parseAddress(ADDRESS),
          maker_orders: [
            {
              owner: key.apiKey,
              maker_address: parseAddress(ADDRESS),
              asset_id: market.upTokenId,
              outcome: "Up",
              outcome_index: 0,
              side: "BUY"
            }
          ]
        })
      })
    ))

  it("other markets, other accounts – are not told", () =>
    onChannel(({ client, keeper, key, market, pass, url }) =>
      Effect.gen(function* () {
        yield* client.say({ auth: key, type: "user", markets: ["0xother"] })
        yield* client.events
        yield* place(keeper, market, market.upTokenId, 1, 10, { account: SOMEBODY_ELSE })
        yield* place(keeper, market, market.upTokenId, 1)
        yield* pass(100)
        expect(yield* client.events).toEqual([])
        yield* client.say({ operation: "subscribe", markets: [market.conditionId] })
        yield* client.events
        yield* place(keeper, market, market.upTokenId, 1)
        expect(steps(yield* client.events)).toEqual(["order PLACEMENT LIVE"])
        yield* client.say({ operation: "unsubscribe", markets: [market.conditionId] })
        yield* client.events
        yield* place(keeper, market, market.upTokenId, 1)
        expect(yield* client.events).toEqual([])
        // Who comes again is told of what happens from then on, and of nothing that happened before.
        const again = yield* connect(url)
        yield* again.say({ auth: key, type: "user" })
        expect(yield* again.events).toEqual([])
        yield* place(keeper, market, market.upTokenId, 1)
        expect(steps(yield* again.events)).toEqual(["order PLACEMENT LIVE"])
      })
    ))

  it.each([
    ["a wrong secret", { secret: "AAAA" }],
    ["a wrong passphrase", { passphrase: "x" }],
    ["an unknown key", { apiKey: "00000000-0000-4000-8000-000000000000" }]
  ])("%s – closes the socket without a word", (_what, wrong) =>
    onChannel(({ client, key }) =>
      Effect.gen(function* () {
        yield* client.say({ auth: { ...key, ...wrong }, type: "user" })
        expect(yield* client.rest).toEqual({ events: [], code: 1000 })
      })
    )
  )

  it("no credentials at all – close it too", () =>
    onChannel(({ client }) =>
      Effect.gen(function* () {
        yield* client.say("hello")
        expect(yield* client.rest).toEqual({ events: [], code: 1000 })
      })
    ))
})
