/**
 * The exchange's world on discrete-event time that goes on only when it is told to, so that frames which travel over real
 * sockets arrive before anything else happens: the same tests hold for both transports.
 */
import { FetchHttpClient, FileSystem, type HttpClient, type Path } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Duration, Effect, Either, Layer, Redacted, Schema, type Scope } from "effect"
import { microShares, microUsd, priceTicks } from "../../../src/domain/money.ts"
import { OrderId } from "../../../src/domain/order.ts"
import { type TokenId, WindowSlug } from "../../../src/domain/window.ts"
import type { EngineOrder } from "../../../src/paper-exchange/engine-types.ts"
import type { VenueMarket } from "../../../src/ports/venue.ts"
import { credentialsFrom, credentialsOf } from "../../../src/paper-exchange/protocol/rest/credentials.ts"
import { DEFAULT_REST_SETTINGS } from "../../../src/paper-exchange/protocol/rest/options.ts"
import { type ServerOptions, makeExchangeServer } from "../../../src/paper-exchange/protocol/server.ts"
import { makeSimulatedMarket } from "../../../src/paper-exchange/simulator/simulated-market.ts"
import { SimulatorSettings } from "../../../src/paper-exchange/simulator/settings.ts"
import type { WireServer } from "../../../src/paper-exchange/protocol/wire.ts"
import { inProcessLayer } from "../../../src/paper-exchange/transport/in-process.ts"
import { listenOnLoopback } from "../../../src/paper-exchange/transport/loopback-server.ts"
import { webSocketsLayer } from "../../../src/paper-exchange/transport/web-sockets.ts"
import { type Keeper, type KeeperOptions, openKeeper } from "../../../src/paper-exchange/world/keeper.ts"
import { ExchangeSettings } from "../../../src/paper-exchange/world/settings.ts"
import type { RealTime } from "../../../src/ports/machine.ts"
import { MarketClock } from "../../../src/ports/market-clock.ts"
import { Sockets } from "../../../src/ports/sockets.ts"
import { type DiscreteEventTime, makeDiscreteEventTime } from "../../../src/virtual-time/discrete-event.ts"

export const SEED = "a seed of tests"
/** Account 1 of the public hardhat test keys. */
export const ADDRESS = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"

export const simulator = Schema.decodeSync(SimulatorSettings)({ takerHoldMs: 150 })
export const START_MS = simulator.startMs

/** Real time that does not go on: discrete-event time goes on at infinite speed, and stands at any other. */
export const standingStill: RealTime = {
  nowMs: () => 0,
  after: () => () => undefined,
  afterEventLoopTurn: (callback) => void setImmediate(callback)
}

export interface World {
  readonly keeper: Keeper
  /** Lets the market go on for so long. */
  readonly pass: (ms: number) => Effect.Effect<void>
  readonly time: DiscreteEventTime
}

const simulated: KeeperOptions["source"] = (saved) =>
  Either.try({ try: () => makeSimulatedMarket(simulator, 7, saved), catch: (error) => String(error) })

const openWorld = (
  time: DiscreteEventTime,
  source: KeeperOptions["source"]
): Effect.Effect<World, unknown, Scope.Scope | FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const stateDir = yield* fs.makeTempDirectoryScoped({ prefix: "tradewind-test-" })
    const settings = Schema.decodeSync(ExchangeSettings)({})
    const keeper = yield* openKeeper({ settings, account: "0x01", stateDir, source }).pipe(
      Effect.provideService(MarketClock, (nowMs) => Effect.sync(() => time.startAt(nowMs)))
    )
    const pass = (ms: number) =>
      Effect.gen(function* () {
        time.setSpeed(Number.POSITIVE_INFINITY)
        yield* Effect.sleep(Duration.millis(ms))
        time.setSpeed(1)
        yield* Effect.orDie(keeper.now(() => undefined))
      })
    return { keeper, pass, time }
  })

/** A test in a world of its own; its market is the simulated one unless another is given. */
export const inWorld = <A>(
  use: (world: World) => Effect.Effect<A, unknown, Scope.Scope | FileSystem.FileSystem | Path.Path>,
  source: KeeperOptions["source"] = simulated
): Promise<A> =>
  Effect.suspend(() => {
    const time = makeDiscreteEventTime(START_MS, 1, standingStill)
    return Effect.flatMap(openWorld(time, source), use).pipe(
      Effect.scoped,
      Effect.provide(NodeContext.layer),
      Effect.withClock(time.clock),
      Effect.withScheduler(time.scheduler)
    )
  }).pipe(Effect.runPromise)

/** An account with cash and a key. */
export const register = (keeper: Keeper, address = ADDRESS) => {
  const credentials = credentialsOf(SEED, address, "0")
  return Effect.as(
    keeper.ask(() => ({
      operations: [
        { _tag: "OpenAccount", account: address, cashMicroUsd: microUsd(1_000_000_000) },
        { _tag: "CreateKey", address, nonce: "0", apiKey: credentials.apiKey }
      ],
      answer: () => undefined
    })),
    {
      apiKey: credentials.apiKey,
      secret: Redacted.value(credentials.secret),
      passphrase: Redacted.value(credentials.passphrase)
    }
  )
}

export const REST = {
  ...DEFAULT_REST_SETTINGS,
  startCashUsd: microUsd(1_000_000_000),
  credentials: credentialsFrom(SEED)
}

/** Serves a world's protocol, and lets the world go on by itself. */
export const serve = ({ keeper }: World, options: Partial<ServerOptions> = {}) =>
  Effect.gen(function* () {
    const { run, server } = yield* makeExchangeServer(keeper, { rest: REST, ...options })
    yield* Effect.forkScoped(Effect.orDie(run))
    return server
  })

/** The market of a window that is listed. */
export const marketAt = (keeper: Keeper, startMs = START_MS) => {
  const market = keeper.world.markets.get(WindowSlug.make(`btc-updown-5m-${startMs / 1_000}`))
  if (market === undefined) throw new Error(`no window at ${startMs}`)
  return market
}

type Network = Sockets | HttpClient.HttpClient

/** Carries a server's protocol to clients at a base address. */
export type Carrier = <A, E, R>(
  server: WireServer,
  use: (base: { readonly http: string; readonly sockets: string }) => Effect.Effect<A, E, R>
) => Effect.Effect<A, unknown, Exclude<R, Network> | Scope.Scope>

export const inProcess: Carrier = (server, use) =>
  use({ http: "http://embedded.exchange", sockets: "ws://embedded.exchange" }).pipe(
    Effect.provide(inProcessLayer(server))
  )

const overLoopback: Carrier = (server, use) =>
  Effect.flatMap(listenOnLoopback(server, 0), ({ httpUrl, socketUrl }) =>
    use({ http: httpUrl, sockets: socketUrl })
  ).pipe(Effect.provide(Layer.merge(FetchHttpClient.layer, webSocketsLayer())))

export const CARRIERS: ReadonlyArray<readonly [string, Carrier]> = [
  ["in-process", inProcess],
  ["over real sockets", overLoopback]
]

let orders = 0

/** Sends an order of an account to the engine, a GTC buy unless it says otherwise; the answer comes after the hold. */
export const place = (
  keeper: Keeper,
  market: VenueMarket,
  tokenId: TokenId,
  cents: number,
  shares = 10,
  more: Partial<EngineOrder> & { readonly account?: string } = {}
) => {
  const { account = ADDRESS, ...terms } = more
  const orderId = OrderId.make(`0x${(++orders).toString(16).padStart(64, "0")}`)
  return Effect.as(
    keeper.place(account, {
      orderId,
      conditionId: market.conditionId,
      tokenId,
      side: "BUY",
      orderType: "GTC",
      priceTicks: priceTicks(cents * 100),
      sizeMicroShares: microShares(shares * 1_000_000),
      postOnly: false,
      expiresAtMs: null,
      ...terms
    }),
    orderId
  )
}
