/** An order in the venue's JSON (polymarket.md §3.2, §5.2). */
import { formatShares } from "../../../domain/decimal.ts"
import type { OrderRecord } from "../../engine/state.ts"
import { GTD_SAFETY_MS } from "../../engine/rules.ts"
import { priceText } from "./book.ts"
import { seconds, spelt } from "./trade.ts"

const STATUS = { held: "LIVE", live: "LIVE", matched: "MATCHED", cancelled: "CANCELED" } as const

/** What both the open order of REST and the event of the user channel say. */
export const orderJson = (order: OrderRecord) => ({
  id: order.orderId,
  status: STATUS[order.status],
  owner: order.owner,
  maker_address: spelt(order.account),
  market: order.conditionId,
  asset_id: order.tokenId,
  side: order.side,
  original_size: formatShares(order.sizeMicroShares),
  size_matched: formatShares(order.filledMicroShares),
  price: priceText(order.priceTicks),
  outcome: order.outcome,
  expiration: order.cancelAtMs === null ? "0" : seconds(order.cancelAtMs + GTD_SAFETY_MS),
  order_type: order.orderType,
  associate_trades: [...order.tradeIds]
})
