/**
 * Our client's requests are the official client's, byte for byte as they come out of the socket, for the same wishes at the
 * same moment by the same chance. Chosen wishes are random, so that no table of cases decides what is compared.
 */
import { FetchHttpClient } from "@effect/platform"
import { describe, expect, it, vi } from "@effect/vitest"
import {
  AssetType,
  type BookParams,
  ClobClient,
  OrderType as TheirType,
  Side as TheirSide,
  type SignatureTypeV2,
  type TickSize
} from "@polymarket/clob-client-v2"
import { Effect, FastCheck as fc, Redacted, type Scope, TestClock, TestContext } from "effect"
import { type PriceTicks, microShares, notionalUsd, priceTicks } from "../../src/domain/money.ts"
import { type Intent, OrderId } from "../../src/domain/order.ts"
import type { Address, OrderAccount, SignatureType } from "../../src/domain/signed-order.ts"
import { ConditionId, TokenId } from "../../src/domain/window.ts"
import { POLYGON_EXCHANGE, orderStruct } from "../../src/modules/polymarket/digest.ts"
import { makeAsk } from "../../src/modules/polymarket/rest/ask.ts"
import { createOrDerive, signWithKey } from "../../src/modules/polymarket/rest/auth.ts"
import { privateClob, publicClob } from "../../src/modules/polymarket/rest/clob.ts"
import { makeTransport } from "../../src/modules/polymarket/rest/transport.ts"
import { VenueTime } from "../../src/modules/polymarket/rest/venue-time.ts"
import { localSigner } from "../../src/modules/polymarket/wallet/local-signer.ts"
import { Signer } from "../../src/ports/signer.ts"
import { orderDomain } from "../../src/protocol/contracts.ts"
import { orderIdOf } from "../../src/protocol/order-hash.ts"
import { settingsFor } from "../modules/polymarket/client/venue.ts"
import { intent as anIntent } from "../modules/polymarket/fixture.ts"
import { type Capture, type Captured, captureServer } from "./capture.ts"
import { KEYS, walletOf } from "./exchange.ts"

const OWNER = walletOf(KEYS[0]).account.address
const WALLET: Address = "0x1234567890AbcdEF1234567890aBcdef12345678"
const creds = {
  key: "9180014b-33c8-9240-a14b-bdca11c0a465",
  secret: Buffer.from("a secret of thirty-two bytes, ok").toString("base64"),
  passphrase: "a pass phrase"
}
const credentials = {
  apiKey: Redacted.make(creds.key),
  secret: Redacted.make(creds.secret),
  passphrase: Redacted.make(creds.passphrase)
}

const TICKS: ReadonlyMap<TickSize, { readonly ticks: number; readonly amountDecimals: number }> = new Map([
  ["0.1", { ticks: 1_000, amountDecimals: 3 }],
  ["0.01", { ticks: 100, amountDecimals: 4 }],
  ["0.005", { ticks: 50, amountDecimals: 5 }],
  ["0.0025", { ticks: 25, amountDecimals: 6 }],
  ["0.001", { ticks: 10, amountDecimals: 5 }],
  ["0.0001", { ticks: 1, amountDecimals: 6 }]
])

interface Moment {
  readonly nowMs: number
  /** What the official client draws its salt from. */
  readonly random: number
}
const saltOf = ({ nowMs, random }: Moment): number => Math.round(random * nowMs)

const accountOf = (type: SignatureType): OrderAccount => {
  if (type === 0) return { maker: OWNER, signer: OWNER, signatureType: 0 }
  return { maker: WALLET, signer: type === 3 ? WALLET : OWNER, signatureType: type }
}

/** The official client as it acts at a moment, by its own means. */
const theirs = async <A>(
  capture: Capture,
  moment: Moment,
  type: SignatureType,
  act: (client: ClobClient) => Promise<A>
): Promise<ReadonlyArray<Captured>> => {
  const clock = vi.spyOn(Date, "now").mockReturnValue(moment.nowMs)
  const chance = vi.spyOn(Math, "random").mockReturnValue(moment.random)
  try {
    const client = new ClobClient({
      host: capture.url,
      chain: 137,
      signer: walletOf(KEYS[0]),
      creds,
      signatureType: type as SignatureTypeV2,
      ...(type === 0 ? {} : { funderAddress: WALLET })
    })
    capture.take()
    await act(client)
    return capture.take()
  } finally {
    clock.mockRestore()
    chance.mockRestore()
  }
}

const makeOurs = (capture: Capture, type: SignatureType) =>
  Effect.gen(function* () {
    const { addresses } = settingsFor({ addresses: { clob: capture.url } })
    const transport = yield* makeTransport({ addresses, maxWaitMs: 0 })
    const ask = makeAsk(transport)
    const time = new VenueTime()
    const signer = yield* Signer
    const owner = { credentials, sign: signWithKey(signer.address, credentials, time), signatureType: type }
    return {
      ...publicClob(ask),
      ...privateClob(transport, ask, owner),
      key: (nonce: bigint) => createOrDerive(ask, signer, time, 137, nonce),
      /** As an intent becomes an order, from its amounts to its signature. */
      signed: (intent: Intent, moment: Moment) =>
        Effect.gen(function* () {
          const order = orderStruct(signer.account, intent, {
            salt: saltOf(moment),
            timestampMs: moment.nowMs
          })
          const { expiresAtMs, orderType, postOnly, side } = intent
          return {
            orderId: orderIdOf(orderDomain(POLYGON_EXCHANGE), order),
            side,
            request: {
              order,
              signature: yield* signer.signOrder(POLYGON_EXCHANGE, order),
              owner: creds.key,
              orderType,
              postOnly,
              deferExec: false,
              expirationS: expiresAtMs === null ? 0 : expiresAtMs / 1_000
            }
          }
        })
    }
  })
type Ours = Effect.Effect.Success<ReturnType<typeof makeOurs>>

/** Our client as it acts at a moment; what it makes of the answers is not looked at. */
const ours = <E>(
  capture: Capture,
  moment: Moment,
  type: SignatureType,
  act: (client: Ours) => Effect.Effect<unknown, E, Scope.Scope>
): Effect.Effect<ReadonlyArray<Captured>> =>
  Effect.gen(function* () {
    yield* TestClock.setTime(moment.nowMs)
    capture.take()
    yield* Effect.exit(Effect.flatMap(makeOurs(capture, type), act))
    return capture.take()
  }).pipe(
    Effect.scoped,
    Effect.provide([
      FetchHttpClient.layer,
      localSigner({ privateKey: Redacted.make(KEYS[0].slice(2)), address: OWNER, account: accountOf(type) })
    ])
  )

const anyMoment: fc.Arbitrary<Moment> = fc.record({
  nowMs: fc.integer({ min: 1_790_000_000_000, max: 1_800_000_000_000 }),
  random: fc.integer({ min: 1, max: 2 ** 31 }).map((part) => part / 2 ** 31)
})
const anyType = fc.constantFrom<Array<SignatureType>>(0, 1, 2, 3)
const anyToken = fc.bigInt(1n, 2n ** 256n - 1n).map((id) => TokenId.make(String(id)))
const anyCondition = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => ConditionId.make(`0x${Buffer.from(bytes).toString("hex")}`))
const anyOrderId = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => OrderId.make(`0x${Buffer.from(bytes).toString("hex")}`))

interface Wish {
  readonly tick: TickSize
  readonly intent: Intent
  /** Cents of a buy at the market. */
  readonly cents: number
}

const anyTick = fc.constantFrom(...TICKS.keys())
const anyPrice = (tick: TickSize): fc.Arbitrary<PriceTicks> => {
  const { ticks } = TICKS.get(tick) ?? { ticks: 100 }
  return fc.integer({ min: 1, max: 10_000 / ticks - 1 }).map((count) => priceTicks(count * ticks))
}
const anySize = fc.integer({ min: 1, max: 1_000_000 }).map((hundredths) => microShares(hundredths * 10_000))

const anyWish = (orderTypes: ReadonlyArray<Intent["orderType"]>): fc.Arbitrary<Wish> =>
  anyTick.chain((tick) =>
    fc
      .record({
        tokenId: anyToken,
        side: fc.constantFrom("BUY" as const, "SELL" as const),
        orderType: fc.constantFrom(...orderTypes),
        price: anyPrice(tick),
        sizeMicroShares: anySize,
        postOnly: fc.boolean(),
        cents: fc.integer({ min: 1, max: 10_000_000 }),
        expirationS: fc.integer({ min: 1_800_000_000, max: 1_900_000_000 })
      })
      .map(({ cents, expirationS, orderType, postOnly, price, sizeMicroShares, side, tokenId }) => ({
        tick,
        cents,
        intent: {
          ...anIntent,
          tokenId,
          side,
          orderType,
          priceTicks: price,
          sizeMicroShares,
          postOnly: postOnly && (orderType === "GTC" || orderType === "GTD"),
          expiresAtMs: orderType === "GTD" ? expirationS * 1_000 : null
        }
      }))
  )

const decimal = (value: number, scale: number): number => value / scale
const sideOf = { BUY: TheirSide.BUY, SELL: TheirSide.SELL } as const
const typeOf = { GTC: TheirType.GTC, GTD: TheirType.GTD, FOK: TheirType.FOK, FAK: TheirType.FAK } as const

const theirLimit = (client: ClobClient, { intent, tick }: Wish) => {
  client.tickSizes[intent.tokenId] = tick
  return client.createOrder(
    {
      tokenID: intent.tokenId,
      price: decimal(intent.priceTicks, 10_000),
      size: decimal(intent.sizeMicroShares, 1_000_000),
      side: sideOf[intent.side],
      ...(intent.expiresAtMs === null ? {} : { expiration: intent.expiresAtMs / 1_000 })
    },
    { tickSize: tick, negRisk: false }
  )
}

const isPost = ({ method }: Captured): boolean => method === "POST"

/** An exchange that takes down everything, for the length of a property. */
const capturing = <A>(body: (capture: Capture) => Promise<A>): Promise<A> =>
  Effect.runPromise(
    Effect.scoped(Effect.flatMap(captureServer, (capture) => Effect.promise(() => body(capture))))
  )

const run = <A>(effect: Effect.Effect<A>): Promise<A> =>
  Effect.runPromise(Effect.provide(effect, TestContext.TestContext))

const RUNS = 30

/** One after the other, whatever each is answered. */
const eachIn = <E>(asked: ReadonlyArray<Effect.Effect<unknown, E>>) =>
  Effect.forEach(asked, Effect.exit, { discard: true })

/** What an order's request says, but for its shares, and for what is made of them: the signatures. */
const shareless = (request: Captured | undefined) => {
  const { order, ...rest } = JSON.parse(request?.body ?? "{}") as { readonly order: Record<string, string> }
  const { signature, takerAmount = "0", ...others } = order
  const { poly_signature: _, ...headers } = request?.headers ?? {}
  return {
    ...request,
    body: "",
    headers,
    says: { ...rest, others },
    signatureChars: signature?.length,
    shares: BigInt(takerAmount)
  }
}

describe("requests of our client and of the official one", { timeout: 120_000 }, () => {
  it("keys – made, and derived where there is one", () =>
    capturing((capture) =>
      fc.assert(
        fc.asyncProperty(anyMoment, fc.nat(), async (moment, nonce) => {
          const wanted = await theirs(capture, moment, 0, (client) => client.createOrDeriveApiKey(nonce))
          expect(wanted.map(({ method, path }) => `${method} ${path}`)).toEqual([
            "POST /auth/api-key",
            "GET /auth/derive-api-key"
          ])
          expect(await run(ours(capture, moment, 0, (client) => client.key(BigInt(nonce))))).toEqual(wanted)
        }),
        { numRuns: RUNS }
      )
    ))

  it("limit orders – of every type, signature type, tick and side", () =>
    capturing((capture) =>
      fc.assert(
        fc.asyncProperty(anyMoment, anyType, anyWish(["GTC", "GTD"]), async (moment, type, wish) => {
          const { intent } = wish
          const wanted = await theirs(capture, moment, type, async (client) =>
            client.postOrder(await theirLimit(client, wish), typeOf[intent.orderType], intent.postOnly)
          )
          const sent = await run(
            ours(capture, moment, type, (client) =>
              Effect.flatMap(client.signed(intent, moment), client.place)
            )
          )
          expect(sent).toEqual(wanted.filter(isPost))
        }),
        { numRuns: 4 * RUNS }
      )
    ))

  it("a batch – of orders that are each their own", () =>
    capturing((capture) =>
      fc.assert(
        fc.asyncProperty(
          anyMoment,
          anyType,
          fc.array(anyWish(["GTC", "GTD"]), { minLength: 1, maxLength: 15 }),
          fc.boolean(),
          async (moment, type, wishes, postOnly) => {
            const wanted = await theirs(capture, moment, type, async (client) => {
              const args = []
              for (const wish of wishes) {
                const order = await theirLimit(client, wish)
                args.push({ order, orderType: typeOf[wish.intent.orderType] })
              }
              return client.postOrders(args, postOnly)
            })
            const sent = await run(
              ours(capture, moment, type, (client) =>
                Effect.flatMap(
                  Effect.forEach(wishes, ({ intent }) => client.signed({ ...intent, postOnly }, moment)),
                  client.placeMany
                )
              )
            )
            expect(sent).toEqual(wanted.filter(isPost))
          }
        ),
        { numRuns: RUNS }
      )
    ))

  it("orders at the market – but for the shares of a buy, of which ours states 4 decimals on every tick", () =>
    capturing((capture) =>
      fc.assert(
        fc.asyncProperty(anyMoment, anyType, anyWish(["FOK", "FAK"]), async (moment, type, wish) => {
          const { intent, tick } = wish
          const { priceTicks: price, sizeMicroShares, side, tokenId } = intent
          // Ours are for the whole cents that so many shares cost at the limit.
          const cents = Math.floor(notionalUsd(price, sizeMicroShares, "down") / 10_000)
          fc.pre(side === "SELL" || cents > 0)
          const wanted = await theirs(capture, moment, type, async (client) => {
            client.tickSizes[tokenId] = tick
            client.feeInfos[tokenId] = { rate: 0.07, exponent: 1 }
            const order = await client.createMarketOrder(
              {
                tokenID: tokenId,
                price: decimal(price, 10_000),
                amount: side === "BUY" ? cents / 100 : decimal(sizeMicroShares, 1_000_000),
                side: sideOf[side]
              },
              { tickSize: tick, negRisk: false }
            )
            return client.postOrder(order, typeOf[intent.orderType])
          })
          const sent = await run(
            ours(capture, moment, type, (client) =>
              Effect.flatMap(client.signed(intent, moment), client.place)
            )
          )
          const posted = wanted.filter(isPost)
          const { amountDecimals = 4 } = TICKS.get(tick) ?? {}
          if (side === "SELL" || amountDecimals === 4) return void expect(sent).toEqual(posted)
          // The venue takes 4 decimals whatever the tick (py-clob-client-v2#99); the official client states as many as the tick has.
          const [a, b] = [shareless(sent[0]), shareless(posted[0])]
          const step = 10n ** BigInt(6 - Math.min(4, amountDecimals))
          expect({ ...a, shares: a.shares / step }).toEqual({ ...b, shares: b.shares / step })
        }),
        { numRuns: 4 * RUNS }
      )
    ))

  it("the four cancels, and a look at an order", () =>
    capturing((capture) =>
      fc.assert(
        fc.asyncProperty(
          anyMoment,
          fc.array(anyOrderId, { minLength: 1, maxLength: 20 }),
          anyCondition,
          anyToken,
          async (moment, ids, condition, token) => {
            const [orderID = OrderId.make("0x0")] = ids
            const wanted = await theirs(capture, moment, 0, async (client) => {
              await client.cancelOrder({ orderID })
              await client.cancelOrders(ids)
              await client.cancelAll()
              await client.cancelMarketOrders({ market: condition })
              await client.cancelMarketOrders({ asset_id: token })
              await client.cancelMarketOrders({ market: condition, asset_id: token })
              await client.getOrder(orderID)
            })
            const sent = await run(
              ours(capture, moment, 0, (client) =>
                eachIn([
                  client.cancelOne(orderID),
                  client.cancelMany(ids),
                  client.cancelAll,
                  client.cancelMarket({ market: condition }),
                  client.cancelMarket({ asset_id: token }),
                  client.cancelMarket({ market: condition, asset_id: token }),
                  client.order(orderID)
                ])
              )
            )
            expect(sent).toHaveLength(7)
            expect(sent).toEqual(wanted)
          }
        ),
        { numRuns: RUNS }
      )
    ))

  it("lists – every page of them, by the cursor that the page before gave", () =>
    capturing((capture) =>
      fc.assert(
        fc.asyncProperty(
          anyMoment,
          anyCondition,
          fc.nat(2_000_000_000),
          fc.uuid(),
          async (moment, market, after, id) => {
            const wanted = await theirs(capture, moment, 0, async (client) => {
              await client.getOpenOrders()
              await client.getOpenOrders({ market })
              await client.getTrades({ id })
              await client.getTrades({ maker_address: OWNER, market, after: String(after) })
            })
            const sent = await run(
              ours(capture, moment, 0, (client) =>
                eachIn([
                  client.openOrders(),
                  client.openOrders(market),
                  client.trades({ id }),
                  client.trades({ makerAddress: OWNER, conditionId: market, after })
                ])
              )
            )
            expect(sent).toHaveLength(8)
            expect(sent).toEqual(wanted)
          }
        ),
        { numRuns: RUNS }
      )
    ))

  it("balances, heartbeats, and whether positions may only be closed", () =>
    capturing((capture) =>
      fc.assert(
        fc.asyncProperty(anyMoment, anyType, anyToken, fc.uuid(), async (moment, type, token, beat) => {
          const conditional = { asset_type: AssetType.CONDITIONAL, token_id: token }
          const wanted = await theirs(capture, moment, type, async (client) => {
            await client.getBalanceAllowance({ asset_type: AssetType.COLLATERAL })
            await client.getBalanceAllowance(conditional)
            await client.updateBalanceAllowance({ asset_type: AssetType.COLLATERAL })
            await client.updateBalanceAllowance(conditional)
            await client.postHeartbeat("")
            await client.postHeartbeat(beat)
            await client.getClosedOnlyMode()
          })
          const sent = await run(
            ours(capture, moment, type, (client) =>
              eachIn([
                client.balance(),
                client.balance(token),
                client.refreshBalance(),
                client.refreshBalance(token),
                client.heartbeat(""),
                client.heartbeat(beat),
                client.closedOnly
              ])
            )
          )
          expect(sent).toHaveLength(7)
          expect(sent).toEqual(wanted)
        }),
        { numRuns: RUNS }
      )
    ))

  it("what anybody may ask", () =>
    capturing((capture) =>
      fc.assert(
        fc.asyncProperty(
          anyMoment,
          fc.array(anyToken, { minLength: 1, maxLength: 5 }),
          anyCondition,
          async (moment, tokens, condition) => {
            const [token = TokenId.make("1")] = tokens
            const wanted = await theirs(capture, moment, 0, async (client) => {
              await client.getServerTime()
              await client.getVersion()
              await client.getOrderBook(token)
              // Its type asks for a side, which the venue does not.
              await client.getOrderBooks(
                tokens.map((token_id) => ({ token_id })) as ReadonlyArray<unknown> as Array<BookParams>
              )
              await client.getClobMarketInfo(condition).catch(() => undefined)
              await client.getTickSize(token).catch(() => undefined)
              await client.getNegRisk(token).catch(() => undefined)
            })
            const sent = await run(
              ours(capture, moment, 0, (client) =>
                eachIn([
                  client.time,
                  client.version,
                  client.book(token),
                  client.books(tokens),
                  client.market(condition),
                  client.tickSize(token),
                  client.negRisk(token)
                ])
              )
            )
            expect(sent).toHaveLength(7)
            expect(sent).toEqual(wanted)
          }
        ),
        { numRuns: RUNS }
      )
    ))
})
