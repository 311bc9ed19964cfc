/** Small modules and steps for tests of the orchestrator. */
import { Effect, Layer, Logger, Schema } from "effect"
import type { ModuleError } from "../../src/ports/module-host.ts"
import { ExchangeError, type ExchangeReason } from "../../src/ports/exchange.ts"
import { type ModuleStack, add, empty } from "../../src/orchestrator/module.ts"
import { OrchestratorSettings } from "../../src/orchestrator/settings.ts"
import type { Step } from "../../src/orchestrator/step.ts"

export const settings = (overrides: Partial<OrchestratorSettings> = {}): OrchestratorSettings => ({
  ...Schema.decodeSync(OrchestratorSettings)({}),
  ...overrides
})

/** What a test module does when it comes up and goes down. */
export interface Behaviour {
  readonly name: string
  readonly init?: Effect.Effect<void, ModuleError>
  readonly release?: Effect.Effect<void>
  readonly reservedShutdownMs?: number
}

/** Modules that write `up x` and `down x` into the journal; `down` is written when the release begins. */
export const stackOf = (
  journal: Array<string>,
  behaviours: ReadonlyArray<Behaviour>
): ModuleStack<never, never> =>
  behaviours.reduce<ModuleStack<never, never>>(
    (stack, { init, name, release, reservedShutdownMs }) =>
      add({
        name,
        ...(reservedShutdownMs === undefined ? {} : { reservedShutdownMs }),
        layer: Layer.scopedDiscard(
          Effect.acquireRelease(
            Effect.zipRight(
              init ?? Effect.void,
              Effect.sync(() => void journal.push(`up ${name}`))
            ),
            () =>
              Effect.zipRight(
                Effect.sync(() => void journal.push(`down ${name}`)),
                release ?? Effect.void
              )
          )
        )
      })(stack),
    empty
  )

export const exchangeError = (reason: ExchangeReason, message = "said the test"): ExchangeError =>
  new ExchangeError({ module: "venue", operation: "call", message, reason })

export const unavailable = exchangeError({ _tag: "Unavailable" })

export const step = (
  module: string,
  run: (tick: number) => Effect.Effect<void, ModuleError>,
  operation = "work"
): Step<never> => ({ module, operation, run })

export const silent = Logger.replace(Logger.defaultLogger, Logger.none)
