/** The polymarket module over the embedded exchange in-process: a simulated market in market time. */
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Effect, Either, Layer, Schema } from "effect"
import { Settings, layerConfig } from "../../src/modules/polymarket/polymarket.ts"
import { SimulatorSettings } from "../../src/paper-exchange/simulator/settings.ts"
import { makeSimulatedMarket } from "../../src/paper-exchange/simulator/simulated-market.ts"
import { directVenue } from "../paper-exchange/world/direct-venue.ts"
import { ExchangeSettings } from "../../src/paper-exchange/world/settings.ts"
import type { Exchange } from "../../src/ports/exchange.ts"
import { ACCOUNT } from "../paper-exchange/world/fixture.ts"
import { type MarketTime, inMarketTime } from "./market-time.ts"

const simulator = Schema.decodeSync(SimulatorSettings)({})
const polymarket = Schema.decodeSync(Settings)({})
const venue = Schema.decodeSync(ExchangeSettings)({})
const SEED = 7
const exchange = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const stateDir = yield* fs.makeTempDirectoryScoped({ prefix: "tradewind-test-" })
  return layerConfig(polymarket).pipe(
    Layer.provide(
      directVenue({
        settings: venue,
        account: ACCOUNT,
        stateDir,
        spotAssets: new Set(simulator.assets),
        source: (saved) =>
          Either.try({
            try: () => makeSimulatedMarket(simulator, SEED, saved),
            catch: (error) => String(error)
          })
      })
    )
  )
}).pipe(Layer.unwrapScoped, Layer.provide(NodeContext.layer), Layer.orDie)

/** A new market and a new account each time it is built. */
export const embeddedExchange: Layer.Layer<Exchange | MarketTime> = inMarketTime(exchange)
