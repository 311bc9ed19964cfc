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
import { paperVenue } from "./paper-venue.ts"

const venueOf = ({ config, state, world }: DaemonParts) => {
  switch (world._tag) {
    case "BuiltIn":
      return builtInVenue(config, world, state.path)
    case "Paper":
      return paperVenue(config, world, state.path)
    case "Live":
      return liveVenue(config, world)
  }
}

/** The exchange port and the spot source of a run's world. */
export const polymarketModule = (
  parts: DaemonParts
): Layer.Layer<
  Exchange | SpotSource,
  ExchangeError | PersistenceError,
  FileSystem.FileSystem | Path.Path | ModuleHost
> => polymarketLayer(parts.config.polymarket).pipe(Layer.provideMerge(venueOf(parts)))
