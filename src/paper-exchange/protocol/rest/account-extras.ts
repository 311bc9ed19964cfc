/** Notifications, scoring and the rate-limit tier. */
import { Either, ParseResult, Schema } from "effect"
import { failure, json } from "./answers.ts"
import { readAs } from "./authentication.ts"
import { accountsOf } from "./callers-accounts.ts"
import { parseBody } from "./json-body.ts"
import { type Route, del, get, post } from "./routing.ts"

const notifications = readAs((world, _, caller, { rest }) =>
  json(
    accountsOf(world, caller)
      .flatMap((account) => rest.notices.of(account))
      .map((notice) => ({ ...notice, owner: caller.apiKey }))
  )
)

const dropNotifications = readAs((world, _, caller, { request, rest }) => {
  const ids = (request.query.get("ids") ?? "").split(",").map(Number)
  for (const account of accountsOf(world, caller)) rest.notices.drop(account, new Set(ids))
  return json("OK")
})

/** Nothing here is rewarded for resting, so no order ever scores. */
const orderScoring = readAs(() => json({ scoring: false }))

const decodeIds = ParseResult.decodeUnknownEither(Schema.Array(Schema.String).pipe(Schema.maxItems(1_000)))

const ordersScoring = readAs((_world, _nowMs, _caller, { request }) =>
  Either.match(
    Either.flatMap(parseBody(request.body), (parsed) => Either.mapLeft(decodeIds(parsed), () => "")),
    {
      onLeft: () => failure(400, "Invalid payload"),
      onRight: (ids) => json(Object.fromEntries(ids.map((id) => [id, false])))
    }
  )
)

/** The tier of those who have not traded for $30,000 in 30 days (docs.polymarket.com, trading-rate-limits). */
const STANDARD_TIER = {
  tier: "Standard",
  order_rate: 40,
  order_burst: 60,
  cancel_rate: 80,
  cancel_burst: 120
}

export const accountExtraRoutes: ReadonlyArray<Route> = [
  get("/notifications", notifications),
  del("/notifications", dropNotifications),
  get("/order-scoring", orderScoring),
  post("/orders-scoring", ordersScoring),
  get(
    "/v1/user/rate-limit-tier",
    readAs(() => json(STANDARD_TIER))
  )
]
