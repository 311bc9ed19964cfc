/** The venue's own words for a refusal (docs.polymarket.com/resources/error-codes and public issue threads). */
import { formatScaled } from "../../domain/decimal.ts"
import {
  MICROS,
  type MicroShares,
  type MicroUsd,
  type PriceTicks,
  TICKS_PER_USD
} from "../../domain/money.ts"
import type { OrderId } from "../../domain/order.ts"

const price = (ticks: number): string => formatScaled(ticks, TICKS_PER_USD)
const micros = (amount: number): string => formatScaled(amount, MICROS)

export const NO_ORDERBOOK = "No orderbook exists for the requested token id"
export const NOT_READY = "the market is not yet ready to process new orders"
export const INVALID_PAYLOAD = "Invalid order payload"
export const INVALID_EXPIRATION = "invalid expiration"
export const POST_ONLY_TYPE = "invalid post-only order: only GTC and GTD order types are allowed"
export const POST_ONLY_CROSSES = "invalid post-only order: order crosses book"
export const FOK_KILLED = "order couldn't be fully filled. FOK orders are fully filled or killed."
export const FAK_KILLED =
  "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found."
export const MARKET_BUY_PRECISION =
  "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, taker amount a max of 4 decimals"

export const duplicated = (orderId: OrderId): string => `order ${orderId} is invalid. Duplicated.`
export const priceRange = (ticks: PriceTicks, tick: number): string =>
  `invalid price (${price(ticks)}), min: ${price(tick)} - max: ${price(TICKS_PER_USD - tick)}`
export const offTick = (orderId: OrderId, ticks: PriceTicks, tick: number): string =>
  `order ${orderId} is invalid. Price (${price(ticks)}) breaks minimum tick size rule: ${price(tick)}`
export const tooSmall = (orderId: OrderId, size: MicroShares, minimum: MicroShares): string =>
  `order ${orderId} is invalid. Size (${micros(size)}) lower than the minimum: ${micros(minimum)}`
export const marketableMinimum = (notional: MicroUsd): string =>
  `invalid amount for a marketable BUY order ($${micros(notional)}), min size: $1`
export const buyPrecision = (decimals: number): string =>
  `invalid amounts, the buy orders maker amount supports a max accuracy of ${decimals} decimals, taker amount a max of 2 decimals`
/** By analogy with the BUY text: no public thread shows the SELL one. */
export const sellPrecision = (decimals: number): string =>
  `invalid amounts, the sell orders maker amount supports a max accuracy of 2 decimals, taker amount a max of ${decimals} decimals`

/** Base units. The parts that are 0 are left out, as the venue does. */
export const notEnough = (balance: number, active: number, matched: number, amount: number): string => {
  const head = `not enough balance / allowance: the balance is not enough -> balance: ${balance}`
  if (active === 0 && matched === 0) return `${head}, order amount: ${amount}`
  const activePart = active === 0 ? "" : `, sum of active orders: ${active}`
  return `${head}${activePart}, sum of matched orders: ${matched}, order amount (inc. fees): ${amount}`
}

/** Why an order was not cancelled. */
export const CANCEL_NOT_FOUND = "Order not found or already canceled"
export const CANCEL_ALREADY_MATCHED = "Order already matched"
export const CANCEL_ALREADY_CANCELED = "Order already canceled"
/** During the taker hold; which words the venue uses then is not documented. */
export const CANCEL_DURING_HOLD = "order match delayed due to market conditions"

/** Notes on order news. */
export const NOTE_MARKET_CLOSED = "CANCELED_MARKET_RESOLVED: market closed"
export const NOTE_EXPIRED = "expired"
export const NOTE_HEARTBEAT = "no heartbeat"
export const NOTE_FAK_REST = "the rest of a FAK order is cancelled"
