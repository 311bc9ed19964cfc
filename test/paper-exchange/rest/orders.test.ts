import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import type { VenueConditions } from "../../../src/paper-exchange/protocol/rest/conditions.ts"
import { START_MS } from "../world/fixture.ts"
import {
  KEYS,
  NOBODY_IS_HELD,
  type OpenRest,
  type OrderWish,
  type Trader,
  limit,
  opened,
  pass,
  traderOf,
  withExchange
} from "./fixture.ts"

const [, key1] = KEYS

/** Ten dollars at any price. */
const buyNow = (tokenId: string, more: Partial<OrderWish> = {}): OrderWish => ({
  tokenId,
  makerAmount: 10_000_000,
  takerAmount: 10_101_000,
  orderType: "FAK",
  ...more
})

const WALLET = "0x1111111111111111111111111111111111111111"
const OTHER_WALLET = "0x2222222222222222222222222222222222222222"

describe("POST /order", () => {
  it.effect("a limit order – rests under the id its digest is, and is a duplicate when sent again", () =>
    withExchange(
      (exchange) =>
        Effect.gen(function* () {
          const { market, trader } = yield* opened(exchange)
          const { body, orderId } = trader.sign(limit(market.upTokenId, 1, 10))
          expect(yield* trader.send("POST", "/order", body)).toMatchObject({
            status: 200,
            body: {
              success: true,
              errorMsg: "",
              orderID: orderId,
              status: "live",
              makingAmount: "",
              takingAmount: ""
            }
          })
          expect(yield* trader.send("POST", "/order", body)).toMatchObject({
            status: 400,
            body: { error: `order ${orderId} is invalid. Duplicated.` }
          })
        }),
      NOBODY_IS_HELD
    )
  )

  it.effect("a buy for dollars – spends them all, however many shares it gets; a sale brings dollars", () =>
    withExchange(
      (exchange) =>
        Effect.gen(function* () {
          const { market, trader } = yield* opened(exchange)
          const bought = yield* trader.post(buyNow(market.upTokenId))
          expect(bought.body).toMatchObject({ success: true, status: "matched", makingAmount: "10" })
          expect(Number(bought.body.takingAmount)).toBeGreaterThanOrEqual(10.101)
          expect(bought.body.tradeIDs.length).toBeGreaterThan(0)
          expect(bought.body).not.toHaveProperty("transactionsHashes")
          yield* pass(10_000)
          const sold = yield* trader.post(limit(market.upTokenId, 1, 10, { side: "SELL", orderType: "FOK" }))
          expect(sold.body).toMatchObject({ status: "matched", makingAmount: "10" })
          expect(Number(sold.body.takingAmount)).toBeGreaterThan(0)
        }),
      NOBODY_IS_HELD
    )
  )

  it.effect("an order that takes – is answered when its hold is over, at once only with deferExec", () =>
    withExchange((exchange) =>
      Effect.gen(function* () {
        const { market, trader } = yield* opened(exchange)
        const waiting = yield* Effect.fork(trader.post(buyNow(market.upTokenId)))
        yield* pass(149)
        expect((yield* Fiber.poll(waiting))._tag).toBe("None")
        yield* pass(1)
        expect((yield* Fiber.join(waiting)).body).toMatchObject({ status: "matched" })
        const deferred = yield* trader.post(buyNow(market.upTokenId, { deferExec: true }))
        expect(deferred.body).toMatchObject({ success: true, status: "delayed", makingAmount: "" })
        yield* pass(150)
        const found = yield* trader.send("GET", `/data/order/${deferred.orderId}`)
        expect(found.body.associate_trades.length).toBeGreaterThan(0)
      })
    )
  )

  it.effect("proxies, Safes and deposit wallets – trade for whoever signed for them first", () =>
    withExchange(
      (exchange) =>
        Effect.gen(function* () {
          const { market, trader } = yield* opened(exchange)
          const { trader: rival } = yield* opened(exchange, key1)
          const order = (over: Partial<OrderWish>) => limit(market.upTokenId, 1, 10, over)
          const balance = (signatureType: number) =>
            Effect.map(
              trader.send("GET", `/balance-allowance?asset_type=COLLATERAL&signature_type=${signatureType}`),
              ({ body }) => body.balance
            )
          for (const signatureType of [1, 2, 3] as const) {
            const maker = `0x${String(signatureType).repeat(40)}` as const
            const wish = order({
              signatureType,
              maker,
              ...(signatureType === 3 ? { signer: maker } : {})
            })
            expect(yield* balance(signatureType)).toBe("1000000000")
            expect((yield* trader.post(wish)).body).toMatchObject({ success: true })
            expect((yield* trader.post(wish)).body).toMatchObject({ success: true })
            expect(yield* rival.post(wish)).toMatchObject({
              status: 400,
              body: { error: "maker address not allowed, please use the deposit wallet flow" }
            })
            // One of each type to an owner.
            expect((yield* trader.post({ ...wish, maker: OTHER_WALLET, signer: OTHER_WALLET })).status).toBe(
              400
            )
          }
          const open = yield* trader.send("GET", "/data/orders")
          expect(open.body.data).toHaveLength(6)
          expect((yield* rival.send("GET", "/data/orders")).body.data).toEqual([])
          expect((yield* trader.send("DELETE", "/cancel-all")).body.canceled).toHaveLength(6)
        }),
      NOBODY_IS_HELD
    )
  )

  /** What is wrong with an order, and the venue's words for it. */
  const refusals: ReadonlyArray<
    readonly [string, (tokenId: string, trader: Trader) => OrderWish, string | RegExp]
  > = [
    [
      "of another key",
      (tokenId) => limit(tokenId, 1, 10, { owner: "00000000-0000-4000-8000-000000000000" }),
      "the order owner has to be the owner of the API KEY"
    ],
    [
      "of another signer",
      (tokenId) => limit(tokenId, 1, 10, { signer: WALLET }),
      "the order signer address has to be the address of the API KEY"
    ],
    [
      "of a wallet without its type",
      (tokenId) => limit(tokenId, 1, 10, { maker: WALLET }),
      "maker address not allowed, please use the deposit wallet flow"
    ],
    [
      "of a deposit wallet that does not sign",
      (tokenId) => limit(tokenId, 1, 10, { maker: WALLET, signatureType: 3 }),
      "the order signer address has to be the address of the API KEY"
    ],
    ["of an unknown token", () => limit("123", 1, 10), "No orderbook exists for the requested token id"],
    ["too small", (tokenId) => limit(tokenId, 1, 4.99), /Size \(4\.99\) lower than the minimum: 5$/],
    [
      "of a price out of range",
      (tokenId) => limit(tokenId, 100, 10),
      "invalid price (1), min: 0.01 - max: 0.99"
    ],
    [
      "of a dollar's part, at the market",
      (tokenId) => buyNow(tokenId, { makerAmount: 500_000, takerAmount: 505_000 }),
      "invalid amount for a marketable BUY order ($0.5), min size: $1"
    ],
    [
      "post-only and crossing",
      (tokenId) => limit(tokenId, 99, 10, { postOnly: true }),
      "invalid post-only order: order crosses book"
    ],
    ["post-only and FAK", (tokenId) => buyNow(tokenId, { postOnly: true }), /post-only/],
    [
      "to lapse before it began",
      (tokenId) =>
        limit(tokenId, 1, 10, { orderType: "GTD", expirationS: Math.floor(START_MS / 1_000) + 20 + 179 }),
      "invalid expiration"
    ],
    [
      "to lapse, but GTC",
      (tokenId) => limit(tokenId, 1, 10, { expirationS: 4_000_000_000 }),
      "invalid expiration"
    ],
    [
      "that cannot be filled whole",
      (tokenId) =>
        limit(tokenId, 1, 10, { orderType: "FOK", makerAmount: 1_000_000, takerAmount: 100_000_000 }),
      "order couldn't be fully filled. FOK orders are fully filled or killed."
    ],
    [
      "that finds nobody",
      (tokenId) =>
        limit(tokenId, 1, 10, { orderType: "FAK", makerAmount: 1_000_000, takerAmount: 100_000_000 }),
      "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
    ],
    [
      "beyond the balance",
      (tokenId) => limit(tokenId, 1, 200_000),
      "not enough balance / allowance: the balance is not enough -> balance: 1000000000, order amount: 2000000000"
    ],
    [
      "selling what is not held",
      (tokenId) => limit(tokenId, 99, 10, { side: "SELL" }),
      "not enough balance / allowance: the balance is not enough -> balance: 0, order amount: 10000000"
    ]
  ]
  it.effect.each(refusals)("refuses an order %s", ([, wish, text]) =>
    withExchange(
      (exchange) =>
        Effect.gen(function* () {
          const { market, trader } = yield* opened(exchange)
          const answer = yield* trader.post(wish(market.upTokenId, trader))
          expect(answer).toMatchObject({
            status: 400,
            body: { error: typeof text === "string" ? text : expect.stringMatching(text) }
          })
          expect((yield* trader.send("GET", "/data/orders")).body.data).toEqual([])
        }),
      NOBODY_IS_HELD
    )
  )

  it.effect("an order – is refused where another signed it, or what was signed is another order", () =>
    withExchange(
      (exchange) =>
        Effect.gen(function* () {
          const { market, trader } = yield* opened(exchange)
          const rival = traderOf(exchange, key1)
          const wish = limit(market.upTokenId, 1, 10, { salt: 5, owner: trader.apiKey })
          const signature = JSON.parse(
            rival.sign({ ...wish, maker: trader.address, signer: trader.address }).body
          ).order.signature
          const good = JSON.parse(trader.sign(wish).body)
          for (const order of [
            { ...good.order, signature },
            { ...good.order, salt: 6 },
            { ...good.order, takerAmount: "20000000" },
            { ...good.order, signatureType: 1, maker: WALLET }
          ]) {
            const answer = yield* trader.send("POST", "/order", JSON.stringify({ ...good, order }))
            expect(answer).toMatchObject({ status: 400, body: { error: "invalid signature" } })
          }
          for (const body of ["", "[]", "null", "{}", JSON.stringify({ ...good, orderType: "IOC" })]) {
            expect(yield* trader.send("POST", "/order", body)).toMatchObject({
              status: 400,
              body: { error: "Invalid order payload" }
            })
          }
        }),
      NOBODY_IS_HELD
    )
  )
})

describe("POST /orders", () => {
  it.effect("a batch – has an answer for every leg in its order, whatever became of the others", () =>
    withExchange((exchange) =>
      Effect.gen(function* () {
        const { market, trader } = yield* opened(exchange)
        const legs = [
          limit(market.upTokenId, 1, 10),
          limit(market.upTokenId, 1, 1),
          buyNow(market.upTokenId),
          limit(market.downTokenId, 1, 12)
        ].map(trader.sign)
        const waiting = yield* Effect.fork(
          trader.send("POST", "/orders", `[${legs.map(({ body }) => body).join(",")}]`)
        )
        yield* pass(150)
        const answer = yield* Fiber.join(waiting)
        expect(answer.status).toBe(200)
        expect(answer.body).toMatchObject([
          { success: true, errorMsg: "", orderID: legs[0]?.orderId, status: "live" },
          { success: false, errorMsg: expect.stringMatching(/lower than the minimum/), orderID: "" },
          { success: true, errorMsg: "", orderID: legs[2]?.orderId, status: "matched" },
          { success: true, errorMsg: "", orderID: legs[3]?.orderId, status: "live" }
        ])
      })
    )
  )

  it.effect("a batch – of none, of sixteen or of nonsense is refused whole", () =>
    withExchange(
      (exchange) =>
        Effect.gen(function* () {
          const { market, trader } = yield* opened(exchange)
          const leg = () => trader.sign(limit(market.upTokenId, 1, 10)).body
          const many = (count: number) => `[${Array.from({ length: count }, leg).join(",")}]`
          for (const [body, error] of [
            ["[]", "Invalid order payload"],
            [`[${leg()},{}]`, "Invalid order payload"],
            [leg(), "Invalid order payload"],
            [many(16), "Too many orders in payload: 16, max allowed: 15"]
          ] as const)
            expect(yield* trader.send("POST", "/orders", body)).toMatchObject({
              status: 400,
              body: { error }
            })
          expect((yield* trader.send("GET", "/data/orders")).body.data).toEqual([])
          expect((yield* trader.send("POST", "/orders", many(15))).body).toHaveLength(15)
        }),
      NOBODY_IS_HELD
    )
  )
})

describe("phases of the venue", () => {
  const inPhase = (phase: VenueConditions["phase"]) => ({ ...NOBODY_IS_HELD, conditions: { phase } })
  const tried = (exchange: OpenRest) =>
    Effect.gen(function* () {
      const { market, trader } = yield* opened(exchange)
      const order = yield* trader.post(limit(market.upTokenId, 1, 10))
      const postOnly = yield* trader.post(limit(market.upTokenId, 1, 10, { postOnly: true }))
      const batch = yield* trader.send(
        "POST",
        "/orders",
        `[${trader.sign(limit(market.upTokenId, 1, 10)).body}]`
      )
      const cancel = yield* trader.send("DELETE", "/cancel-all")
      return { order, postOnly, batch, cancel }
    })

  it.effect("restarting – order endpoints are not ready", () =>
    withExchange(
      (exchange) =>
        Effect.map(tried(exchange), (answers) => {
          for (const answer of Object.values(answers))
            expect(answer).toMatchObject({ status: 425, body: { error: "service not ready" } })
        }),
      inPhase(() => ({ _tag: "Restarting" }))
    )
  )

  it.effect("post-only – takes post-only orders and cancels, and says when it ends", () =>
    withExchange(
      (exchange) =>
        Effect.map(tried(exchange), ({ batch, cancel, order, postOnly }) => {
          expect(order).toMatchObject({
            status: 503,
            headers: { "retry-after": "100" },
            body: {
              error: "post-only mode: only post-only orders and cancels are allowed",
              code: "post_only_mode",
              retry_after_seconds: 100
            }
          })
          expect(postOnly).toMatchObject({ status: 200, body: { status: "live" } })
          expect(batch).toMatchObject({
            status: 200,
            body: [{ success: true, orderID: "", errorMsg: expect.stringMatching(/^post-only mode/) }]
          })
          expect(cancel.body.canceled).toEqual([postOnly.orderId])
        }),
      inPhase(() => ({ _tag: "PostOnly", untilMs: START_MS + 120_000 }))
    )
  )

  it.effect("cancel-only and disabled – take no orders; disabled no cancels either", () =>
    Effect.gen(function* () {
      yield* withExchange(
        (exchange) =>
          Effect.map(tried(exchange), ({ batch, cancel, order, postOnly }) => {
            for (const answer of [order, postOnly, batch])
              expect(answer).toMatchObject({
                status: 503,
                body: { error: expect.stringMatching(/cancel-only/) }
              })
            expect(cancel.status).toBe(200)
          }),
        inPhase(() => ({ _tag: "CancelOnly" }))
      )
      yield* withExchange(
        (exchange) =>
          Effect.map(tried(exchange), (answers) => {
            for (const answer of Object.values(answers))
              expect(answer).toMatchObject({
                status: 503,
                body: { error: expect.stringMatching(/disabled/) }
              })
          }),
        inPhase(() => ({ _tag: "Disabled" }))
      )
    })
  )

  it.effect("closed only – an account may not buy", () =>
    withExchange(
      (exchange) =>
        Effect.gen(function* () {
          const { market, trader } = yield* opened(exchange)
          expect((yield* trader.send("GET", "/auth/ban-status/closed-only")).body).toEqual({
            closed_only: true
          })
          expect((yield* trader.post(limit(market.upTokenId, 1, 10))).body).toEqual({
            error: `'${trader.address}' address in closed only mode`
          })
        }),
      { ...NOBODY_IS_HELD, conditions: { isClosedOnly: () => true } }
    )
  )

  it.effect("a stale cache – hides new shares from sellers until it is told to look again", () =>
    Effect.gen(function* () {
      let isStale = false
      yield* withExchange(
        (exchange) =>
          Effect.gen(function* () {
            const { market, trader } = yield* opened(exchange)
            const query = `asset_type=CONDITIONAL&token_id=${market.upTokenId}&signature_type=0`
            const balance = Effect.map(trader.send("GET", `/balance-allowance?${query}`), ({ body }) =>
              Number(body.balance)
            )
            expect(yield* balance).toBe(0)
            isStale = true
            yield* trader.post(buyNow(market.upTokenId))
            yield* pass(10_000)
            expect(yield* balance).toBe(0)
            const sale = () => trader.post(limit(market.upTokenId, 1, 10, { side: "SELL", orderType: "FAK" }))
            expect((yield* sale()).body.error).toBe(
              "not enough balance / allowance: the balance is not enough -> balance: 0, order amount: 10000000"
            )
            expect((yield* trader.send("GET", `/balance-allowance/update?${query}`)).status).toBe(200)
            expect(yield* balance).toBeGreaterThan(10_000_000)
            expect((yield* sale()).body).toMatchObject({ success: true })
          }),
        { ...NOBODY_IS_HELD, conditions: { balancesAreStale: () => isStale } }
      )
    })
  )
})
