/** Whatever comes over the wire: an answer or a typed refusal, never a throw. */
import { describe, expect, it } from "@effect/vitest"
import { Either, FastCheck as fc, ParseResult, Redacted } from "effect"
import { isAddress as viemIsAddress } from "viem/utils"
import type { Address, Hex } from "../../src/domain/signed-order.ts"
import { isAddress, parseAddress, sameAddress } from "../../src/protocol/address.ts"
import { bytesOf, hexOf } from "../../src/protocol/bytes.ts"
import { orderDomain } from "../../src/protocol/contracts.ts"
import { clobAuthDigest, recoverClobAuth } from "../../src/protocol/l1.ts"
import { isL2Signature, l2Signature } from "../../src/protocol/l2.ts"
import { orderDigest, orderIdOf } from "../../src/protocol/order-hash.ts"
import { recoverOrder, signOrder } from "../../src/protocol/order-signature.ts"
import {
  SignatureInvalid,
  accountOf,
  isPrivateKey,
  recoverDigest,
  signDigest,
  signHex
} from "../../src/protocol/signatures.ts"
import { type OrderRequest, orderBody, ordersBody, readOrder } from "../../src/protocol/wire-order.ts"
import { HARDHAT_ADDRESS, HARDHAT_KEY, anyKey, anyOrder, anyTarget } from "./fixture.ts"

const manyRuns = { fastCheck: { numRuns: 2_000 } }
const anyDigest = fc.uint8Array({ minLength: 32, maxLength: 32 })

/** Right, or left with the one error there may be. */
const isTyped = (result: Either.Either<unknown, unknown>): boolean =>
  Either.isRight(result) || (result.left instanceof SignatureInvalid && result.left.message !== "")

/** Bytes of about a signature's length, and a last byte that is often one of the two allowed. */
const anySignatureBytes = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .tuple(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.constantFrom(0, 1, 26, 27, 28, 29, 255))
    .map(([rs, v]) => Uint8Array.from([...rs, v])),
  // r or s at the ends of what they may be.
  fc
    .tuple(fc.constantFrom(0, 0x7f, 0xff), fc.constantFrom(0, 0x7f, 0xff), fc.constantFrom(27, 28))
    .map(([r, s, v]) => Uint8Array.from({ length: 65 }, (_, index) => (index < 32 ? r : index < 64 ? s : v)))
)
const anyText = fc.oneof(fc.string({ maxLength: 1_400 }), anySignatureBytes.map(hexOf))

describe("recovering", () => {
  it.prop(
    "random bytes – an account or a typed refusal",
    [fc.oneof(anyDigest, fc.uint8Array({ maxLength: 70 })), anySignatureBytes],
    ([digest, bytes]) => {
      expect(isTyped(recoverDigest(digest, bytes))).toBe(true)
    },
    manyRuns
  )

  it.prop(
    "random text for an order of any type, and for level 1 – an account or a typed refusal",
    [anyTarget, anyOrder, anyText, fc.string()],
    ([target, order, text, timestamp]) => {
      expect(isTyped(recoverOrder(orderDomain(target), order, text))).toBe(true)
      const auth = { chainId: target.chainId, address: order.maker, timestamp, nonce: order.salt }
      expect(isTyped(recoverClobAuth(auth, text))).toBe(true)
    },
    manyRuns
  )

  it.prop(
    "a signature with one byte changed – never the signer's any more",
    [anyTarget, anyOrder, anyKey, fc.nat(), fc.integer({ min: 1, max: 255 })],
    ([target, order, key, place, change]) => {
      const domain = orderDomain(target)
      const bytes = bytesOf(signOrder(key, domain, order)) ?? new Uint8Array()
      expect(bytes).toHaveLength(order.signatureType === 3 ? 317 : 65)
      const at = place % bytes.length
      bytes[at] = (bytes[at] ?? 0) ^ change
      expect(recoverOrder(domain, order, hexOf(bytes))).not.toStrictEqual(Either.right(accountOf(key)))
    },
    { fastCheck: { numRuns: 500 } }
  )

  it.prop(
    "the other s that verifies – refused, as contracts refuse it",
    [anyDigest, anyKey],
    ([digest, key]) => {
      const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
      const signature = signDigest(key, digest)
      const s = BigInt(hexOf(signature.subarray(32, 64)))
      expect(s <= order / 2n).toBe(true)
      const other = Uint8Array.from([
        ...signature.subarray(0, 32),
        ...Buffer.from((order - s).toString(16).padStart(64, "0"), "hex"),
        55 - (signature[64] ?? 0)
      ])
      expect(recoverDigest(digest, signature)).toStrictEqual(Either.right(accountOf(key)))
      expect(Either.isLeft(recoverDigest(digest, other))).toBe(true)
    }
  )

  it.prop(
    "an order signed for one exchange – not the signer's on another",
    [anyTarget, anyTarget, anyOrder, anyKey],
    ([signedFor, shownTo, order, key]) => {
      const signature = signOrder(key, orderDomain(signedFor), order)
      const found = recoverOrder(orderDomain(shownTo), order, signature)
      const same = orderDomain(signedFor).separator === orderDomain(shownTo).separator
      expect(Either.isRight(found) && found.right === accountOf(key)).toBe(same)
    }
  )
})

describe("encoding", () => {
  it.prop(
    "orders that differ in a field – ids that differ",
    [anyTarget, anyOrder, anyOrder],
    ([target, a, b]) => {
      const domain = orderDomain(target)
      for (const field of Object.keys(a) as ReadonlyArray<keyof typeof a>) {
        const mixed = { ...a, [field]: b[field] }
        const same = String(a[field]).toLowerCase() === String(b[field]).toLowerCase()
        expect(orderIdOf(domain, mixed) === orderIdOf(domain, a)).toBe(same)
      }
    }
  )

  it("what does not fit its type – a RangeError, and the next order is not touched by it", () => {
    const [order] = fc.sample(anyOrder, { numRuns: 1, seed: 1 })
    if (order === undefined) throw new Error("no sample")
    const domain = orderDomain({ chainId: 137, exchange: "v2" })
    const before = orderIdOf(domain, order)
    const wrong: ReadonlyArray<Partial<typeof order>> = [
      { salt: -1n },
      { tokenId: 2n ** 256n },
      { maker: "0x12" },
      { maker: `0x${"g".repeat(40)}` },
      { signer: `zz${"1".repeat(40)}` as Address },
      { metadata: `0x${"0".repeat(63)}` as Hex },
      { builder: `0x${"0".repeat(62)}zz` as Hex }
    ]
    for (const fields of wrong) {
      expect(() => orderDigest(domain, { ...order, ...fields })).toThrow(RangeError)
      expect(orderIdOf(domain, order)).toBe(before)
    }
    expect(() =>
      clobAuthDigest({ chainId: 137, address: HARDHAT_ADDRESS, timestamp: "1", nonce: -1n })
    ).toThrow(RangeError)
    expect(() => accountOf(new Uint8Array(32))).toThrow(RangeError)
    expect(isPrivateKey(HARDHAT_KEY.subarray(1))).toBe(false)
  })
})

describe("addresses", () => {
  it.prop(
    "any text – an address for us where it is one for viem",
    [fc.oneof(fc.string(), anyText)],
    ([text]) => {
      expect(isAddress(text)).toBe(viemIsAddress(text))
    }
  )

  it.prop(
    "spelt in any case – the same account; with the checksum, or all in lower case, an address",
    [anyKey, fc.infiniteStream(fc.boolean())],
    ([key, upper]) => {
      const address = accountOf(key)
      const spelt = `0x${Array.from(address.slice(2), (digit) => (upper.next().value === true ? digit.toUpperCase() : digit.toLowerCase())).join("")}`
      expect(parseAddress(spelt)).toBe(address)
      expect(sameAddress(spelt, address)).toBe(true)
      for (const text of [address, address.toLowerCase(), spelt])
        expect(isAddress(text)).toBe(viemIsAddress(text))
      expect(isAddress(address)).toBe(true)
    }
  )
})

const anyRequest: fc.Arbitrary<OrderRequest> = fc.record({
  order: anyOrder,
  signature: fc.uint8Array({ maxLength: 400 }).map(hexOf),
  owner: fc.string({ maxLength: 256 }),
  orderType: fc.constantFrom("GTC" as const, "GTD" as const, "FOK" as const, "FAK" as const),
  postOnly: fc.boolean(),
  deferExec: fc.boolean(),
  expirationS: fc.nat(4_000_000_000)
})

const isParseError = (result: ReturnType<typeof readOrder>): boolean =>
  Either.isRight(result) || result.left instanceof ParseResult.ParseError

describe("orders on the wire", () => {
  it.prop(
    "written and read – the same order, alone and in a batch",
    [anyRequest, anyRequest],
    ([one, other]) => {
      expect(readOrder(JSON.parse(orderBody(one)))).toStrictEqual(Either.right(one))
      const batch = JSON.parse(ordersBody([one, other])) as ReadonlyArray<unknown>
      expect(batch.map(readOrder)).toStrictEqual([Either.right(one), Either.right(other)])
    }
  )

  it("a signature longer than any – refused, and so is a longer owner", () => {
    const [request] = fc.sample(anyRequest, { numRuns: 1, seed: 1 })
    if (request === undefined) throw new Error("no sample")
    for (const long of [{ signature: `0x${"0".repeat(2_000)}` as Hex }, { owner: "a".repeat(300) }]) {
      expect(Either.isLeft(readOrder(JSON.parse(orderBody({ ...request, ...long }))))).toBe(true)
    }
  })

  it.prop("any JSON – an order or a typed refusal", [fc.jsonValue()], ([json]) => {
    expect(isParseError(readOrder(json))).toBe(true)
  })

  it.prop(
    "an order with a field spoilt – refused with the field's name, or still the order of what it says",
    [anyRequest, fc.nat(), fc.jsonValue()],
    ([request, which, value]) => {
      const body = JSON.parse(orderBody(request)) as { order: Record<string, unknown> }
      const field = Object.keys(body.order)[which % Object.keys(body.order).length] ?? ""
      body.order[field] = JSON.parse(JSON.stringify(value))
      const read = readOrder(body)
      if (Either.isLeft(read)) expect(read.left.message).toContain(`["${field}"]`)
      else expect(JSON.parse(orderBody(read.right))).toStrictEqual(body)
    },
    { fastCheck: { numRuns: 1_000 } }
  )

  it.each([
    ["salt", 2 ** 53],
    ["salt", 1.5],
    ["tokenId", String(2n ** 256n)],
    ["tokenId", "01"],
    ["tokenId", "1e3"],
    ["makerAmount", "-1"],
    ["takerAmount", 5],
    ["side", "buy"],
    ["signatureType", 4],
    ["maker", HARDHAT_ADDRESS.slice(0, 41)],
    ["builder", "0x00"],
    ["expiration", ""],
    ["expiration", "07"],
    ["signature", "no hex"]
  ])("%s as %s – refused", (field, value) => {
    const [request] = fc.sample(anyRequest, { numRuns: 1, seed: 1 })
    if (request === undefined) throw new Error("no sample")
    const body = JSON.parse(orderBody(request)) as { order: Record<string, unknown> }
    expect(Either.isRight(readOrder(body))).toBe(true)
    expect(Either.isLeft(readOrder({ ...body, order: { ...body.order, [field]: value } }))).toBe(true)
  })
})

describe("level 2", () => {
  it.prop(
    "any request under any secret – its own signature fits, another request's does not",
    [fc.base64String(), fc.string(), fc.string(), fc.string()],
    ([secret, body, other, signature]) => {
      const request = { timestamp: "1795305600", method: "POST", path: "/order", body }
      const key = Redacted.make(secret)
      const own = l2Signature(key, request)
      expect(own).toMatch(/^[A-Za-z0-9_-]{43}=$/)
      expect(isL2Signature(key, request, own)).toBe(true)
      expect(isL2Signature(key, { ...request, body: other }, own)).toBe(body === other)
      expect(isL2Signature(key, request, signature)).toBe(signature === own)
    }
  )

  it("level 1 with another nonce, time or network – another account's, if anybody's", () => {
    const auth = { chainId: 137, address: HARDHAT_ADDRESS, timestamp: "1795305600", nonce: 0n } as const
    const signature = signHex(HARDHAT_KEY, clobAuthDigest(auth))
    expect(recoverClobAuth(auth, signature)).toStrictEqual(Either.right(HARDHAT_ADDRESS))
    for (const change of [{ nonce: 1n }, { timestamp: "1795305601" }, { chainId: 80002 as const }]) {
      expect(recoverClobAuth({ ...auth, ...change }, signature)).not.toStrictEqual(
        Either.right(HARDHAT_ADDRESS)
      )
    }
  })
})
