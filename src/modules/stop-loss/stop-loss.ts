/** The stop-loss module. */
import { Effect, Layer } from "effect"
import { StopLoss } from "../../ports/trading.ts"
import { exits } from "./exits.ts"
import type { Settings } from "./settings.ts"

export { Settings } from "./settings.ts"

export const layerConfig = (settings: typeof Settings.Type): Layer.Layer<StopLoss> =>
  Layer.succeed(StopLoss, { exits: (context) => Effect.sync(() => exits(settings, context)) })
