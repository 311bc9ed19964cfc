import { describe, expect, it } from "@effect/vitest"
import { FastCheck as fc } from "effect"
import { plainAccount } from "../../../src/domain/signed-order.ts"
import { TokenId } from "../../../src/domain/window.ts"
import { POLYGON_EXCHANGE, orderIdOf } from "../../../src/modules/polymarket/digest.ts"
import { orderDomain } from "../../../src/protocol/contracts.ts"
import { unlessAbsent, vectors } from "../../support/polymarket-vectors.ts"
import { ACCOUNT, anyIntent, intent } from "./fixture.ts"

const account = plainAccount(ACCOUNT)
const identity = fc.record({
  salt: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  timestampMs: fc.nat(2 ** 42)
})

describe("orderIdOf", () => {
  it.prop(
    "the same intent and identity – the same id; another salt or time – another id",
    [anyIntent, identity, identity],
    ([wanted, one, other]) => {
      const id = orderIdOf(POLYGON_EXCHANGE, account, wanted, one)
      expect(id).toMatch(/^0x[0-9a-f]{64}$/)
      expect(orderIdOf(POLYGON_EXCHANGE, account, { ...wanted }, { ...one })).toBe(id)
      const same = one.salt === other.salt && one.timestampMs === other.timestampMs
      expect(orderIdOf(POLYGON_EXCHANGE, account, wanted, other) === id).toBe(same)
    },
    { fastCheck: { numRuns: 50 } }
  )

  it.skipIf(vectors === undefined)(`an intent becomes the known order${unlessAbsent}`, () => {
    const known = vectors?.orders_v2.cases.filter(
      ({ chainId, order, verifyingContract }) =>
        chainId === 137 &&
        verifyingContract === orderDomain(POLYGON_EXCHANGE).verifyingContract &&
        order.signatureType === 0 &&
        order.salt === "479249096354"
    )
    expect(known?.map(({ order }) => order.side)).toStrictEqual(["BUY", "SELL"])
    for (const { order, orderHash } of known ?? []) {
      const identityOf = { salt: Number(order.salt), timestampMs: Number(order.timestamp) }
      const wanted = { ...intent, side: order.side, tokenId: TokenId.make(order.tokenId) }
      expect(orderIdOf(POLYGON_EXCHANGE, account, wanted, identityOf)).toBe(orderHash)
    }
  })
})
