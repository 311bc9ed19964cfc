/** Where a run keeps its state. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Effect, type Scope } from "effect"
import type { AppConfig } from "./app-config.ts"
import type { RunFlags } from "./flags.ts"

export interface StateDirectory {
  readonly path: string
  /** Removed with its content when the run ends. */
  readonly temporary: boolean
}

const home = (environment: Readonly<Record<string, string | undefined>>): string | undefined => {
  const { HOME, XDG_STATE_HOME } = environment as { readonly HOME?: string; readonly XDG_STATE_HOME?: string }
  if (XDG_STATE_HOME !== undefined && XDG_STATE_HOME !== "") return XDG_STATE_HOME
  return HOME === undefined || HOME === "" ? undefined : `${HOME}/.local/state`
}

/**
 * The folder that was named. Without one, an experiment (a seed on the command line, or a replay) gets a folder of its own
 * that goes with it, so that it can be repeated exactly; plain `sim` goes on where it stopped, in the user's state folder
 * (XDG Base Directory).
 */
export const stateDirectory = (
  config: AppConfig,
  flags: RunFlags,
  environment: Readonly<Record<string, string | undefined>>
): Effect.Effect<StateDirectory, never, FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  Effect.gen(function* () {
    const path = yield* Path.Path
    if (config.stateDir !== null) return { path: path.resolve(config.stateDir), temporary: false }
    const base = home(environment)
    const isExperiment = flags.seed !== undefined || config.mode === "replay"
    if (!isExperiment && base !== undefined) {
      return { path: path.resolve(base, "tradewind", config.mode), temporary: false }
    }
    const fs = yield* FileSystem.FileSystem
    return {
      path: yield* Effect.orDie(fs.makeTempDirectoryScoped({ prefix: "tradewind-" })),
      temporary: true
    }
  })
