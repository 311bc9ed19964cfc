/** The polymarket module over the embedded exchange's protocol, in-process: the same requests and frames as on a network. */
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Effect, Either, Layer, Schema } from "effect"
import { SimulatorSettings } from "../../src/paper-exchange/simulator/settings.ts"
import { makeSimulatedMarket } from "../../src/paper-exchange/simulator/simulated-market.ts"
import { openKeeper } from "../../src/paper-exchange/world/keeper.ts"
import { ExchangeSettings } from "../../src/paper-exchange/world/settings.ts"
import { Exchange } from "../../src/ports/exchange.ts"
import { type NetworkTo, clientOf, serverOf } from "../modules/polymarket/client/venue.ts"
import { type MarketTime, inMarketTime } from "./market-time.ts"
import { Traffic, loopback, whenStill } from "./loopback.ts"

const simulator = Schema.decodeSync(SimulatorSettings)({})
const SEED = 7

/** A client's exchange port over a new market and a new account. */
const exchangeWith = (networkTo?: NetworkTo) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const stateDir = yield* fs.makeTempDirectoryScoped({ prefix: "tradewind-test-" })
    const keeper = yield* openKeeper({
      settings: Schema.decodeSync(ExchangeSettings)({}),
      account: "0x01",
      stateDir,
      source: (saved) =>
        Either.try({
          try: () => makeSimulatedMarket(simulator, SEED, saved),
          catch: (error) => String(error)
        })
    })
    yield* Effect.forkScoped(Effect.orDie(keeper.drive))
    const client = yield* clientOf(yield* serverOf(keeper), undefined, undefined, networkTo)
    return client.exchange
  }).pipe(Effect.orDie)

/** A new market and a new account each time it is built. */
export const exchangeOverTheWire: Layer.Layer<Exchange | MarketTime> = inMarketTime(
  Layer.scoped(Exchange, exchangeWith()).pipe(Layer.provide(NodeContext.layer))
)

/** The client's shortest waits are of this order: what it asks for is answered before it asks again. */
const STEP_MS = 500

/** The same over real sockets of this machine; market time goes on only when everything on its way has arrived. */
export const exchangeOverSockets: Layer.Layer<Exchange | MarketTime> = Layer.unwrapEffect(
  Effect.sync(() => {
    const traffic = new Traffic()
    return inMarketTime(
      Layer.scoped(Exchange, Effect.map(exchangeWith(loopback(traffic)), whenStill(traffic))).pipe(
        Layer.provide(NodeContext.layer)
      ),
      { stepMs: STEP_MS, still: traffic.still }
    )
  })
)
