/** The window-expiry module. */
import { Effect, Layer } from "effect"
import { WindowExpiry } from "../../ports/trading.ts"
import { exits } from "./exits.ts"
import type { Settings } from "./settings.ts"

export { Settings } from "./settings.ts"

export const layerConfig = (settings: typeof Settings.Type): Layer.Layer<WindowExpiry> =>
  Layer.succeed(WindowExpiry, { exits: (context) => Effect.sync(() => exits(settings, context)) })
