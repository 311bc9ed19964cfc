/** The fair-value decision: buys the outcome whose ask is below what the model thinks it worth, fee included. */
import { Either } from "effect"
import { type Book, bestAsk, bestBid, bookDefect } from "../../domain/book.ts"
import { formatPrice } from "../../domain/decimal.ts"
import { outcomeProbabilityMicros, probabilityUp } from "../../domain/fair-value.ts"
import { MICROS, TICKS_PER_USD } from "../../domain/money.ts"
import type { Decline, EntrySignal } from "../../domain/signal.ts"
import { feePerShareTicks } from "../../domain/sizing.ts"
import type { Outcome } from "../../domain/window.ts"
import type { SpotView } from "../../ports/spot.ts"
import type { Decisions, TradingContext, WindowView } from "../../ports/trading.ts"
import type { Settings } from "./settings.ts"

type StrategySettings = typeof Settings.Type

const MODULE = "strategy"
const MICROS_PER_TICK = MICROS / TICKS_PER_USD

/** Why a window is not looked at, before any probability. */
const whyNotNow = (
  settings: StrategySettings,
  context: TradingContext,
  view: WindowView
): string | undefined => {
  const { window } = view
  const timeLeftMs = window.endMs - context.nowMs
  if (view.phase !== "trading" || context.nowMs < window.startMs) return "it does not trade now"
  if (timeLeftMs < settings.minTimeLeftMs) return `only ${timeLeftMs} ms left`
  if (timeLeftMs > settings.maxTimeLeftMs) return `${timeLeftMs} ms left, too early`
  if (window.rule._tag === "BinanceHourCandle" && !settings.tradeBinanceCandles) {
    return "it settles on Binance, which the spot price is not from"
  }
  if (settings.onePositionPerWindow) {
    if (context.positions.some(({ slug, status }) => slug === window.slug && status !== "closed")) {
      return "a position is held"
    }
    if (context.openOrders.some(({ intent }) => intent.slug === window.slug)) return "an order is open"
  }
  if (
    view.upBook !== undefined &&
    view.downBook !== undefined &&
    Math.abs(view.upBook.eventTimeMs - view.downBook.eventTimeMs) > settings.maxBookSkewMs
  ) {
    return "its two books are of different times"
  }
  return undefined
}

/** Probability of the outcome in millionths, drawn towards the book's midpoint, rounded down. */
const believedMicros = (modelMicros: number, bidTicks: number, askTicks: number, weight: number): number => {
  const midMicros = ((bidTicks + askTicks) * MICROS_PER_TICK) / 2
  return Math.floor(weight * modelMicros + (1 - weight) * midMicros)
}

const judgeOutcome = (
  settings: StrategySettings,
  context: TradingContext,
  view: WindowView,
  outcome: Outcome,
  modelMicros: number
): Either.Either<EntrySignal, string> => {
  const book: Book | undefined = outcome === "Up" ? view.upBook : view.downBook
  const defect = bookDefect(book, context.nowMs, settings.maxBookAgeMs)
  const ask = book && bestAsk(book)?.priceTicks
  const bid = book && bestBid(book)?.priceTicks
  if (defect !== undefined || ask === undefined || bid === undefined) {
    return Either.left(`book ${defect ?? "missing"}`)
  }
  if (ask < settings.minPriceTicks || ask > settings.maxPriceTicks) {
    return Either.left(`ask ${formatPrice(ask)} is outside the price band`)
  }
  const probabilityMicros = believedMicros(modelMicros, bid, ask, settings.modelWeight)
  const feeTicks = feePerShareTicks(view.window.fees, ask)
  const edgeTicks = Math.floor(probabilityMicros / MICROS_PER_TICK) - ask - feeTicks
  const facts = `model ${(modelMicros / MICROS).toFixed(4)}, believed ${(probabilityMicros / MICROS).toFixed(4)}, ask ${formatPrice(ask)}, fee ${feeTicks} ticks, edge ${edgeTicks} ticks`
  return edgeTicks < settings.minEdgeTicks
    ? Either.left(`${facts}: below ${settings.minEdgeTicks}`)
    : Either.right({
        window: view.window,
        outcome,
        limitPriceTicks: ask,
        probabilityMicros,
        edgeTicks,
        reason: facts
      })
}

const spotOf = (context: TradingContext, view: WindowView): Either.Either<SpotView, string> => {
  const spot = context.spot.get(view.window.asset)
  if (spot === undefined) return Either.left(`no fresh ${view.window.asset} price`)
  return spot.volatilityPerSqrtSecondE9 > 0 ? Either.right(spot) : Either.left("volatility is not known")
}

const judgeWindow = (
  settings: StrategySettings,
  context: TradingContext,
  view: WindowView
): Decisions<EntrySignal> => {
  const none = (reason: string): Decisions<EntrySignal> => ({
    wanted: [],
    declined: [{ module: MODULE, subject: view.window.slug, reason }]
  })
  const early = whyNotNow(settings, context, view)
  if (early !== undefined) return none(early)
  const spot = spotOf(context, view)
  if (Either.isLeft(spot)) return none(spot.left)
  if (view.priceToBeat === undefined) return none("the price to beat is not known")
  const up = probabilityUp({
    ...spot.right,
    rule: view.window.rule,
    endMs: view.window.endMs,
    priceToBeat: view.priceToBeat
  })
  if (!Number.isFinite(up)) return none("the model has no probability")
  const wanted: Array<EntrySignal> = []
  const declined: Array<Decline> = []
  for (const outcome of ["Up", "Down"] as const) {
    const judged = judgeOutcome(settings, context, view, outcome, outcomeProbabilityMicros(up, outcome))
    if (Either.isRight(judged)) wanted.push(judged.right)
    else declined.push({ module: MODULE, subject: `${view.window.slug} ${outcome}`, reason: judged.left })
  }
  const [best, ...rest] = wanted.toSorted((a, b) => b.edgeTicks - a.edgeTicks)
  const beaten = rest.map(({ outcome, reason }) => ({
    module: MODULE,
    subject: `${view.window.slug} ${outcome}`,
    reason: `the other outcome has the larger edge (${reason})`
  }))
  return { wanted: best === undefined ? [] : [best], declined: [...declined, ...beaten] }
}

/** Every window in turn: at most one signal each, and a reason for everything left alone. */
export const evaluate = (settings: StrategySettings, context: TradingContext): Decisions<EntrySignal> => {
  const judged = context.views.map((view) => judgeWindow(settings, context, view))
  return {
    wanted: judged.flatMap(({ wanted }) => wanted),
    declined: judged.flatMap(({ declined }) => declined)
  }
}
