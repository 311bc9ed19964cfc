/** The venue of mode live: the real one, or whatever the addresses name, over the network. */

import { Layer } from "effect"
import { layer as clientLayer } from "../modules/polymarket/client.ts"
import { localSigner } from "../modules/polymarket/wallet/local-signer.ts"

import type { ExchangeError } from "../ports/exchange.ts"
import type { ModuleHost } from "../ports/module-host.ts"
import type { SpotSource } from "../ports/spot.ts"
import type { Venue } from "../ports/venue.ts"
import type { AppConfig } from "./app-config.ts"
import { machineNetwork } from "./embedded-client.ts"
import type { LiveWorld } from "./worlds.ts"

export const liveVenue = (
  config: AppConfig,
  { spotAssets, wallet }: LiveWorld
): Layer.Layer<Venue | SpotSource, ExchangeError, ModuleHost> =>
  clientLayer({ settings: config.polymarket, credentials: wallet.api, assets: spotAssets }).pipe(
    Layer.provide(Layer.merge(machineNetwork, localSigner(wallet)))
  )
