/** What the command line may say about a run; absent flags are undefined. */
import type { AppConfig, Mode } from "./app-config.ts"

export interface RunFlags {
  readonly mode: Mode | undefined
  readonly config: string | undefined
  readonly data: string | undefined
  readonly seed: number | undefined
  readonly speed: number | undefined
  /** Market time after which the run ends by itself, in milliseconds. */
  readonly forMs: number | undefined
  /** How the built-in exchange is reached. */
  readonly transport: AppConfig["exchange"]["transport"] | undefined
  readonly stateDir: string | undefined
  /** File that gets the run's summary as JSON. */
  readonly summary: string | undefined
}
