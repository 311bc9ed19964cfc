/** The whole configuration: one slice a module, each with the module's own Schema. */
import { Schema } from "effect"
import { Settings as Logger } from "../modules/logger/logger.ts"
import { Settings as OrderManager } from "../modules/order-manager/order-manager.ts"
import { Settings as Persistence } from "../modules/persistence/persistence.ts"
import { Settings as Polymarket } from "../modules/polymarket/polymarket.ts"
import { Settings as PositionSizer } from "../modules/position-sizer/position-sizer.ts"
import { Settings as Reconciler } from "../modules/reconciler/reconciler.ts"
import { Settings as Safety } from "../modules/safety/safety.ts"
import { Settings as Spot } from "../modules/spot/spot.ts"
import { Settings as StopLoss } from "../modules/stop-loss/stop-loss.ts"
import { Settings as Strategy } from "../modules/strategy/strategy.ts"
import { Settings as TakeProfit } from "../modules/take-profit/take-profit.ts"
import { Settings as WindowExpiry } from "../modules/window-expiry/window-expiry.ts"
import { Settings as WindowManager } from "../modules/window-manager/window-manager.ts"
import { OrchestratorSettings } from "../orchestrator/settings.ts"
import { SimulatorSettings } from "../paper-exchange/simulator/settings.ts"
import { ExchangeSettings } from "../paper-exchange/world/settings.ts"

export const Mode = Schema.Literal("sim", "replay", "paper", "live")
export type Mode = typeof Mode.Type

/** A section that may be left out: every setting in it has a default. */
const section = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(schema, { default: () => Schema.decodeUnknownSync(schema)({}) })

export const AppConfig = Schema.Struct({
  mode: Schema.optionalWith(
    Mode.annotations({
      description: "Where prices come from and where orders go: sim, replay, paper or live."
    }),
    { default: () => "sim" as const }
  ),
  seed: Schema.optionalWith(
    Schema.Int.pipe(Schema.between(0, Number.MAX_SAFE_INTEGER)).annotations({
      description: "Seed of all chance in sim and replay, 0 to 9007199254740991. Same seed, same run."
    }),
    { default: () => 3 }
  ),
  speed: Schema.optionalWith(
    Schema.Number.pipe(Schema.between(0.01, 1_000_000)).annotations({
      description: "Market seconds per real second in sim and replay, 0.01 to 1000000."
    }),
    { default: () => 10 }
  ),
  stateDir: Schema.optionalWith(
    Schema.NullOr(Schema.NonEmptyString).annotations({
      description: "Folder of the journal and of the market's state; null: see docs/operations.md, State."
    }),
    { default: () => null }
  ),
  data: Schema.optionalWith(
    Schema.NullOr(Schema.NonEmptyString).annotations({
      description: "Recording that mode replay plays, made by `tradewind import`; null in the other modes."
    }),
    { default: () => null }
  ),
  orchestrator: section(OrchestratorSettings),
  logger: section(Logger),
  persistence: section(Persistence),
  exchange: section(ExchangeSettings),
  simulator: section(SimulatorSettings),
  polymarket: section(Polymarket),
  spot: section(Spot),
  windowManager: section(WindowManager),
  orderManager: section(OrderManager),
  reconciler: section(Reconciler),
  safety: section(Safety),
  strategy: section(Strategy),
  positionSizer: section(PositionSizer),
  stopLoss: section(StopLoss),
  takeProfit: section(TakeProfit),
  windowExpiry: section(WindowExpiry)
})
export type AppConfig = typeof AppConfig.Type
