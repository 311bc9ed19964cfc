/** The take-profit module. */
import { Effect, Layer } from "effect"
import { TakeProfit } from "../../ports/trading.ts"
import { exits } from "./exits.ts"
import type { Settings } from "./settings.ts"

export { Settings } from "./settings.ts"

export const layerConfig = (settings: typeof Settings.Type): Layer.Layer<TakeProfit> =>
  Layer.succeed(TakeProfit, { exits: (context) => Effect.sync(() => exits(settings, context)) })
