/** The venue's official REST client, on the embedded exchange over real sockets: what anybody may ask, and keys. */
import { describe, expect, it } from "@effect/vitest"
import { type BookParams, ClobClient, PriceHistoryInterval, Side } from "@polymarket/clob-client-v2"
import { END_CURSOR } from "../../src/modules/polymarket/wire/clob.ts"
import { type Served, KEYS, onExchange, walletOf } from "./exchange.ts"

const anybody = ({ http }: Served) => new ClobClient({ host: http, chain: 137, throwOnError: true })
const holder = ({ http }: Served, key: `0x${string}` = KEYS[0]) =>
  new ClobClient({ host: http, chain: 137, signer: walletOf(key) })

describe("@polymarket/clob-client-v2 – what anybody may ask", () => {
  it("the exchange itself", () =>
    onExchange(async (exchange) => {
      const client = anybody(exchange)
      expect(await client.getOk()).toBe("OK")
      expect(await client.getVersion()).toBe(2)
      expect(await client.getServerTime()).toBe(Math.floor(exchange.world.time.nowMs() / 1_000))
    }))

  it("books – best last, hashed as the client hashes them, one token's the mirror of the other's", () =>
    onExchange(async (exchange) => {
      const client = anybody(exchange)
      const { conditionId, downTokenId, upTokenId } = exchange.market
      const up = await client.getOrderBook(upTokenId)
      expect(up).toMatchObject({
        market: conditionId,
        asset_id: upTokenId,
        min_order_size: "5",
        tick_size: "0.01",
        neg_risk: false
      })
      const prices = (levels: typeof up.bids) => levels.map(({ price }) => Number(price))
      expect(prices(up.bids)).toEqual(prices(up.bids).toSorted((a, b) => a - b))
      expect(prices(up.asks)).toEqual(prices(up.asks).toSorted((a, b) => b - a))
      const { hash } = up
      expect(await client.getOrderBookHash({ ...up })).toBe(hash)
      const [first, second] = await client.getOrderBooks([
        { token_id: upTokenId, side: Side.BUY },
        { token_id: downTokenId, side: Side.BUY }
      ])
      expect(first).toEqual({ ...up, hash })
      const mirrored = (levels: typeof up.bids) =>
        levels.map(({ price, size }) => ({ price: (1 - Number(price)).toFixed(2), size }))
      const fixed = (levels: typeof up.bids) =>
        levels.map(({ price, size }) => ({ price: Number(price).toFixed(2), size }))
      expect(mirrored(second?.asks ?? [])).toEqual(fixed(up.bids))
      expect(mirrored(second?.bids ?? [])).toEqual(fixed(up.asks))
    }))

  it("prices, midpoints, spreads – those of the book, alone and many at once", () =>
    onExchange(async (exchange) => {
      const client = anybody(exchange)
      const { downTokenId, upTokenId } = exchange.market
      const book = await client.getOrderBook(upTokenId)
      const [bid, ask] = [Number(book.bids.at(-1)?.price), Number(book.asks.at(-1)?.price)]
      expect(bid).toBeLessThan(ask)
      const number = (text: unknown) => Number(text)
      expect(number((await client.getPrice(upTokenId, "BUY")).price)).toBe(bid)
      expect(number((await client.getPrice(upTokenId, "SELL")).price)).toBe(ask)
      expect(number((await client.getMidpoint(upTokenId)).mid)).toBeCloseTo((bid + ask) / 2, 10)
      expect(number((await client.getSpread(upTokenId)).spread)).toBeCloseTo(ask - bid, 10)
      const asked: Array<BookParams> = [
        { token_id: upTokenId, side: Side.BUY },
        { token_id: upTokenId, side: Side.SELL },
        { token_id: downTokenId, side: Side.BUY }
      ]
      const prices = await client.getPrices(asked)
      expect(Object.keys(prices).toSorted()).toEqual([upTokenId, downTokenId].toSorted())
      expect(number(prices[upTokenId].BUY)).toBe(bid)
      expect(number(prices[upTokenId].SELL)).toBe(ask)
      expect(number(prices[downTokenId].BUY)).toBeCloseTo(1 - ask, 10)
      const mids = await client.getMidpoints(asked)
      expect(number(mids[upTokenId]) + number(mids[downTokenId])).toBeCloseTo(1, 10)
      const spreads = await client.getSpreads(asked)
      expect(spreads[upTokenId]).toBe(spreads[downTokenId])
    }))

  it("last trades – none is a half without a side; many at once leave out who has none", () =>
    onExchange(async (exchange) => {
      const client = anybody(exchange)
      const { upTokenId } = exchange.market
      const later = [...exchange.world.keeper.world.markets.values()].find(
        ({ startMs }) => startMs > exchange.market.endMs
      )
      expect(await client.getLastTradePrice(later?.upTokenId ?? "")).toEqual({ price: "0.5", side: "" })
      // Others trade now and then; the market goes on until somebody has.
      for (let minute = 0; minute < 4; minute += 1) {
        if ((await client.getLastTradePrice(upTokenId)).side !== "") break
        await exchange.pass(30_000)
      }
      const last = await client.getLastTradePrice(upTokenId)
      expect(last.side).toMatch(/^(BUY|SELL)$/)
      expect((await client.getOrderBook(upTokenId)).last_trade_price).toBe(last.price)
      const many = await client.getLastTradesPrices([
        { token_id: upTokenId, side: Side.BUY },
        { token_id: later?.upTokenId ?? "", side: Side.BUY }
      ])
      expect(many).toEqual([{ token_id: upTokenId, ...last }])
    }))

  it("a market's terms – tick, neg-risk, fees; whole and compact", () =>
    onExchange(async (exchange) => {
      const client = anybody(exchange)
      const { conditionId, downTokenId, upTokenId } = exchange.market
      expect(await client.getTickSize(upTokenId)).toBe("0.01")
      expect(await client.getNegRisk(upTokenId)).toBe(false)
      expect(await client.getFeeRateBps(upTokenId)).toBe(1_000)
      expect(await client.getClobMarketInfo(conditionId)).toMatchObject({
        c: conditionId,
        t: [
          { t: upTokenId, o: "Up" },
          { t: downTokenId, o: "Down" }
        ],
        mts: 0.01,
        mos: 5,
        fd: { r: 0.07, e: 1, to: true }
      })
      expect(await client.getFeeExponent(upTokenId)).toBe(1)
      expect(await client.getMarket(conditionId)).toMatchObject({
        condition_id: conditionId,
        market_slug: exchange.market.slug,
        accepting_orders: true,
        closed: false,
        minimum_tick_size: 0.01,
        tokens: [
          { token_id: upTokenId, outcome: "Up", winner: false },
          { token_id: downTokenId, outcome: "Down", winner: false }
        ]
      })
    }))

  it("lists of markets – page after page, each market once; sampled are those that trade", () =>
    onExchange(async (exchange) => {
      const client = anybody(exchange)
      const markets = [...exchange.world.keeper.world.markets.values()]
      const all = async (page: (cursor?: string) => Promise<{ data: unknown[]; next_cursor: string }>) => {
        const found: Array<string> = []
        let cursor: string | undefined
        for (let turned = 0; cursor !== END_CURSOR && turned < 100; turned += 1) {
          const { data, next_cursor } = await page(cursor)
          found.push(...(data as ReadonlyArray<{ condition_id: string }>).map((each) => each.condition_id))
          cursor = next_cursor
        }
        return found.toSorted()
      }
      const conditions = markets.map(({ conditionId }) => conditionId).toSorted()
      expect(conditions.length).toBeGreaterThan(2)
      expect(await all((cursor) => client.getMarkets(cursor))).toEqual(conditions)
      expect(await all((cursor) => client.getSimplifiedMarkets(cursor))).toEqual(conditions)
      const sampled = await all((cursor) => client.getSamplingMarkets(cursor))
      expect(sampled).toContain(exchange.market.conditionId)
      expect(await all((cursor) => client.getSamplingSimplifiedMarkets(cursor))).toEqual(sampled)
    }))

  it("the history of a price – points in time, between 0 and 1", () =>
    onExchange(async (exchange) => {
      await exchange.pass(60_000)
      const { history } = (await anybody(exchange).getPricesHistory({
        market: exchange.market.upTokenId,
        interval: PriceHistoryInterval.ONE_HOUR,
        fidelity: 1
      })) as unknown as { history: ReadonlyArray<{ t: number; p: number }> }
      expect(history.length).toBeGreaterThan(0)
      expect(history.every(({ p }) => p > 0 && p < 1)).toBe(true)
      expect(history.map(({ t }) => t)).toEqual(history.map(({ t }) => t).toSorted((a, b) => a - b))
    }))

  it("what is not there – the venue's words and status", () =>
    onExchange(async (exchange) => {
      const { http } = exchange
      const client = new ClobClient({ host: http, chain: 137 })
      expect(await client.getOrderBook("12")).toMatchObject({
        status: 404,
        error: "No orderbook exists for the requested token id"
      })
      expect(await client.getOrderBook("no token")).toMatchObject({ status: 400, error: "Invalid token id" })
      expect(await client.getMarket(`0x${"0".repeat(64)}`)).toMatchObject({
        status: 404,
        error: "market not found"
      })
      expect(await client.getPrice(exchange.market.upTokenId, "HOLD")).toMatchObject({
        status: 400,
        error: "Invalid side"
      })
      await expect(anybody(exchange).getOrderBook("12")).rejects.toMatchObject({ status: 404 })
    }))
})

describe("@polymarket/clob-client-v2 – keys", () => {
  it("made once, then derived: the same credentials; another nonce and another wallet have others", () =>
    onExchange(async (exchange) => {
      const wallet = holder(exchange)
      const made = await wallet.createApiKey()
      expect(Object.values(made).every((text) => text.length > 0)).toBe(true)
      expect(await wallet.deriveApiKey()).toEqual(made)
      expect(await wallet.createOrDeriveApiKey()).toEqual(made)
      expect(await wallet.createApiKey()).not.toHaveProperty("key", made.key)
      const others = [
        await wallet.createOrDeriveApiKey(1),
        await holder(exchange, KEYS[1]).createOrDeriveApiKey()
      ]
      expect(new Set([made, ...others].map(({ key }) => key)).size).toBe(3)
      const client = new ClobClient({
        host: exchange.http,
        chain: 137,
        signer: walletOf(KEYS[0]),
        creds: made
      })
      expect((await client.getApiKeys()).apiKeys).toEqual([made.key, others[0]?.key])
      expect(await client.getClosedOnlyMode()).toEqual({ closed_only: false })
    }))

  it("deleted – it opens nothing any more", () =>
    onExchange(async (exchange) => {
      const creds = await holder(exchange).createApiKey()
      const client = new ClobClient({ host: exchange.http, chain: 137, signer: walletOf(KEYS[0]), creds })
      expect(await client.deleteApiKey()).toBe("OK")
      expect(await client.getApiKeys()).toMatchObject({ status: 401, error: "Unauthorized/Invalid api key" })
      expect(await holder(exchange).deriveApiKey()).not.toHaveProperty("key", creds.key)
    }))

  it("another's secret, another's wallet – 401", () =>
    onExchange(async (exchange) => {
      const creds = await holder(exchange).createApiKey()
      const refused = { status: 401, error: "Unauthorized/Invalid api key" }
      const wrong = { host: exchange.http, chain: 137 as const }
      const secret = { ...creds, secret: Buffer.from("another secret").toString("base64") }
      expect(
        await new ClobClient({ ...wrong, signer: walletOf(KEYS[0]), creds: secret }).getApiKeys()
      ).toMatchObject(refused)
      expect(await new ClobClient({ ...wrong, signer: walletOf(KEYS[1]), creds }).getApiKeys()).toMatchObject(
        refused
      )
    }))
})
