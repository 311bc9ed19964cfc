/** The order the venue knows, and its id: the EIP-712 digest (docs.polymarket.com/v2-migration). */
import type { Address, Hex } from "viem"
import { hashTypedData } from "viem/utils"
import type { Intent, OrderIdentity } from "../../domain/order.ts"
import { OrderId } from "../../domain/order.ts"
import { signedAmounts } from "./amounts.ts"

/** The exchange contract that orders are signed for. */
export interface ExchangeContract {
  readonly chainId: number
  readonly verifyingContract: Address
}

/** The CTF exchange V2 on Polygon, where up/down windows trade (docs.polymarket.com/resources/contracts). */
export const POLYGON_EXCHANGE: ExchangeContract = {
  chainId: 137,
  verifyingContract: "0xE111180000d2663C0091e4f400237545B87B996B"
}

/** No metadata, no builder. */
const ZERO_BYTES32: Hex = `0x${"0".repeat(64)}`

/** The signed fields of an order of CLOB V2. Expiry and order type are not among them. */
export interface OrderStruct {
  readonly salt: bigint
  readonly maker: Address
  readonly signer: Address
  readonly tokenId: bigint
  readonly makerAmount: bigint
  readonly takerAmount: bigint
  /** 0 buys, 1 sells. */
  readonly side: 0 | 1
  /** 0 is a plain account that signs for itself. */
  readonly signatureType: number
  readonly timestamp: bigint
  readonly metadata: Hex
  readonly builder: Hex
}

const types = {
  Order: [
    { name: "salt", type: "uint256" },
    { name: "maker", type: "address" },
    { name: "signer", type: "address" },
    { name: "tokenId", type: "uint256" },
    { name: "makerAmount", type: "uint256" },
    { name: "takerAmount", type: "uint256" },
    { name: "side", type: "uint8" },
    { name: "signatureType", type: "uint8" },
    { name: "timestamp", type: "uint256" },
    { name: "metadata", type: "bytes32" },
    { name: "builder", type: "bytes32" }
  ]
} as const

/** The digest of an order, 0x and 64 hex digits. */
export const orderDigest = (contract: ExchangeContract, message: OrderStruct): Hex =>
  hashTypedData({
    domain: { name: "Polymarket CTF Exchange", version: "2", ...contract },
    types,
    primaryType: "Order",
    message
  })

/** The order an intent becomes, with the salt and time that make it unlike every other. */
export const orderStruct = (
  account: Address,
  intent: Intent,
  identity: Pick<OrderIdentity, "salt" | "timestampMs">
): OrderStruct => {
  const { makerAmount, takerAmount } = signedAmounts(intent)
  return {
    salt: BigInt(identity.salt),
    maker: account,
    signer: account,
    tokenId: BigInt(intent.tokenId),
    makerAmount,
    takerAmount,
    side: intent.side === "BUY" ? 0 : 1,
    signatureType: 0,
    timestamp: BigInt(identity.timestampMs),
    metadata: ZERO_BYTES32,
    builder: ZERO_BYTES32
  }
}

/** The id an intent has at the venue under this salt and time; always the same for the same three. */
export const orderIdOf = (
  account: Address,
  intent: Intent,
  identity: Pick<OrderIdentity, "salt" | "timestampMs">
): OrderId => OrderId.make(orderDigest(POLYGON_EXCHANGE, orderStruct(account, intent, identity)))
