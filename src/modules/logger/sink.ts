/** The logger as a module: first up and last down, so that every line of the others has left the process. */
import { Effect, Layer } from "effect"
import { Machine } from "../../ports/machine.ts"

export const layer: Layer.Layer<never, never, Machine> = Layer.scopedDiscard(
  Effect.flatMap(Machine, ({ flush }) => Effect.addFinalizer(() => flush))
)
