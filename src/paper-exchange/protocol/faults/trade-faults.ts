/** Faults of settlement: trades that fail on chain or are sent there again, and fills that nobody hears the end of. */
import { Clock, Duration, Effect, FiberSet, Queue, type Scope } from "effect"
import type { PersistenceError } from "../../../ports/persistence.ts"
import type { TradeFate } from "../../engine-types.ts"
import type { Keeper } from "../../world/keeper.ts"
import { type Scheduled, type Weather, isActive } from "./weather.ts"

/** Trades that wait to be looked at; one more is left in peace. */
const MAX_WAITING = 10_000
/** Ghosts that are remembered: their news is kept back as long. */
const MAX_GHOSTS = 10_000

interface Matched {
  readonly tradeId: string
  readonly atMs: number
}

export interface TradeFaults {
  /** Is the news of this trade kept back from now on? */
  readonly isGhost: (tradeId: string) => boolean
  /** Carries out the script's fates, until it is interrupted; fails where they cannot be written down. */
  readonly run: Effect.Effect<never, PersistenceError, Scope.Scope>
}

type Fateful = Scheduled<"failed-trades"> | Scheduled<"ghost-fills">

const fateOf = ({ fault }: Fateful): TradeFate => (fault.kind === "ghost-fills" ? "failed" : fault.fate)

/** Each trade once, when its first news comes. */
const matchedTrades = (keeper: Keeper) =>
  Effect.gen(function* () {
    const queue = yield* Queue.dropping<Matched>(MAX_WAITING)
    let last = ""
    yield* Effect.acquireRelease(
      Effect.sync(() =>
        keeper.world.hub.subscribe("trade-faults", (event) => {
          if (event._tag !== "Account" || event.update._tag !== "TradeUpdate") return
          const { status, tradeId } = event.update.trade
          // Both sides of a trade hear of it one after the other.
          if (status !== "matched" || tradeId === last) return
          last = tradeId
          queue.unsafeOffer({ tradeId, atMs: event.update.atMs })
        })
      ),
      (unsubscribe) => Effect.sync(unsubscribe)
    )
    return queue
  })

/** Watches a world's trades. Nothing happens to any before `run`. */
export const makeTradeFaults = (
  keeper: Keeper,
  weather: Weather
): Effect.Effect<TradeFaults, never, Scope.Scope> =>
  Effect.gen(function* () {
    const faults: ReadonlyArray<Fateful> = [...weather.all("failed-trades"), ...weather.all("ghost-fills")]
    const ghosts = new Set<string>()
    const queue = yield* matchedTrades(keeper)
    const befall = ({ atMs, tradeId }: Matched, fault: Fateful) =>
      Effect.gen(function* () {
        const nowMs = yield* Clock.currentTimeMillis
        yield* Effect.sleep(Duration.millis(Math.max(0, atMs + fault.fault.afterMs - nowMs)))
        yield* keeper.ask(() => ({
          operations: [{ _tag: "Settle", tradeId, fate: fateOf(fault) }],
          answer: () => undefined
        }))
      })
    const haunt = (tradeId: string) => {
      ghosts.add(tradeId)
      for (const oldest of ghosts) {
        if (ghosts.size <= MAX_GHOSTS) break
        ghosts.delete(oldest)
      }
    }
    const lookAt = (matched: Matched, fates: FiberSet.FiberSet<void, PersistenceError>) =>
      Effect.gen(function* () {
        for (const fault of faults) {
          if (!isActive<"failed-trades" | "ghost-fills">(fault, matched.atMs)) continue
          if (!(yield* fault.strikes)) continue
          if (fault.fault.kind === "ghost-fills") haunt(matched.tradeId)
          yield* FiberSet.run(fates, befall(matched, fault))
          return
        }
      })
    return {
      isGhost: (tradeId) => ghosts.has(tradeId),
      run: Effect.gen(function* () {
        const fates = yield* FiberSet.make<void, PersistenceError>()
        const watching = Effect.forever(
          Effect.flatMap(Queue.take(queue), (matched) => lookAt(matched, fates))
        )
        return yield* Effect.raceFirst(watching, Effect.zipRight(FiberSet.join(fates), Effect.never))
      })
    }
  })
