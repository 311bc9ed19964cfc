/** Known answers of the venue's protocol, from its own clients' tests. */
import { describe, expect, it } from "@effect/vitest"
import { Either, Option, Redacted } from "effect"
import { parsePrice, parseShares, parseUsd } from "../../src/domain/decimal.ts"
import { NO_FEES } from "../../src/domain/fees.ts"
import { microUsd, priceTicks } from "../../src/domain/money.ts"
import { bookHash } from "../../src/protocol/book-hash.ts"
import { hexOf, keccak256 } from "../../src/protocol/bytes.ts"
import { makeOrderDomain, orderDomain } from "../../src/protocol/contracts.ts"
import { CLOB_AUTH_SEPARATORS, clobAuthDigest, l1Headers, recoverClobAuth } from "../../src/protocol/l1.ts"
import { ApiCredentials, isL2Signature, l2Headers, l2Signature } from "../../src/protocol/l2.ts"
import { buyAmountAfterFees, marketPrice } from "../../src/protocol/market-order.ts"
import { ORDER_TYPE, orderIdOf } from "../../src/protocol/order-hash.ts"
import { recoverOrder, signOrder } from "../../src/protocol/order-signature.ts"
import { accountOf, signHex } from "../../src/protocol/signatures.ts"
import { orderBody, readOrder } from "../../src/protocol/wire-order.ts"
import { known, vectors } from "../support/polymarket-vectors.ts"
import { HARDHAT_ADDRESS, HARDHAT_KEY, structOf } from "./fixture.ts"

const orders = vectors?.orders_v2.cases
const separators = vectors?.eip712_domain_separators
/** Two of them, of the first generation, name no contract: no order was ever signed under such a domain. */
const ofOrders = separators?.filter(
  ({ name, verifyingContract }) => name !== "ClobAuthDomain" && typeof verifyingContract === "string"
)
const ofAuth = separators?.filter(({ name }) => name === "ClobAuthDomain")

describe.skipIf(vectors === undefined)("EIP-712", () => {
  it(`domains of orders – ${known(ofOrders)}`, () => {
    expect(ofOrders).toHaveLength(12)
    for (const { chainId, hash, verifyingContract, version } of ofOrders ?? []) {
      expect(hexOf(makeOrderDomain(version, chainId, verifyingContract ?? "0x").separator)).toBe(hash)
    }
  })

  it("domains of orders – those that trade are among them", () => {
    for (const chainId of [137, 80002] as const) {
      for (const exchange of ["v2", "v2-neg-risk", "v3"] as const) {
        const domain = orderDomain({ chainId, exchange })
        const found = ofOrders?.find(
          ({ hash, negRisk, version }) =>
            hash === hexOf(domain.separator) &&
            version === (exchange === "v3" ? "3" : "2") &&
            (exchange === "v3" || negRisk === (exchange === "v2-neg-risk"))
        )
        expect(found?.chainId).toBe(chainId)
        expect(found?.verifyingContract).toBe(domain.verifyingContract)
      }
    }
  })

  it(`domains of level 1 – ${known(ofAuth)}`, () => {
    expect(ofAuth).toHaveLength(2)
    for (const { chainId, hash } of ofAuth ?? []) {
      expect(hexOf(CLOB_AUTH_SEPARATORS[chainId === 137 ? 137 : 80002])).toBe(hash)
    }
  })

  const types = vectors?.eip712_type_hashes
  it(`type hashes – ${known(types)}`, () => {
    expect(types).toHaveLength(4)
    for (const { hash, typeString } of types ?? []) expect(hexOf(keccak256(typeString))).toBe(hash)
    expect(types?.find(({ name }) => name === "Order v2/v3")?.typeString).toBe(ORDER_TYPE)
  })

  it(`orders – ids of ${known(orders)}`, () => {
    expect(orders).toHaveLength(15)
    for (const { chainId, domainVersion, order, orderHash, verifyingContract } of orders ?? []) {
      const domain = makeOrderDomain(domainVersion, chainId, verifyingContract)
      expect(orderIdOf(domain, structOf(order))).toBe(orderHash)
    }
  })

  const signed = orders?.filter(({ signature }) => signature !== undefined)
  it(`orders – signatures of ${known(signed)}, made and traced back`, () => {
    expect(signed).toHaveLength(15)
    expect(new Set(signed?.map(({ order }) => order.signatureType))).toStrictEqual(new Set([0, 1, 2, 3]))
    for (const { chainId, domainVersion, order, signature = "", verifyingContract } of signed ?? []) {
      const domain = makeOrderDomain(domainVersion, chainId, verifyingContract)
      expect(signOrder(HARDHAT_KEY, domain, structOf(order))).toBe(signature)
      expect(recoverOrder(domain, structOf(order), signature)).toStrictEqual(Either.right(HARDHAT_ADDRESS))
    }
  })
})

describe.skipIf(vectors === undefined)("authentication", () => {
  it("the account of the known key", () => {
    expect(accountOf(HARDHAT_KEY)).toBe(vectors?.accounts[0].address)
    expect(`0x${HARDHAT_KEY.toString("hex")}`).toBe(vectors?.accounts[0].privateKey)
  })

  const l1 = vectors?.l1_auth.cases
  it(`level 1 – ${known(l1)}, made and traced back`, () => {
    expect(l1).toHaveLength(5)
    for (const { nonce, signature, ...rest } of l1 ?? []) {
      const auth = { ...rest, nonce: BigInt(nonce) }
      expect(signHex(HARDHAT_KEY, clobAuthDigest(auth))).toBe(signature)
      expect(recoverClobAuth(auth, signature)).toStrictEqual(Either.right(HARDHAT_ADDRESS))
    }
  })

  const l2 = vectors?.l2_hmac.cases
  it(`level 2 – ${known(l2)}, made and checked`, () => {
    expect(l2).toHaveLength(9)
    for (const { body, requestPath, secret, signature, ...rest } of l2 ?? []) {
      const request = { ...rest, path: requestPath, body: body ?? "" }
      expect(l2Signature(Redacted.make(secret), request)).toBe(signature)
      expect(isL2Signature(Redacted.make(secret), request, signature)).toBe(true)
      expect(isL2Signature(Redacted.make(secret), { ...request, method: "PATCH" }, signature)).toBe(false)
    }
  })
})

describe.skipIf(vectors === undefined)("requests", () => {
  const requests = vectors?.wire_requests.requests
  const credentials = ApiCredentials.make({
    apiKey: Redacted.make(vectors?.wire_requests.creds.key ?? "key"),
    secret: Redacted.make(vectors?.wire_requests.creds.secret ?? "AAAA"),
    passphrase: Redacted.make(vectors?.wire_requests.creds.passphrase ?? "pp")
  })

  it(`headers – ${known(requests)}, names, order and values`, () => {
    expect(requests).toHaveLength(14)
    const timestamp = String((vectors?.wire_requests.dateNow ?? 0) / 1_000)
    for (const { body, headers, method, path } of requests ?? []) {
      const auth = { chainId: 137, address: HARDHAT_ADDRESS, timestamp, nonce: 0n } as const
      const ours =
        headers["POLY_NONCE"] === undefined
          ? l2Headers(HARDHAT_ADDRESS, credentials, { timestamp, method, path, body })
          : l1Headers(auth, signHex(HARDHAT_KEY, clobAuthDigest(auth)))
      expect(Object.entries(ours)).toStrictEqual(Object.entries(headers))
    }
  })

  const posts = requests?.filter(({ method, path }) => method === "POST" && path === "/order")
  it(`orders – bodies of ${known(posts)}, byte for byte, read and written again`, () => {
    expect(posts?.length).toBeGreaterThan(2)
    for (const { body } of posts ?? []) {
      const read = Either.getOrThrow(readOrder(JSON.parse(body)))
      expect(orderBody(read)).toBe(body)
      const domain = orderDomain({ chainId: 137, exchange: "v2" })
      expect(signOrder(HARDHAT_KEY, domain, read.order)).toBe(read.signature)
    }
  })
})

describe.skipIf(vectors === undefined)("books and amounts", () => {
  const hashes = vectors?.book_hash.cases
  it(`book hash – ${known(hashes)}, whatever hash the book came with`, () => {
    expect(hashes).toHaveLength(4)
    for (const { hash, hashedString } of hashes ?? []) {
      const book = JSON.parse(hashedString) as Record<string, unknown>
      expect(bookHash(book)).toBe(hash)
      expect(bookHash({ ...book, hash: "another" })).toBe(hash)
    }
  })

  const walks = vectors?.market_price_walk.cases
  it(`price walk – ${known(walks)}`, () => {
    expect(walks).toHaveLength(25)
    for (const { amount, levels, orderType, price, side } of walks ?? []) {
      const bestFirst = levels.toReversed().map((level) => ({
        priceTicks: Option.getOrThrow(parsePrice(level.price)),
        sizeMicroShares: Option.getOrThrow(parseShares(level.size))
      }))
      const wanted =
        side === "BUY"
          ? ({ side, usd: Option.getOrThrow(parseUsd(amount)) } as const)
          : ({ side, shares: Option.getOrThrow(parseShares(amount)) } as const)
      const expected = price === undefined ? undefined : Option.getOrThrow(parsePrice(price))
      expect(marketPrice(wanted, orderType, bestFirst)).toBe(expected)
    }
  })

  const adjusted = vectors?.fees.adjustBuyAmountForFees
  it(`dollars after fees – ${known(adjusted)}`, () => {
    expect(adjusted).toHaveLength(10)
    for (const { exponent, rate, ...buy } of adjusted ?? []) {
      const fees =
        exponent === 0 ? NO_FEES : { rateMicros: Math.round(rate * 1e6), exponent, takerOnly: true }
      expect(fees.rateMicros).toBeCloseTo(rate * 1e6)
      const usd = buyAmountAfterFees({
        usd: microUsd(Math.round(buy.amount * 1e6)),
        balance: microUsd(Math.round(buy.balance * 1e6)),
        price: priceTicks(Math.round(buy.price * 1e4)),
        fees,
        builderFeeBps: Math.round(buy.builderTakerRate * 1e4)
      })
      expect(usd).toBe(Math.round(buy.adjusted * 1e6))
    }
  })
})
