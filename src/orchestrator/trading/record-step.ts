/** The last step of a tick: store its summary, and every now and then say how the market stands. */
import { Clock, Effect } from "effect"
import { bestAsk, bestBid } from "../../domain/book.ts"
import { formatPrice, formatSpot, formatUsd } from "../../domain/decimal.ts"
import { Persistence } from "../../ports/persistence.ts"
import type { TradingContext, WindowView } from "../../ports/trading.ts"
import type { Step } from "../step.ts"
import { type TickMemory, type TradingServices, contextOf } from "./tick-memory.ts"

/** Market time between two lines about the market. */
const MARKET_LINE_EVERY_MS = 30_000

const priceText = (view: WindowView): string => {
  const bid = view.upBook === undefined ? undefined : bestBid(view.upBook)
  const ask = view.upBook === undefined ? undefined : bestAsk(view.upBook)
  return `${bid === undefined ? "-" : formatPrice(bid.priceTicks)}/${ask === undefined ? "-" : formatPrice(ask.priceTicks)}`
}

const marketLine = (context: TradingContext) => {
  const spot = [...context.spot.values()].map((view) => `${view.asset} ${formatSpot(view.price)}`)
  const windows = context.views
    .filter(({ phase }) => phase === "trading")
    .map((view) => {
      const leftS = Math.max(0, Math.round((view.window.endMs - context.nowMs) / 1_000))
      const toBeat = view.priceToBeat === undefined ? "unknown" : formatSpot(view.priceToBeat)
      return `${view.window.asset} ${view.window.interval} ${leftS}s left, to beat ${toBeat}, Up ${priceText(view)}`
    })
  return Effect.logInfo("market", {
    module: "window-manager",
    spot: spot.join(", "),
    windows: windows.join("; "),
    cashUsd: formatUsd(context.cashMicroUsd),
    positions: context.positions.length,
    openOrders: context.openOrders.length
  })
}

/** Stores and publishes the tick's summary. */
export const recordStep = (memory: TickMemory): Step<TradingServices | Persistence> => {
  let lastLineAtMs = Number.NEGATIVE_INFINITY
  return {
    module: "persistence",
    operation: "record-tick",
    run: (tick) =>
      Effect.gen(function* () {
        const context = yield* contextOf(memory)
        const persistence = yield* Persistence
        const nowMs = yield* Clock.currentTimeMillis
        yield* persistence.recordTick({
          tick,
          atMs: nowMs,
          durationMs: nowMs - memory.beganAtMs,
          spot: Object.fromEntries(
            [...context.spot.values()].map((view) => [view.asset, formatSpot(view.price)])
          ),
          decisions: memory.decisions
        })
        if (nowMs - lastLineAtMs < MARKET_LINE_EVERY_MS) return
        lastLineAtMs = nowMs
        yield* marketLine(context)
      })
  }
}
