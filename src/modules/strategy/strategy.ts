/** The strategy module: fair value. */
import { Effect, Layer } from "effect"
import { Strategy } from "../../ports/trading.ts"
import { evaluate } from "./entry.ts"
import type { Settings } from "./settings.ts"

export { Settings } from "./settings.ts"

export const layerConfig = (settings: typeof Settings.Type): Layer.Layer<Strategy> =>
  Layer.succeed(Strategy, { evaluate: (context) => Effect.sync(() => evaluate(settings, context)) })
