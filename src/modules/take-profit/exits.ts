/** Sells a position whose best bid reached its target, where a profit is left after the fee. */
import { formatPrice } from "../../domain/decimal.ts"
import {
  type ExitContext,
  type ExitDecisions,
  type Holding,
  type Verdict,
  decideExits
} from "../../domain/exits.ts"
import { sellLimit } from "../../domain/holding.ts"
import { type PriceTicks, priceTicks } from "../../domain/money.ts"
import { feePerShareTicks } from "../../domain/sizing.ts"
import type { Settings } from "./settings.ts"

type TakeProfitSettings = typeof Settings.Type

/** The nearer of the two targets; undefined where neither is set or can be reached. */
export const targetPrice = (
  settings: TakeProfitSettings,
  averageCostTicks: PriceTicks
): PriceTicks | undefined => {
  const targets = [
    settings.targetPriceTicks,
    settings.profitTicks === null ? null : averageCostTicks + settings.profitTicks
  ].filter((target) => target !== null && target <= 10_000)
  return targets.length === 0 ? undefined : priceTicks(Math.min(...targets.map(Number)))
}

const judge = (settings: TakeProfitSettings, holding: Holding): Verdict => {
  const { averageCostTicks, bidTicks, window } = holding
  const target = targetPrice(settings, averageCostTicks)
  if (target === undefined) return { _tag: "Hold", reason: "no target can be reached" }
  const facts = `bid ${formatPrice(bidTicks)}, target ${formatPrice(target)}, cost ${formatPrice(averageCostTicks)}`
  if (bidTicks < target) return { _tag: "Hold", reason: `${facts}: not reached` }
  const tick = window.tickSizeTicks
  const bidOnTick = sellLimit(window, bidTicks, 0)
  const targetOnTick = priceTicks(Math.min(bidOnTick, Math.ceil(target / tick) * tick))
  const limit = priceTicks(Math.max(targetOnTick, sellLimit(window, bidTicks, settings.slippageTicks)))
  return limit - feePerShareTicks(window.fees, limit) <= averageCostTicks
    ? { _tag: "Hold", reason: `${facts}: no profit is left after the fee` }
    : { _tag: "Sell", limitPriceTicks: limit, reason: facts }
}

export const exits = (settings: TakeProfitSettings, context: ExitContext): ExitDecisions =>
  decideExits("take-profit", context, settings.maxBookAgeMs, (holding) => judge(settings, holding))
