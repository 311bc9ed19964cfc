/** Where a run keeps its state. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Effect, type Scope } from "effect"
import { ConfigInvalid } from "../config/config-invalid.ts"
import type { AccountLock } from "../modules/persistence/persistence.ts"
import type { AppConfig } from "./app-config.ts"
import type { RunFlags } from "./flags.ts"
import type { MarketWorld } from "./worlds.ts"

export interface StateDirectory {
  readonly path: string
  /** Where the account is held against other state directories; undefined where money is not real. */
  readonly account?: AccountLock | undefined
  /** Removed with its content when the run ends. */
  readonly temporary: boolean
}

const home = (environment: Readonly<Record<string, string | undefined>>): string | undefined => {
  const { HOME, XDG_STATE_HOME } = environment as { readonly HOME?: string; readonly XDG_STATE_HOME?: string }
  if (XDG_STATE_HOME !== undefined && XDG_STATE_HOME !== "") return XDG_STATE_HOME
  return HOME === undefined || HOME === "" ? undefined : `${HOME}/.local/state`
}

/** One place for all of a user's daemons, whatever their state directories. Without a home there is no such place. */
const accountLock = (world: MarketWorld | undefined, base: string | undefined): AccountLock | undefined => {
  if (world?._tag !== "Live" || base === undefined) return undefined
  const account = world.wallet.account.maker
  return { account, directory: `${base}/tradewind/accounts/${account.toLowerCase()}` }
}

/**
 * The folder that was named. Without one, an experiment (a seed on the command line, or a replay) gets a folder of its own
 * that goes with it, so that it can be repeated exactly; plain `sim`, `paper` and `live` go on where they stopped, each in its place in
 * the user's state folder (XDG Base Directory). Whoever trades tells its `world`: the account of mode live is held as well.
 */
export const stateDirectory = (
  config: Pick<AppConfig, "mode" | "stateDir">,
  flags: Pick<RunFlags, "seed">,
  environment: Readonly<Record<string, string | undefined>>,
  world?: MarketWorld
): Effect.Effect<StateDirectory, ConfigInvalid, FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  Effect.gen(function* () {
    const path = yield* Path.Path
    const base = home(environment)
    const account = accountLock(world, base)
    if (config.stateDir !== null) return { path: path.resolve(config.stateDir), account, temporary: false }
    const isExperiment = config.mode === "replay" || (config.mode === "sim" && flags.seed !== undefined)
    if (!isExperiment && base !== undefined) {
      return { path: path.resolve(base, "tradewind", config.mode), account, temporary: false }
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
      account,
      temporary: true
    }
  })
