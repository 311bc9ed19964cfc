/** What the venue answers while it does not take everything; docs.polymarket.com/trading/matching-engine. */
import type { WireResponse } from "../wire.ts"
import { failure } from "./answers.ts"
import type { TradingPhase } from "./conditions.ts"

const RESTARTING = failure(425, "service not ready", {}, { "retry-after": "1" })
const DISABLED = failure(503, "Trading is currently disabled. Check polymarket.com for updates")
const CANCEL_ONLY = failure(
  503,
  "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed."
)
export const POST_ONLY_TEXT = "post-only mode: only post-only orders and cancels are allowed"

const postOnly = (untilMs: number, nowMs: number): WireResponse => {
  const seconds = Math.max(1, Math.ceil((untilMs - nowMs) / 1_000))
  return failure(
    503,
    POST_ONLY_TEXT,
    { code: "post_only_mode", retry_after_seconds: seconds },
    { "retry-after": String(seconds) }
  )
}

/** Why no order at all is taken; undefined where some are. */
export const orderPhaseAnswer = (phase: TradingPhase): WireResponse | undefined => {
  switch (phase._tag) {
    case "Restarting":
      return RESTARTING
    case "Disabled":
      return DISABLED
    case "CancelOnly":
      return CANCEL_ONLY
    case "PostOnly":
    case "Open":
      return undefined
  }
}

/** Why this single order is not taken now. */
export const singleOrderAnswer = (
  phase: TradingPhase,
  isPostOnly: boolean,
  nowMs: number
): WireResponse | undefined =>
  phase._tag === "PostOnly" && !isPostOnly ? postOnly(phase.untilMs, nowMs) : undefined

export const cancelPhaseAnswer = (phase: TradingPhase): WireResponse | undefined => {
  if (phase._tag === "Restarting") return RESTARTING
  return phase._tag === "Disabled" ? DISABLED : undefined
}
