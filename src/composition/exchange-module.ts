/** The polymarket module: one client for the built-in exchange and for the venue. */
import type { FileSystem, Path } from "@effect/platform"
import { Layer } from "effect"
import { layerConfig as polymarketLayer } from "../modules/polymarket/polymarket.ts"
import type { Exchange, ExchangeError } from "../ports/exchange.ts"
import type { ModuleHost } from "../ports/module-host.ts"
import type { PersistenceError } from "../ports/persistence.ts"
import type { SpotSource } from "../ports/spot.ts"
import { builtInVenue } from "./built-in-venue.ts"
import type { DaemonParts } from "./daemon.ts"
import { liveVenue } from "./live-venue.ts"

/** The exchange port and the spot source of a run's world. */
export const polymarketModule = ({
  config,
  state,
  world
}: DaemonParts): Layer.Layer<
  Exchange | SpotSource,
  ExchangeError | PersistenceError,
  FileSystem.FileSystem | Path.Path | ModuleHost
> =>
  polymarketLayer(config.polymarket).pipe(
    Layer.provideMerge(
      world._tag === "Live" ? liveVenue(config, world) : builtInVenue(config, world, state.path)
    )
  )
