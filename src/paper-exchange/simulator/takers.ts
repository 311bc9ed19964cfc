/** Others who take: how often, which side, how much. */
import type { PCGRandom } from "effect/Utils"
import type { SpotPrice } from "../../domain/money.ts"
import type { VenueMarket } from "../../ports/venue.ts"
import type { MarketEvent } from "../market-source.ts"
import { ASSET_SCALES, TAKER_SHARES } from "./calibration.ts"
import { pick, quantileAt } from "./chance.ts"
import { type Ladder, MAX_CENTS, MIN_CENTS, centsPrice, levelSize, sizeOf } from "./ladder.ts"
import { probabilityUp } from "./maker-value.ts"
import type { Quote } from "./quotes.ts"
import type { SpotPath } from "./spot-path.ts"

/** How strongly takers lean to the side that the newest price favours, per dollar of mispricing. */
const INFORMED_LEAN = 5
/** The side's chance stays within this of one half. */
const MOST_LEAN = 0.35
/** Orders in one span at most. */
const MOST_ORDERS = 64

type TakerEvent = Extract<MarketEvent, { readonly _tag: "Taker" }>

interface TakenWindow {
  readonly market: VenueMarket
  readonly chance: PCGRandom
  readonly openPrice: SpotPrice | undefined
  readonly quote: Quote
  readonly bids: Ladder
  readonly asks: Ladder
}

/** Others' market orders of the next `spanMs`, each at a moment of its own after `atMs`. */
export const takersDuring = (
  window: TakenWindow,
  path: SpotPath,
  atMs: number,
  spanMs: number,
  rateFactor: number
): ReadonlyArray<TakerEvent> => {
  const { chance, quote } = window
  const expected = (ASSET_SCALES[window.market.asset].takersPerMinute * rateFactor * spanMs) / 60_000
  // Two tries, each bringing 0, 1, 2, … orders, cluster more than independent arrivals, as the recorded ones do.
  let count = 0
  const again = expected / (expected + 2)
  for (let run = 0; run < 2; run++) while (count < MOST_ORDERS && chance.number() < again) count++
  const events: Array<TakerEvent> = []
  if (count === 0) return events
  const newest = probabilityUp(path, { ...window.market, openPrice: window.openPrice }, path.secondMs, 1)
  const lean = INFORMED_LEAN * (newest - (quote.bidCents + quote.askCents) / 200)
  const buyChance = 0.5 + Math.min(MOST_LEAN, Math.max(-MOST_LEAN, lean))
  for (let order = 0; order < count; order++) {
    const buys = chance.number() < buyChance
    const sizeMicroShares = sizeOf(quantileAt(TAKER_SHARES, chance.number()))
    const bestCents = buys ? quote.askCents : quote.bidCents
    const offsetMs = 1 + pick(chance, spanMs - 1)
    if (bestCents < MIN_CENTS || bestCents > MAX_CENTS) continue
    const beyond = sizeMicroShares > levelSize(buys ? window.asks : window.bids, bestCents, 0) ? 1 : 0
    const cents = Math.min(MAX_CENTS, Math.max(MIN_CENTS, bestCents + (buys ? beyond : -beyond)))
    events.push({
      _tag: "Taker",
      atMs: atMs + offsetMs,
      conditionId: window.market.conditionId,
      side: buys ? "BUY" : "SELL",
      priceTicks: centsPrice(cents),
      sizeMicroShares
    })
  }
  return events
}
