/** Markets, prices to beat and resolutions: what discovery knows, and what the price stream knows sooner. */
import { Clock, Effect } from "effect"
import type { Asset } from "../../domain/asset.ts"
import type { FeeSchedule } from "../../domain/fees.ts"
import type { SpotPrice } from "../../domain/money.ts"
import { settlementRuleOf } from "../../domain/settlement.ts"
import { ConditionId, type Resolution, type WindowSlug } from "../../domain/window.ts"
import type { ExchangeError } from "../../ports/exchange.ts"
import type { VenueMarket } from "../../ports/venue.ts"
import { type MarketFault, feesOf, marketOf, resolutionOf } from "./mapping/market.ts"
import { errorOf } from "./request.ts"
import type { PublicClob } from "./rest/clob.ts"
import type { Gamma } from "./rest/gamma.ts"

/** Markets that are remembered. */
const REMEMBERED = 2_000
/** Gamma tells a price to beat a minute or two after the window's end: more often than this it is not asked. */
const ASK_GAMMA_EVERY_MS = 15_000

export interface ListingParts {
  readonly clob: Pick<PublicClob, "market">
  readonly gamma: Gamma
  readonly averageAt: (asset: Asset, atMs: number) => Effect.Effect<SpotPrice | undefined>
  readonly takerHoldMs: number
}

/** A map that forgets what came first. */
class Remembered<K, V> {
  private readonly entries = new Map<K, V>()

  get(key: K): V | undefined {
    return this.entries.get(key)
  }

  set(key: K, value: V): void {
    this.entries.delete(key)
    this.entries.set(key, value)
    if (this.entries.size <= REMEMBERED) return
    for (const first of this.entries.keys()) {
      this.entries.delete(first)
      return
    }
  }
}

const faultOf = (operation: string) => (fault: MarketFault) => errorOf(operation, fault.reason, fault.message)

/** Does the window settle on the averages that the price stream brings? */
const isAveraged = ({ interval, settlementConfig, startMs }: VenueMarket): boolean => {
  const rule = settlementRuleOf({ interval, startMs, config: settlementConfig })
  return rule._tag === "Right" && rule.right._tag === "ChainlinkTwap" && rule.right.lookbackSeconds === 60
}

export const makeListing = ({ averageAt, clob, gamma, takerHoldMs }: ListingParts) => {
  const markets = new Remembered<WindowSlug, VenueMarket>()
  const fees = new Remembered<ConditionId, FeeSchedule>()
  const askedMs = new Remembered<WindowSlug, number>()

  const market = (slug: WindowSlug): Effect.Effect<VenueMarket | undefined, ExchangeError> =>
    Effect.gen(function* () {
      const listed = yield* gamma.market(slug)
      if (listed === undefined) return undefined
      // A fresh market is at Gamma minutes before the CLOB has it.
      const traded = yield* clob.market(ConditionId.make(listed.conditionId))
      if (traded === undefined) return undefined
      const found = yield* Effect.mapError(marketOf(slug, listed, traded, takerHoldMs), faultOf("market"))
      markets.set(slug, found)
      fees.set(found.conditionId, found.fees)
      return found
    })

  const lateField = (slug: WindowSlug): Effect.Effect<SpotPrice | undefined, ExchangeError> =>
    Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis
      if (nowMs - (askedMs.get(slug) ?? Number.NEGATIVE_INFINITY) < ASK_GAMMA_EVERY_MS) return undefined
      askedMs.set(slug, nowMs)
      return (yield* gamma.event(slug))?.eventMetadata?.priceToBeat
    })

  return {
    market,
    /**
     * The average stamped with the window's start where the stream brought it; else Gamma's late field. Nothing near it, and
     * nothing computed, stands in for it.
     */
    priceToBeat: (slug: WindowSlug): Effect.Effect<SpotPrice | undefined, ExchangeError> =>
      Effect.gen(function* () {
        const found = markets.get(slug) ?? (yield* market(slug))
        if (found === undefined) return undefined
        const streamed = isAveraged(found) ? yield* averageAt(found.asset, found.startMs) : undefined
        return streamed ?? (yield* lateField(slug))
      }),
    resolution: (slug: WindowSlug): Effect.Effect<Resolution | undefined, ExchangeError> =>
      Effect.gen(function* () {
        const event = yield* gamma.event(slug)
        if (event === undefined) return undefined
        const nowMs = yield* Clock.currentTimeMillis
        return yield* Effect.mapError(resolutionOf(slug, event, nowMs), faultOf("resolution"))
      }),
    /** The fee terms of a market; asked for where they are not known. */
    feesOf: (conditionId: ConditionId): Effect.Effect<FeeSchedule, ExchangeError> =>
      Effect.gen(function* () {
        const known = fees.get(conditionId)
        if (known !== undefined) return known
        const traded = yield* clob.market(conditionId)
        if (traded === undefined) {
          return yield* errorOf(
            "fees",
            { _tag: "Unavailable" },
            `the venue does not list the market ${conditionId}`
          )
        }
        const terms = yield* Effect.mapError(feesOf(traded, false), faultOf("fees"))
        fees.set(conditionId, terms)
        return terms
      })
  }
}
