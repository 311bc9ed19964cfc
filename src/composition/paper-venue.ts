/** The venue of mode paper: the venue's own market as it happens, and an exchange of our own in it that takes our orders. */
import type { FileSystem, Path } from "@effect/platform"
import { Clock, Context, Effect, Either, Layer, Option } from "effect"
import { sharedCondition, tellCondition } from "../modules/polymarket/condition.ts"
import { feedLayer } from "../modules/polymarket/feed.ts"
import { localSigner } from "../modules/polymarket/wallet/local-signer.ts"
import { makeLiveMarket } from "../paper-exchange/live/live-market.ts"
import { LiveSource } from "../paper-exchange/live/live-source.ts"
import { makeExchangeServer } from "../paper-exchange/protocol/server.ts"
import { openKeeper } from "../paper-exchange/world/keeper.ts"
import type { ExchangeError } from "../ports/exchange.ts"
import { MarketFeed } from "../ports/market-feed.ts"
import { ModuleHost } from "../ports/module-host.ts"
import type { PersistenceError } from "../ports/persistence.ts"
import { Signer } from "../ports/signer.ts"
import type { SpotSource } from "../ports/spot.ts"
import type { Venue } from "../ports/venue.ts"
import type { AppConfig } from "./app-config.ts"
import { embeddedClient, machineNetwork, restOf } from "./embedded-client.ts"
import { PAPER_WALLET } from "./paper-wallet.ts"
import type { PaperWorld } from "./worlds.ts"

const AWAY = "the venue's market is away, or its books are not sound: orders are not taken"

/** The feed of the venue that the configuration's addresses name. */
const feedOf = (polymarket: AppConfig["polymarket"], { spotAssets, wallet }: PaperWorld) =>
  Effect.gen(function* () {
    const signer =
      wallet === undefined
        ? Option.none()
        : Option.some(Context.get(yield* Layer.build(localSigner(wallet)), Signer))
    const key = Option.map(signer, (known) => ({ credentials: wallet?.api, signer: known }))
    const layer = feedLayer({ settings: polymarket, assets: spotAssets, key: Option.getOrUndefined(key) })
    return Context.get(yield* Layer.build(Layer.provide(layer, machineNetwork)), MarketFeed)
  })

/** The exchange in the feed's market, taken up where it is saved in the folder. */
const serve = (
  config: Pick<AppConfig, "exchange" | "seed" | "windowManager">,
  feed: typeof MarketFeed.Service,
  stateDir: string
) =>
  Effect.gen(function* () {
    const { exchange, windowManager } = config
    const nowMs = yield* Clock.currentTimeMillis
    let opened: LiveSource | undefined
    const keeper = yield* openKeeper({
      settings: exchange,
      account: PAPER_WALLET.address,
      stateDir,
      source: (saved) => Either.map(LiveSource.open(nowMs, saved), (source) => (opened = source))
    })
    if (opened === undefined) return yield* Effect.dieMessage("a world was opened without its source")
    const { assets, intervals, windowsAhead } = windowManager
    const market = makeLiveMarket({
      feed,
      keeper,
      source: opened,
      scope: { assets, intervals, ahead: windowsAhead + 1 }
    })
    const { run, server } = yield* makeExchangeServer(keeper, {
      rest: restOf(config),
      isOpen: market.isOpen
    })
    const host = yield* ModuleHost
    yield* host.fork("exchange", run)
    yield* host.fork("live-news", market.news)
    yield* host.fork("live-windows", market.windows)
    return { server, isOpen: market.isOpen }
  })

/** The venue and the spot source of mode paper. */
export const paperVenue = (
  config: AppConfig,
  world: PaperWorld,
  stateDir: string
): Layer.Layer<
  Venue | SpotSource,
  ExchangeError | PersistenceError,
  FileSystem.FileSystem | Path.Path | ModuleHost
> => {
  // Taken out before the module comes up, so that it is known that they are used.
  const { exchange, polymarket, seed, windowManager } = config
  return Layer.unwrapScoped(
    Effect.gen(function* () {
      const host = yield* ModuleHost
      const condition = sharedCondition(host)
      const feed = yield* feedOf(polymarket, world)
      const { isOpen, server } = yield* serve({ exchange, seed, windowManager }, feed, stateDir)
      yield* host.fork(
        "live-condition",
        tellCondition(
          condition("feed"),
          Effect.map(Clock.currentTimeMillis, (nowMs) => (isOpen(nowMs) ? undefined : AWAY))
        )
      )
      const client = yield* embeddedClient(server, { exchange, polymarket, assets: world.spotAssets })
      return Layer.provide(client, Layer.succeed(ModuleHost, { ...host, ...condition("client") }))
    })
  )
}
