/** One window of the simulated venue, from listing to resolution. */
import { Option, Schema } from "effect"
import type { PCGRandom } from "effect/Utils"
import { Asset } from "../../domain/asset.ts"
import { SpotPrice } from "../../domain/money.ts"
import { outcomeOf } from "../../domain/settlement.ts"
import type { VenueMarket } from "../../ports/venue.ts"
import type { MarketEvent } from "../market-source.ts"
import { ChanceState, makeChance, restoreChance, saveChance } from "./chance.ts"
import { type Ladder, levelsFrom, makeLadder, stirLadder } from "./ladder.ts"
import { listMarket, streamOf } from "./listing.ts"
import { probabilityUp } from "./maker-value.ts"
import { Quote, nextQuote, openingQuote } from "./quotes.ts"
import { SimulatedInterval, type SimulatorSettings } from "./settings.ts"
import { type SpotPath, averagePrice } from "./spot-path.ts"
import { takersDuring } from "./takers.ts"

export const SavedWindow = Schema.Struct({
  asset: Asset,
  interval: SimulatedInterval,
  startMs: Schema.Int,
  takerHoldMs: Schema.Int,
  chance: ChanceState,
  deviationFactor: Schema.Number,
  openPrice: Schema.NullOr(SpotPrice),
  openAnnounced: Schema.Boolean,
  listed: Schema.Boolean,
  closePrice: Schema.NullOr(SpotPrice),
  quote: Quote,
  bookAtMs: Schema.Int,
  bids: Schema.Array(Schema.Int),
  asks: Schema.Array(Schema.Int)
})
type SavedWindow = typeof SavedWindow.Type

/** A listed window and what its makers hold; `stepWindow` is the only writer. */
export interface WindowMarket {
  readonly market: VenueMarket
  readonly interval: SimulatedInterval
  readonly chance: PCGRandom
  /** How much too wide or narrow this window's makers think the price swings. */
  readonly deviationFactor: number
  openPrice: SpotPrice | undefined
  openAnnounced: boolean
  listed: boolean
  closePrice: SpotPrice | undefined
  quote: Quote
  bookAtMs: number
  readonly bids: Ladder
  readonly asks: Ladder
}

/** Makers' volatility estimates differ by up to this part from window to window. */
const DEVIATION_SPREAD = 0.15
/** A window that has not begun has a book every so many intervals. */
const QUIET_BOOKS = 10

/** Lists a window. Its chance comes from seed and slug alone, whatever else is simulated. */
export const openWindow = (
  asset: Asset,
  interval: SimulatedInterval,
  startMs: number,
  seed: number,
  takerHoldMs: number,
  path: SpotPath,
  openPrice: SpotPrice | undefined
): WindowMarket => {
  const market = listMarket(asset, interval, startMs, takerHoldMs)
  const chance = makeChance(seed, streamOf(market.conditionId))
  const deviationFactor = 1 + DEVIATION_SPREAD * (2 * chance.number() - 1)
  const value = probabilityUp(path, { ...market, openPrice }, path.secondMs, deviationFactor)
  return {
    market,
    interval,
    chance,
    deviationFactor,
    openPrice,
    openAnnounced: false,
    listed: false,
    closePrice: undefined,
    quote: openingQuote(value),
    bookAtMs: Number.MIN_SAFE_INTEGER,
    bids: makeLadder(chance),
    asks: makeLadder(chance)
  }
}

const quoteStep = (
  window: WindowMarket,
  path: SpotPath,
  atMs: number,
  settings: SimulatorSettings
): ReadonlyArray<MarketEvent> => {
  const { chance, market } = window
  const spanMs = atMs >= market.startMs ? settings.bookIntervalMs : settings.bookIntervalMs * QUIET_BOOKS
  const begins = atMs === market.startMs
  if (atMs - window.bookAtMs < spanMs && !begins) return []
  const elapsedMs = Math.min(atMs - window.bookAtMs, spanMs)
  const seenMs = Math.floor((atMs - settings.makerLagMs) / 1000) * 1000
  const value = probabilityUp(
    path,
    { ...market, openPrice: window.openPrice },
    seenMs,
    window.deviationFactor
  )
  window.quote = nextQuote(window.quote, value, elapsedMs, settings.quoteNoiseCents, chance)
  window.bookAtMs = atMs
  stirLadder(window.bids, window.quote.bidCents, -1, chance)
  stirLadder(window.asks, window.quote.askCents, 1, chance)
  const book: MarketEvent = {
    _tag: "Book",
    atMs,
    conditionId: market.conditionId,
    bids: levelsFrom(window.bids, window.quote.bidCents, -1, settings.levelsPerSide),
    asks: levelsFrom(window.asks, window.quote.askCents, 1, settings.levelsPerSide)
  }
  return atMs >= market.startMs
    ? [book, ...takersDuring(window, path, atMs, spanMs, settings.takerRateFactor)]
    : [book]
}

/** What happens in the window at `atMs`, when the path has come that far, and the orders of others that follow from it. */
export const stepWindow = (
  window: WindowMarket,
  path: SpotPath,
  atMs: number,
  settings: SimulatorSettings
): ReadonlyArray<MarketEvent> => {
  const { market } = window
  const { conditionId } = market
  const events: Array<MarketEvent> = []
  if (window.openPrice === undefined && atMs >= market.startMs) {
    window.openPrice = averagePrice(path, market.startMs)
  }
  if (
    window.openPrice !== undefined &&
    !window.openAnnounced &&
    atMs >= market.startMs + settings.priceToBeatDelayMs
  ) {
    window.openAnnounced = true
    events.push({ _tag: "PriceToBeat", atMs, conditionId, price: window.openPrice })
  }
  if (atMs < market.endMs) return [...events, ...quoteStep(window, path, atMs, settings)]
  if (window.closePrice === undefined) {
    window.closePrice = averagePrice(path, market.endMs)
    events.push({ _tag: "Closed", atMs, conditionId })
  }
  if (window.openPrice !== undefined && atMs >= market.endMs + settings.resolveDelayMs) {
    events.push({
      _tag: "Resolved",
      atMs,
      resolution: {
        slug: market.slug,
        conditionId,
        outcome: outcomeOf(window.openPrice, window.closePrice),
        openPrice: Option.some(window.openPrice),
        closePrice: Option.some(window.closePrice),
        resolvedAtMs: atMs
      }
    })
  }
  return events
}

export const isResolved = (window: WindowMarket, atMs: number, settings: SimulatorSettings): boolean =>
  atMs >= window.market.endMs + settings.resolveDelayMs

export const saveWindow = (window: WindowMarket): SavedWindow => ({
  asset: window.market.asset,
  interval: window.interval,
  startMs: window.market.startMs,
  takerHoldMs: window.market.takerHoldMs,
  chance: saveChance(window.chance),
  deviationFactor: window.deviationFactor,
  openPrice: window.openPrice ?? null,
  openAnnounced: window.openAnnounced,
  listed: window.listed,
  closePrice: window.closePrice ?? null,
  quote: window.quote,
  bookAtMs: window.bookAtMs,
  bids: [...window.bids],
  asks: [...window.asks]
})

export const restoreWindow = (saved: SavedWindow): WindowMarket => ({
  market: listMarket(saved.asset, saved.interval, saved.startMs, saved.takerHoldMs),
  interval: saved.interval,
  chance: restoreChance(saved.chance),
  deviationFactor: saved.deviationFactor,
  openPrice: saved.openPrice ?? undefined,
  openAnnounced: saved.openAnnounced,
  listed: saved.listed,
  closePrice: saved.closePrice ?? undefined,
  quote: saved.quote,
  bookAtMs: saved.bookAtMs,
  bids: [...saved.bids],
  asks: [...saved.asks]
})
