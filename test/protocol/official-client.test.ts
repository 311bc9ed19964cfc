/** Orders made by the venue's own client and by viem: ours are the same, to the byte. */
import { OrderBuilder, OrderType, Side, isV2Order, orderToJsonV2 } from "@polymarket/clob-client-v2"
import { describe, expect, it } from "@effect/vitest"
import { Either, FastCheck as fc } from "effect"
import { createWalletClient, custom } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { hashTypedData } from "viem/utils"
import { microShares, microUsd, priceTicks } from "../../src/domain/money.ts"
import type { Address, OrderStruct, SignatureType, SigningTarget } from "../../src/domain/signed-order.ts"
import { amountDecimals, dollarAmounts, shareAmounts } from "../../src/protocol/amounts.ts"
import { hexOf } from "../../src/protocol/bytes.ts"
import { orderDomain } from "../../src/protocol/contracts.ts"
import { orderIdOf } from "../../src/protocol/order-hash.ts"
import { recoverOrder, signOrder } from "../../src/protocol/order-signature.ts"
import { accountOf } from "../../src/protocol/signatures.ts"
import { orderBody } from "../../src/protocol/wire-order.ts"
import { anyAddress, anyBytes32, anyKey, anyOrder, anyTarget } from "./fixture.ts"

const TICKS = { "0.1": 1_000, "0.01": 100, "0.005": 50, "0.0025": 25, "0.001": 10, "0.0001": 1 } as const
/**
 * The official client computes in binary fractions. At the finest tick a market buy of it can be off by a step, so there the
 * known answers alone speak; at all others, and within these sizes, its fractions cannot reach the next step.
 */
const MARKET_TICKS = ["0.1", "0.01", "0.005", "0.0025", "0.001"] as const

type Tick = keyof typeof TICKS

const anyWish = (ticks: ReadonlyArray<Tick>) =>
  fc.constantFrom(...ticks).chain((tickSize) =>
    fc.record({
      tickSize: fc.constant(tickSize),
      // On the tick, from one tick to a dollar less one.
      price: fc
        .integer({ min: 1, max: 10_000 / TICKS[tickSize] - 1 })
        .map((count) => count * TICKS[tickSize]),
      /** Shares or dollars in millionths; more decimals than the venue takes are cut. */
      amount: fc.oneof(
        fc.integer({ min: 1, max: 1_000_000 }).map((cents) => cents * 10_000),
        fc.integer({ min: 10_000, max: 10_000_000_000 })
      ),
      side: fc.constantFrom(Side.BUY, Side.SELL),
      tokenId: fc.bigInt(1n, 2n ** 256n - 1n),
      chainId: fc.constantFrom(137 as const, 80002 as const),
      negRisk: fc.boolean(),
      version: fc.constantFrom(2, 3),
      privateKey: anyKey,
      funder: anyAddress,
      metadata: anyBytes32,
      builderCode: anyBytes32,
      expiration: fc.nat(4_000_000_000)
    })
  )
type Wish = typeof anyWish extends (...ticks: never) => fc.Arbitrary<infer A> ? A : never

const targetOf = ({ chainId, negRisk, version }: Wish): SigningTarget => ({
  chainId,
  exchange: version === 3 ? "v3" : negRisk ? "v2-neg-risk" : "v2"
})

/** The official client's builder, for a wallet that never reaches a network. */
const officialBuilder = (wish: Wish, signatureType: SignatureType) => {
  const signer = createWalletClient({
    account: privateKeyToAccount(hexOf(wish.privateKey)),
    transport: custom({ request: () => Promise.reject(new Error("no network")) })
  })
  return new OrderBuilder(signer, wish.chainId, signatureType, signatureType === 0 ? undefined : wish.funder)
}

type Official = Parameters<typeof orderToJsonV2>[0]

/** Versions 2 and 3 make orders of the same form; the type leaves the first one open. */
const signedOrder = async (building: ReturnType<OrderBuilder["buildOrder"]>): Promise<Official> => {
  const order = await building
  if (!isV2Order(order)) throw new Error("the official client made an order of the first generation")
  return order
}

/** Our order for the wish, with the salt and the time the official client drew. */
const oursFor = (
  wish: Wish,
  signatureType: SignatureType,
  official: Official,
  amounts: { readonly makerAmount: bigint; readonly takerAmount: bigint }
): OrderStruct => {
  const address = accountOf(wish.privateKey)
  const maker: Address = signatureType === 0 ? address : wish.funder
  return {
    salt: BigInt(official.salt),
    maker,
    signer: signatureType === 3 ? maker : address,
    tokenId: wish.tokenId,
    makerAmount: amounts.makerAmount,
    takerAmount: amounts.takerAmount,
    side: wish.side === Side.BUY ? 0 : 1,
    signatureType,
    timestamp: BigInt(official.timestamp),
    metadata: wish.metadata,
    builder: wish.builderCode
  }
}

const checkSame = (
  wish: Wish,
  official: Official,
  order: OrderStruct,
  orderType: OrderType.GTC | OrderType.FAK,
  expirationS: number
) => {
  const domain = orderDomain(targetOf(wish))
  const signature = signOrder(wish.privateKey, domain, order)
  expect(signature).toBe(official.signature)
  expect(recoverOrder(domain, order, signature)).toStrictEqual(Either.right(accountOf(wish.privateKey)))
  const body = orderBody({
    order,
    signature,
    owner: "an-api-key",
    orderType,
    postOnly: false,
    deferExec: false,
    expirationS
  })
  expect(body).toBe(JSON.stringify(orderToJsonV2(official, "an-api-key", orderType)))
}

const RUNS = 1_000

describe("the official client's orders", () => {
  it.each([0, 1, 2, 3] as const)(
    `signature type %i – ${RUNS} random limit orders at every tick: the same amounts, signature and body`,
    (signatureType) =>
      fc.assert(
        fc.asyncProperty(anyWish(Object.keys(TICKS) as ReadonlyArray<Tick>), async (wish) => {
          const { builderCode, expiration, metadata, negRisk, side, tickSize, tokenId, version } = wish
          const official = await signedOrder(
            officialBuilder(wish, signatureType).buildOrder(
              {
                tokenID: String(tokenId),
                price: wish.price / 10_000,
                size: wish.amount / 1_000_000,
                side,
                builderCode,
                metadata,
                expiration
              },
              { tickSize, negRisk },
              version
            )
          )
          const amounts = shareAmounts(side, priceTicks(wish.price), microShares(wish.amount))
          const ours = oursFor(wish, signatureType, official, amounts)
          checkSame(wish, official, ours, OrderType.GTC, expiration)
        }),
        { numRuns: RUNS }
      ),
    180_000
  )

  it.each([0, 3] as const)(
    "signature type %i – 300 random orders at the market: the same amounts, signature and body",
    (signatureType) =>
      fc.assert(
        fc.asyncProperty(anyWish(MARKET_TICKS), async (wish) => {
          const { builderCode, metadata, negRisk, side, tickSize, tokenId, version } = wish
          const official = await signedOrder(
            officialBuilder(wish, signatureType).buildMarketOrder(
              {
                tokenID: String(tokenId),
                price: wish.price / 10_000,
                amount: wish.amount / 1_000_000,
                side,
                builderCode,
                metadata
              },
              { tickSize, negRisk },
              version
            )
          )
          const price = priceTicks(wish.price)
          const amounts =
            side === Side.BUY
              ? dollarAmounts(price, microUsd(wish.amount), amountDecimals(priceTicks(TICKS[tickSize])) ?? 0)
              : shareAmounts(side, price, microShares(wish.amount))
          checkSame(wish, official, oursFor(wish, signatureType, official, amounts), OrderType.FAK, 0)
        }),
        { numRuns: 300 }
      ),
    120_000
  )
})

const uint = <const Name extends string>(name: Name) => ({ name, type: "uint256" }) as const
const types = {
  Order: [
    uint("salt"),
    { name: "maker", type: "address" },
    { name: "signer", type: "address" },
    uint("tokenId"),
    uint("makerAmount"),
    uint("takerAmount"),
    { name: "side", type: "uint8" },
    { name: "signatureType", type: "uint8" },
    uint("timestamp"),
    { name: "metadata", type: "bytes32" },
    { name: "builder", type: "bytes32" }
  ]
} as const

describe("viem's typed data", () => {
  it(
    "1000 random orders for any exchange – the same ids, and the same signatures but for deposit wallets",
    () =>
      fc.assert(
        fc.asyncProperty(anyTarget, anyOrder, anyKey, async (target, order, key) => {
          const domain = orderDomain(target)
          const typedData = {
            domain: {
              name: "Polymarket CTF Exchange",
              version: target.exchange === "v3" ? "3" : "2",
              chainId: domain.chainId,
              verifyingContract: domain.verifyingContract
            },
            types,
            primaryType: "Order",
            message: order
          } as const
          expect(orderIdOf(domain, order)).toBe(hashTypedData(typedData))
          if (order.signatureType !== 3) {
            const signature = await privateKeyToAccount(hexOf(key)).signTypedData(typedData)
            expect(signOrder(key, domain, order)).toBe(signature)
          }
        }),
        { numRuns: RUNS }
      ),
    120_000
  )
})
