/** The orchestrator's own settings. */
import { Schema } from "effect"

const setting = (fallback: number, min: number, max: number, description: string) =>
  Schema.optionalWith(
    Schema.Int.pipe(Schema.between(min, max)).annotations({
      description: `${description}; ${min} to ${max}`
    }),
    { default: () => fallback }
  )

/** Times are whole milliseconds. */
export const OrchestratorSettings = Schema.Struct({
  tickIntervalMs: setting(1_000, 10, 3_600_000, "time between the starts of two ticks, in milliseconds"),
  moduleInitTimeoutMs: setting(5_000, 1, 600_000, "bound on one module's init, in milliseconds"),
  moduleShutdownTimeoutMs: setting(5_000, 1, 600_000, "bound on one module's release, in milliseconds"),
  maxRetryAttempts: setting(3, 0, 20, "how often a failed step is tried again while its error is transient"),
  retryBackoffMs: setting(1_000, 1, 600_000, "first delay of the exponential backoff, in milliseconds"),
  inflightTimeoutMs: setting(
    10_000,
    0,
    600_000,
    "how long shutdown waits for the running tick, in milliseconds"
  ),
  shutdownTimeoutMs: setting(25_000, 100, 3_600_000, "total deadline of a shutdown, in milliseconds"),
  stepTimeoutMs: setting(15_000, 10, 600_000, "bound on one step of a tick, in milliseconds"),
  stuckTickMs: setting(
    120_000,
    100,
    3_600_000,
    "age at which a tick that does not end is a fatal error, in milliseconds"
  ),
  stateTimeoutMs: setting(250, 1, 10_000, "how long getState waits for a module's facts, in milliseconds"),
  escalateAfterFailures: setting(
    5,
    1,
    1_000,
    "consecutive failures of one module after which entries stop until it recovers"
  ),
  fatalAfterFailures: setting(
    0,
    0,
    100_000,
    "consecutive failures of one module after which the daemon shuts down with exit code 1; 0 means never"
  )
})
export type OrchestratorSettings = typeof OrchestratorSettings.Type
