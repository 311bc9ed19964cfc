/** Where a run keeps its state. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Effect, type Scope } from "effect"
import { ConfigInvalid } from "../config/config-invalid.ts"
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
 * that goes with it, so that it can be repeated exactly; plain `sim` and `live` go on where they stopped, each in its place in
 * the user's state folder (XDG Base Directory).
 */
export const stateDirectory = (
  config: Pick<AppConfig, "mode" | "stateDir">,
  flags: Pick<RunFlags, "seed">,
  environment: Readonly<Record<string, string | undefined>>
): Effect.Effect<StateDirectory, ConfigInvalid, FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  Effect.gen(function* () {
    const path = yield* Path.Path
    if (config.stateDir !== null) return { path: path.resolve(config.stateDir), temporary: false }
    const base = home(environment)
    const isExperiment = config.mode !== "live" && (flags.seed !== undefined || config.mode === "replay")
    if (!isExperiment && base !== undefined) {
      return { path: path.resolve(base, "tradewind", config.mode), temporary: false }
    }
    if (config.mode === "live") {
      return yield* new ConfigInvalid({
        problems: [
          "mode live keeps its journal, and there is no home folder for it (HOME): name one with --state-dir DIR"
        ]
      })
    }
    const fs = yield* FileSystem.FileSystem
    return {
      path: yield* Effect.orDie(fs.makeTempDirectoryScoped({ prefix: "tradewind-" })),
      temporary: true
    }
  })
