/** What the venue checks about an order before it looks at the book. polymarket.md sources: docs.polymarket.com/trading. */
import { MICROS, type MicroUsd, TICKS_PER_USD, notionalUsd } from "../../domain/money.ts"
import type { VenuePlace } from "../../ports/venue.ts"
import type { EngineOrder } from "../engine-types.ts"
import type { MarketRecord } from "./state.ts"
import * as texts from "./texts.ts"

/** A GTD order's stated expiry lies at least this far ahead (ts-sdk#175, 2026-07-03). */
export const MIN_GTD_LEAD_MS = 180_000
/** The venue cancels a GTD order this long before its stated expiry. */
export const GTD_SAFETY_MS = 60_000
/** A billion shares: larger sizes are no orders. */
const MAX_ORDER_MICRO_SHARES = 1e15
const SIZE_STEP_2_DECIMALS = 10_000
const SIZE_STEP_4_DECIMALS = 100

export const isImmediate = (order: Pick<VenuePlace, "orderType">): boolean =>
  order.orderType === "FOK" || order.orderType === "FAK"

/** Decimals a dollar amount may have at a tick: those of the price and two of the size. */
const amountDecimals = (tick: number): number => {
  let decimals = 0
  while (decimals < 4 && tick % 10 ** (4 - decimals) !== 0) decimals += 1
  return decimals + 2
}

const expirationFault = (order: VenuePlace, atMs: number): string | undefined => {
  const stated = order.expiresAtMs
  const isFine =
    order.orderType === "GTD" ? stated !== null && stated >= atMs + MIN_GTD_LEAD_MS : stated === null
  return isFine ? undefined : texts.INVALID_EXPIRATION
}

const priceFault = (order: VenuePlace, tick: number): string | undefined => {
  const price = order.priceTicks
  if (price < tick || price > TICKS_PER_USD - tick) return texts.priceRange(price, tick)
  return price % tick === 0 ? undefined : texts.offTick(order.orderId, price, tick)
}

/** The dollars of a FOK or FAK BUY must be whole cents and its shares whole ten-thousandths, whatever the tick. */
const isMarketBuyPrecise = (order: VenuePlace): boolean =>
  order.sizeMicroShares % SIZE_STEP_4_DECIMALS === 0 &&
  (BigInt(order.sizeMicroShares) * BigInt(order.priceTicks)) %
    BigInt(TICKS_PER_USD * SIZE_STEP_2_DECIMALS) ===
    0n

/** An order for dollars: what it must get for them at least is stated in whole ten-thousandths. */
const isBudgetPrecise = (order: EngineOrder, budget: MicroUsd): boolean =>
  budget % SIZE_STEP_2_DECIMALS === 0 && order.sizeMicroShares % SIZE_STEP_4_DECIMALS === 0

const precisionFault = (order: EngineOrder, tick: number): string | undefined => {
  if (order.budgetMicroUsd !== undefined)
    return isBudgetPrecise(order, order.budgetMicroUsd) ? undefined : texts.MARKET_BUY_PRECISION
  if (order.side === "BUY" && isImmediate(order))
    return isMarketBuyPrecise(order) ? undefined : texts.MARKET_BUY_PRECISION
  if (order.sizeMicroShares % SIZE_STEP_2_DECIMALS === 0) return undefined
  return order.side === "BUY"
    ? texts.buyPrecision(amountDecimals(tick))
    : texts.sellPrecision(amountDecimals(tick))
}

/** The first rule of its form that an order breaks, in the venue's words. */
export const formFault = (record: MarketRecord, order: EngineOrder, atMs: number): string | undefined => {
  const { minSizeMicroShares, tickSizeTicks } = record.market
  const size = order.sizeMicroShares
  if (size <= 0 || size > MAX_ORDER_MICRO_SHARES) return texts.INVALID_PAYLOAD
  if (order.postOnly && isImmediate(order)) return texts.POST_ONLY_TYPE
  const budget = order.budgetMicroUsd
  if (budget !== undefined && (budget <= 0 || order.side === "SELL" || !isImmediate(order)))
    return texts.INVALID_PAYLOAD
  const fault =
    expirationFault(order, atMs) ?? priceFault(order, tickSizeTicks) ?? precisionFault(order, tickSizeTicks)
  if (fault !== undefined) return fault
  return !isImmediate(order) && size < minSizeMicroShares
    ? texts.tooSmall(order.orderId, size, minSizeMicroShares)
    : undefined
}

/** A BUY that takes must be worth a dollar. */
export const marketableFault = (order: EngineOrder): string | undefined => {
  if (order.side !== "BUY") return undefined
  const notional = order.budgetMicroUsd ?? notionalUsd(order.priceTicks, order.sizeMicroShares, "up")
  return notional < MICROS ? texts.marketableMinimum(notional) : undefined
}
