/** The whole exchange behind its protocol: routes and channels over one world, with what a fault script does to them. */
import { Clock, Effect, type Scope } from "effect"
import type { PersistenceError } from "../../ports/persistence.ts"
import type { Keeper } from "../world/keeper.ts"
import { conditionsOf } from "./faults/conditions.ts"
import { handleWith } from "./faults/http-faults.ts"
import type { FaultScript } from "./faults/script.ts"
import { connectWith } from "./faults/socket-faults.ts"
import { makeTradeFaults } from "./faults/trade-faults.ts"
import { Weather } from "./faults/weather.ts"
import type { RestSettings } from "./rest/options.ts"
import { makeRest } from "./rest/rest.ts"
import { DEFAULT_MAX_UNREAD_FRAMES, makeStreams } from "./streams/streams.ts"
import type { WireServer } from "./wire.ts"

export interface ServerOptions {
  readonly rest: RestSettings
  /** Frames that wait for a client of a channel; one more closes its connection with 1013. */
  readonly maxUnreadFrames?: number
  /** Are orders taken at that moment (Unix milliseconds)? While they are not, it is as if the venue restarted. Always, unless given. */
  readonly isOpen?: (nowMs: number) => boolean
  /** What goes wrong; its times count from the world's moment now. */
  readonly faults?: FaultScript
  /** Seed of the faults' chance. */
  readonly faultSeed?: number
}

export interface ExchangeServer {
  readonly server: WireServer
  /**
   * Lets the world go on by itself and the script's fates come true. To be run by whoever supervises: it never ends, and
   * fails where the world's progress cannot be written down.
   */
  readonly run: Effect.Effect<never, PersistenceError>
}

/** Answers carry the market's date, not the machine's: a client may set its clock by them. */
const dated =
  (handle: WireServer["handle"]): WireServer["handle"] =>
  (request) =>
    Effect.gen(function* () {
      const response = yield* handle(request)
      const nowMs = yield* Clock.currentTimeMillis
      return { ...response, headers: { date: new Date(nowMs).toUTCString(), ...response.headers } }
    })

/** Serves a keeper's world until the scope ends. */
export const makeExchangeServer = (
  keeper: Keeper,
  options: ServerOptions
): Effect.Effect<ExchangeServer, never, Scope.Scope> =>
  Effect.gen(function* () {
    const weather = new Weather(options.faults ?? [], keeper.world.nowMs, options.faultSeed ?? 0)
    const fates = yield* makeTradeFaults(keeper, weather)
    const connect = yield* makeStreams(keeper, {
      credentials: options.rest.credentials,
      maxUnreadFrames: options.maxUnreadFrames ?? DEFAULT_MAX_UNREAD_FRAMES,
      isHushed: fates.isGhost
    })
    const rest = makeRest(keeper, options.rest, yield* conditionsOf(weather, options.isOpen ?? (() => true)))
    return {
      server: {
        handle: yield* handleWith(dated(rest), weather),
        connect: connectWith(connect, weather)
      },
      run: Effect.scoped(Effect.raceFirst(keeper.drive, fates.run))
    }
  })
