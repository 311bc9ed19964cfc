/** The polymarket module: the venue as the daemon sees it, over the venue's raw answers. */
import { Effect, Layer } from "effect"
import type { Resolution, Window } from "../../domain/window.ts"
import { Exchange, ExchangeError } from "../../ports/exchange.ts"
import { Venue } from "../../ports/venue.ts"
import { makeBooks } from "./books.ts"
import { askFor, windowOf } from "./market.ts"
import { makeOrders } from "./orders.ts"
import { boundedBy, errorOf } from "./request.ts"
import type { Settings } from "./settings.ts"

export { Settings } from "./settings.ts"

const makeWindows = (venue: typeof Venue.Service, settings: typeof Settings.Type) => {
  const bounded = boundedBy(settings.requestTimeoutMs)
  const findWindow: typeof Exchange.Service.findWindow = (asset, interval, atMs) =>
    Effect.gen(function* () {
      const asked = yield* askFor(asset, interval, atMs)
      const market = yield* bounded("findWindow", venue.market(asked.slug))
      return market === undefined ? undefined : yield* windowOf(asked, market)
    }).pipe(
      Effect.mapError((fault) =>
        fault instanceof ExchangeError ? fault : errorOf("findWindow", fault.reason, fault.message)
      )
    )
  const resolution = (window: Window): Effect.Effect<Resolution | undefined, ExchangeError> =>
    bounded("resolution", venue.resolution(window.slug)).pipe(
      Effect.filterOrFail(
        (found) =>
          found === undefined || (found.slug === window.slug && found.conditionId === window.conditionId),
        () =>
          errorOf(
            "resolution",
            { _tag: "Undecodable" },
            `the venue's answer for ${window.slug} is about another market`
          )
      )
    )
  return {
    findWindow,
    resolution,
    priceToBeat: (window: Window) => bounded("priceToBeat", venue.priceToBeat(window.slug))
  }
}

const make = (settings: typeof Settings.Type) =>
  Effect.gen(function* () {
    const venue = yield* Venue
    const bounded = boundedBy(settings.requestTimeoutMs)
    return Exchange.of({
      account: venue.account,
      ...makeWindows(venue, settings),
      ...(yield* makeBooks(venue, settings)),
      ...makeOrders(venue, settings),
      trades: (conditionId) => bounded("trades", venue.trades(conditionId)),
      cashMicroUsd: bounded("cashMicroUsd", venue.cashMicroUsd),
      balances: bounded("balances", venue.balances)
    })
  })

/** The exchange port over the venue's raw answers, every request bounded. */
export const layerConfig = (settings: typeof Settings.Type): Layer.Layer<Exchange, never, Venue> =>
  Layer.effect(Exchange, make(settings))
