/** What a tick is made of. */
import type { Effect } from "effect"
import type { Capability } from "../domain/capability.ts"
import type { ModuleError } from "../ports/module-host.ts"

/** One named operation of a module in a tick; a failing step never silences a later one. */
export interface Step<R> {
  readonly module: string
  readonly operation: string
  /** The step is left out while this capability is taken away; undefined: it always runs. */
  readonly capability?: Capability
  readonly run: (tick: number) => Effect.Effect<void, ModuleError, R>
}
