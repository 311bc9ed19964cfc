/** Our side of an order's way, built from the daemon's own layers: client, journal, order-manager. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { Context, Effect, Layer, ManagedRuntime, Redacted, Schema } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { plainAccount } from "../../dist/lib/domain/signed-order.js"
import { ClientSettings, layer as clientLayer } from "../../dist/lib/modules/polymarket/client.js"
import * as OrderManagerModule from "../../dist/lib/modules/order-manager/order-manager.js"
import * as PersistenceModule from "../../dist/lib/modules/persistence/persistence.js"
import * as PositionManagerModule from "../../dist/lib/modules/position-manager/position-manager.js"
import * as PolymarketModule from "../../dist/lib/modules/polymarket/polymarket.js"
import { localSigner } from "../../dist/lib/modules/polymarket/wallet/local-signer.js"
import { webSocketsLayer } from "../../dist/lib/paper-exchange/transport/web-sockets.js"
import { Exchange } from "../../dist/lib/ports/exchange.js"
import { ModuleHost } from "../../dist/lib/ports/module-host.js"
import { ProcessId } from "../../dist/lib/ports/process-id.js"
import { Persistence } from "../../dist/lib/ports/persistence.js"
import { OrderManager } from "../../dist/lib/ports/trading.js"
import { silent } from "./world.mjs"

/** The first account of Hardhat and Anvil: a key that everybody knows. */
const KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
const ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"

const defaults = (schema) => Schema.decodeSync(schema)({})

export const clientSettings = ({ clob, data, gamma, marketSocket, polybolt, userSocket }) =>
  Schema.decodeSync(ClientSettings)({
    addresses: { clob, data, gamma, site: clob, marketSocket, userSocket, priceSocket: polybolt }
  })

/** Background fibers end with the scope; one that fails says so. */
const host = Layer.scoped(
  ModuleHost,
  Effect.map(Effect.scope, (scope) => ({
    name: "polymarket",
    fork: (operation, effect) =>
      effect.pipe(
        Effect.tapErrorCause((cause) =>
          Effect.sync(() => process.stderr.write(`${operation} ended: ${cause}\n`))
        ),
        Effect.forkIn(scope),
        Effect.asVoid
      ),
    degraded: () => Effect.void,
    ready: Effect.void
  }))
)

/** Exchange and order-manager over an exchange that listens; `dispose` ends all of it and removes the journal. */
export const startStack = async (addresses) => {
  const directory = mkdtempSync(join(tmpdir(), "tradewind-bench-"))
  const signer = localSigner({
    privateKey: Redacted.make(KEY),
    address: ADDRESS,
    account: plainAccount(ADDRESS)
  })
  const client = clientLayer({
    settings: clientSettings(addresses),
    credentials: undefined,
    assets: new Set(["BTC"])
  }).pipe(Layer.provide(Layer.mergeAll(NodeHttpClient.layerUndici, webSocketsLayer(), signer, host)))
  const exchange = PolymarketModule.layerConfig(defaults(PolymarketModule.Settings)).pipe(
    Layer.provide(client)
  )
  const journal = PersistenceModule.layerConfig(defaults(PersistenceModule.Settings), directory).pipe(
    Layer.provide(Layer.merge(NodeContext.layer, Layer.succeed(ProcessId, process.pid)))
  )
  const runtime = ManagedRuntime.make(
    OrderManagerModule.layerConfig(defaults(OrderManagerModule.Settings)).pipe(
      Layer.provideMerge(PositionManagerModule.layer),
      Layer.provideMerge(Layer.merge(exchange, journal)),
      Layer.provideMerge(silent)
    )
  )
  const { context } = await runtime.runtime()
  return {
    exchange: Context.get(context, Exchange),
    journal: Context.get(context, Persistence),
    orders: Context.get(context, OrderManager),
    run: (effect) => runtime.runPromise(effect),
    dispose: async () => {
      await runtime.dispose()
      rmSync(directory, { recursive: true, force: true })
    }
  }
}
