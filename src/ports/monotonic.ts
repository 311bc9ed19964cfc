/** Time that only goes forward, whatever becomes of the wall clock: for deadlines, waits and ages. */
import { Clock, Effect } from "effect"

/** Monotonic milliseconds; only differences mean anything. */
export const monotonicMs = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos) / 1e6)
