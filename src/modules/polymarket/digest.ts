/** The order an intent becomes, and the id it has at the venue. */
import type { Intent, OrderId, OrderIdentity } from "../../domain/order.ts"
import {
  type OrderAccount,
  type OrderStruct,
  type SigningTarget,
  ZERO_BYTES32
} from "../../domain/signed-order.ts"
import { signedAmounts } from "../../protocol/amounts.ts"
import { orderDomain } from "../../protocol/contracts.ts"
import { orderIdOf as idOfStruct } from "../../protocol/order-hash.ts"

/** The CTF exchange V2 on Polygon, where up/down windows trade (docs.polymarket.com/resources/contracts). */
export const POLYGON_EXCHANGE: SigningTarget = { chainId: 137, exchange: "v2" }

/** The order an intent becomes, with the salt and time that make it unlike every other. */
export const orderStruct = (
  account: OrderAccount,
  intent: Intent,
  identity: Pick<OrderIdentity, "salt" | "timestampMs">
): OrderStruct => {
  const { makerAmount, takerAmount } = signedAmounts(intent)
  return {
    salt: BigInt(identity.salt),
    maker: account.maker,
    signer: account.signer,
    tokenId: BigInt(intent.tokenId),
    makerAmount,
    takerAmount,
    side: intent.side === "BUY" ? 0 : 1,
    signatureType: account.signatureType,
    timestamp: BigInt(identity.timestampMs),
    metadata: ZERO_BYTES32,
    builder: ZERO_BYTES32
  }
}

/** The id an intent has at this exchange under this salt and time; always the same for the same. */
export const orderIdOf = (
  target: SigningTarget,
  account: OrderAccount,
  intent: Intent,
  identity: Pick<OrderIdentity, "salt" | "timestampMs">
): OrderId => idOfStruct(orderDomain(target), orderStruct(account, intent, identity))
