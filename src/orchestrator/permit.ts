/** The one permit that a tick, or a later try of one of its steps, holds. */
import { Effect, type Option } from "effect"
import { monotonicMs } from "../ports/monotonic.ts"

export class TickPermit {
  /** Since when it is held, in monotonic milliseconds; undefined while it is free. */
  heldSinceMs: number | undefined
  private readonly semaphore = Effect.unsafeMakeSemaphore(1)

  /** Runs the effect with the permit, or not at all where somebody holds it. */
  ifFree<A>(effect: Effect.Effect<A>): Effect.Effect<Option.Option<A>> {
    return this.semaphore.withPermitsIfAvailable(1)(this.held(effect))
  }

  /** Waits for the permit. */
  whenFree<A>(effect: Effect.Effect<A>): Effect.Effect<A> {
    return this.semaphore.withPermits(1)(this.held(effect))
  }

  /** Ends when nobody holds it. */
  get awaitFree(): Effect.Effect<void> {
    return this.semaphore.withPermits(1)(Effect.void)
  }

  private held<A>(effect: Effect.Effect<A>): Effect.Effect<A> {
    return Effect.acquireUseRelease(
      Effect.map(monotonicMs, (nowMs) => void (this.heldSinceMs = nowMs)),
      () => effect,
      () => Effect.sync(() => void (this.heldSinceMs = undefined))
    )
  }
}
