/**
 * Trades that are matched, and not yet settled: the venue's balance does not show them, though the money is spent or earned.
 * Its gate for orders counts them the same way (polymarket.md §4.2).
 */
import { type MicroUsd, microUsd, notionalUsd } from "../../../domain/money.ts"
import { isFinalFill, laterFillStatus } from "../../../domain/order.ts"
import type { VenueTrade } from "../../../ports/exchange.ts"

/** More than this are not kept: the oldest are long settled, and their end was missed. */
const REMEMBERED = 4_096

/** What a trade does to cash. A buy costs its notional and the fee, a sale earns the one less the other; rounded against us. */
const cashOf = ({ feeMicroUsd, priceTicks, side, sizeMicroShares }: VenueTrade): number => {
  return side === "BUY"
    ? -(notionalUsd(priceTicks, sizeMicroShares, "up") + feeMicroUsd)
    : notionalUsd(priceTicks, sizeMicroShares, "down") - feeMicroUsd
}

export class Unsettled {
  /** By trade and order, with those that ended too: word of an earlier step may still come. */
  private readonly trades = new Map<string, VenueTrade>()

  hear(trade: VenueTrade): void {
    const key = `${trade.tradeId}|${trade.orderId}`
    const known = this.trades.get(key)
    const status = known === undefined ? trade.status : laterFillStatus(known.status, trade.status)
    this.trades.set(key, { ...trade, status })
    if (this.trades.size <= REMEMBERED) return
    for (const first of this.trades.keys()) {
      this.trades.delete(first)
      return
    }
  }

  /** What is to be added to the venue's balance. */
  get cashMicroUsd(): MicroUsd {
    let sum = 0
    for (const trade of this.trades.values()) if (!isFinalFill(trade.status)) sum += cashOf(trade)
    return microUsd(sum)
  }
}
