/** The client that also trades live, on an exchange of our own: over its protocol, in-process or on sockets of this machine. */
import type { HttpClient } from "@effect/platform"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Effect, Layer, type Scope } from "effect"
import type { Asset } from "../domain/asset.ts"
import { type ClientSettings, layer as clientLayer } from "../modules/polymarket/client.ts"
import { localSigner } from "../modules/polymarket/wallet/local-signer.ts"
import { credentialsFrom } from "../paper-exchange/protocol/rest/credentials.ts"
import { DEFAULT_REST_SETTINGS, type RestSettings } from "../paper-exchange/protocol/rest/options.ts"
import type { WireServer } from "../paper-exchange/protocol/wire.ts"
import { inProcessLayer } from "../paper-exchange/transport/in-process.ts"
import { listenOnLoopback } from "../paper-exchange/transport/loopback-server.ts"
import { webSocketsLayer } from "../paper-exchange/transport/web-sockets.ts"
import { ExchangeError } from "../ports/exchange.ts"
import type { ModuleHost } from "../ports/module-host.ts"
import type { Sockets } from "../ports/sockets.ts"
import type { SpotSource } from "../ports/spot.ts"
import type { Venue } from "../ports/venue.ts"
import type { AppConfig } from "./app-config.ts"
import { exchangeAddresses } from "./exchange-addresses.ts"
import { PAPER_WALLET } from "./paper-wallet.ts"

/** Reached by no network: the transport in-process looks at paths only. */
const IN_PROCESS = exchangeAddresses("http://embedded.exchange", "ws://embedded.exchange")

/** What the exchange's REST side goes by in a run of the daemon. */
export const restOf = ({ exchange, seed }: Pick<AppConfig, "exchange" | "seed">): RestSettings => ({
  ...DEFAULT_REST_SETTINGS,
  startCashUsd: exchange.startCashUsd,
  credentials: credentialsFrom(`tradewind run ${seed}`)
})

interface Network {
  readonly addresses: ReturnType<typeof exchangeAddresses>
  readonly layer: Layer.Layer<HttpClient.HttpClient | Sockets>
}

/** The machine's own network. */
export const machineNetwork = Layer.merge(NodeHttpClient.layerUndici, webSocketsLayer())

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
          layer: machineNetwork
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

const clientSettings = (
  polymarket: AppConfig["polymarket"],
  { polybolt, rtds, ...others }: Network["addresses"]
): ClientSettings => ({
  ...polymarket,
  // The prices are the market's own, whoever's they are taken for elsewhere.
  spotSources: ["chainlink"],
  geoblockCheck: false,
  addresses: { ...others, priceSocket: polymarket.priceFeed === "polybolt" ? polybolt : rtds }
})

export interface EmbeddedParts {
  readonly exchange: AppConfig["exchange"]
  readonly polymarket: AppConfig["polymarket"]
  /** Assets the market has prices of. */
  readonly assets: ReadonlySet<Asset>
}

/** The client on a server of our own. */
export const embeddedClient = (
  server: WireServer,
  { assets, exchange, polymarket }: EmbeddedParts
): Effect.Effect<Layer.Layer<Venue | SpotSource, ExchangeError, ModuleHost>, ExchangeError, Scope.Scope> =>
  Effect.map(networkTo(server, exchange), (network) =>
    clientLayer({
      settings: clientSettings(polymarket, network.addresses),
      credentials: undefined,
      assets
    }).pipe(Layer.provide(Layer.merge(network.layer, localSigner(PAPER_WALLET))))
  )
