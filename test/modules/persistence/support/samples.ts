/** Numbered intents, each always the same. */
import { microShares, priceTicks } from "../../../../src/domain/money.ts"
import { type Intent, OrderId, type OrderIdentity } from "../../../../src/domain/order.ts"
import { ConditionId, TokenId, WindowSlug } from "../../../../src/domain/window.ts"

export const slugNumber = (index: number) => WindowSlug.make(`btc-updown-15m-${1_773_771_900 + index * 900}`)
export const orderNumber = (index: number) => OrderId.make(`0x${index.toString(16).padStart(64, "0")}`)

export const intentNumber = (index: number): Intent => ({
  slug: slugNumber(index % 50),
  asset: "BTC",
  conditionId: ConditionId.make(`0x${(index % 50).toString(16).padStart(64, "0")}`),
  tokenId: TokenId.make(String(index % 50).padStart(77, "9")),
  outcome: "Up",
  side: "BUY",
  orderType: "GTC",
  priceTicks: priceTicks(5_200),
  sizeMicroShares: microShares(5_000_000),
  postOnly: false,
  expiresAtMs: null,
  purpose: "entry",
  reason: "fair value 0.56 against 0.52",
  createdAtMs: 1_773_771_900_000 + index
})

export const identityNumber = (index: number): OrderIdentity => ({
  orderId: orderNumber(index),
  salt: 9_007_199_254_740_991 - index,
  timestampMs: 1_773_771_900_000 + index
})
