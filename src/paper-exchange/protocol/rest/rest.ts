/** The REST side of the embedded exchange: every request has an answer, whatever it is. */
import { Cause, Effect } from "effect"
import type { Keeper } from "../../world/keeper.ts"
import type { WireRequest, WireResponse } from "../wire.ts"
import { accountDataRoutes } from "./account-data.ts"
import { accountExtraRoutes } from "./account-extras.ts"
import { BODY_TOO_LARGE, INTERNAL_ERROR } from "./answers.ts"
import { BalanceCache } from "./balance-cache.ts"
import { balanceRoutes } from "./balances.ts"
import { basicRoutes } from "./basics.ts"
import { bookRoutes } from "./books.ts"
import { cancelRoutes } from "./cancels.ts"
import { FAIR_WEATHER, type VenueConditions } from "./conditions.ts"
import { dataApiRoutes } from "./data-api.ts"
import { gammaRoutes } from "./gamma.ts"
import { heartbeatRoutes } from "./heartbeats.ts"
import { historyRoutes } from "./history.ts"
import { MAX_BODY_BYTES } from "./json-body.ts"
import { keyRoutes } from "./keys.ts"
import { marketRoutes } from "./market-info.ts"
import type { Rest, RestSettings } from "./options.ts"
import { Notices } from "./notices.ts"
import { postRoutes } from "./post-orders.ts"
import { makeRouter } from "./routing.ts"

const ROUTES = [
  ...basicRoutes,
  ...bookRoutes,
  ...marketRoutes,
  ...keyRoutes,
  ...postRoutes,
  ...cancelRoutes,
  ...accountDataRoutes,
  ...balanceRoutes,
  ...accountExtraRoutes,
  ...heartbeatRoutes,
  ...historyRoutes,
  ...gammaRoutes,
  ...dataApiRoutes
]

/** Answers requests over one world. Never fails: a defect is logged once, and answered 500. */
export const makeRest = (
  keeper: Keeper,
  settings: RestSettings,
  conditions: VenueConditions = FAIR_WEATHER
): ((request: WireRequest) => Effect.Effect<WireResponse>) => {
  const find = makeRouter(ROUTES)
  const rest: Rest = {
    keeper,
    settings,
    conditions,
    balances: new BalanceCache(),
    notices: new Notices(keeper.world)
  }
  return (request) =>
    Effect.suspend(() => {
      if (Buffer.byteLength(request.body) > MAX_BODY_BYTES) return Effect.succeed(BODY_TOO_LARGE)
      const found = find(request.method, request.path)
      return "status" in found ? Effect.succeed(found) : found.handle({ rest, request, param: found.param })
    }).pipe(
      // A client that has gone needs no answer.
      Effect.catchAllCause((cause) =>
        Cause.isInterruptedOnly(cause)
          ? Effect.interrupt
          : Effect.as(
              Effect.logError(
                "exchange_request_failed",
                { method: request.method, path: request.path },
                cause
              ),
              INTERNAL_ERROR
            )
      )
    )
}
