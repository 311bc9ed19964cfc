/** The venue of sim and replay: the built-in exchange behind its protocol, and the client that also trades live. */
import type { FileSystem, Path } from "@effect/platform"
import { Context, Effect, Layer } from "effect"
import { makeExchangeServer } from "../paper-exchange/protocol/server.ts"
import { openKeeper } from "../paper-exchange/world/keeper.ts"
import type { ExchangeError } from "../ports/exchange.ts"
import { ModuleHost } from "../ports/module-host.ts"
import type { PersistenceError } from "../ports/persistence.ts"
import { SpotSource } from "../ports/spot.ts"
import type { Venue } from "../ports/venue.ts"
import type { AppConfig } from "./app-config.ts"
import { embeddedClient, restOf } from "./embedded-client.ts"
import { PAPER_WALLET } from "./paper-wallet.ts"
import type { BuiltInWorld } from "./worlds.ts"

/** The exchange over the world that is saved in the folder, going on by itself for as long as the module is up. */
const serve = (config: Pick<AppConfig, "exchange" | "seed">, world: BuiltInWorld, stateDir: string) =>
  Effect.gen(function* () {
    const keeper = yield* openKeeper({
      settings: config.exchange,
      account: PAPER_WALLET.address,
      stateDir,
      source: world.source
    })
    const { run, server } = yield* makeExchangeServer(keeper, { rest: restOf(config) })
    const host = yield* ModuleHost
    yield* host.fork("exchange", run)
    return server
  })

/** A recording may be silent for hours: that is no fault of the connection, and opening it anew mends nothing. */
const patient = ({ mode, polymarket }: Pick<AppConfig, "mode" | "polymarket">): AppConfig["polymarket"] =>
  mode === "replay"
    ? {
        ...polymarket,
        marketSilenceMs: Number.POSITIVE_INFINITY,
        priceSilenceMs: Number.POSITIVE_INFINITY
      }
    : polymarket

/**
 * A tick that falls on the very moment of the market's next step hears of that step first: it begins with the prices, and
 * waits there until everything of this moment has happened.
 */
const heardFirst = (context: Context.Context<Venue | SpotSource>): Context.Context<Venue | SpotSource> => {
  const source = Context.get(context, SpotSource)
  return Context.add(context, SpotSource, {
    ...source,
    takeTicks: Effect.zipRight(Effect.sleep(0), source.takeTicks)
  })
}

/** The venue and the spot source of a built-in world. */
export const builtInVenue = (
  config: AppConfig,
  world: BuiltInWorld,
  stateDir: string
): Layer.Layer<
  Venue | SpotSource,
  ExchangeError | PersistenceError,
  FileSystem.FileSystem | Path.Path | ModuleHost
> => {
  // Taken out before the module comes up, so that it is known that they are used.
  const { exchange, mode, polymarket, seed } = config
  return Layer.unwrapScoped(
    Effect.gen(function* () {
      const server = yield* serve({ exchange, seed }, world, stateDir)
      const parts = { exchange, polymarket: patient({ mode, polymarket }), assets: world.spotAssets }
      return Layer.map(yield* embeddedClient(server, parts), heardFirst)
    })
  )
}
