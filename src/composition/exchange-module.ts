/** The polymarket module in the modes that trade on the embedded exchange. */
import type { FileSystem, Path } from "@effect/platform"
import { Layer } from "effect"
import { layerConfig as polymarketLayer } from "../modules/polymarket/polymarket.ts"
import { layer as embeddedExchange } from "../paper-exchange/world/embedded-exchange.ts"
import type { Exchange, ExchangeError } from "../ports/exchange.ts"
import type { PersistenceError } from "../ports/persistence.ts"
import type { SpotSource } from "../ports/spot.ts"
import type { DaemonParts } from "./daemon.ts"

/** The venue's client over the embedded exchange in-process, which also is the source of spot prices. */
export const embeddedPolymarket = ({
  config,
  state,
  world
}: DaemonParts): Layer.Layer<
  Exchange | SpotSource,
  ExchangeError | PersistenceError,
  FileSystem.FileSystem | Path.Path
> =>
  polymarketLayer(config.polymarket).pipe(
    Layer.provideMerge(
      embeddedExchange({
        settings: config.exchange,
        account: config.polymarket.accountAddress,
        stateDir: state.path,
        spotAssets: world.spotAssets,
        source: world.source
      })
    )
  )
