/** Real time, for what a network does: a market that goes at another pace must not make its time-outs shorter or longer. */
import { Clock, Effect } from "effect"

const wallClock = Clock.make()

/** The effect's waits and deadlines are meant in real time. */
export const onWallClock: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> =
  Effect.withClock(wallClock)
