/**
 * The embedded exchange on a real port of this machine, for clients that no one here wrote. Its market stands still but for
 * what the test lets pass, and for the holds of orders, so that no clock of the machine decides what a client sees.
 */
import { Effect, Either, Fiber, Runtime, Schema, type Scope } from "effect"
import { createWalletClient, http } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { polygon } from "viem/chains"
import { SPOT_UNITS_PER_USD, microShares, microUsd, priceTicks, spotPrice } from "../../src/domain/money.ts"
import type { MarketEvent } from "../../src/paper-exchange/market-source.ts"
import { credentialsFrom } from "../../src/paper-exchange/protocol/rest/credentials.ts"
import { DEFAULT_REST_SETTINGS } from "../../src/paper-exchange/protocol/rest/options.ts"
import type { ServerFrame, WireRequest, WireServer } from "../../src/paper-exchange/protocol/wire.ts"
import { SimulatorSettings } from "../../src/paper-exchange/simulator/settings.ts"
import { makeSimulatedMarket } from "../../src/paper-exchange/simulator/simulated-market.ts"
import { listenOnLoopback } from "../../src/paper-exchange/transport/loopback-server.ts"
import type { KeeperOptions } from "../../src/paper-exchange/world/keeper.ts"
import type { VenueMarket } from "../../src/ports/venue.ts"
import { SEED, START_MS, type World, inWorld, marketAt, serve } from "../paper-exchange/protocol/exchange.ts"
import { scriptedMarket } from "../paper-exchange/rest/fixture.ts"

/** Rows on a page: few, so that clients have to turn it. */
export const PAGE_SIZE = 2
/** So long after its beginning the first window has books that others quote. */
const SETTLED_MS = 20_000
/** More than the hold of a marketable order. */
const HOLD_MS = 200
/** More than it takes until a trade has its transaction. */
const MINED_MS = 2_600

/** Accounts 0 and 1 of the public hardhat test keys. */
export const KEYS = [
  "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
] as const

/** A wallet that signs, and can reach no chain. */
export const walletOf = (key: `0x${string}`) =>
  createWalletClient({
    account: privateKeyToAccount(key),
    chain: polygon,
    transport: http("http://127.0.0.1:1")
  })

export interface Served {
  readonly world: World
  readonly http: string
  readonly sockets: string
  /** The window that runs. */
  readonly market: VenueMarket
  /** Lets the market go on for so long. */
  readonly pass: (ms: number) => Promise<void>
  /** Tells the events that the exchange has sent on a channel so far, lists opened. */
  readonly sent: (path: string) => () => ReadonlyArray<{ readonly event_type?: string }>
  /** How many frames of clients were taken in on a channel so far. */
  readonly heard: (path: string) => number
}

const isOrder = ({ method, path }: WireRequest): boolean =>
  method === "POST" && (path === "/order" || path === "/orders")

const isAskedForTrade = ({ method, path, query }: WireRequest): boolean =>
  method === "GET" && path === "/data/trades" && query.has("id")

/** Orders are held, and trades settle: whoever asks for these waits on the market, which must go on meanwhile. */
const goingOn =
  (handle: WireServer["handle"], pass: (ms: number) => Effect.Effect<void>): WireServer["handle"] =>
  (request) =>
    Effect.gen(function* () {
      if (isAskedForTrade(request)) yield* pass(MINED_MS)
      if (!isOrder(request)) return yield* handle(request)
      const answer = yield* Effect.fork(handle(request))
      const isDone = Effect.map(answer.poll, ({ _tag }) => _tag === "Some")
      yield* Effect.repeat(pass(HOLD_MS), { until: () => isDone })
      return yield* Fiber.join(answer)
    })

interface SentEvent {
  readonly path: string
  readonly event: { readonly event_type?: string }
}

/** Channels as they are, and what they send. */
const tap = (connect: WireServer["connect"]) => {
  const events: Array<SentEvent> = []
  const heard: Array<string> = []
  const keep = (path: string, frame: ServerFrame) => {
    if (frame._tag !== "Text" || !/^[[{]/.test(frame.text)) return
    const read = JSON.parse(frame.text) as SentEvent["event"] | ReadonlyArray<SentEvent["event"]>
    events.push(...[read].flat().map((event) => ({ path, event })))
  }
  const tapped: WireServer["connect"] = (path) =>
    Effect.map(
      connect(path),
      (connection) =>
        connection && {
          receive: (frame) => Effect.map(connection.receive(frame), () => void heard.push(path)),
          next: Effect.tap(connection.next, (frame) => keep(path, frame))
        }
    )
  return { events, heard, tapped }
}

const served = (world: World): Effect.Effect<Served, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const turn = yield* Effect.makeSemaphore(1)
    const pass = (ms: number) => turn.withPermits(1)(world.pass(ms))
    const server = yield* serve(world, {
      rest: {
        ...DEFAULT_REST_SETTINGS,
        startCashUsd: microUsd(1_000_000_000),
        credentials: credentialsFrom(SEED),
        pageSize: PAGE_SIZE,
        // Official clients sign by the machine's clock.
        timestampWindowS: Number.POSITIVE_INFINITY
      }
    })
    yield* pass(SETTLED_MS)
    const { events, heard, tapped } = tap(server.connect)
    const { httpUrl, socketUrl } = yield* listenOnLoopback(
      { handle: goingOn(server.handle, pass), connect: tapped },
      0
    )
    const run = Runtime.runPromise(yield* Effect.runtime<never>())
    return {
      world,
      http: httpUrl,
      sockets: socketUrl,
      market: marketAt(world.keeper, START_MS),
      pass: (ms) => run(pass(ms)),
      sent: (path) => () => events.filter((event) => event.path === path).map(({ event }) => event),
      heard: (path) => heard.filter((each) => each === path).length
    }
  })

const onMarket = (
  test: (exchange: Served) => Promise<void>,
  source?: KeeperOptions["source"]
): Promise<void> =>
  inWorld(
    (world) => Effect.flatMap(served(world), (exchange) => Effect.promise(() => test(exchange))),
    source
  )

/** A test against an exchange of its own, whose market is alive; all of it is closed at the end. */
export const onExchange = (test: (exchange: Served) => Promise<void>): Promise<void> => onMarket(test)

const level = ([cents, shares]: readonly [number, number]) => ({
  priceTicks: priceTicks(cents * 100),
  sizeMicroShares: microShares(shares * 1_000_000)
})

const PRICED_SECONDS = 120

/** The first window, in which others quote two prices of each side and then hold still. */
export const quietMarket =
  (changes: Partial<VenueMarket> = {}): KeeperOptions["source"] =>
  () => {
    const listed = makeSimulatedMarket(Schema.decodeSync(SimulatorSettings)({}), 7)
      .take()
      .find((event) => event._tag === "Listed" && event.market.startMs === START_MS)
    if (listed?._tag !== "Listed") return Either.left("the simulated market begins without a window")
    const market = { ...listed.market, ...changes }
    const book: MarketEvent = {
      _tag: "Book",
      atMs: START_MS,
      conditionId: market.conditionId,
      bids: [[40, 100] as const, [39, 200] as const].map(level),
      asks: [[44, 100] as const, [45, 200] as const].map(level)
    }
    const prices = Array.from(
      { length: PRICED_SECONDS },
      (_, second): MarketEvent => ({
        _tag: "Spot",
        atMs: START_MS + second * 1_000,
        asset: "BTC",
        price: spotPrice((60_000 + second) * SPOT_UNITS_PER_USD),
        observedAtMs: START_MS + second * 1_000
      })
    )
    return Either.right(scriptedMarket(START_MS, [{ ...listed, market, atMs: START_MS }, book, ...prices]))
  }

/** The same, in a market where only the test trades: others bid 40 and ask 44 cents for the Up token. */
export const onQuietExchange = (test: (exchange: Served) => Promise<void>): Promise<void> =>
  onMarket(test, quietMarket())
