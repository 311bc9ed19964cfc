/** The daemon's modules as src/main.ts lists them, with the venue's client under watch. Importing main.ts would run it. */
import type { FileSystem, Path } from "@effect/platform"
import { pipe } from "effect"
import type { DaemonParts } from "../../src/composition/daemon.ts"
import { polymarketModule } from "../../src/composition/exchange-module.ts"
import * as OrderManager from "../../src/modules/order-manager/order-manager.ts"
import * as Persistence from "../../src/modules/persistence/persistence.ts"
import * as PositionManager from "../../src/modules/position-manager/position-manager.ts"
import * as PositionSizer from "../../src/modules/position-sizer/position-sizer.ts"
import * as Reconciler from "../../src/modules/reconciler/reconciler.ts"
import * as Safety from "../../src/modules/safety/safety.ts"
import * as Spot from "../../src/modules/spot/spot.ts"
import * as StopLoss from "../../src/modules/stop-loss/stop-loss.ts"
import * as Strategy from "../../src/modules/strategy/strategy.ts"
import * as TakeProfit from "../../src/modules/take-profit/take-profit.ts"
import * as WindowExpiry from "../../src/modules/window-expiry/window-expiry.ts"
import * as WindowManager from "../../src/modules/window-manager/window-manager.ts"
import { type ModuleStack, add, empty } from "../../src/orchestrator/module.ts"
import type { TickServices } from "../../src/orchestrator/trading/trading-tick.ts"
import { type Watch, watchedVenue } from "./watch.ts"

/** All but the logger: what a simulation prints is nobody's business. */
export const modulesUnderWatch = (
  parts: DaemonParts,
  watch: Watch
): ModuleStack<TickServices, FileSystem.FileSystem | Path.Path> => {
  const { config, state, world } = parts
  return pipe(
    empty,
    add({
      name: "persistence",
      layer: Persistence.layerConfig(config.persistence, state.path, world.name, state.account),
      reservedShutdownMs: 2_000
    }),
    add({
      name: "polymarket",
      layer: watchedVenue(watch, polymarketModule(parts)),
      reservedShutdownMs: 1_000
    }),
    add({ name: "spot", layer: Spot.layerConfig(config.spot) }),
    add({ name: "window-manager", layer: WindowManager.layerConfig(config.windowManager) }),
    add({ name: "position-manager", layer: PositionManager.layer }),
    add({ name: "order-manager", layer: OrderManager.layerConfig(config.orderManager) }),
    add({ name: "reconciler", layer: Reconciler.layerConfig(config.reconciler) }),
    add({ name: "safety", layer: Safety.layerConfig(config.safety) }),
    add({ name: "strategy", layer: Strategy.layerConfig(config.strategy) }),
    add({ name: "position-sizer", layer: PositionSizer.layerConfig(config.positionSizer) }),
    add({ name: "stop-loss", layer: StopLoss.layerConfig(config.stopLoss) }),
    add({ name: "take-profit", layer: TakeProfit.layerConfig(config.takeProfit) }),
    add({ name: "window-expiry", layer: WindowExpiry.layerConfig(config.windowExpiry) })
  )
}
