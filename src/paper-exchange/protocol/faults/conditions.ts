/** Faults inside the venue: it restarts, its balances are old. */
import { Effect } from "effect"
import type { TradingPhase, VenueConditions } from "../rest/conditions.ts"
import { type Scheduled, type Weather, isActive } from "./weather.ts"

const OPEN: TradingPhase = { _tag: "Open" }
const RESTARTING: TradingPhase = { _tag: "Restarting" }

const phaseOf = ({ fault, fromMs, untilMs }: Scheduled<"restart">, nowMs: number): TradingPhase => {
  if (nowMs < fromMs) return OPEN
  if (nowMs < untilMs) return RESTARTING
  const postOnlyUntilMs = untilMs + fault.postOnlyForMs
  return nowMs < postOnlyUntilMs ? { _tag: "PostOnly", untilMs: postOnlyUntilMs } : OPEN
}

/** The venue's conditions under a script; orders are taken only while it `isOpen` besides. */
export const conditionsOf = (
  weather: Weather,
  isOpen: (nowMs: number) => boolean
): Effect.Effect<VenueConditions> =>
  Effect.gen(function* () {
    const restarts = yield* weather.happening("restart")
    const stale = yield* weather.happening("stale-balances")
    return {
      phase: (nowMs) =>
        isOpen(nowMs)
          ? (restarts.map((each) => phaseOf(each, nowMs)).find(({ _tag }) => _tag !== "Open") ?? OPEN)
          : RESTARTING,
      balancesAreStale: (nowMs) => stale.some((each) => isActive(each, nowMs)),
      isClosedOnly: () => false
    }
  })
