/** A line to whoever reads this process's output; waits until it is with the kernel, however slowly that one reads. */
import { Effect } from "effect"

export const say = (line: string): Effect.Effect<void> =>
  Effect.async((resume) => {
    process.stdout.write(`${line}\n`, () => resume(Effect.void))
  })
