import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import { START_MS } from "../world/fixture.ts"
import {
  KEYS,
  NOBODY_IS_HELD,
  type OpenRest,
  type OrderWish,
  type Trader,
  ask,
  limit,
  opened,
  pass,
  withExchange
} from "./fixture.ts"

const [, key1] = KEYS

const buyNow = (tokenId: string, usd: number): OrderWish => ({
  tokenId,
  makerAmount: usd * 1_000_000,
  takerAmount: Math.floor((usd / 0.99) * 10_000) * 100,
  orderType: "FAK"
})

/** All rows of a paged list, in the order of their coming. */
const allPages = (
  trader: Trader,
  target: string,
  between: Effect.Effect<unknown, unknown> = Effect.void
): Effect.Effect<ReadonlyArray<{ readonly id: string }>, unknown> =>
  Effect.gen(function* () {
    const rows: Array<{ readonly id: string }> = []
    for (let cursor = "MA=="; cursor !== "LTE="; ) {
      const { body, status } = yield* trader.send("GET", `${target}next_cursor=${encodeURIComponent(cursor)}`)
      expect(status).toBe(200)
      expect(body.count).toBe(body.data.length)
      expect(body.data.length).toBeLessThanOrEqual(body.limit)
      rows.push(...body.data)
      cursor = body.next_cursor
      yield* between
    }
    return rows
  })

describe("paging", () => {
  it.effect("open orders – come exactly once, though others are placed and cancelled in between", () =>
    withExchange(
      (exchange) =>
        Effect.gen(function* () {
          const { market, trader } = yield* opened(exchange)
          const place = Effect.map(trader.post(limit(market.upTokenId, 1, 10)), ({ orderId }) => orderId)
          const staying = yield* Effect.all(Array.from({ length: 10 }, () => Effect.zipLeft(place, pass(7))))
          const passing = yield* Effect.all(Array.from({ length: 6 }, () => place))
          const disturb = Effect.gen(function* () {
            const body = JSON.stringify({ orderID: passing.pop() ?? "0x00" })
            yield* trader.send("DELETE", "/order", body)
          })
          const rows = yield* allPages(trader, "/data/orders?", disturb)
          const ids = rows.map(({ id }) => id)
          expect(new Set(ids).size).toBe(ids.length)
          for (const id of staying) expect(ids).toContain(id)
        }),
      { ...NOBODY_IS_HELD, settings: { pageSize: 3 } }
    )
  )

  it.effect("trades – come exactly once, newest first, by market, token, id and time", () =>
    withExchange(
      (exchange) =>
        Effect.gen(function* () {
          const { market, trader } = yield* opened(exchange)
          for (const tokenId of [market.upTokenId, market.downTokenId, market.upTokenId]) {
            yield* trader.post(buyNow(tokenId, 400))
            yield* pass(2_000)
          }
          const all = yield* allPages(trader, "/data/trades?")
          expect(all.length).toBeGreaterThan(4)
          const ids = all.map(({ id }) => id)
          expect(ids).toEqual([...new Set(ids)].toSorted().toReversed())
          const one = yield* trader.send("GET", `/data/trades?id=${ids[1]}`)
          expect(one.body.data).toEqual([all[1]])
          expect(one.body.data[0]).toMatchObject({
            market: market.conditionId,
            trader_side: "TAKER",
            owner: trader.apiKey,
            status: expect.stringMatching(/^TRADE_STATUS_(MATCHED|MINED|CONFIRMED)$/)
          })
          const down = yield* allPages(trader, `/data/trades?asset_id=${market.downTokenId}&`)
          expect(down.length).toBeGreaterThan(0)
          expect(down.length).toBeLessThan(all.length)
          const since = Math.floor(START_MS / 1_000) + 22
          const later = yield* allPages(trader, `/data/trades?after=${since}&`)
          const earlier = yield* allPages(trader, `/data/trades?before=${since - 1}&`)
          expect([...later, ...earlier]).toEqual(all)
          expect(yield* allPages(trader, `/data/trades?market=0x00&`)).toEqual([])
          expect((yield* trader.send("GET", "/data/trades?before=soon")).status).toBe(400)
        }),
      { ...NOBODY_IS_HELD, settings: { pageSize: 2 } }
    )
  )

  it.effect("a cursor – of nobody's making is refused", () =>
    withExchange((exchange) =>
      Effect.gen(function* () {
        const { trader } = yield* opened(exchange)
        for (const cursor of ["x", "MTA=", "Pg"])
          expect((yield* trader.send("GET", `/data/orders?next_cursor=${cursor}`)).status).toBe(400)
        expect((yield* trader.send("GET", "/data/orders?next_cursor=LTE%3D")).body).toMatchObject({
          data: [],
          count: 0,
          next_cursor: "LTE="
        })
      })
    )
  )
})

describe("cancels", () => {
  it.effect("one, many, a market's, all – say of every order what became of it", () =>
    withExchange(
      (exchange) =>
        Effect.gen(function* () {
          const { market, trader } = yield* opened(exchange)
          const { trader: rival } = yield* opened(exchange, key1)
          const place = (tokenId: string) =>
            Effect.map(trader.post(limit(tokenId, 1, 10)), ({ orderId }) => orderId)
          const [a, b, c, d] = [
            yield* place(market.upTokenId),
            yield* place(market.upTokenId),
            yield* place(market.downTokenId),
            yield* place(market.downTokenId)
          ]
          const filled = (yield* trader.post(buyNow(market.upTokenId, 10))).orderId
          const cancel = (path: string, body: unknown) =>
            Effect.map(trader.send("DELETE", path, JSON.stringify(body)), (answer) => answer.body)
          expect((yield* rival.send("DELETE", "/order", JSON.stringify({ orderID: a }))).body).toEqual({
            canceled: [],
            not_canceled: { [a]: "Order not found or already canceled" }
          })
          expect(yield* cancel("/order", { orderID: a })).toEqual({ canceled: [a], not_canceled: {} })
          expect(yield* cancel("/orders", [a, filled, "0xab", "0xab"])).toEqual({
            canceled: [],
            not_canceled: {
              [a]: "Order already canceled",
              [filled]: "Order already matched",
              "0xab": "Order not found or already canceled"
            }
          })
          expect((yield* cancel("/cancel-market-orders", { asset_id: market.upTokenId })).canceled).toEqual([
            b
          ])
          expect(
            (yield* cancel("/cancel-market-orders", { market: market.conditionId })).canceled.toSorted()
          ).toEqual([c, d].toSorted())
          expect((yield* trader.send("DELETE", "/cancel-all")).body).toEqual({
            canceled: [],
            not_canceled: {}
          })
          for (const [path, body, error] of [
            ["/cancel-market-orders", {}, "Invalid order params payload"],
            ["/order", { id: a }, "Invalid orderID"],
            ["/orders", { orderID: a }, "Invalid orderID"],
            [
              "/orders",
              Array.from({ length: 1_001 }, () => a),
              "Too many orders in payload, max allowed: 1000"
            ]
          ] as const)
            expect(yield* cancel(path, body)).toEqual({ error })
          expect((yield* trader.send("GET", `/data/order/${a}`)).body).toMatchObject({ status: "CANCELED" })
          expect((yield* rival.send("GET", `/data/order/${a}`)).status).toBe(404)
        }),
      NOBODY_IS_HELD
    )
  )
})

describe("heartbeats", () => {
  const beat = (trader: Trader, id: string) =>
    trader.send("POST", "/v1/heartbeats", JSON.stringify({ heartbeat_id: id }))
  const openCount = (trader: Trader) =>
    Effect.map(trader.send("GET", "/data/orders"), ({ body }) => body.data.length)

  it.effect("a switch – once begun cancels the key's orders after ten silent seconds, and only those", () =>
    withExchange(
      (exchange) =>
        Effect.gen(function* () {
          const { market, trader } = yield* opened(exchange)
          const { trader: rival } = yield* opened(exchange, key1)
          for (const who of [trader, trader, rival]) yield* who.post(limit(market.upTokenId, 1, 10))
          yield* pass(60_000)
          expect(yield* openCount(trader)).toBe(2)
          const first = yield* beat(trader, "")
          expect(first).toMatchObject({ status: 200, body: { heartbeat_id: expect.any(String) } })
          let id: string = first.body.heartbeat_id
          for (let beats = 0; beats < 5; beats++) {
            yield* pass(9_000)
            const next = yield* beat(trader, id)
            expect(next.status).toBe(200)
            expect(next.body.heartbeat_id).not.toBe(id)
            id = next.body.heartbeat_id
          }
          const wrong = yield* beat(trader, "")
          expect(wrong).toMatchObject({
            status: 400,
            body: { error_msg: "Invalid Heartbeat ID", heartbeat_id: id }
          })
          yield* pass(9_999)
          expect(yield* openCount(trader)).toBe(2)
          yield* pass(5_001)
          expect(yield* openCount(trader)).toBe(0)
          expect(yield* openCount(rival)).toBe(1)
          // It has to be begun again.
          expect((yield* beat(trader, id)).status).toBe(400)
          expect((yield* beat(trader, "")).status).toBe(200)
          expect((yield* rival.send("POST", "/heartbeats")).body).toEqual({ status: "ok" })
          yield* pass(15_000)
          expect(yield* openCount(rival)).toBe(0)
        }),
      NOBODY_IS_HELD
    )
  )
})

describe("notices", () => {
  it.effect("fills and cancels – are told until they are dropped", () =>
    withExchange(
      (exchange) =>
        Effect.gen(function* () {
          const { market, trader } = yield* opened(exchange)
          const { orderId } = yield* trader.post(limit(market.upTokenId, 1, 10))
          yield* trader.send("DELETE", "/cancel-all")
          yield* trader.post(buyNow(market.upTokenId, 5))
          const told = (yield* trader.send("GET", "/notifications?signature_type=0")).body
          expect(told[0]).toMatchObject({ type: 1, owner: trader.apiKey, payload: { order_id: orderId } })
          expect(told.slice(1).every(({ type }: { type: number }) => type === 2)).toBe(true)
          expect(told.length).toBeGreaterThan(1)
          expect((yield* trader.send("DELETE", `/notifications?ids=${told[0].id}`)).body).toBe("OK")
          expect((yield* trader.send("GET", "/notifications")).body).toEqual(told.slice(1))
        }),
      NOBODY_IS_HELD
    )
  )
})

/** What two traders may do to each other. */
const move = fc.record({
  who: fc.nat(1),
  outcome: fc.nat(1),
  side: fc.constantFrom("BUY" as const, "SELL" as const),
  cents: fc.integer({ min: 1, max: 99 }),
  shares: fc.integer({ min: 1, max: 60 }),
  kind: fc.constantFrom("GTC" as const, "GTC" as const, "FAK" as const, "FOK" as const),
  waitMs: fc.integer({ min: 0, max: 4_000 }),
  cancels: fc.boolean()
})

describe("money over the wire", () => {
  it.effect.prop(
    "any moves – every dollar and share the account is told of is in its trades",
    [fc.array(move, { minLength: 5, maxLength: 25 })],
    ([moves]) =>
      withExchange(
        (exchange) =>
          Effect.gen(function* () {
            const { market, trader } = yield* opened(exchange)
            const { trader: rival } = yield* opened(exchange, key1)
            const traders = [trader, rival]
            const tokens = [market.upTokenId, market.downTokenId]
            for (const { cancels, cents, kind, outcome, shares, side, waitMs, who } of moves) {
              const actor = traders[who] ?? trader
              yield* actor.post(limit(tokens[outcome] ?? "", cents, shares, { side, orderType: kind }))
              yield* pass(waitMs)
              if (cancels) yield* actor.send("DELETE", "/cancel-all")
            }
            yield* pass(30_000)
            for (const one of traders) yield* settledMoney(exchange, one, tokens)
          }),
        NOBODY_IS_HELD
      ),
    { fastCheck: { numRuns: 15 }, timeout: 120_000 }
  )
})

/** Balances after everything is confirmed, told a second time from the trades and the fee formula's result. */
const settledMoney = (exchange: OpenRest, trader: Trader, tokens: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const trades = yield* allPages(trader, "/data/trades?")
    let usd = 1_000_000_000
    const shares = new Map(tokens.map((token) => [token, 0]))
    const take = (token: string, side: string, size: number, price: number) => {
      const sign = side === "BUY" ? 1 : -1
      shares.set(token, (shares.get(token) ?? 0) + sign * size)
      usd -= sign * size * price
    }
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- JSON of any shape: read line by line
    for (const trade of trades as ReadonlyArray<any>) {
      expect(trade.status).toBe("TRADE_STATUS_CONFIRMED")
      const [maker] = trade.maker_orders
      const size = Math.round(Number(maker.matched_amount) * 1_000_000)
      const takerIsOwn = trade.trader_side === "TAKER"
      if (takerIsOwn) take(trade.asset_id, trade.side, size, Number(trade.price))
      if (maker.owner === trader.apiKey) take(maker.asset_id, maker.side, size, Number(maker.price))
      const price = Number(trade.price)
      if (takerIsOwn) usd -= Math.round((size * 0.07 * price * (1 - price)) / 10) * 10
    }
    const balance = (query: string) =>
      Effect.map(trader.send("GET", `/balance-allowance?${query}`), ({ body }) => Number(body.balance))
    // A fee may be half a step off for the binary fractions here, and a notional a millionth, in every trade.
    const cash = yield* balance("asset_type=COLLATERAL")
    expect(Math.abs(cash - usd)).toBeLessThanOrEqual(11 * trades.length)
    for (const token of tokens)
      expect(yield* balance(`asset_type=CONDITIONAL&token_id=${token}`)).toBe(shares.get(token))
    const positions = yield* ask(exchange, "GET", `/positions?user=${trader.address}&sizeThreshold=0`)
    const told = new Map(positions.body.map((row: { asset: string; size: number }) => [row.asset, row.size]))
    for (const token of tokens) expect(told.get(token) ?? 0).toBe((shares.get(token) ?? 0) / 1_000_000)
  })
