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
    { flag: "--transport", path: ["exchange", "transport"], value: flags.transport },
    { flag: "--state-dir", path: ["stateDir"], value: flags.stateDir }
  ])

/** Real money takes the word twice: in what stays (a file or the environment) and in what was typed. */
const liveProblems = (config: AppConfig, said: Mode, flags: RunFlags): ReadonlyArray<string> => {
  if (config.mode !== "live") return []
  return [
    ...(said === "live"
      ? []
      : [
          `mode live trades real money, so it must be said twice: --mode live is there; add "mode": "live" to a configuration file and name it with --config FILE, or set TRADEWIND_MODE=live`
        ]),
    ...(flags.mode === "live"
      ? []
      : [
          "mode live trades real money, so it must be said twice: the configuration says it; add --mode live to the command line"
        ])
  ]
}

/** What cannot be had where the market is not ours to make: it goes at its own pace, and never the same way twice. */
const livelyProblems = ({ mode }: AppConfig, flags: RunFlags): ReadonlyArray<string> =>
  mode === "sim" || mode === "replay"
    ? []
    : (["seed", "speed"] as const).flatMap((flag) =>
        flags[flag] === undefined
          ? []
          : [`--${flag} is for sim and replay, and the mode is ${mode}: its market is live; leave it out`]
      )

/** Market seconds per real second beyond which a request over sockets would be late before it could be answered. */
const MAX_SOCKET_SPEED = 20
/** Assets of which PolyBolt tells averages only. */
const WITHOUT_BOLT_PRICE: ReadonlyArray<string> = ["HYPE", "ZEC"]

const transportProblems = ({ exchange, mode, polymarket, simulator, speed, spot }: AppConfig) => {
  const isBuiltIn = mode === "sim" || mode === "replay"
  const priced = mode === "sim" ? simulator.assets : spot.assets
  return [
    ...(isBuiltIn && exchange.transport === "sockets" && speed > MAX_SOCKET_SPEED
      ? [
          `exchange.transport is sockets and speed ${speed}: real sockets do not go faster with the market; the speed may be up to ${MAX_SOCKET_SPEED}`
        ]
      : []),
    ...(mode === "replay" || polymarket.priceFeed !== "polybolt"
      ? []
      : WITHOUT_BOLT_PRICE.filter((asset) => priced.some((each) => each === asset)).map(
          (asset) => `polymarket.priceFeed polybolt has no spot price of ${asset}: set it to rtds`
        ))
  ]
}

/** The decoded configuration, or every problem of it at once. */
export const loadAppConfig = (
  flags: RunFlags,
  variables: Readonly<Record<string, string | undefined>>
): Effect.Effect<AppConfig, ConfigInvalid, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    const packaged = yield* readConfigFile(packagedConfigPath("default"), "config/default.json")
    const given = Option.fromNullable(flags.config)
    const own = Option.isSome(given) ? [yield* readConfigFile(given.value)] : []
    const environment = environmentLayer(AppConfig, variables)
    const later = [...own, environment, flagsLayer(flags)]
    const mode = modeOf([packaged, ...later])
    const ofMode = yield* readConfigFile(packagedConfigPath(mode), `config/${mode}.json`)
    const config = yield* loadConfig({ schema: AppConfig, layers: [packaged, ofMode, ...later] })
    const problems = [
      ...contradictions(config),
      ...transportProblems(config),
      ...livelyProblems(config, flags),
      ...liveProblems(config, modeOf([packaged, ...own, environment]), flags)
    ]
    return problems.length === 0 ? config : yield* Effect.fail(new ConfigInvalid({ problems }))
  })
