/** The client against the embedded exchange in-process, over the whole protocol: the same requests and frames as anywhere. */
import type { HttpClient } from "@effect/platform"
import { Context, Effect, ExecutionStrategy, Exit, Layer, Redacted, Schema, Scope } from "effect"
import { plainAccount } from "../../../../src/domain/signed-order.ts"
import { ClientSettings, layer } from "../../../../src/modules/polymarket/client.ts"
import { Settings, layerConfig } from "../../../../src/modules/polymarket/polymarket.ts"
import { localSigner } from "../../../../src/modules/polymarket/wallet/local-signer.ts"
import { credentialsFrom } from "../../../../src/paper-exchange/protocol/rest/credentials.ts"
import {
  FAIR_WEATHER,
  type VenueConditions
} from "../../../../src/paper-exchange/protocol/rest/conditions.ts"
import { DEFAULT_REST_SETTINGS } from "../../../../src/paper-exchange/protocol/rest/options.ts"
import { makeRest } from "../../../../src/paper-exchange/protocol/rest/rest.ts"
import {
  DEFAULT_MAX_UNREAD_FRAMES,
  makeStreams
} from "../../../../src/paper-exchange/protocol/streams/streams.ts"
import type { WireRequest, WireResponse, WireServer } from "../../../../src/paper-exchange/protocol/wire.ts"
import { inProcessLayer } from "../../../../src/paper-exchange/transport/in-process.ts"
import type { Keeper } from "../../../../src/paper-exchange/world/keeper.ts"
import { ModuleHost } from "../../../../src/ports/module-host.ts"
import { Exchange } from "../../../../src/ports/exchange.ts"
import { SpotSource } from "../../../../src/ports/spot.ts"
import type { Sockets } from "../../../../src/ports/sockets.ts"
import { Venue } from "../../../../src/ports/venue.ts"
import { microUsd } from "../../../../src/domain/money.ts"
import { SEED } from "../../../paper-exchange/protocol/exchange.ts"

/** Account 0 of the public hardhat test keys. */
export const TEST_ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
const TEST_KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"

const BASE = "http://embedded.exchange"
const SOCKETS = "ws://embedded.exchange"

export const settingsFor = (changes: Partial<typeof ClientSettings.Encoded> = {}): ClientSettings =>
  Schema.decodeSync(ClientSettings)({
    addresses: {
      clob: BASE,
      gamma: `${BASE}/gamma`,
      data: `${BASE}/data-api`,
      site: BASE,
      marketSocket: `${SOCKETS}/ws/market`,
      userSocket: `${SOCKETS}/ws/user`,
      priceSocket: `${SOCKETS}/polybolt/ws`
    },
    ...changes
  })

export interface Client {
  readonly venue: typeof Venue.Service
  readonly exchange: typeof Exchange.Service
  readonly spot: typeof SpotSource.Service
  /** Operations of background fibers that failed, and how the module said it was. */
  readonly told: Array<string>
  /** Requests as they reached the server. */
  readonly requests: Array<WireRequest>
}

/** What stands between the client and the exchange in a test. */
export type Between = (
  request: WireRequest,
  handle: (request: WireRequest) => Effect.Effect<WireResponse>
) => Effect.Effect<WireResponse>

/** How the client reaches a server, and the addresses it has there. */
export type NetworkTo = (server: WireServer) => Effect.Effect<
  {
    readonly layer: Layer.Layer<HttpClient.HttpClient | Sockets>
    readonly addresses?: ClientSettings["addresses"]
  },
  unknown,
  Scope.Scope
>

const inProcess: NetworkTo = (server) => Effect.succeed({ layer: inProcessLayer(server) })

/** A server over a keeper's world. */
export const serverOf = (
  keeper: Keeper,
  conditions: VenueConditions = FAIR_WEATHER
): Effect.Effect<WireServer, never, Scope.Scope> => {
  const credentials = credentialsFrom(SEED)
  const settings = { ...DEFAULT_REST_SETTINGS, startCashUsd: microUsd(1_000_000_000), credentials }
  return Effect.map(
    makeStreams(keeper, { credentials, maxUnreadFrames: DEFAULT_MAX_UNREAD_FRAMES }),
    (connect) => ({ handle: makeRest(keeper, settings, conditions), connect })
  )
}

/** The client, up and running, until the scope ends. */
export const clientOf = (
  server: WireServer,
  settings: ClientSettings = settingsFor(),
  between: Between = (request, handle) => handle(request),
  networkTo: NetworkTo = inProcess
): Effect.Effect<Client, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const told: Array<string> = []
    const requests: Array<WireRequest> = []
    const fibers = yield* Scope.fork(scope, ExecutionStrategy.sequential)
    const host = ModuleHost.of({
      name: "polymarket",
      fork: (operation, effect) =>
        Effect.asVoid(
          Effect.forkIn(
            Effect.onExit(effect, (exit) =>
              Effect.sync(() => {
                if (!Exit.isInterrupted(exit)) told.push(`${operation} ended: ${String(exit)}`)
              })
            ),
            fibers
          )
        ),
      degraded: (reason) => Effect.sync(() => void told.push(`degraded: ${reason}`)),
      ready: Effect.sync(() => void told.push("ready"))
    })
    const watched: WireServer = {
      ...server,
      handle: (request) => {
        requests.push(request)
        return between(request, server.handle)
      }
    }
    const signer = localSigner({
      privateKey: Redacted.make(TEST_KEY),
      address: TEST_ADDRESS,
      account: plainAccount(TEST_ADDRESS)
    })
    const network = yield* networkTo(watched)
    const addresses = network.addresses ?? settings.addresses
    const venue = layer({
      settings: { ...settings, addresses },
      credentials: undefined,
      assets: new Set(["BTC"])
    }).pipe(Layer.provide(Layer.mergeAll(network.layer, signer, Layer.succeed(ModuleHost, host))))
    const context = yield* Layer.buildWithScope(
      Layer.provideMerge(layerConfig(Schema.decodeSync(Settings)({})), venue),
      scope
    )
    return {
      venue: Context.get(context, Venue),
      exchange: Context.get(context, Exchange),
      spot: Context.get(context, SpotSource),
      told,
      requests
    }
  })
