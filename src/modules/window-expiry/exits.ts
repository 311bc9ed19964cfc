/** Sells, or lets settle, what is held when a window is about to end. */
import { formatPrice } from "../../domain/decimal.ts"
import {
  type ExitContext,
  type ExitDecisions,
  type Holding,
  type Verdict,
  decideExits
} from "../../domain/exits.ts"
import { sellLimit } from "../../domain/holding.ts"
import type { Settings } from "./settings.ts"

type ExpirySettings = typeof Settings.Type

const hold = (reason: string): Verdict => ({ _tag: "Hold", reason })

const judge = (settings: ExpirySettings, { bidTicks, timeLeftMs, window }: Holding): Verdict => {
  if (timeLeftMs > settings.exitBeforeEndMs) return hold("not near the end")
  const facts = `${timeLeftMs} ms left, bid ${formatPrice(bidTicks)}`
  if (settings.action === "hold") return hold(`${facts}: held to settlement`)
  if (settings.action === "sell-losers" && bidTicks >= settings.loserBelowTicks) {
    return hold(`${facts}: no loser, held to settlement`)
  }
  return bidTicks < settings.minBidTicks
    ? hold(`${facts}: too little to recover, held to settlement`)
    : {
        _tag: "Sell",
        limitPriceTicks: sellLimit(window, bidTicks, settings.slippageTicks),
        reason: facts
      }
}

export const exits = (settings: ExpirySettings, context: ExitContext): ExitDecisions =>
  decideExits("expiry", context, settings.maxBookAgeMs, (holding) => judge(settings, holding))
