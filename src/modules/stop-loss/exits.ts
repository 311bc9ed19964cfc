/** Sells a position whose best bid fell too far below its average cost. */
import { formatPrice } from "../../domain/decimal.ts"
import { type ExitContext, type ExitDecisions, decideExits } from "../../domain/exits.ts"
import { sellLimit } from "../../domain/holding.ts"
import { type PriceTicks, priceTicks } from "../../domain/money.ts"
import type { Settings } from "./settings.ts"

type StopLossSettings = typeof Settings.Type

/** The bid at or below which a position of that cost is sold, rounded up. */
export const stopPrice = (settings: StopLossSettings, averageCostTicks: PriceTicks): PriceTicks => {
  const distance =
    settings.unit === "ticks"
      ? settings.stopLoss
      : Math.floor((averageCostTicks * Math.min(100, settings.stopLoss)) / 100)
  return priceTicks(Math.max(0, averageCostTicks - distance))
}

export const exits = (settings: StopLossSettings, context: ExitContext): ExitDecisions =>
  decideExits("stop-loss", context, settings.maxBookAgeMs, ({ averageCostTicks, bidTicks, window }) => {
    const stop = stopPrice(settings, averageCostTicks)
    const facts = `bid ${formatPrice(bidTicks)}, stop ${formatPrice(stop)}, cost ${formatPrice(averageCostTicks)}`
    return bidTicks <= stop
      ? { _tag: "Sell", limitPriceTicks: sellLimit(window, bidTicks, settings.slippageTicks), reason: facts }
      : { _tag: "Hold", reason: `${facts}: not reached` }
  })
