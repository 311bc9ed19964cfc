/** The polymarket module over the embedded exchange's protocol, in-process: the same requests and frames as on a network. */
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Effect, Either, Layer, Schema, TestClock } from "effect"
import { SimulatorSettings } from "../../src/paper-exchange/simulator/settings.ts"
import { makeSimulatedMarket } from "../../src/paper-exchange/simulator/simulated-market.ts"
import { openKeeper } from "../../src/paper-exchange/world/keeper.ts"
import { ExchangeSettings } from "../../src/paper-exchange/world/settings.ts"
import { Exchange } from "../../src/ports/exchange.ts"
import { type NetworkTo, clientOf, serverOf } from "../modules/polymarket/client/venue.ts"
import { onTestClock } from "./embedded.ts"
import type { MarketTime } from "./market-time.ts"
import { Traffic, loopback, onTestClockAfter, whenStill } from "./loopback.ts"

const simulator = Schema.decodeSync(SimulatorSettings)({})
const SEED = 7

/** A client's exchange port over a new market and a new account. */
const exchangeWith = (networkTo?: NetworkTo) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const stateDir = yield* fs.makeTempDirectoryScoped({ prefix: "tradewind-test-" })
    yield* TestClock.setTime(simulator.startMs)
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
    // Once a second is often enough, and on the test clock every sleep costs real time.
    const drive = Effect.zipRight(
      Effect.sleep("1 second"),
      keeper.now(() => undefined)
    )
    yield* Effect.forkScoped(Effect.orDie(Effect.forever(drive)))
    const client = yield* clientOf(yield* serverOf(keeper), undefined, undefined, networkTo)
    return client.exchange
  }).pipe(Effect.orDie)

/** A new market and a new account each time it is built. */
export const exchangeOverTheWire: Layer.Layer<Exchange | MarketTime> = Layer.merge(
  Layer.scoped(Exchange, exchangeWith()).pipe(Layer.provide(NodeContext.layer)),
  onTestClock
)

/** The same over real sockets of this machine; market time goes on only when everything on its way has arrived. */
export const exchangeOverSockets: Layer.Layer<Exchange | MarketTime> = Layer.unwrapEffect(
  Effect.sync(() => {
    const traffic = new Traffic()
    return Layer.merge(
      Layer.scoped(Exchange, Effect.map(exchangeWith(loopback(traffic)), whenStill(traffic))).pipe(
        Layer.provide(NodeContext.layer)
      ),
      onTestClockAfter(traffic)
    )
  })
)
