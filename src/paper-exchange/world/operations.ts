/** What was asked of the exchange: written down before it is done, so that it can be done again after a restart. */
import { Schema } from "effect"
import { MicroShares, MicroUsd, PriceTicks } from "../../domain/money.ts"
import { OrderId, OrderType, Side } from "../../domain/order.ts"
import { ConditionId, TokenId } from "../../domain/window.ts"

/** Accounts are addresses in lower case. */
const Account = Schema.String

const PlacedOrder = Schema.Struct({
  orderId: OrderId,
  conditionId: ConditionId,
  tokenId: TokenId,
  side: Side,
  orderType: OrderType,
  priceTicks: PriceTicks,
  sizeMicroShares: MicroShares,
  postOnly: Schema.Boolean,
  expiresAtMs: Schema.NullOr(Schema.Int),
  budgetMicroUsd: Schema.optionalWith(MicroUsd, { exact: true }),
  owner: Schema.optionalWith(Schema.String, { exact: true })
})

/** Place and Cancel without an account are those of a world that had only one. */
export const Operation = Schema.Union(
  Schema.TaggedStruct("Place", {
    account: Schema.optionalWith(Account, { exact: true }),
    order: PlacedOrder
  }),
  Schema.TaggedStruct("Cancel", {
    account: Schema.optionalWith(Account, { exact: true }),
    orderIds: Schema.Array(OrderId)
  }),
  /** Opens an account with cash, where there is none of that name. */
  Schema.TaggedStruct("OpenAccount", { account: Account, cashMicroUsd: MicroUsd }),
  Schema.TaggedStruct("CreateKey", { address: Account, nonce: Schema.String, apiKey: Schema.String }),
  Schema.TaggedStruct("DeleteKey", { apiKey: Schema.String }),
  /** An account's wallet: the maker of orders that the account's owner signs. */
  Schema.TaggedStruct("BindWallet", {
    wallet: Account,
    owner: Account,
    signatureType: Schema.Literal(1, 2, 3)
  }),
  Schema.TaggedStruct("Heartbeat", { apiKey: Schema.String }),
  Schema.TaggedStruct("Settle", { tradeId: Schema.String, fate: Schema.Literal("failed", "retrying") })
)
export type Operation = typeof Operation.Type
