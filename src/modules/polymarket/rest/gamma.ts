/** Discovery over Gamma, positions over the Data API, and the site's word on where we are. */
import type { WindowSlug } from "../../../domain/window.ts"
import { Effect } from "effect"
import type { ExchangeError } from "../../../ports/exchange.ts"
import { errorOf } from "../request.ts"
import { WireGeoblock } from "../wire/clob.ts"
import { WireGammaEvent, WireGammaMarket, WirePositions } from "../wire/gamma.ts"
import type { Ask } from "./ask.ts"

/** Rows the Data API gives at once, and the last row it gives at all. */
const POSITIONS_AT_ONCE = 500
const LAST_POSITION = 10_000

export const makeGamma = (ask: Ask) => ({
  market: (slug: WindowSlug) =>
    ask.maybe(
      "market",
      {
        service: "gamma",
        endpoint: "gammaMarkets",
        method: "GET",
        path: `/markets/slug/${encodeURIComponent(slug)}`
      },
      WireGammaMarket
    ),
  event: (slug: WindowSlug) =>
    ask.maybe(
      "event",
      {
        service: "gamma",
        endpoint: "gammaEvents",
        method: "GET",
        path: `/events/slug/${encodeURIComponent(slug)}`
      },
      WireGammaEvent
    )
})
export type Gamma = ReturnType<typeof makeGamma>

/** All positions of an account, however small: by default the service hides those below one share. */
export const positionsOf = (
  ask: Ask,
  account: string
): Effect.Effect<typeof WirePositions.Type, ExchangeError> =>
  Effect.gen(function* () {
    const found = []
    for (let offset = 0; offset <= LAST_POSITION; offset += POSITIONS_AT_ONCE) {
      const rows = yield* ask.one(
        "positions",
        {
          service: "data",
          endpoint: "positions",
          method: "GET",
          path: "/positions",
          query: [
            ["user", account],
            ["sizeThreshold", "0"],
            ["limit", String(POSITIONS_AT_ONCE)],
            ["offset", String(offset)]
          ]
        },
        WirePositions
      )
      found.push(...rows)
      if (rows.length < POSITIONS_AT_ONCE) return found
    }
    return yield* errorOf(
      "positions",
      { _tag: "Undecodable" },
      `more than ${LAST_POSITION + POSITIONS_AT_ONCE} positions, and the Data API gives no more`
    )
  })

export const GEOBLOCK_PATH = "/api/geoblock"

/** Whether the venue takes orders from where we are. */
export const geoblock = (ask: Ask) =>
  ask.one(
    "geoblock",
    { service: "site", endpoint: "other", method: "GET", path: GEOBLOCK_PATH },
    WireGeoblock
  )
