/** The venue of sim and replay: the built-in exchange behind its protocol, and the client that also trades live. */
import type { FileSystem, HttpClient, Path } from "@effect/platform"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Context, Effect, Layer, type Scope } from "effect"
import { type ClientSettings, layer as clientLayer } from "../modules/polymarket/client.ts"
import { localSigner } from "../modules/polymarket/wallet/local-signer.ts"
import { credentialsFrom } from "../paper-exchange/protocol/rest/credentials.ts"
import { DEFAULT_REST_SETTINGS } from "../paper-exchange/protocol/rest/options.ts"
import { makeExchangeServer } from "../paper-exchange/protocol/server.ts"
import type { WireServer } from "../paper-exchange/protocol/wire.ts"
import { inProcessLayer } from "../paper-exchange/transport/in-process.ts"
import { listenOnLoopback } from "../paper-exchange/transport/loopback-server.ts"
import { webSocketsLayer } from "../paper-exchange/transport/web-sockets.ts"
import { openKeeper } from "../paper-exchange/world/keeper.ts"
import { ExchangeError } from "../ports/exchange.ts"
import { ModuleHost } from "../ports/module-host.ts"
import type { PersistenceError } from "../ports/persistence.ts"
import type { Sockets } from "../ports/sockets.ts"
import { SpotSource } from "../ports/spot.ts"
import type { Venue } from "../ports/venue.ts"
import type { AppConfig } from "./app-config.ts"
import { exchangeAddresses } from "./exchange-addresses.ts"
import { PAPER_WALLET } from "./paper-wallet.ts"
import type { BuiltInWorld } from "./worlds.ts"

/** Reached by no network: the transport in-process looks at paths only. */
const IN_PROCESS = exchangeAddresses("http://embedded.exchange", "ws://embedded.exchange")

/** The exchange over the world that is saved in the folder, going on by itself for as long as the module is up. */
const serve = (
  { exchange, seed }: Pick<AppConfig, "exchange" | "seed">,
  world: BuiltInWorld,
  stateDir: string
) =>
  Effect.gen(function* () {
    const keeper = yield* openKeeper({
      settings: exchange,
      account: PAPER_WALLET.address,
      stateDir,
      source: world.source
    })
    const { run, server } = yield* makeExchangeServer(keeper, {
      rest: {
        ...DEFAULT_REST_SETTINGS,
        startCashUsd: exchange.startCashUsd,
        credentials: credentialsFrom(`tradewind run ${seed}`)
      }
    })
    const host = yield* ModuleHost
    yield* host.fork("exchange", run)
    return server
  })

interface Network {
  readonly addresses: ReturnType<typeof exchangeAddresses>
  readonly layer: Layer.Layer<HttpClient.HttpClient | Sockets>
}

/** How the client reaches the exchange. */
const networkTo = (
  server: WireServer,
  { transport }: AppConfig["exchange"]
): Effect.Effect<Network, ExchangeError, Scope.Scope> =>
  transport === "in-process"
    ? Effect.succeed({ addresses: IN_PROCESS, layer: inProcessLayer(server) })
    : listenOnLoopback(server, 0).pipe(
        // Whoever wants to look on, or to trade beside it, needs to know where it is.
        Effect.tap(({ httpUrl: clob }) =>
          Effect.logInfo("exchange_listening").pipe(Effect.annotateLogs({ module: "exchange", clob }))
        ),
        Effect.map(({ httpUrl, socketUrl }) => ({
          addresses: exchangeAddresses(httpUrl, socketUrl),
          layer: Layer.merge(NodeHttpClient.layerUndici, webSocketsLayer())
        })),
        Effect.mapError(
          (cause) =>
            new ExchangeError({
              module: "polymarket",
              operation: "listen",
              message: cause.message,
              reason: { _tag: "Unavailable" },
              cause
            })
        )
      )

/** A recording may be silent for hours: that is no fault of the connection, and opening it anew mends nothing. */
const silenceIn = ({ mode, polymarket }: Pick<AppConfig, "mode" | "polymarket">) =>
  mode === "replay"
    ? { marketSilenceMs: Number.POSITIVE_INFINITY, priceSilenceMs: Number.POSITIVE_INFINITY }
    : { marketSilenceMs: polymarket.marketSilenceMs, priceSilenceMs: polymarket.priceSilenceMs }

const clientSettings = (
  config: Pick<AppConfig, "mode" | "polymarket">,
  { polybolt, rtds, ...others }: Network["addresses"]
): ClientSettings => ({
  ...config.polymarket,
  ...silenceIn(config),
  // The prices are the market's own, whoever's they are taken for elsewhere.
  spotSources: ["chainlink"],
  geoblockCheck: false,
  addresses: { ...others, priceSocket: config.polymarket.priceFeed === "polybolt" ? polybolt : rtds }
})

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
      const network = yield* networkTo(server, exchange)
      return clientLayer({
        settings: clientSettings({ mode, polymarket }, network.addresses),
        credentials: undefined,
        assets: world.spotAssets
      }).pipe(Layer.map(heardFirst), Layer.provide(Layer.merge(network.layer, localSigner(PAPER_WALLET))))
    })
  )
}
