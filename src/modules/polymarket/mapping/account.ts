/** Orders and trades of the account, from the venue's words to ours. */
import { Either } from "effect"
import { type FeeSchedule, takerFee } from "../../../domain/fees.ts"
import { ZERO_SHARES, ZERO_USD } from "../../../domain/money.ts"
import { type FillStatus, OrderId, type Side } from "../../../domain/order.ts"
import { ConditionId, TokenId } from "../../../domain/window.ts"
import type { VenueOrder, VenueTrade } from "../../../ports/exchange.ts"
import type { WireMakerOrder, WireOrder, WireTrade } from "../wire/clob.ts"
import type { WireOrderEvent } from "../wire/events.ts"

/** A GTD order is cancelled this long before its stated expiry (polymarket.md §4.1). */
const GTD_MARGIN_MS = 60_000

/** What an order's status means. Both spellings are in use; a reason may follow the word for cancelled. */
export const orderStatusOf = (text: string): Either.Either<VenueOrder["status"], string> => {
  const word = text.toUpperCase().replace(/^ORDER_STATUS_/, "")
  if (word === "LIVE" || word === "DELAYED" || word === "UNMATCHED") return Either.right("live")
  if (word === "MATCHED") return Either.right("matched")
  if (word === "INVALID" || /^CANCELL?ED/.test(word)) return Either.right("cancelled")
  return Either.left(`an order's status that is not known here: ${text.slice(0, 60)}`)
}

const FILL_STATUSES: Readonly<Record<string, FillStatus>> = {
  MATCHED_NOT_BROADCASTED: "matched",
  MATCHED: "matched",
  MINED: "mined",
  CONFIRMED: "confirmed",
  RETRYING: "retrying",
  FAILED: "failed"
}

/** What a trade's status means, in either spelling. */
export const fillStatusOf = (text: string): Either.Either<FillStatus, string> => {
  const word = text.toUpperCase().replace(/^TRADE_STATUS_/, "")
  const status = Object.hasOwn(FILL_STATUSES, word) ? FILL_STATUSES[word] : undefined
  return status === undefined
    ? Either.left(`a trade's status that is not known here: ${text.slice(0, 60)}`)
    : Either.right(status)
}

/** An order as REST tells it. */
export const orderOf = (wire: WireOrder): Either.Either<VenueOrder, string> =>
  Either.map(orderStatusOf(wire.status), (status) => ({
    orderId: OrderId.make(wire.id),
    conditionId: ConditionId.make(wire.market),
    tokenId: TokenId.make(wire.asset_id),
    side: wire.side,
    priceTicks: wire.price,
    sizeMicroShares: wire.original_size,
    filledMicroShares: wire.size_matched ?? ZERO_SHARES,
    status
  }))

const statusOfEvent = (event: WireOrderEvent): Either.Either<VenueOrder["status"], string> => {
  const filled = event.size_matched ?? ZERO_SHARES
  if (event.type.toUpperCase() === "CANCELLATION") {
    const expiresAtMs = (event.expiration ?? 0) * 1000
    const lapsed =
      event.order_type === "GTD" && expiresAtMs > 0 && event.timestamp >= expiresAtMs - GTD_MARGIN_MS
    return Either.right(lapsed ? "expired" : "cancelled")
  }
  if (event.status !== null && event.status !== "") return orderStatusOf(event.status)
  return Either.right(event.original_size !== undefined && filled >= event.original_size ? "matched" : "live")
}

/** An order as the user channel tells it. A killed FOK carries no sizes. */
export const orderOfEvent = (event: WireOrderEvent): Either.Either<VenueOrder, string> =>
  Either.map(statusOfEvent(event), (status) => ({
    orderId: OrderId.make(event.id),
    conditionId: ConditionId.make(event.market),
    tokenId: TokenId.make(event.asset_id),
    side: event.side,
    priceTicks: event.price,
    sizeMicroShares: event.original_size ?? ZERO_SHARES,
    filledMicroShares: event.size_matched ?? ZERO_SHARES,
    status
  }))

/** Whose orders are ours: the account's, or those of our API key. */
export interface Me {
  readonly account: string
  readonly apiKey: string
}

const isMine = (me: Me, party: { readonly maker_address: string; readonly owner: string }): boolean =>
  party.maker_address.toLowerCase() === me.account.toLowerCase() ||
  (party.owner !== "" && party.owner === me.apiKey)

const opposite = (side: Side): Side => (side === "BUY" ? "SELL" : "BUY")

/** On the taker's own token a maker stands against it; on the other one they buy, or sell, a pair together. */
const makerSide = (trade: WireTrade, order: WireMakerOrder): Side =>
  order.side ?? (order.asset_id === trade.asset_id ? opposite(trade.side) : trade.side)

/** Seconds, but for some services that tell milliseconds. */
const momentMs = (value: number): number => (value > 100_000_000_000 ? value : value * 1000)

/** The executions of ours in a trade, one for each order: as its taker, and as any of its makers. */
export const tradesOf = (
  trade: WireTrade,
  me: Me,
  fees: FeeSchedule,
  otherwiseAtMs: number
): Either.Either<ReadonlyArray<VenueTrade>, string> =>
  Either.map(fillStatusOf(trade.status), (status) => {
    const told = trade.match_time ?? trade.matchtime
    const common = {
      tradeId: trade.id,
      conditionId: ConditionId.make(trade.market),
      status,
      matchedAtMs: told === undefined ? otherwiseAtMs : momentMs(told)
    }
    const makers = (trade.maker_orders ?? [])
      .filter((order) => isMine(me, order))
      .map(
        (order): VenueTrade => ({
          ...common,
          orderId: OrderId.make(order.order_id),
          tokenId: TokenId.make(order.asset_id),
          side: makerSide(trade, order),
          role: "maker",
          priceTicks: order.price,
          sizeMicroShares: order.matched_amount,
          feeMicroUsd: ZERO_USD
        })
      )
    const asTaker =
      trade.trader_side === "TAKER" ||
      (trade.trader_side === undefined && makers.length === 0 && isMine(me, trade))
    if (!asTaker || trade.taker_order_id === "") return makers
    const taker: VenueTrade = {
      ...common,
      orderId: OrderId.make(trade.taker_order_id),
      tokenId: TokenId.make(trade.asset_id),
      side: trade.side,
      role: "taker",
      priceTicks: trade.price,
      sizeMicroShares: trade.size,
      feeMicroUsd: takerFee(fees, trade.price, trade.size)
    }
    return [taker, ...makers]
  })
