/** What must be right before anything is traded, and what is looked at again while it is. */
import { Clock, Duration, Effect } from "effect"
import type { ExchangeError } from "../../ports/exchange.ts"
import { errorOf } from "./request.ts"
import type { PublicClob } from "./rest/clob.ts"
import { GEOBLOCK_PATH } from "./rest/gamma.ts"
import { SKEW_HOLDS_MS, SKEW_WARNS_MS, type VenueTime } from "./rest/venue-time.ts"

/** The generation of the protocol this client speaks. */
const PROTOCOL_VERSION = 2
const LOOK_EVERY_MS = 60_000

/** Fails `Refused` where the venue speaks another generation: what we sign would mean something else there, or nothing. */
export const checkVersion = (clob: Pick<PublicClob, "version">): Effect.Effect<void, ExchangeError> =>
  Effect.flatMap(clob.version, (version) =>
    version === PROTOCOL_VERSION
      ? Effect.void
      : Effect.fail(
          errorOf(
            "version",
            { _tag: "Refused" },
            `the venue speaks protocol version ${version}, and this client only ${PROTOCOL_VERSION}: a newer release is needed`
          )
        )
  )

/** Asks what time it is there, and says so where it is far from ours. */
export const checkClock = (
  clob: Pick<PublicClob, "time">,
  time: VenueTime
): Effect.Effect<void, ExchangeError> =>
  Effect.gen(function* () {
    const askedMs = yield* Clock.currentTimeMillis
    const venueSeconds = yield* clob.time
    const skewMs = time.observe(venueSeconds, askedMs, yield* Clock.currentTimeMillis)
    if (Math.abs(skewMs) <= SKEW_WARNS_MS) return
    yield* Effect.logWarning("clock_skewed").pipe(
      Effect.annotateLogs({
        module: "polymarket",
        skewMs,
        meaning:
          Math.abs(skewMs) > SKEW_HOLDS_MS
            ? "this machine's clock is wrong: no entries until it is within 5 s of the venue's"
            : "this machine's clock is wrong; beyond 5 s entries are held"
      })
    )
  })

/** Whether the account may only close what it has. */
export interface Standing {
  closedOnly: boolean
}

/** Asks whether the account may open positions, and says so when that changes. */
export const checkStanding = (
  closedOnly: Effect.Effect<boolean, ExchangeError>,
  standing: Standing
): Effect.Effect<void, ExchangeError> =>
  Effect.gen(function* () {
    const now = yield* closedOnly
    const before = standing.closedOnly
    standing.closedOnly = now
    if (now === before) return
    yield* (now ? Effect.logWarning("account_closed_only") : Effect.logInfo("account_open_again")).pipe(
      Effect.annotateLogs({
        module: "polymarket",
        meaning: now
          ? "the venue lets this account close positions only: nothing is entered"
          : "entries are taken again"
      })
    )
  })

/**
 * Asks the site at an address whether the venue takes orders from where we are. Fails `Refused` where it takes none, and with
 * the reason of the question's own failure where there is no answer: nothing is sent before it is known.
 */
export const checkPlace = (
  where: Effect.Effect<{ readonly blocked: boolean; readonly country?: string | undefined }, ExchangeError>,
  site: string
): Effect.Effect<void, ExchangeError> =>
  where.pipe(
    Effect.mapError(({ message, reason }) =>
      errorOf(
        "geoblock",
        reason,
        `asked ${site}${GEOBLOCK_PATH} whether orders are taken from here, and got no answer: ${message}. ` +
          "Check polymarket.addresses.site and that this machine reaches it; where you know that orders are taken from here, " +
          "set polymarket.geoblockCheck to false"
      )
    ),
    Effect.flatMap(({ blocked, country }) =>
      blocked
        ? Effect.fail(
            errorOf(
              "geoblock",
              { _tag: "Refused" },
              `the venue takes no orders from here${country === undefined ? "" : ` (${country})`}, says ${site}${GEOBLOCK_PATH}: ` +
                "run it where they are taken"
            )
          )
        : Effect.void
    )
  )

/** Looks again every minute; what cannot be asked now is asked the next time. Never ends. */
export const keepChecking = (
  checks: ReadonlyArray<Effect.Effect<void, ExchangeError>>
): Effect.Effect<never, ExchangeError> =>
  Effect.sleep(Duration.millis(LOOK_EVERY_MS)).pipe(
    Effect.zipRight(
      Effect.forEach(
        checks,
        (check) =>
          Effect.catchIf(
            check,
            ({ reason }) => reason._tag !== "AuthFailed",
            (error) => Effect.logDebug("check_put_off").pipe(Effect.annotateLogs({ reason: error.message }))
          ),
        { discard: true }
      )
    ),
    Effect.forever
  )
