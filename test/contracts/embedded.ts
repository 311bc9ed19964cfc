/** The polymarket module over the embedded exchange in-process: a simulated market on the test's clock. */
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Duration, Effect, Either, Fiber, Layer, Schema, TestClock } from "effect"
import { Settings, layerConfig } from "../../src/modules/polymarket/polymarket.ts"
import { SimulatorSettings } from "../../src/paper-exchange/simulator/settings.ts"
import { makeSimulatedMarket } from "../../src/paper-exchange/simulator/simulated-market.ts"
import { directVenue } from "../paper-exchange/world/direct-venue.ts"
import { ExchangeSettings } from "../../src/paper-exchange/world/settings.ts"
import type { Exchange } from "../../src/ports/exchange.ts"
import { ACCOUNT } from "../paper-exchange/world/fixture.ts"
import { MarketTime } from "./market-time.ts"

const simulator = Schema.decodeSync(SimulatorSettings)({})
const polymarket = Schema.decodeSync(Settings)({})
const venue = Schema.decodeSync(ExchangeSettings)({})
const SEED = 7
/** Market time between two looks at whether an answer has come. */
const LOOK_EVERY_MS = 10

const pass = (ms: number) => TestClock.adjust(Duration.millis(ms))

/** Market time is the test clock's. */
export const onTestClock = Layer.succeed(MarketTime, {
  pass,
  during: <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(effect)
      for (let passedMs = 0; passedMs < 60_000; passedMs += LOOK_EVERY_MS) {
        if ((yield* Fiber.poll(fiber))._tag === "Some") break
        yield* pass(LOOK_EVERY_MS)
      }
      return yield* Fiber.join(fiber)
    })
})

const exchange = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const stateDir = yield* fs.makeTempDirectoryScoped({ prefix: "tradewind-test-" })
  yield* TestClock.setTime(simulator.startMs)
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
export const embeddedExchange: Layer.Layer<Exchange | MarketTime> = Layer.merge(exchange, onTestClock)
