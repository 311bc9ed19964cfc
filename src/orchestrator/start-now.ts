/** Starting a fiber without waiting for its turn. */
import { type Context, Effect, type Fiber, Runtime } from "effect"

/**
 * Starts an effect on a fiber that nobody owns, at once, with `context` for all it needs: where it never waits, the fiber
 * has ended when this answers, and no timer need guard it (a time-out costs more than most steps do). Whoever starts it
 * interrupts it.
 */
export const startNow = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  context: Context.Context<R>
): Effect.Effect<Fiber.RuntimeFiber<A, E>> =>
  Effect.map(Effect.runtime(), ({ fiberRefs, runtimeFlags }) =>
    Runtime.runFork(Runtime.make({ context, fiberRefs, runtimeFlags }), effect)
  )
