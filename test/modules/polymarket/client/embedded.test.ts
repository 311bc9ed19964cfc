/** The client on the embedded exchange, over the protocol: discovery, books, orders, fills, balances, settlement. */
import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { formatUsd } from "../../../../src/domain/decimal.ts"
import type { Intent } from "../../../../src/domain/order.ts"
import { microShares, priceTicks } from "../../../../src/domain/money.ts"
import type { Window } from "../../../../src/domain/window.ts"
import { START_MS, inWorld } from "../../../paper-exchange/protocol/exchange.ts"
import type { ServerFrame, WireResponse } from "../../../../src/paper-exchange/protocol/wire.ts"
import { POLYGON_EXCHANGE, orderIdOf, orderStruct } from "../../../../src/modules/polymarket/digest.ts"
import { type Between, clientOf, serverOf, settingsFor } from "./venue.ts"

const intentOf = (window: Window, terms: Partial<Intent>): Intent => ({
  slug: window.slug,
  asset: window.asset,
  conditionId: window.conditionId,
  tokenId: window.upTokenId,
  outcome: "Up",
  side: "BUY",
  orderType: "GTC",
  priceTicks: priceTicks(5_000),
  sizeMicroShares: microShares(10_000_000),
  postOnly: false,
  expiresAtMs: null,
  purpose: "entry",
  reason: "test",
  createdAtMs: START_MS,
  ...terms
})

describe("the client on the embedded exchange", () => {
  it("discovery, book, order, fill, cancel, balances", () =>
    inWorld(({ keeper, pass }) =>
      Effect.gen(function* () {
        yield* pass(30_000)
        const client = yield* clientOf(yield* serverOf(keeper))
        const { exchange, told } = client
        const window = yield* exchange.findWindow("BTC", "5m", START_MS + 30_000)
        if (window === undefined) return yield* Effect.dieMessage("no window")
        expect(window.fees.rateMicros).toBe(70_000)
        yield* exchange.follow([window])
        yield* pass(2_000)
        const book = yield* exchange.book(window.upTokenId)
        expect(book?.bids.length).toBeGreaterThan(0)
        expect(book?.asks.length).toBeGreaterThan(0)
        const before = yield* exchange.cashMicroUsd

        const bid = intentOf(window, {
          priceTicks: priceTicks(100),
          sizeMicroShares: microShares(50_000_000)
        })
        const resting = yield* exchange.identify(bid)
        expect(yield* exchange.place(bid, resting)).toEqual({
          _tag: "Accepted",
          orderId: resting.orderId,
          status: "live"
        })
        expect((yield* exchange.openOrders).map(({ orderId }) => orderId)).toEqual([resting.orderId])

        const take = intentOf(window, { orderType: "FAK", priceTicks: priceTicks(9_900) })
        const taking = yield* exchange.identify(take)
        const sent = yield* Effect.fork(exchange.place(take, taking))
        yield* pass(1_000)
        expect(yield* Fiber.join(sent)).toMatchObject({ _tag: "Accepted", status: "matched" })
        yield* pass(10_000)
        const updates = yield* exchange.takeUpdates
        const fills = updates.flatMap((update) => (update._tag === "TradeUpdate" ? [update.trade] : []))
        expect(fills.map(({ status }) => status)).toEqual(
          expect.arrayContaining(["matched", "mined", "confirmed"])
        )
        expect(fills.every(({ orderId, role }) => orderId === taking.orderId && role === "taker")).toBe(true)
        expect(fills[0]?.feeMicroUsd).toBeGreaterThan(0)

        expect(yield* exchange.cancel([resting.orderId])).toEqual({
          cancelled: [resting.orderId],
          notCancelled: new Map()
        })
        yield* pass(1_000)
        expect(yield* exchange.order(resting.orderId)).toMatchObject({ status: "cancelled" })
        const [balance] = yield* exchange.balances
        expect(balance).toMatchObject({ tokenId: window.upTokenId })
        const trades = yield* exchange.trades(window.conditionId)
        const bought = trades.reduce((sum, { sizeMicroShares }) => sum + sizeMicroShares, 0)
        expect(balance?.sizeMicroShares).toBe(bought)
        expect(Number(formatUsd(yield* exchange.cashMicroUsd))).toBeLessThan(Number(formatUsd(before)))
        expect(told).toEqual([])
      })
    ))

  /** The client up, the first window followed, and what a resting bid far below is. */
  const ready = (
    keeper: Parameters<typeof serverOf>[0],
    pass: (ms: number) => Effect.Effect<void>,
    between?: Between
  ) =>
    Effect.gen(function* () {
      yield* pass(30_000)
      const server = yield* serverOf(keeper)
      const client = yield* clientOf(server, settingsFor(), between)
      const window = yield* client.exchange.findWindow("BTC", "5m", START_MS + 30_000)
      if (window === undefined) return yield* Effect.dieMessage("no window")
      yield* client.exchange.follow([window])
      yield* pass(1_000)
      const bid = intentOf(window, { priceTicks: priceTicks(100), sizeMicroShares: microShares(50_000_000) })
      return { ...client, window, bid }
    })

  it.each([
    ["the answer never comes", () => Effect.never],
    [
      "a page of the edge",
      () => Effect.succeed({ status: 502, headers: {}, body: "<html><title>Bad gateway</title></html>" })
    ],
    ["torn JSON", (answer: WireResponse) => Effect.succeed({ ...answer, body: answer.body.slice(0, 20) })],
    ["the connection breaks", () => Effect.die("reset")]
  ])("lost answer: %s – the order is unknown, never sent again, and found by its id", (_, spoil) =>
    inWorld(({ keeper, pass }) =>
      Effect.gen(function* () {
        const between: Between = (request, handle) =>
          request.method === "POST" && request.path === "/order"
            ? Effect.flatMap(handle(request), spoil)
            : handle(request)
        const { bid, exchange, requests } = yield* ready(keeper, pass, between)
        const identity = yield* exchange.identify(bid)
        const sent = yield* Effect.fork(exchange.place(bid, identity))
        yield* pass(11_000)
        expect(yield* Fiber.join(sent)).toMatchObject({ _tag: "Unknown", orderId: identity.orderId })
        expect(requests.filter(({ method, path }) => method === "POST" && path === "/order")).toHaveLength(1)
        expect(yield* exchange.order(identity.orderId)).toMatchObject({ status: "live" })
        // Sent again by hand, it is the same order: the venue says that it has it.
        const again = yield* Effect.fork(exchange.place(bid, identity))
        yield* pass(11_000)
        yield* Fiber.join(again)
        expect(yield* exchange.openOrders).toHaveLength(1)
      })
    )
  )

  it("an order that the venue has already – is accepted as what it is", () =>
    inWorld(({ keeper, pass }) =>
      Effect.gen(function* () {
        const { bid, exchange, requests } = yield* ready(keeper, pass)
        const identity = yield* exchange.identify(bid)
        const accepted = { _tag: "Accepted", orderId: identity.orderId, status: "live" }
        expect(yield* exchange.place(bid, identity)).toEqual(accepted)
        expect(yield* exchange.place(bid, identity)).toEqual(accepted)
        expect(yield* exchange.openOrders).toHaveLength(1)
        // The bytes that were there to be journalled before anything was sent are those that went out, both times.
        const bodies = requests
          .filter(({ method, path }) => method === "POST" && path === "/order")
          .map(({ body }) => body)
        expect(bodies).toHaveLength(2)
        for (const body of bodies) expect(body).toContain(`"order":${identity.signedOrder},`)
      })
    ))

  it("the user channel breaks – what happened meanwhile is told after it is back", () =>
    inWorld(({ keeper, pass }) =>
      Effect.gen(function* () {
        yield* pass(30_000)
        const server = yield* serverOf(keeper)
        const cut = { at: undefined as (() => void) | undefined, away: false }
        const { exchange } = yield* clientOf(
          {
            ...server,
            connect: (path) =>
              Effect.gen(function* () {
                const connection = yield* server.connect(path)
                if (path !== "/ws/user" || connection === undefined) return connection
                if (cut.away) return undefined
                const ended = yield* Deferred.make<ServerFrame>()
                cut.at = () =>
                  Deferred.unsafeDone(ended, Effect.succeed({ _tag: "Close", code: 1006, reason: "cut" }))
                return { ...connection, next: Effect.raceFirst(connection.next, Deferred.await(ended)) }
              })
          },
          settingsFor()
        )
        const window = yield* exchange.findWindow("BTC", "5m", START_MS + 30_000)
        if (window === undefined) return yield* Effect.dieMessage("no window")
        yield* pass(1_000)
        expect(yield* exchange.newsStreams).toBe(1)
        cut.away = true
        cut.at?.()
        yield* pass(100)
        const take = intentOf(window, { orderType: "FAK", priceTicks: priceTicks(9_900) })
        const identity = yield* exchange.identify(take)
        const sent = yield* Effect.fork(exchange.place(take, identity))
        yield* pass(8_000)
        expect(yield* Fiber.join(sent)).toMatchObject({ _tag: "Accepted", status: "matched" })
        expect(yield* exchange.takeUpdates).toEqual([])
        cut.away = false
        yield* pass(40_000)
        expect(yield* exchange.newsStreams).toBe(2)
        const told = yield* exchange.takeUpdates
        const trades = told.flatMap((update) => (update._tag === "TradeUpdate" ? [update.trade] : []))
        expect(new Set(trades.map(({ orderId }) => orderId))).toEqual(new Set([identity.orderId]))
        expect(trades.every(({ status }) => status === "confirmed")).toBe(true)
        const keys = trades.map(({ orderId, status, tradeId }) => `${tradeId} ${orderId} ${status}`)
        expect(new Set(keys).size).toBe(keys.length)
        expect(
          told.some((update) => update._tag === "OrderUpdate" && update.order.status === "matched")
        ).toBe(true)
      })
    ))

  it("prices, the price to beat from the stream, and the resolution", () =>
    inWorld(({ keeper, pass }) =>
      Effect.gen(function* () {
        const { exchange, requests, spot, window } = yield* ready(keeper, pass)
        yield* spot.takeTicks
        yield* pass(10_000)
        const ticks = yield* spot.takeTicks
        expect(ticks.length).toBeGreaterThanOrEqual(9)
        const stamps = ticks.map(({ observedAtMs }) => observedAtMs)
        expect(stamps).toEqual(stamps.toSorted((a, b) => a - b))
        expect(new Set(ticks.map(({ asset }) => asset))).toEqual(new Set(["BTC"]))
        // This window began before the socket opened, but within the two minutes that a newcomer is given.
        const toBeat = yield* exchange.priceToBeat(window)
        expect(toBeat).toBeGreaterThan(0)
        expect(toBeat).toBe(keeper.world.pricesToBeat.get(window.conditionId))
        expect(requests.some(({ path }) => path.includes("/events/"))).toBe(false)
        expect(yield* exchange.resolution(window)).toBeUndefined()
        yield* pass(420_000)
        const resolution = yield* exchange.resolution(window)
        expect(resolution?.outcome).toBeDefined()
        expect(resolution?.outcome).toBe(keeper.world.resolutions.get(window.slug)?.outcome)
      })
    ))

  it("the venue goes into a restricted mode – maintenance, and not a refusal", () =>
    inWorld(({ keeper, pass }) =>
      Effect.gen(function* () {
        const between: Between = (request, handle) =>
          request.path === "/order" && request.method === "POST"
            ? Effect.succeed({ status: 425, headers: {}, body: "service not ready" })
            : handle(request)
        const { bid, venue, window } = yield* ready(keeper, pass, between)
        const struct = orderStruct(venue.orderAccount, bid, { salt: 1, timestampMs: 1 })
        const orderId = orderIdOf(POLYGON_EXCHANGE, venue.orderAccount, bid, { salt: 1, timestampMs: 1 })
        const order = { ...bid, orderId, tokenId: window.upTokenId }
        const signed = yield* venue.sign(order, struct)
        expect((yield* Effect.flip(venue.place(order, signed))).reason).toEqual({
          _tag: "Maintenance",
          retryAfterMs: 2_000
        })
        const misnamed = yield* Effect.flip(
          venue.sign({ ...order, orderId: "0x01" as typeof orderId }, struct)
        )
        expect(misnamed.message).toContain("not the order of this id")
        const unread = yield* Effect.flip(venue.place(order, signed.slice(1)))
        expect(unread).toMatchObject({ reason: { _tag: "Refused" } })
        const another = yield* Effect.flip(
          venue.place({ ...order, orderId: "0x01" as typeof orderId }, signed)
        )
        expect(another).toMatchObject({
          reason: { _tag: "Refused" },
          message: expect.stringContaining("not the order of this id")
        })
      })
    ))
})
