/** The worlds of the modes: where the market comes from and when its time begins. */
import type { FileSystem } from "@effect/platform"
import { Effect, Either } from "effect"
import { ConfigInvalid } from "../config/config-invalid.ts"
import { ASSETS, type Asset } from "../domain/asset.ts"
import {
  type Credentials,
  type Surroundings,
  loadCredentials
} from "../modules/polymarket/wallet/credentials.ts"
import type { Json, MarketSource } from "../paper-exchange/market-source.ts"
import { makeSimulatedMarket } from "../paper-exchange/simulator/simulated-market.ts"
import { makeRecordedMarket } from "../recordings/recorded-market.ts"
import { type Recording, openRecording } from "../recordings/recording.ts"
import type { AppConfig } from "./app-config.ts"

interface WorldBase {
  /** Says what a journal is about, so that one world's journal is never taken for another's. */
  readonly name: string
  /** Market time of its end; undefined where it has none. */
  readonly endMs: number | undefined
  /** Assets whose spot price this market tells. */
  readonly spotAssets: ReadonlySet<Asset>
}

/** A market of our own: simulated, or recorded. */
export interface BuiltInWorld extends WorldBase {
  readonly _tag: "BuiltIn"
  /** Market time of a new world's beginning, Unix milliseconds. */
  readonly startMs: number
  readonly source: (saved?: Json) => Either.Either<MarketSource, string>
}

/** The venue's market, with the exchange of our own in it. */
export interface PaperWorld extends WorldBase {
  readonly _tag: "Paper"
  /** Who asks for prices; undefined where the price stream takes anybody. */
  readonly wallet: Credentials | undefined
}

/** The venue itself, and whom we trade for there. */
export interface LiveWorld extends WorldBase {
  readonly _tag: "Live"
  readonly wallet: Credentials
}

export type MarketWorld = BuiltInWorld | PaperWorld | LiveWorld

/** Market time that a replay goes on after its last event, so that the loop takes it in. */
const AFTER_THE_END_MS = 90_000

const simulated = (config: AppConfig): BuiltInWorld => ({
  _tag: "BuiltIn",
  name: `sim, seed ${config.seed}`,
  startMs: config.simulator.startMs,
  endMs: undefined,
  spotAssets: new Set(config.simulator.assets),
  source: (saved) =>
    Either.try({
      try: () => makeSimulatedMarket(config.simulator, config.seed, saved),
      catch: (error) => (error instanceof Error ? error.message : String(error))
    })
})

/** A recording tells the spot price of its windows' asset, or none at all. */
const spotAssetsOf = ({ footer }: Recording): ReadonlySet<Asset> =>
  new Set((footer.byKind["spot"] ?? 0) > 0 ? ASSETS : [])

const recorded = (path: string): Effect.Effect<BuiltInWorld, ConfigInvalid, FileSystem.FileSystem> =>
  openRecording(path).pipe(
    Effect.mapError((error) => new ConfigInvalid({ problems: [error.message] })),
    Effect.map((recording) => ({
      _tag: "BuiltIn" as const,
      name: `replay of ${recording.contentHash.slice(0, 12)}`,
      startMs: recording.atMs[0] ?? 0,
      endMs: (recording.atMs.at(-1) ?? 0) + AFTER_THE_END_MS,
      spotAssets: spotAssetsOf(recording),
      source: (saved?: Json) => Either.mapLeft(makeRecordedMarket(recording, saved), (error) => error.message)
    }))
  )

/**
 * The market of our own that a configuration names: that of sim or replay. A recording that cannot be read is invalid
 * configuration.
 */
export const builtInWorld = (
  config: AppConfig
): Effect.Effect<BuiltInWorld, ConfigInvalid, FileSystem.FileSystem> => {
  switch (config.mode) {
    case "sim":
      return Effect.succeed(simulated(config))
    case "replay":
      return recorded(config.data ?? "")
    case "paper":
    case "live":
      return Effect.dieMessage(`mode ${config.mode} has no market of its own`)
  }
}

const invalid = ({ message }: { readonly message: string }) => new ConfigInvalid({ problems: [message] })

const withoutKey = ({ message }: { readonly message: string }) =>
  invalid({
    message: `polymarket.priceFeed polybolt tells prices only to those with an API key, in mode paper too (${message}); or set polymarket.priceFeed to rtds, which needs none`
  })

/** The world of a configuration; `surroundings` are asked only where real credentials are needed. */
export const marketWorld = (
  config: AppConfig,
  surroundings: Surroundings
): Effect.Effect<MarketWorld, ConfigInvalid, FileSystem.FileSystem> =>
  Effect.gen(function* () {
    if (config.mode !== "paper" && config.mode !== "live") return yield* builtInWorld(config)
    const spotAssets = new Set(config.spot.assets)
    const wallet = loadCredentials(config.polymarket.wallet, surroundings)
    if (config.mode === "paper") {
      return {
        _tag: "Paper" as const,
        name: "paper",
        endMs: undefined,
        spotAssets,
        wallet:
          config.polymarket.priceFeed === "rtds" ? undefined : yield* Effect.mapError(wallet, withoutKey)
      }
    }
    const known = yield* Effect.mapError(wallet, invalid)
    return {
      _tag: "Live" as const,
      name: `live, ${known.account.maker}`,
      endMs: undefined,
      spotAssets,
      wallet: known
    }
  })
