/** The embedded exchange over the simulated market, in a folder of its own. */
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Effect, Either, Layer, Schema, Scope } from "effect"
import { priceTicks, microShares } from "../../../src/domain/money.ts"
import { OrderId, type Side } from "../../../src/domain/order.ts"
import type { TokenId } from "../../../src/domain/window.ts"
import { makeSimulatedMarket } from "../../../src/paper-exchange/simulator/simulated-market.ts"
import { SimulatorSettings } from "../../../src/paper-exchange/simulator/settings.ts"
import { directVenue } from "./direct-venue.ts"
import { ExchangeSettings } from "../../../src/paper-exchange/world/settings.ts"
import { SpotSource } from "../../../src/ports/spot.ts"
import { Venue, type VenueMarket, type VenuePlace } from "../../../src/ports/venue.ts"

export const simulator = Schema.decodeUnknownSync(SimulatorSettings)({})
export const START_MS = simulator.startMs
export const ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"

export const embedded = (stateDir: string, seed = 7) =>
  directVenue({
    settings: Schema.decodeUnknownSync(ExchangeSettings)({}),
    account: ACCOUNT,
    stateDir,
    spotAssets: new Set(["BTC"]),
    source: (saved) =>
      Either.try({ try: () => makeSimulatedMarket(simulator, seed, saved), catch: (error) => String(error) })
  })

/** Opens the exchange in a scope that the caller closes, or does not: a process that is killed closes nothing. */
export const open = (stateDir: string, scope: Scope.Scope, seed = 7) =>
  Effect.map(
    Layer.buildWithScope(Layer.provide(embedded(stateDir, seed), NodeContext.layer), scope),
    (context) => ({
      venue: Effect.runSync(Effect.provide(Venue, context)),
      spot: Effect.runSync(Effect.provide(SpotSource, context))
    })
  )

export const inFolder = <A, E, R>(use: (folder: string) => Effect.Effect<A, E, R>) =>
  Effect.scoped(
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      return yield* use(yield* fs.makeTempDirectoryScoped({ prefix: "tradewind-test-" }))
    })
  ).pipe(Effect.provide(NodeContext.layer))

let orders = 0

export const orderOf = (
  market: VenueMarket,
  tokenId: TokenId,
  over: {
    readonly side?: Side
    readonly price: number
    readonly shares: number
    readonly type?: VenuePlace["orderType"]
  }
): VenuePlace => ({
  orderId: OrderId.make(`0x${(++orders).toString(16).padStart(64, "0")}`),
  conditionId: market.conditionId,
  tokenId,
  side: over.side ?? "BUY",
  orderType: over.type ?? "GTC",
  priceTicks: priceTicks(Math.round(over.price * 10_000)),
  sizeMicroShares: microShares(Math.round(over.shares * 1_000_000)),
  postOnly: false,
  expiresAtMs: null
})
