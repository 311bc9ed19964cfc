/** The venue's official REST client trades on the embedded exchange over real sockets. */
import { describe, expect, it } from "@effect/vitest"
import {
  AssetType,
  ClobClient,
  type OrderResponse,
  OrderType,
  Side,
  type SignatureTypeV2
} from "@polymarket/clob-client-v2"
import { KEYS, PAGE_SIZE, type Served, onQuietExchange, walletOf } from "./exchange.ts"

type Options = Partial<ConstructorParameters<typeof ClobClient>[0]>

const trader = async ({ http }: Served, key: `0x${string}` = KEYS[0], more: Options = {}) => {
  const common = { host: http, chain: 137 as const, signer: walletOf(key) }
  const creds = await new ClobClient(common).createOrDeriveApiKey()
  return new ClobClient({ ...common, creds, ...more })
}

/** A price nobody else comes near: such an order rests. */
const FAR = 0.01

/** What a client sees of a refusal. */
const refusal = (error: string) => ({ error, status: 400 })

const rest = async (client: ClobClient, tokenID: string, size = 10, price = FAR) =>
  (await client.createAndPostOrder({ tokenID, price, size, side: Side.BUY })).orderID

const dollarsOf = async (client: ClobClient) =>
  Number((await client.getBalanceAllowance({ asset_type: AssetType.COLLATERAL })).balance) / 1e6
const sharesOf = async (client: ClobClient, tokenID: string) =>
  Number(
    (await client.getBalanceAllowance({ asset_type: AssetType.CONDITIONAL, token_id: tokenID })).balance
  ) / 1e6

/** Longer than the time in which shares are confirmed. */
const CONFIRMED_MS = 6_000

const bought = async (exchange: Served, client: ClobClient, tokenID: string, amount = 20) => {
  const answer = await client.createAndPostMarketOrder(
    { tokenID, amount, side: Side.BUY },
    undefined,
    OrderType.FAK
  )
  await exchange.pass(CONFIRMED_MS)
  return answer
}

const matched = (answer: OrderResponse) => {
  expect(answer).toMatchObject({ success: true, errorMsg: "", status: "matched" })
  expect(answer.tradeIDs?.length).toBeGreaterThan(0)
  expect(answer.transactionsHashes?.length).toBe(answer.tradeIDs?.length)
  for (const hash of answer.transactionsHashes ?? []) expect(hash).toMatch(/^0x[0-9a-f]{64}$/)
  return { made: Number(answer.makingAmount), taken: Number(answer.takingAmount) }
}

describe("@polymarket/clob-client-v2 – limit orders", () => {
  it("GTC, GTD and post-only rest as they were asked for", () =>
    onQuietExchange(async (exchange) => {
      const client = await trader(exchange)
      const tokenID = exchange.market.upTokenId
      const expiration = Math.floor(exchange.world.time.nowMs() / 1_000) + 600
      const wish = { tokenID, price: FAR, size: 10, side: Side.BUY }
      const answers = [
        await client.createAndPostOrder(wish),
        await client.createAndPostOrder({ ...wish, size: 11, expiration }, undefined, OrderType.GTD),
        await client.createAndPostOrder({ ...wish, size: 12.34 }, undefined, OrderType.GTC, true)
      ]
      for (const answer of answers) {
        expect(answer).toMatchObject({ success: true, status: "live", makingAmount: "", takingAmount: "" })
        expect(await client.getOrder(answer.orderID)).toMatchObject({
          id: answer.orderID,
          status: "LIVE",
          owner: client.creds?.key,
          maker_address: walletOf(KEYS[0]).account.address,
          market: exchange.market.conditionId,
          asset_id: tokenID,
          outcome: "Up",
          side: "BUY",
          price: "0.01",
          size_matched: "0",
          associate_trades: []
        })
      }
      const orders = await Promise.all(answers.map(({ orderID }) => client.getOrder(orderID)))
      expect(orders.map(({ original_size }) => original_size)).toEqual(["10", "11", "12.34"])
      expect(orders.map(({ order_type }) => order_type)).toEqual(["GTC", "GTD", "GTC"])
      expect(orders.map((order) => order.expiration)).toEqual(["0", String(expiration), "0"])
    }))

  it("GTD ends a minute before its stated time", () =>
    onQuietExchange(async (exchange) => {
      const client = await trader(exchange)
      const tokenID = exchange.market.upTokenId
      const expiration = Math.floor(exchange.world.time.nowMs() / 1_000) + 180
      await client.createAndPostOrder(
        { tokenID, price: FAR, size: 10, side: Side.BUY, expiration },
        undefined,
        OrderType.GTD
      )
      await exchange.pass(expiration * 1_000 - 61_000 - exchange.world.time.nowMs())
      expect(await client.getOpenOrders()).toHaveLength(1)
      await exchange.pass(1_500)
      expect(await client.getOpenOrders()).toEqual([])
    }))

  it("a limit order that crosses is matched at others' prices; what it bought can be sold", () =>
    onQuietExchange(async (exchange) => {
      const client = await trader(exchange)
      const tokenID = exchange.market.upTokenId
      const wish = { tokenID, size: 5 }
      const buy = await client.createAndPostOrder({ ...wish, price: 0.6, side: Side.BUY })
      expect(matched(buy)).toEqual({ made: 2.2, taken: 5 })
      await exchange.pass(CONFIRMED_MS)
      expect(await sharesOf(client, tokenID)).toBe(5)
      // The fee comes on top: 5 × 0.07 × 0.44 × 0.56 dollars.
      expect(await dollarsOf(client)).toBe(1_000 - 2.2 - 0.08624)
      const sell = await client.createAndPostOrder({ ...wish, price: 0.3, side: Side.SELL })
      expect(matched(sell)).toEqual({ made: 5, taken: 2 })
      await exchange.pass(CONFIRMED_MS)
      expect(await sharesOf(client, tokenID)).toBe(0)
      expect(await dollarsOf(client)).toBe(1_000 - 2.2 - 0.08624 + 2 - 0.084)
    }))

  it("refused – with the venue's words: post-only that crosses, too small, off the tick, too dear, doubled", () =>
    onQuietExchange(async (exchange) => {
      const client = await trader(exchange)
      const tokenID = exchange.market.upTokenId
      const wish = { tokenID, price: FAR, size: 10, side: Side.BUY }
      expect(
        await client.createAndPostOrder({ ...wish, price: 0.44 }, undefined, OrderType.GTC, true)
      ).toMatchObject(refusal("invalid post-only order: order crosses book"))
      const small = await client.createOrder({ ...wish, size: 4 })
      expect(await client.postOrder(small)).toMatchObject({
        status: 400,
        error: expect.stringMatching(
          /^order 0x[0-9a-f]{64} is invalid\. Size \(4\) lower than the minimum: 5$/
        )
      })
      client.tickSizes[tokenID] = "0.001"
      const fine = await client.createOrder({ ...wish, price: 0.015 })
      expect(await client.postOrder(fine)).toMatchObject({
        status: 400,
        error: expect.stringMatching(
          /^order 0x[0-9a-f]{64} is invalid\. Price \(0\.015\) breaks minimum tick size rule: 0\.01$/
        )
      })
      expect(await client.createAndPostOrder({ ...wish, price: 0.05, size: 1e6 })).toMatchObject({
        status: 400,
        error: expect.stringMatching(
          /^not enough balance \/ allowance: the balance is not enough -> balance: 1000000000, order amount: 50000000000$/
        )
      })
      expect(await client.createAndPostOrder({ ...wish, side: Side.SELL, price: 0.99 })).toMatchObject({
        status: 400,
        error: expect.stringContaining("not enough balance / allowance")
      })
      const order = await client.createOrder(wish)
      expect(await client.postOrder(order)).toMatchObject({ status: "live" })
      expect(await client.postOrder(order)).toMatchObject({
        status: 400,
        error: expect.stringMatching(/^order 0x[0-9a-f]{64} is invalid\. Duplicated\.$/)
      })
      const soon = Math.floor(exchange.world.time.nowMs() / 1_000) + 60
      expect(
        await client.createAndPostOrder({ ...wish, expiration: soon }, undefined, OrderType.GTD)
      ).toMatchObject(refusal("invalid expiration"))
      expect(await client.getOpenOrders()).toHaveLength(1)
    }))

  it("thrown where the client is told to throw", () =>
    onQuietExchange(async (exchange) => {
      const client = await trader(exchange, KEYS[0], { throwOnError: true })
      const wish = { tokenID: exchange.market.upTokenId, price: FAR, size: 4, side: Side.BUY }
      await expect(client.createAndPostOrder(wish)).rejects.toMatchObject({ status: 400 })
    }))

  it("signed by another – refused", () =>
    onQuietExchange(async (exchange) => {
      const [alice, bob] = [await trader(exchange), await trader(exchange, KEYS[1])]
      const order = await bob.createOrder({
        tokenID: exchange.market.upTokenId,
        price: FAR,
        size: 10,
        side: Side.BUY
      })
      expect(await alice.postOrder(order)).toMatchObject(
        refusal("the order signer address has to be the address of the API KEY")
      )
      const spoilt = { ...order, makerAmount: "200000" } as typeof order
      expect(await bob.postOrder(spoilt)).toMatchObject(refusal("invalid signature"))
    }))
})

describe("@polymarket/clob-client-v2 – orders at the market", () => {
  it.each([OrderType.FOK, OrderType.FAK] as const)(
    "%s – dollars buy, and the shares are sold again",
    (type) =>
      onQuietExchange(async (exchange) => {
        const client = await trader(exchange)
        const tokenID = exchange.market.downTokenId
        const buy = await client.createAndPostMarketOrder(
          { tokenID, amount: 30, side: Side.BUY, price: 0.75 },
          undefined,
          type
        )
        expect(matched(buy)).toEqual({ made: 30, taken: 50 })
        await exchange.pass(CONFIRMED_MS)
        expect(await sharesOf(client, tokenID)).toBe(50)
        const sell = await client.createAndPostMarketOrder(
          { tokenID, amount: 50, side: Side.SELL },
          undefined,
          type
        )
        expect(matched(sell)).toEqual({ made: 50, taken: 28 })
        expect(await client.getOpenOrders()).toEqual([])
      })
  )

  it("the client's own walk through the book finds the price that matches", () =>
    onQuietExchange(async (exchange) => {
      const client = await trader(exchange)
      const tokenID = exchange.market.upTokenId
      expect(await client.calculateMarketPrice(tokenID, Side.BUY, 44, OrderType.FOK)).toBe(0.44)
      expect(await client.calculateMarketPrice(tokenID, Side.BUY, 44.01, OrderType.FOK)).toBe(0.45)
      expect(matched(await bought(exchange, client, tokenID, 53))).toEqual({ made: 53, taken: 120 })
    }))

  it("FOK beyond the book, FAK without anybody, less than a dollar – killed with the venue's words", () =>
    onQuietExchange(async (exchange) => {
      const client = await trader(exchange)
      const wish = { tokenID: exchange.market.upTokenId, side: Side.BUY }
      expect(
        await client.createAndPostMarketOrder({ ...wish, amount: 45, price: 0.44 }, undefined, OrderType.FOK)
      ).toMatchObject(refusal("order couldn't be fully filled. FOK orders are fully filled or killed."))
      expect(
        await client.createAndPostMarketOrder({ ...wish, amount: 10, price: 0.43 }, undefined, OrderType.FAK)
      ).toMatchObject(
        refusal(
          "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
        )
      )
      expect(
        await client.createAndPostMarketOrder({ ...wish, amount: 0.5, price: 0.99 }, undefined, OrderType.FAK)
      ).toMatchObject(refusal("invalid amount for a marketable BUY order ($0.5), min size: $1"))
      await expect(
        client.createAndPostMarketOrder({ ...wish, amount: 1_000 }, undefined, OrderType.FOK)
      ).rejects.toThrow("no match")
    }))

  it("a FAK takes what is there; the rest is not left behind", () =>
    onQuietExchange(async (exchange) => {
      const client = await trader(exchange)
      const wish = { tokenID: exchange.market.upTokenId, amount: 60, side: Side.BUY, price: 0.44 }
      expect(matched(await client.createAndPostMarketOrder(wish, undefined, OrderType.FAK))).toEqual({
        made: 44,
        taken: 100
      })
      expect(await client.getOpenOrders()).toEqual([])
    }))
})

describe("@polymarket/clob-client-v2 – batches and cancels", () => {
  it("every leg has its answer in the order it was sent", () =>
    onQuietExchange(async (exchange) => {
      const client = await trader(exchange)
      const tokenID = exchange.market.upTokenId
      const order = (size: number, price = FAR) =>
        client.createOrder({ tokenID, price, size, side: Side.BUY })
      const answers = await client.postOrders([
        { order: await order(10), orderType: OrderType.GTC },
        { order: await order(4), orderType: OrderType.GTC },
        { order: await order(6, 0.44), orderType: OrderType.GTC },
        { order: await order(11), orderType: OrderType.GTC }
      ])
      expect(answers.map(({ status }) => status)).toEqual(["live", "", "matched", "live"])
      expect(answers.map(({ success }) => success)).toEqual([true, false, true, true])
      expect(answers[1]).toMatchObject({
        orderID: "",
        errorMsg: expect.stringContaining("lower than the minimum: 5")
      })
      const many = await Promise.all(
        Array.from({ length: 16 }, async (_, index) => ({
          order: await order(20 + index),
          orderType: OrderType.GTC
        }))
      )
      expect(await client.postOrders(many)).toMatchObject(
        refusal("Too many orders in payload: 16, max allowed: 15")
      )
      const most = await client.postOrders(many.slice(1), true)
      expect(most.map(({ status }) => status)).toEqual(Array.from({ length: 15 }, () => "live"))
    }))

  it("one, many, a market's, all – and why not", () =>
    onQuietExchange(async (exchange) => {
      const client = await trader(exchange)
      const { conditionId, downTokenId, upTokenId } = exchange.market
      const ids: Array<string> = []
      for (const size of [10, 11, 12, 13, 14]) ids.push(await rest(client, upTokenId, size))
      const [a = "", b = "", c = ""] = ids
      const down = await rest(client, downTokenId, 15)
      expect(await client.cancelOrder({ orderID: a })).toEqual({ canceled: [a], not_canceled: {} })
      expect(await client.cancelOrder({ orderID: a })).toEqual({
        canceled: [],
        not_canceled: { [a]: "Order already canceled" }
      })
      const unknown = `0x${"7".repeat(64)}`
      expect(await client.cancelOrders([b, c, unknown])).toEqual({
        canceled: [b, c],
        not_canceled: { [unknown]: "Order not found or already canceled" }
      })
      expect(
        (await client.cancelMarketOrders({ market: conditionId, asset_id: downTokenId })).canceled
      ).toEqual([down])
      expect(await client.cancelMarketOrders({})).toMatchObject({ status: 400 })
      expect((await client.cancelAll()).canceled.toSorted()).toEqual(ids.slice(3).toSorted())
      expect(await client.getOpenOrders()).toEqual([])
      expect(await client.getOrder(a)).toMatchObject({ id: a, status: "CANCELED" })
      expect(await client.getOrder(unknown)).toMatchObject({ status: 404, error: "Order not found" })
    }))

  it("another's order is not one's own to cancel", () =>
    onQuietExchange(async (exchange) => {
      const [alice, bob] = [await trader(exchange), await trader(exchange, KEYS[1])]
      const orderID = await rest(alice, exchange.market.upTokenId)
      expect(await bob.cancelOrder({ orderID })).toEqual({
        canceled: [],
        not_canceled: { [orderID]: "Order not found or already canceled" }
      })
      expect((await bob.cancelAll()).canceled).toEqual([])
      expect(await bob.getOpenOrders()).toEqual([])
      expect(await alice.getOpenOrders()).toHaveLength(1)
    }))
})

describe("@polymarket/clob-client-v2 – what an account may know", () => {
  it("open orders – all pages, one page, by market, token and id", () =>
    onQuietExchange(async (exchange) => {
      const client = await trader(exchange)
      const { conditionId, downTokenId, upTokenId } = exchange.market
      const ids: Array<string> = []
      for (const size of [10, 11, 12, 13]) ids.push(await rest(client, upTokenId, size))
      ids.push(await rest(client, downTokenId, 14))
      const idsOf = (orders: ReadonlyArray<{ id: string }>) => orders.map(({ id }) => id).toSorted()
      expect(idsOf(await client.getOpenOrders())).toEqual(ids.toSorted())
      expect(idsOf(await client.getOpenOrders({ market: conditionId }))).toEqual(ids.toSorted())
      expect(await client.getOpenOrders({ asset_id: downTokenId })).toMatchObject([{ id: ids[4] }])
      expect(await client.getOpenOrders({ id: ids[1] ?? "" })).toMatchObject([{ id: ids[1] }])
      expect(await client.getOpenOrders({}, true)).toHaveLength(PAGE_SIZE)
      expect(await client.getPreMigrationOrders()).toEqual([])
    }))

  it("trades – of taker and maker, all pages, settled", () =>
    onQuietExchange(async (exchange) => {
      const [alice, bob] = [await trader(exchange), await trader(exchange, KEYS[1])]
      const tokenID = exchange.market.upTokenId
      // Two levels: two trades.
      await bought(exchange, bob, tokenID, 80)
      const resting = await rest(alice, tokenID, 5, 0.42)
      const sold = await bob.createAndPostMarketOrder(
        { tokenID, amount: 5, side: Side.SELL, price: FAR },
        undefined,
        OrderType.FOK
      )
      expect(matched(sold)).toEqual({ made: 5, taken: 2.1 })
      await exchange.pass(CONFIRMED_MS)
      const [made, ...more] = await alice.getTrades({ market: exchange.market.conditionId })
      expect(more).toEqual([])
      expect(made).toMatchObject({
        id: sold.tradeIDs?.[0],
        status: "TRADE_STATUS_CONFIRMED",
        trader_side: "MAKER",
        maker_address: walletOf(KEYS[0]).account.address,
        taker_order_id: sold.orderID
      })
      expect(made?.maker_orders).toMatchObject([
        { order_id: resting, matched_amount: "5", price: "0.42", side: "BUY", outcome: "Up" }
      ])
      const taken = await bob.getTrades()
      expect(taken.map(({ price, side, size }) => ({ price, side, size }))).toEqual([
        { price: "0.42", side: "SELL", size: "5" },
        { price: "0.45", side: "BUY", size: "80" },
        { price: "0.44", side: "BUY", size: "100" }
      ])
      expect(taken.every(({ trader_side }) => trader_side === "TAKER")).toBe(true)
      expect(await bob.getTrades({ id: sold.tradeIDs?.[0] ?? "" })).toMatchObject([{ asset_id: tokenID }])
      const { count, limit, next_cursor, trades } = await bob.getTradesPaginated()
      expect([limit, count, trades.length]).toEqual([PAGE_SIZE, PAGE_SIZE, PAGE_SIZE])
      expect((await bob.getTradesPaginated({}, next_cursor)).trades).toHaveLength(1)
      const at = Number(taken[0]?.match_time)
      expect(await bob.getTrades({ after: String(at + 1) })).toEqual([])
      expect(await bob.getTrades({ before: String(at - 1) })).toHaveLength(2)
    }))

  it("balances – cash, shares and their allowances; an update answers nothing", () =>
    onQuietExchange(async (exchange) => {
      const client = await trader(exchange)
      const tokenID = exchange.market.upTokenId
      const cash = await client.getBalanceAllowance({ asset_type: AssetType.COLLATERAL })
      expect(cash.balance).toBe("1000000000")
      expect(Object.keys(cash.allowances)).toContain("0xE111180000d2663C0091e4f400237545B87B996B")
      const { taken } = matched(await bought(exchange, client, tokenID))
      expect(await sharesOf(client, tokenID)).toBe(taken)
      await client.updateBalanceAllowance({ asset_type: AssetType.CONDITIONAL, token_id: tokenID })
      expect(await client.getBalanceAllowance({ asset_type: "SHELLS" as AssetType })).toMatchObject(
        refusal("Invalid asset type")
      )
    }))

  it("notices of fills and cancels come, and go when they are dropped", () =>
    onQuietExchange(async (exchange) => {
      const client = await trader(exchange)
      const tokenID = exchange.market.upTokenId
      await client.cancelOrder({ orderID: await rest(client, tokenID) })
      await bought(exchange, client, tokenID)
      const notices = await client.getNotifications()
      expect(new Set(notices.map(({ type }) => type))).toEqual(new Set([1, 2]))
      expect(notices.every(({ owner }) => owner === client.creds?.key)).toBe(true)
      const ids = (notices as unknown as ReadonlyArray<{ id: number }>).map(({ id }) => String(id))
      await client.dropNotifications({ ids: ids.slice(0, 1) })
      expect(await client.getNotifications()).toHaveLength(notices.length - 1)
    }))

  it("scoring – nothing here is rewarded", () =>
    onQuietExchange(async (exchange) => {
      const client = await trader(exchange)
      const orderID = await rest(client, exchange.market.upTokenId)
      expect(await client.isOrderScoring({ order_id: orderID })).toEqual({ scoring: false })
      expect(await client.areOrdersScoring({ orderIds: [orderID] })).toEqual({ [orderID]: false })
    }))

  it("heartbeats – each brings the last one's id; without one all open orders are cancelled", () =>
    onQuietExchange(async (exchange) => {
      const client = await trader(exchange)
      await rest(client, exchange.market.upTokenId)
      let id = ""
      for (let beat = 0; beat < 4; beat += 1) {
        const answer = await client.postHeartbeat(id)
        expect(answer.heartbeat_id).not.toBe(id)
        id = answer.heartbeat_id
        await exchange.pass(5_000)
        expect(await client.getOpenOrders()).toHaveLength(1)
      }
      expect(await client.postHeartbeat("12")).toMatchObject({
        status: 400,
        error_msg: "Invalid Heartbeat ID",
        heartbeat_id: id
      })
      await exchange.pass(15_000)
      expect(await client.getOpenOrders()).toEqual([])
    }))
})

describe("@polymarket/clob-client-v2 – wallets", () => {
  it.each([0, 1, 2, 3] as const)("signature type %i – its wallet trades", (type) =>
    onQuietExchange(async (exchange) => {
      const owner = walletOf(KEYS[0]).account.address
      const funder = type === 0 ? owner : `0x${String(type).repeat(40)}`
      const client = await trader(exchange, KEYS[0], {
        signatureType: type as SignatureTypeV2,
        funderAddress: funder
      })
      const tokenID = exchange.market.upTokenId
      const resting = await rest(client, tokenID)
      expect(await client.getOrder(resting)).toMatchObject({ maker_address: funder, status: "LIVE" })
      expect(matched(await bought(exchange, client, tokenID, 11))).toEqual({ made: 11, taken: 25 })
      expect(await sharesOf(client, tokenID)).toBe(25)
      // The fee comes on top: 25 × 0.07 × 0.44 × 0.56 dollars.
      expect(await dollarsOf(client)).toBe(1_000 - 11 - 0.4312)
      expect((await client.cancelAll()).canceled).toEqual([resting])
    })
  )
})
