/** config/default.json ← mode file ← --config FILE ← TRADEWIND_* ← flags. */
import type { FileSystem } from "@effect/platform"
import { Effect, Option, Schema } from "effect"
import { ConfigInvalid } from "../config/config-invalid.ts"
import { environmentLayer } from "../config/environment.ts"
import { packagedConfigPath, readConfigFile } from "../config/files.ts"
import { type ConfigLayer, flagLayer } from "../config/layer.ts"
import { loadConfig } from "../config/load.ts"
import { AppConfig, Mode } from "./app-config.ts"
import { contradictions } from "./contradictions.ts"
import type { RunFlags } from "./flags.ts"

const isMode = Schema.is(Mode)

/** The last layer that names a mode decides which mode file is read; what is no mode is found when all is decoded. */
const modeOf = (layers: ReadonlyArray<ConfigLayer>): Mode =>
  layers.map((layer) => layer.value["mode"]).findLast(isMode) ?? "sim"

const flagsLayer = (flags: RunFlags): ConfigLayer =>
  flagLayer([
    { flag: "--mode", path: ["mode"], value: flags.mode },
    { flag: "--data", path: ["data"], value: flags.data },
    { flag: "--seed", path: ["seed"], value: flags.seed },
    { flag: "--speed", path: ["speed"], value: flags.speed },
    { flag: "--state-dir", path: ["stateDir"], value: flags.stateDir }
  ])

/** The decoded configuration, or every problem of it at once. */
export const loadAppConfig = (
  flags: RunFlags,
  environment: Readonly<Record<string, string | undefined>>
): Effect.Effect<AppConfig, ConfigInvalid, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const packaged = yield* readConfigFile(packagedConfigPath("default"), "config/default.json")
    const given = Option.fromNullable(flags.config)
    const own = Option.isSome(given) ? [yield* readConfigFile(given.value)] : []
    const later = [...own, environmentLayer(AppConfig, environment), flagsLayer(flags)]
    const mode = modeOf([packaged, ...later])
    const ofMode = yield* readConfigFile(packagedConfigPath(mode), `config/${mode}.json`)
    const config = yield* loadConfig({ schema: AppConfig, layers: [packaged, ofMode, ...later] })
    const problems = contradictions(config)
    return problems.length === 0 ? config : yield* Effect.fail(new ConfigInvalid({ problems }))
  })
