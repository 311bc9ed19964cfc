/** The daemon's modules as src/main.ts lists them, each on a bad day, with the venue and the journal behind faults. */
import type { FileSystem, Path } from "@effect/platform"
import { Context, Effect, Layer, pipe } from "effect"
import type { DaemonParts } from "../../../src/composition/daemon.ts"
import type { BuiltInWorld } from "../../../src/composition/worlds.ts"
import * as OrderManager from "../../../src/modules/order-manager/order-manager.ts"
import * as PersistenceModule from "../../../src/modules/persistence/persistence.ts"
import { layerConfig as polymarketLayer } from "../../../src/modules/polymarket/polymarket.ts"
import * as PositionManager from "../../../src/modules/position-manager/position-manager.ts"
import * as PositionSizer from "../../../src/modules/position-sizer/position-sizer.ts"
import * as Reconciler from "../../../src/modules/reconciler/reconciler.ts"
import * as Safety from "../../../src/modules/safety/safety.ts"
import * as Spot from "../../../src/modules/spot/spot.ts"
import * as StopLoss from "../../../src/modules/stop-loss/stop-loss.ts"
import * as Strategy from "../../../src/modules/strategy/strategy.ts"
import * as TakeProfit from "../../../src/modules/take-profit/take-profit.ts"
import * as WindowExpiry from "../../../src/modules/window-expiry/window-expiry.ts"
import * as WindowManager from "../../../src/modules/window-manager/window-manager.ts"
import { type ModuleStack, add, empty } from "../../../src/orchestrator/module.ts"
import type { TickServices } from "../../../src/orchestrator/trading/trading-tick.ts"
import { Exchange, ExchangeError } from "../../../src/ports/exchange.ts"
import type { ModuleError } from "../../../src/ports/module-host.ts"
import { Persistence } from "../../../src/ports/persistence.ts"
import { SpotSource } from "../../../src/ports/spot.ts"
import { Venue } from "../../../src/ports/venue.ts"
import { faultyJournal } from "./faulty-journal.ts"
import { faultySpot, faultyVenue } from "./faulty-venue.ts"
import type { Grounds } from "./ground.ts"
import type { Life } from "./life.ts"

const SLOWEST_MS = 6_000

const onInit = (life: Life, module: string): Effect.Effect<void, ModuleError> =>
  Effect.suspend(() => {
    const { weather } = life.history
    if (weather.strikes("init-hang")) return Effect.never
    if (weather.strikes("init-slow")) return Effect.sleep(weather.chance.between(10, SLOWEST_MS))
    if (!weather.strikes("init-failed")) return life.mayDie
    const message = "simulated: the init failed"
    return weather.chance.hit(0.5)
      ? new ExchangeError({ module, operation: "init", reason: { _tag: "Unavailable" }, message })
      : Effect.die(new Error(message))
  })

const onRelease = (life: Life): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { weather } = life.history
    if (weather.strikes("release-hang")) return Effect.never
    if (weather.strikes("release-slow")) return Effect.sleep(weather.chance.between(10, SLOWEST_MS))
    if (weather.strikes("release-failed")) return Effect.die(new Error("simulated: the release failed"))
    return life.mayDie
  })

/** A module that is slow, hangs or fails while it comes up and while it goes down. */
const moody = <Out, E extends ModuleError, In>(life: Life, name: string, layer: Layer.Layer<Out, E, In>) =>
  Layer.merge(
    layer,
    Layer.scopedDiscard(
      Effect.zipRight(
        onInit(life, name),
        Effect.addFinalizer(() => onRelease(life))
      )
    )
  )

const journal = (life: Life, { config, state, world }: LifeParts) =>
  Layer.map(PersistenceModule.layerConfig(config.persistence, state.path, world.name), (context) => {
    const raw = Context.get(context, Persistence)
    life.journal = raw
    const faulty = faultyJournal(life, raw)
    return Context.make(Persistence, life.history.sabotage.journal?.(faulty) ?? faulty)
  })

/** What the client is asked to send, seen on its way. */
const witnessed = (life: Life, exchange: typeof Exchange.Service): typeof Exchange.Service => {
  const { witness } = life.history
  return Exchange.of({
    ...exchange,
    findWindow: (asset, interval, atMs) =>
      Effect.tap(exchange.findWindow(asset, interval, atMs), (window) =>
        Effect.sync(() => {
          if (window !== undefined) witness.windows.set(window.slug, window)
        })
      ),
    place: (intent, identity) =>
      Effect.gen(function* () {
        const known = life.journal && (yield* Effect.orDie(life.journal.orderById(identity.orderId)))
        const isAgain = known?.status === "unknown" && known.evidence?.resent !== undefined
        if (isAgain) witness.sendingAgain(identity.orderId, intent)
        else yield* witness.sending(life, identity.orderId, intent, known?.status === "pending")
        const outcome = yield* exchange.place(intent, identity)
        witness.answered(life, intent, identity.orderId, outcome)
        return outcome
      })
  })
}

/** What a life of the daemon is made from. */
export interface LifeParts extends DaemonParts {
  readonly world: BuiltInWorld
}

const venue = (life: Life, parts: LifeParts, grounds: Grounds) =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const ground = yield* grounds(parts)
      life.ground = ground
      const raw = Context.make(Venue, faultyVenue(life, ground))
      const built = yield* Layer.build(
        Layer.provide(polymarketLayer(parts.config.polymarket), Layer.succeedContext(raw))
      )
      const seen = witnessed(life, Context.get(built, Exchange))
      return Context.make(Exchange, life.history.sabotage.exchange?.(seen) ?? seen).pipe(
        Context.add(SpotSource, faultySpot(life, ground))
      )
    })
  )

export const moodyModules = (
  life: Life,
  parts: LifeParts,
  grounds: Grounds
): ModuleStack<TickServices, FileSystem.FileSystem | Path.Path> => {
  const { config } = parts
  const mood = <Out, E extends ModuleError, In>(name: string, layer: Layer.Layer<Out, E, In>) => ({
    name,
    layer: moody(life, name, layer)
  })
  return pipe(
    empty,
    add({ ...mood("persistence", journal(life, parts)), reservedShutdownMs: 2_000 }),
    add({ ...mood("polymarket", venue(life, parts, grounds)), reservedShutdownMs: 1_000 }),
    add(mood("spot", Spot.layerConfig(config.spot))),
    add(mood("window-manager", WindowManager.layerConfig(config.windowManager))),
    add(mood("position-manager", PositionManager.layer)),
    add(mood("order-manager", OrderManager.layerConfig(config.orderManager))),
    add(mood("reconciler", Reconciler.layerConfig(config.reconciler))),
    add(mood("safety", Safety.layerConfig(config.safety))),
    add(mood("strategy", Strategy.layerConfig(config.strategy))),
    add(mood("position-sizer", PositionSizer.layerConfig(config.positionSizer))),
    add(mood("stop-loss", StopLoss.layerConfig(config.stopLoss))),
    add(mood("take-profit", TakeProfit.layerConfig(config.takeProfit))),
    add(mood("window-expiry", WindowExpiry.layerConfig(config.windowExpiry)))
  )
}
