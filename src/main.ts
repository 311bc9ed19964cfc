#!/usr/bin/env node
/** Tradewind: the modules in their order, and the command line that runs them. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, pipe } from "effect"
import { commandLine } from "./cli/tradewind.ts"
import { type Modules, runDaemon } from "./composition/daemon.ts"
import { polymarketModule } from "./composition/exchange-module.ts"
import * as Facts from "./composition/facts.ts"
import { persistenceModule } from "./composition/persistence-module.ts"
import { runReconcile } from "./composition/reconcile.ts"
import { runMain } from "./edge/run-main.ts"
import * as Logger from "./modules/logger/sink.ts"
import * as OrderManager from "./modules/order-manager/order-manager.ts"
import * as PositionManager from "./modules/position-manager/position-manager.ts"
import * as PositionSizer from "./modules/position-sizer/position-sizer.ts"
import * as Reconciler from "./modules/reconciler/reconciler.ts"
import * as Safety from "./modules/safety/safety.ts"
import * as Spot from "./modules/spot/spot.ts"
import * as StopLoss from "./modules/stop-loss/stop-loss.ts"
import * as Strategy from "./modules/strategy/strategy.ts"
import * as TakeProfit from "./modules/take-profit/take-profit.ts"
import * as WindowExpiry from "./modules/window-expiry/window-expiry.ts"
import * as WindowManager from "./modules/window-manager/window-manager.ts"
import { add, empty } from "./orchestrator/module.ts"

const modules: Modules = (parts) => {
  const { config } = parts
  return pipe(
    empty,
    add({ name: "logger", layer: Logger.layer, infrastructure: "keeps the log's output open to the end" }),
    add({
      name: "persistence",
      layer: persistenceModule(parts),
      facts: Facts.persistenceFacts,
      reservedShutdownMs: 2_000
    }),
    add({ name: "polymarket", layer: polymarketModule(parts), reservedShutdownMs: 1_000 }),
    add({ name: "spot", layer: Spot.layerConfig(config.spot) }),
    add({
      name: "window-manager",
      layer: WindowManager.layerConfig(config.windowManager),
      facts: Facts.windowFacts
    }),
    add({
      name: "position-manager",
      layer: PositionManager.layer,
      facts: Facts.positionFacts,
      calledIn: ["order-manager.sync", "window-manager.settle", "reconciler.reconcile"]
    }),
    add({
      name: "order-manager",
      layer: OrderManager.layerConfig(config.orderManager),
      facts: Facts.orderFacts
    }),
    add({
      name: "reconciler",
      layer: Reconciler.layerConfig(config.reconciler, parts.ways),
      facts: Facts.reconcilerFacts
    }),
    add({ name: "safety", layer: Safety.layerConfig(config.safety), facts: Facts.safetyFacts }),
    add({ name: "strategy", layer: Strategy.layerConfig(config.strategy) }),
    add({
      name: "position-sizer",
      layer: PositionSizer.layerConfig(config.positionSizer),
      calledIn: ["strategy.entries"]
    }),
    add({ name: "stop-loss", layer: StopLoss.layerConfig(config.stopLoss) }),
    add({ name: "take-profit", layer: TakeProfit.layerConfig(config.takeProfit) }),
    add({ name: "window-expiry", layer: WindowExpiry.layerConfig(config.windowExpiry) })
  )
}

runMain(
  commandLine({ run: runDaemon(modules), reconcile: runReconcile(modules) }).pipe(
    Effect.provide(NodeContext.layer)
  )
)
