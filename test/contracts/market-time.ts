/** What a contract needs besides the port: a way to let the venue's market go on. */
import { Context, type Effect } from "effect"

export class MarketTime extends Context.Tag("test/MarketTime")<
  MarketTime,
  {
    /** Lets so much market time pass; everything due by then has happened when it returns. */
    readonly pass: (ms: number) => Effect.Effect<void>
    /** Runs something that waits for the venue while market time goes on, for a minute at most. */
    readonly during: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  }
>() {}
