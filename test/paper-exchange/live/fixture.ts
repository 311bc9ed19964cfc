/** A venue's market (a simulated one, behind its protocol) and an embedded exchange that lives in it, on virtual time. */
import { FileSystem, type HttpClient } from "@effect/platform"
import { Context, Effect, Either, Layer, Schema, type Scope } from "effect"
import { microUsd } from "../../../src/domain/money.ts"
import { feedLayer } from "../../../src/modules/polymarket/feed.ts"
import { makeLiveMarket } from "../../../src/paper-exchange/live/live-market.ts"
import { LiveSource } from "../../../src/paper-exchange/live/live-source.ts"
import { makeExchangeServer } from "../../../src/paper-exchange/protocol/server.ts"
import { readFaultScript } from "../../../src/paper-exchange/protocol/faults/script.ts"
import { inProcessLayer } from "../../../src/paper-exchange/transport/in-process.ts"
import { openKeeper } from "../../../src/paper-exchange/world/keeper.ts"
import { ExchangeSettings } from "../../../src/paper-exchange/world/settings.ts"
import { MarketFeed } from "../../../src/ports/market-feed.ts"
import { ModuleHost } from "../../../src/ports/module-host.ts"
import type { Sockets } from "../../../src/ports/sockets.ts"
import { settingsFor } from "../../modules/polymarket/client/venue.ts"
import { ADDRESS, REST, type World, serve } from "../protocol/exchange.ts"

export const ACCOUNT = ADDRESS

const host = (told: Array<string>) =>
  Effect.map(Effect.scope, (scope) =>
    ModuleHost.of({
      name: "polymarket",
      fork: (operation, effect) =>
        Effect.asVoid(
          Effect.forkIn(
            Effect.tapErrorCause(effect, (cause) =>
              Effect.sync(() => void told.push(`${operation}: ${String(cause)}`))
            ),
            scope
          )
        ),
      degraded: () => Effect.void,
      ready: Effect.void
    })
  )

/** The venue's feed of what a server serves; `told` gets what its fibers fail of. */
export const feedOf = (
  network: Layer.Layer<HttpClient.HttpClient | Sockets>,
  told: Array<string>
): Effect.Effect<typeof MarketFeed.Service, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const settings = settingsFor({ priceFeed: "rtds" })
    const addresses = { ...settings.addresses, priceSocket: "ws://embedded.exchange/rtds" }
    const layer = feedLayer({
      settings: { ...settings, addresses },
      assets: new Set(["BTC"]),
      key: undefined
    }).pipe(Layer.provide(Layer.merge(network, Layer.succeed(ModuleHost, yield* host(told)))))
    return Context.get(yield* Layer.build(layer), MarketFeed)
  })

/** An exchange that lives in a feed's market, with its state in a folder. */
export const paperOn = (feed: typeof MarketFeed.Service, nowMs: number, stateDir: string) =>
  Effect.gen(function* () {
    let source: LiveSource | undefined
    const keeper = yield* openKeeper({
      settings: Schema.decodeSync(ExchangeSettings)({}),
      account: ACCOUNT,
      stateDir,
      source: (saved) => Either.map(LiveSource.open(nowMs, saved), (opened) => (source = opened))
    })
    if (source === undefined) return yield* Effect.dieMessage("no source")
    const market = makeLiveMarket({
      feed,
      keeper,
      source,
      scope: { assets: ["BTC"], intervals: ["5m"], ahead: 1 }
    })
    const { run, server } = yield* makeExchangeServer(keeper, { rest: REST, isOpen: market.isOpen })
    for (const fiber of [run, market.news, market.windows]) yield* Effect.forkScoped(Effect.orDie(fiber))
    return { keeper, market, server }
  })

/** Both, the venue with faults where some are given. */
export const both = (venue: World, faults: ReadonlyArray<object> = []) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "tradewind-test-" })
    const told: Array<string> = []
    const script = Either.getOrThrow(readFaultScript(JSON.stringify({ faults })))
    const server = yield* serve(venue, { faults: script })
    const feed = yield* feedOf(inProcessLayer(server), told)
    const paper = yield* paperOn(feed, venue.keeper.world.nowMs, folder)
    yield* paper.keeper.ask(() => ({
      operations: [{ _tag: "OpenAccount", account: ACCOUNT, cashMicroUsd: microUsd(1_000_000_000) }],
      answer: () => undefined
    }))
    return { venue, paper, folder, told, feed }
  })
