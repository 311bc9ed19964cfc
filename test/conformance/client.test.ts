/** The venue's official client of REST and WebSockets, on the embedded exchange over real sockets. */
import { afterAll, beforeAll, describe, expect, it, vi } from "@effect/vitest"
import {
  type AssetType,
  OrderSide,
  OrderType,
  type SecureClient,
  createPublicClient,
  createSecureClient,
  forkEnvironmentConfig
} from "@polymarket/client"
import { fetchBalanceAllowance } from "@polymarket/client/actions"
import { privateKey } from "@polymarket/client/viem"
import { privateKeyToAccount } from "viem/accounts"
import { NodeWebSocket } from "../support/node-web-socket.ts"
import { KEYS, type Served, onExchange, onQuietExchange } from "./exchange.ts"

/** Nothing listens there: whatever does not belong to the exchange fails at once. */
const NOWHERE = "127.0.0.1:1"

const environmentOf = ({ http, sockets }: Served) =>
  forkEnvironmentConfig({
    name: "embedded",
    rpc: `http://${NOWHERE}`,
    clob: { rest: http, market: { ws: `${sockets}/ws/market` }, user: { ws: `${sockets}/ws/user` } },
    gamma: { rest: `${http}/gamma` },
    data: { rest: `${http}/data-api` },
    rtds: { ws: `${sockets}/rtds` },
    relayer: { rest: `http://${NOWHERE}` },
    combos: {
      rest: `http://${NOWHERE}`,
      ws: `ws://${NOWHERE}`,
      collateralReturn: { rest: `http://${NOWHERE}` }
    },
    perps: { rest: `http://${NOWHERE}`, ws: `ws://${NOWHERE}` },
    sports: { ws: `ws://${NOWHERE}` }
  })

const addressOf = (key: `0x${string}`) => privateKeyToAccount(key).address

const holder = (exchange: Served, key: `0x${string}` = KEYS[0]): Promise<SecureClient> =>
  createSecureClient({
    environment: environmentOf(exchange),
    signer: privateKey(key),
    wallet: addressOf(key)
  })

const accepted = <A extends { readonly ok: boolean }>(answer: A) => {
  if (!answer.ok) throw new Error(JSON.stringify(answer))
  return answer as Extract<A, { readonly ok: true }>
}

/** All that a subscription brings, until it is closed. */
const collect = <E>(handle: AsyncIterable<E>): Array<E> => {
  const events: Array<E> = []
  const reading = async () => {
    for await (const event of handle) events.push(event)
  }
  void reading()
  return events
}

const until = (isDone: () => boolean, meanwhile: () => Promise<void>) =>
  vi.waitFor(
    async () => {
      await meanwhile()
      expect(isDone()).toBe(true)
    },
    { timeout: 30_000, interval: 1 }
  )

/** The exchange has heard of so many subscriptions to the user channel: from then on it tells. */
const subscribed = (exchange: Served, count: number) =>
  until(
    () => exchange.heard("/ws/user") >= count,
    () => Promise.resolve()
  )

const FAR = 0.01
/** Longer than the time in which shares are confirmed. */
const CONFIRMED_MS = 6_000

// Node 20 has none of its own.
beforeAll(() => vi.stubGlobal("WebSocket", NodeWebSocket))
afterAll(() => vi.unstubAllGlobals())

describe("@polymarket/client – discovery and prices", () => {
  it("a market and its event – by slug, and in lists", () =>
    onExchange(async (exchange) => {
      const client = createPublicClient({ environment: environmentOf(exchange) })
      const { conditionId, downTokenId, slug, upTokenId } = exchange.market
      const market = await client.fetchMarket({ slug })
      expect(market).toMatchObject({ conditionId, slug })
      const text = JSON.stringify(market)
      for (const tokenId of [upTokenId, downTokenId]) expect(text).toContain(tokenId)
      const event = await client.fetchEvent({ slug })
      expect(event.markets?.map((each) => each.conditionId)).toEqual([conditionId])
      const conditions: Array<string | null | undefined> = []
      for await (const page of client.listMarkets({ pageSize: 2 }))
        conditions.push(...page.items.map((each) => each.conditionId))
      const all = [...exchange.world.keeper.world.markets.values()].map((each) => each.conditionId)
      expect(conditions.toSorted()).toEqual(all.toSorted())
      const slugs: Array<string | null | undefined> = []
      for await (const page of client.listEvents({ pageSize: 2 }))
        slugs.push(...page.items.map((each) => each.slug))
      expect(slugs).toHaveLength(all.length)
    }))

  it("book, price, midpoint, spread, history – those of the exchange", () =>
    onExchange(async (exchange) => {
      await exchange.pass(60_000)
      const client = createPublicClient({ environment: environmentOf(exchange) })
      const { conditionId, downTokenId, upTokenId } = exchange.market
      const book = await client.fetchOrderBook({ tokenId: upTokenId })
      expect(book).toMatchObject({ conditionId, tokenId: upTokenId, negRisk: false })
      const [bid, ask] = [Number(book.bids.at(-1)?.price), Number(book.asks.at(-1)?.price)]
      expect(bid).toBeLessThan(ask)
      expect(await client.fetchOrderBooks([{ tokenId: upTokenId }, { tokenId: downTokenId }])).toHaveLength(2)
      expect(Number(await client.fetchPrice({ tokenId: upTokenId, side: OrderSide.BUY }))).toBe(bid)
      expect(Number(await client.fetchMidpoint({ tokenId: upTokenId }))).toBeCloseTo((bid + ask) / 2, 10)
      expect(Number(await client.fetchSpread({ tokenId: upTokenId }))).toBeCloseTo(ask - bid, 10)
      const tokens = [{ tokenId: upTokenId }, { tokenId: downTokenId }]
      const mids = await client.fetchMidpoints(tokens)
      expect(Object.keys(mids).toSorted()).toEqual([upTokenId, downTokenId].toSorted())
      expect(Object.keys(await client.fetchSpreads(tokens))).toHaveLength(2)
      const sided = tokens.map((token) => ({ ...token, side: OrderSide.SELL }))
      expect(Object.keys(await client.fetchPrices(sided))).toHaveLength(2)
      expect(await client.estimateMarketPrice({ tokenId: upTokenId, side: OrderSide.BUY, amount: 5 })).toBe(
        ask
      )
    }))
})

describe("@polymarket/client – trading", () => {
  it("keys are made once and derived ever after; cash and allowances are told", () =>
    onQuietExchange(async (exchange) => {
      const first = await holder(exchange)
      const second = await holder(exchange)
      expect(second.credentials).toEqual(first.credentials)
      const { credentials } = first
      const third = await createSecureClient({
        environment: environmentOf(exchange),
        signer: privateKey(KEYS[0]),
        wallet: addressOf(KEYS[0]),
        credentials
      })
      expect(third.credentials).toEqual(credentials)
      expect(await first.fetchClosedOnlyMode()).toBe(false)
      expect(
        Number((await fetchBalanceAllowance(first, { assetType: "COLLATERAL" as AssetType })).balance)
      ).toBe(1_000_000_000)
    }))

  it("limit orders of all kinds rest, are listed page by page, and are cancelled", () =>
    onQuietExchange(async (exchange) => {
      const client = await holder(exchange)
      const { conditionId, upTokenId: tokenId } = exchange.market
      const wish = { tokenId, price: FAR, side: OrderSide.BUY }
      // The client counts from the machine's clock, which is later than the market's.
      const expiration = Math.floor(Date.now() / 1_000) + 3_600
      const answers = [
        await client.placeLimitOrder({ ...wish, size: 10 }),
        await client.placeLimitOrder({ ...wish, size: 11, postOnly: true }),
        await client.placeLimitOrder({ ...wish, size: 12, expiration })
      ].map(accepted)
      expect(answers.map(({ status }) => String(status))).toEqual(["live", "live", "live"])
      const ids = answers.map(({ orderId }) => orderId)
      const open: Array<{ readonly id: string }> = []
      for await (const page of client.listOpenOrders({ market: conditionId })) open.push(...page.items)
      expect(open.map(({ id }) => id).toSorted()).toEqual(ids.map(String).toSorted())
      expect(await client.fetchOrder({ orderId: ids[2] ?? "" })).toMatchObject({
        id: ids[2],
        status: "LIVE",
        originalSize: "12",
        orderType: "GTD",
        makerAddress: addressOf(KEYS[0])
      })
      const [a = "", b = "", c = ""] = ids
      expect(await client.cancelOrder({ orderId: a })).toMatchObject({ canceled: [a] })
      expect((await client.cancelOrders({ orderIds: [a, b] })).canceled).toEqual([b])
      expect((await client.cancelMarketOrders({ market: conditionId })).canceled).toEqual([c])
      expect((await client.cancelAll()).canceled).toEqual([])
    }))

  it("a batch – each leg its answer; a refusal is told with its code", () =>
    onQuietExchange(async (exchange) => {
      const client = await holder(exchange)
      const wish = { tokenId: exchange.market.upTokenId, price: FAR, side: OrderSide.BUY }
      const [good, bad] = await client.postOrders([
        await client.createLimitOrder({ ...wish, size: 10 }),
        await client.createLimitOrder({ ...wish, price: 0.44, size: 10, postOnly: true })
      ])
      expect(good).toMatchObject({ ok: true, status: "live" })
      expect(bad).toMatchObject({ ok: false, code: "post_only_would_cross" })
    }))

  it("orders at the market, both sides – matched, settled, told as trades, positions and value", () =>
    onQuietExchange(async (exchange) => {
      const client = await holder(exchange)
      const { conditionId, upTokenId: tokenId } = exchange.market
      const buy = accepted(
        await client.placeMarketOrder({ tokenId, side: OrderSide.BUY, amount: 11, orderType: OrderType.FOK })
      )
      expect(buy).toMatchObject({ status: "matched", makingAmount: "11", takingAmount: "25" })
      const hashes = await client.waitForOrderFillSettlement(buy)
      expect(hashes).toHaveLength(buy.tradeIds.length)
      await exchange.pass(CONFIRMED_MS)
      expect(
        Number(
          (await fetchBalanceAllowance(client, { assetType: "CONDITIONAL" as AssetType, tokenId })).balance
        )
      ).toBe(25_000_000)
      const positions = (await client.listPositions().firstPage()).items
      expect(positions).toMatchObject([{ conditionId, size: "25" }])
      const sell = accepted(
        await client.placeMarketOrder({ tokenId, side: OrderSide.SELL, shares: 25, orderType: OrderType.FAK })
      )
      expect(sell).toMatchObject({ status: "matched", makingAmount: "25", takingAmount: "10" })
      await exchange.pass(CONFIRMED_MS)
      const trades: Array<unknown> = []
      for await (const page of client.listAccountTrades({ market: conditionId })) trades.push(...page.items)
      expect(trades).toMatchObject([
        { side: "SELL", size: "25", price: "0.4", traderSide: "TAKER", status: "TRADE_STATUS_CONFIRMED" },
        { side: "BUY", size: "25", price: "0.44", traderSide: "TAKER", status: "TRADE_STATUS_CONFIRMED" }
      ])
      expect((await client.listPositions().firstPage()).items).toEqual([])
      expect((await client.fetchNotifications()).length).toBeGreaterThan(0)
    }))
})

describe("@polymarket/client – streams", () => {
  it("the market channel – every event the exchange sends is one that the client knows", () =>
    onExchange(async (exchange) => {
      const client = createPublicClient({ environment: environmentOf(exchange) })
      const { downTokenId, endMs, upTokenId } = exchange.market
      const handle = await client.subscribe([
        { topic: "market", tokenIds: [upTokenId, downTokenId], customFeatureEnabled: true }
      ])
      const events = collect(handle)
      const kinds = () => new Set(events.map(({ type }) => type))
      const wanted = [
        "book",
        "price_change",
        "last_trade_price",
        "best_bid_ask",
        "new_market",
        "tick_size_change",
        "market_resolved"
      ]
      try {
        await until(
          () => kinds().has("book"),
          () => exchange.pass(500)
        )
        await until(
          () => exchange.world.time.nowMs() > endMs + 60_000,
          () => exchange.pass(5_000)
        )
        await until(
          () => wanted.every((kind) => kinds().has(kind as never)),
          () => Promise.resolve()
        )
        expect(kinds()).toEqual(new Set(wanted))
        const sent = exchange.sent("/ws/market")
        await until(
          () => events.length >= sent().length,
          () => Promise.resolve()
        )
        expect(events.map(({ type }) => type)).toEqual(sent().map(({ event_type }) => event_type))
      } finally {
        await client.closeSubscriptions()
      }
    }))

  it("the user channel – orders and fills of this account, each step of a trade", () =>
    onQuietExchange(async (exchange) => {
      const client = await holder(exchange)
      const { conditionId, upTokenId: tokenId } = exchange.market
      const handle = await client.subscribe([{ topic: "user", markets: [conditionId] }])
      const events = collect(handle)
      try {
        await subscribed(exchange, 1)
        const resting = accepted(
          await client.placeLimitOrder({ tokenId, price: FAR, size: 10, side: OrderSide.BUY })
        )
        await client.cancelOrder({ orderId: resting.orderId })
        const buy = accepted(
          await client.placeMarketOrder({
            tokenId,
            side: OrderSide.BUY,
            amount: 11,
            orderType: OrderType.FOK
          })
        )
        await exchange.pass(CONFIRMED_MS)
        const sent = exchange.sent("/ws/user")
        await until(
          () => events.length >= sent().length,
          () => Promise.resolve()
        )
        expect(events.map(({ type }) => String(type))).toEqual(sent().map(({ event_type }) => event_type))
        const steps = events.map((event) =>
          event.type === "order"
            ? `order ${event.payload.orderEventType} ${event.payload.id === resting.orderId ? "first" : "second"}`
            : `trade ${String((event.payload as { status?: unknown }).status)}`
        )
        expect(steps.slice(0, 2)).toEqual(["order PLACEMENT first", "order CANCELLATION first"])
        expect(steps.filter((step) => step.startsWith("trade"))).toEqual([
          "trade TRADE_STATUS_MATCHED",
          "trade TRADE_STATUS_MINED",
          "trade TRADE_STATUS_CONFIRMED"
        ])
        const trade = events.find(({ type }) => type === "trade")
        expect(trade?.payload).toMatchObject({
          takerOrderId: buy.orderId,
          market: conditionId,
          tokenId,
          side: "BUY",
          size: "25",
          price: "0.44",
          traderSide: "TAKER"
        })
      } finally {
        await client.closeSubscriptions()
      }
    }))

  it("another's orders are not told; both sides of a match are told to theirs", () =>
    onQuietExchange(async (exchange) => {
      const [maker, taker] = [await holder(exchange), await holder(exchange, KEYS[1])]
      const { downTokenId, upTokenId } = exchange.market
      const mine = collect(await maker.subscribe([{ topic: "user" }]))
      const theirs = collect(await taker.subscribe([{ topic: "user" }]))
      try {
        await subscribed(exchange, 2)
        const resting = accepted(
          await maker.placeLimitOrder({ tokenId: upTokenId, price: 0.42, size: 10, side: OrderSide.BUY })
        )
        // A buyer of Up at 42 and a buyer of Down at 58 cents: a pair is minted.
        const other = accepted(
          await taker.placeLimitOrder({ tokenId: downTokenId, price: 0.58, size: 10, side: OrderSide.BUY })
        )
        expect(other).toMatchObject({ status: "matched" })
        await exchange.pass(CONFIRMED_MS)
        const sent = exchange.sent("/ws/user")
        await until(
          () => mine.length + theirs.length >= sent().length,
          () => Promise.resolve()
        )
        const ids = (events: typeof mine) =>
          new Set(events.flatMap((event) => (event.type === "order" ? [event.payload.id] : [])))
        expect(ids(mine)).toEqual(new Set([resting.orderId]))
        expect(ids(theirs)).toEqual(new Set([other.orderId]))
        const traderSides = (events: typeof mine) =>
          new Set(events.flatMap((event) => (event.type === "trade" ? [event.payload.traderSide] : [])))
        expect(traderSides(mine)).toEqual(new Set(["MAKER"]))
        expect(traderSides(theirs)).toEqual(new Set(["TAKER"]))
      } finally {
        await maker.closeSubscriptions()
        await taker.closeSubscriptions()
      }
    }))

  it("reference prices – of both sources", () =>
    onExchange(async (exchange) => {
      const client = createPublicClient({ environment: environmentOf(exchange) })
      const binance = collect(
        await client.subscribe([{ topic: "prices.crypto.binance", symbols: ["btcusdt"] }])
      )
      const chainlink = collect(
        await client.subscribe([{ topic: "prices.crypto.chainlink", symbols: ["btc/usd"] }])
      )
      try {
        await until(
          () => binance.length > 2 && chainlink.length > 2,
          () => exchange.pass(1_000)
        )
        const symbols = (events: ReadonlyArray<{ readonly payload: unknown }>) =>
          new Set(events.map(({ payload }) => (payload as { readonly symbol: string }).symbol))
        expect([symbols(binance), symbols(chainlink)]).toEqual([new Set(["btcusdt"]), new Set(["btc/usd"])])
      } finally {
        await client.closeSubscriptions()
      }
    }))
})
