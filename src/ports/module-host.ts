/** What the orchestrator gives a module while it comes up. */
import { Context, type Effect } from "effect"
import type { ExchangeError } from "./exchange.ts"
import type { PersistenceError } from "./persistence.ts"
import type { ReconciliationRefused } from "./reconciliation.ts"
import type { SpotError } from "./spot.ts"

/** Every error a module may raise; the policy table is total over it at compile time. */
export type ModuleError = ExchangeError | PersistenceError | SpotError | ReconciliationRefused

export class ModuleHost extends Context.Tag("tradewind/ModuleHost")<
  ModuleHost,
  {
    /** The module's own name. */
    readonly name: string
    /**
     * Runs a background fiber for as long as the module is up. It is supervised: however it ends, except by the module's
     * own release, the error policy hears of it, and it is started again with backoff where its error is recoverable.
     */
    readonly fork: <R>(
      operation: string,
      effect: Effect.Effect<unknown, ModuleError, R>
    ) => Effect.Effect<void, never, R>
    /** Says that the module works, but not fully, or that it works again; shown in its health. */
    readonly degraded: (reason: string) => Effect.Effect<void>
    readonly ready: Effect.Effect<void>
  }
>() {}
