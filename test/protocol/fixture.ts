/** Keys and orders for the protocol's tests. */
import { FastCheck as fc } from "effect"
import type { ChainId, ExchangeKind, Hex, OrderStruct, SigningTarget } from "../../src/domain/signed-order.ts"
import { hexOf } from "../../src/protocol/bytes.ts"
import { isPrivateKey } from "../../src/protocol/signatures.ts"
import type { vectors } from "../support/polymarket-vectors.ts"

type KnownOrder = NonNullable<typeof vectors>["orders_v2"]["cases"][number]["order"]

/** The first account of Hardhat and Anvil: a key that everybody knows. */
export const HARDHAT_KEY = Buffer.from(
  "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  "hex"
)
export const HARDHAT_ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"

export const structOf = (order: KnownOrder): OrderStruct => ({
  ...order,
  salt: BigInt(order.salt),
  tokenId: BigInt(order.tokenId),
  makerAmount: BigInt(order.makerAmount),
  takerAmount: BigInt(order.takerAmount),
  timestamp: BigInt(order.timestamp),
  side: order.side === "BUY" ? 0 : 1
})

const hexOfLength = (bytes: number): fc.Arbitrary<Hex> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(hexOf)
export const anyAddress = hexOfLength(20)
export const anyBytes32 = hexOfLength(32)
export const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter(isPrivateKey)

export const anyTarget: fc.Arbitrary<SigningTarget> = fc.record({
  chainId: fc.constantFrom<Array<ChainId>>(137, 80002),
  exchange: fc.constantFrom<Array<ExchangeKind>>("v2", "v2-neg-risk", "v3")
})

const uint256 = fc.oneof(fc.bigInt(0n, 2n ** 64n), fc.bigInt(0n, 2n ** 256n - 1n))

export const anyOrder: fc.Arbitrary<OrderStruct> = fc.record({
  salt: fc.bigInt(0n, BigInt(Number.MAX_SAFE_INTEGER)),
  maker: anyAddress,
  signer: anyAddress,
  tokenId: uint256,
  makerAmount: uint256,
  takerAmount: uint256,
  side: fc.constantFrom(0 as const, 1 as const),
  signatureType: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
  timestamp: uint256,
  metadata: anyBytes32,
  builder: anyBytes32
})
