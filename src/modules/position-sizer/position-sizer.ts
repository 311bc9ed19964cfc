/** The position-sizer module. */
import { Effect, Layer } from "effect"
import { PositionSizer } from "../../ports/trading.ts"
import type { Settings } from "./settings.ts"
import { size } from "./size.ts"

export { Settings } from "./settings.ts"

export const layerConfig = (settings: typeof Settings.Type): Layer.Layer<PositionSizer> =>
  Layer.succeed(PositionSizer, {
    size: (signal, context) => Effect.sync(() => size(settings, signal, context))
  })
