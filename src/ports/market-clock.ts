/** The clock of a world that is not the real one. */
import { Context, Effect } from "effect"

/** Puts the daemon's clock to the market time at which a saved world goes on; on real time it does nothing. */
export class MarketClock extends Context.Reference<MarketClock>()("tradewind/MarketClock", {
  defaultValue: (): ((nowMs: number) => Effect.Effect<void>) => () => Effect.void
}) {}
