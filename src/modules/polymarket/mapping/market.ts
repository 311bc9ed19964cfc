/** A market of Gamma and of the CLOB, put together; refused where it is of a kind that is not known here. */
import { DateTime, Either, Option } from "effect"
import { ASSETS, type Asset } from "../../../domain/asset.ts"
import { formatPrice } from "../../../domain/decimal.ts"
import { type FeeSchedule, NO_FEES } from "../../../domain/fees.ts"
import type { MarketSettlementConfig } from "../../../domain/settlement.ts"
import { parseSlug, windowEnd } from "../../../domain/slug.ts"
import { ConditionId, type Outcome, type Resolution, TokenId, WindowSlug } from "../../../domain/window.ts"
import type { ExchangeReason } from "../../../ports/exchange.ts"
import type { VenueMarket } from "../../../ports/venue.ts"
import { amountDecimals } from "../../../protocol/amounts.ts"
import type { WireClobMarket } from "../wire/clob.ts"
import type { WireGammaEvent, WireGammaMarket } from "../wire/gamma.ts"
import { foreignProtocol } from "./protocol.ts"

/** Why a market is not taken. */
export interface MarketFault {
  readonly reason: ExchangeReason
  readonly message: string
}

const refused = (message: string): Either.Either<never, MarketFault> =>
  Either.left({ reason: { _tag: "Refused" }, message })
const undecodable = (message: string): Either.Either<never, MarketFault> =>
  Either.left({ reason: { _tag: "Undecodable" }, message })

/** A moment as Gamma writes it: "2026-06-08T00:00:00Z", or "2026-06-08 00:00:16+00" for `closedTime`. */
export const momentOf = (text: string): number | undefined => {
  const iso = text
    .trim()
    .replace(" ", "T")
    .replace(/([+-]\d{2})$/, "$1:00")
  return Option.getOrUndefined(Option.map(DateTime.make(iso), DateTime.toEpochMillis))
}

/** The fee terms: those of the CLOB, which charges by them. */
export const feesOf = (
  clob: WireClobMarket,
  feesEnabled: boolean
): Either.Either<FeeSchedule, MarketFault> => {
  if (clob.fd === undefined || clob.fd === null) {
    return feesEnabled
      ? refused("fees are enabled, but the market does not tell its terms")
      : Either.right(NO_FEES)
  }
  const { e: exponent, r: rateMicros, to } = clob.fd
  if (rateMicros === 0) return Either.right(NO_FEES)
  if (rateMicros > 1_000_000) return refused(`a fee rate of ${rateMicros / 1_000_000} is not known here`)
  return exponent === 1 || exponent === 2
    ? Either.right({ rateMicros, exponent, takerOnly: to !== false })
    : refused(`a fee exponent of ${exponent} is not known here`)
}

const settlementOf = ({ cryptoMarketConfig: config }: WireGammaMarket): MarketSettlementConfig | undefined =>
  config === undefined || config === null || (config.twapEnabled ?? undefined) === undefined
    ? undefined
    : { twapEnabled: config.twapEnabled === true, twapLookbackSeconds: config.twapLookbackSeconds ?? 0 }

interface Tokens {
  readonly up: TokenId
  readonly down: TokenId
}

/** The two tokens by their outcome's name, the same at both services. */
const tokensOf = (gamma: WireGammaMarket, clob: WireClobMarket): Either.Either<Tokens, MarketFault> => {
  const up = gamma.outcomes.indexOf("Up")
  const down = gamma.outcomes.indexOf("Down")
  if (gamma.outcomes.length !== 2 || up < 0 || down < 0) {
    return refused(`its outcomes are ${gamma.outcomes.join(", ").slice(0, 80)}, not Up and Down`)
  }
  const [upToken, downToken] = [gamma.clobTokenIds[up], gamma.clobTokenIds[down]]
  if (upToken === undefined || upToken === "" || downToken === undefined || downToken === "") {
    return undecodable("clobTokenIds: a token id is missing")
  }
  const same = (outcome: Outcome, tokenId: string) =>
    clob.t.some(({ o, t }) => o === outcome && t === tokenId)
  return clob.t.length === 2 && same("Up", upToken) && same("Down", downToken)
    ? Either.right({ up: TokenId.make(upToken), down: TokenId.make(downToken) })
    : undecodable("Gamma and the CLOB tell different tokens")
}

const assetOf = (gamma: WireGammaMarket, named: Asset): Asset | undefined => {
  const told = gamma.cryptoMarketConfig?.asset
  return told === undefined || told === null ? named : ASSETS.find((asset) => asset === told.toUpperCase())
}

/** The market of a slug. `takerHoldMs` is how long the venue holds takers where the market says that it does. */
export const marketOf = (
  slug: WindowSlug,
  gamma: WireGammaMarket,
  clob: WireClobMarket,
  takerHoldMs: number
): Either.Either<VenueMarket, MarketFault> =>
  Either.gen(function* () {
    const endMs = momentOf(gamma.endDate)
    if (endMs === undefined) return yield* undecodable(`endDate is no moment: ${gamma.endDate.slice(0, 40)}`)
    const year = DateTime.getPartUtc(DateTime.unsafeMake(endMs), "year")
    const named = parseSlug(slug, year)
    if (Either.isLeft(named)) return yield* refused(`${slug}: ${named.left}`)
    const { interval, startMs: namedMs } = named.right
    const foreign = foreignProtocol(gamma, clob)
    if (foreign !== undefined) return yield* refused(`${slug} ${foreign}`)
    if (clob.c !== undefined && clob.c.toLowerCase() !== gamma.conditionId.toLowerCase())
      return yield* undecodable("Gamma and the CLOB tell different conditions")
    if (amountDecimals(clob.mts) === undefined)
      return yield* refused(`${slug} has a tick size of ${formatPrice(clob.mts)}, which is not known here`)
    if (gamma.enableOrderBook === false) return yield* refused(`${slug} has no order book`)
    const asset = assetOf(gamma, named.right.asset)
    if (asset === undefined) {
      return yield* refused(
        `${slug} is about ${gamma.cryptoMarketConfig?.asset ?? ""}, which is not known here`
      )
    }
    const started = gamma.eventStartTime
    const startMs =
      started === undefined || started === null
        ? endMs - (windowEnd(interval, namedMs) - namedMs)
        : momentOf(started)
    if (startMs === undefined) return yield* undecodable("eventStartTime is no moment")
    const tokens = yield* tokensOf(gamma, clob)
    return {
      slug: WindowSlug.make(gamma.slug),
      asset,
      interval,
      startMs,
      endMs,
      conditionId: ConditionId.make(gamma.conditionId),
      upTokenId: tokens.up,
      downTokenId: tokens.down,
      tickSizeTicks: clob.mts,
      minSizeMicroShares: clob.mos,
      fees: yield* feesOf(clob, gamma.feesEnabled === true),
      settlementConfig: settlementOf(gamma),
      takerHoldMs: (clob.itode === true ? takerHoldMs : 0) + (clob.sd ?? 0) * 1000
    }
  })

/** Which outcome won: the one whose price is 1, where the other's is 0 and the market is closed. */
const winnerOf = ({ closed, outcomePrices, outcomes }: WireGammaMarket): Outcome | undefined => {
  if (!closed || outcomePrices === undefined || outcomePrices === null || outcomePrices.length !== 2)
    return undefined
  const won = outcomePrices.findIndex((price) => Number(price) === 1)
  const lost = outcomePrices.findIndex((price) => Number(price) === 0)
  const name = won >= 0 && lost >= 0 ? outcomes[won] : undefined
  return name === "Up" || name === "Down" ? name : undefined
}

/** How a window ended; undefined until the venue says so. Its two prices may come later than its outcome. */
export const resolutionOf = (
  slug: WindowSlug,
  event: WireGammaEvent,
  nowMs: number
): Either.Either<Resolution | undefined, MarketFault> => {
  const market = event.markets.find((each) => each.slug === slug) ?? event.markets[0]
  if (market === undefined) return undecodable(`the event ${slug} has no market`)
  const outcome = winnerOf(market)
  if (outcome === undefined) return Either.right(undefined)
  const closedMs =
    market.closedTime === undefined || market.closedTime === null ? undefined : momentOf(market.closedTime)
  return Either.right({
    slug,
    conditionId: ConditionId.make(market.conditionId),
    outcome,
    openPrice: Option.fromNullable(event.eventMetadata?.priceToBeat),
    closePrice: Option.fromNullable(event.eventMetadata?.finalPrice),
    resolvedAtMs: closedMs ?? nowMs
  })
}
