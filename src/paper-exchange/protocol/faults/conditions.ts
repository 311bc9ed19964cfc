/** Faults inside the venue: it restarts, its balances are old. */
import { Effect } from "effect"
import type { TradingPhase, VenueConditions } from "../rest/conditions.ts"
import { type Scheduled, type Weather, isActive } from "./weather.ts"

const phaseOf = ({ fault, fromMs, untilMs }: Scheduled<"restart">, nowMs: number): TradingPhase => {
  if (nowMs < fromMs) return { _tag: "Open" }
  if (nowMs < untilMs) return { _tag: "Restarting" }
  const postOnlyUntilMs = untilMs + fault.postOnlyForMs
  return nowMs < postOnlyUntilMs ? { _tag: "PostOnly", untilMs: postOnlyUntilMs } : { _tag: "Open" }
}

/** The venue's conditions under a script. */
export const conditionsOf = (weather: Weather): Effect.Effect<VenueConditions> =>
  Effect.gen(function* () {
    const restarts = yield* weather.happening("restart")
    const stale = yield* weather.happening("stale-balances")
    return {
      phase: (nowMs) =>
        restarts.map((each) => phaseOf(each, nowMs)).find(({ _tag }) => _tag !== "Open") ?? { _tag: "Open" },
      balancesAreStale: (nowMs) => stale.some((each) => isActive(each, nowMs)),
      isClosedOnly: () => false
    }
  })
