/** How long things took in the real world: for reports and logs only, never for decisions. */
import { Context, Effect } from "effect"
import { monotonicMs } from "./monotonic.ts"

/** Monotonic milliseconds. By default the Clock's own; on virtual time the edge hands in the machine's. */
export class Stopwatch extends Context.Reference<Stopwatch>()("tradewind/Stopwatch", {
  defaultValue: (): Effect.Effect<number> => monotonicMs
}) {}

/** Runs an effect and says how many real milliseconds it took, to a thousandth. */
export const timed = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<readonly [number, A], E, R> =>
  Effect.gen(function* () {
    const now = yield* Stopwatch
    const begunMs = yield* now
    const result = yield* effect
    const endedMs = yield* now
    return [Math.round((endedMs - begunMs) * 1_000) / 1_000, result] as const
  })
