/** From an entry signal to an intent of an exact size. */
import { Either } from "effect"
import { formatPrice, formatUsd } from "../../domain/decimal.ts"
import { NO_FEES } from "../../domain/fees.ts"
import {
  type MicroShares,
  type MicroUsd,
  type PriceTicks,
  TICKS_PER_USD,
  ZERO_SHARES,
  addShares,
  addUsd,
  microUsd,
  priceTicks,
  subUsd
} from "../../domain/money.ts"
import type { Intent, Order } from "../../domain/order.ts"
import { outstandingMicroShares } from "../../domain/order-state.ts"
import type { Decline, EntrySignal } from "../../domain/signal.ts"
import { buyCost, entrySize, kellyStake } from "../../domain/sizing.ts"
import { type Window, tokenOf } from "../../domain/window.ts"
import type { TradingContext } from "../../ports/trading.ts"
import type { Settings } from "./settings.ts"

type SizerSettings = typeof Settings.Type

/** Cash that open buys may still take, their fees included: the venue counts it as spent (polymarket.md §4.2). */
const reservedCash = (orders: ReadonlyArray<Order>, windows: ReadonlyMap<string, Window>): MicroUsd =>
  addUsd(
    ...orders
      .filter(({ intent }) => intent.side === "BUY")
      .map((order) =>
        buyCost(
          windows.get(order.intent.slug)?.fees ?? NO_FEES,
          order.intent.priceTicks,
          outstandingMicroShares(order)
        )
      )
  )

/** The limit on the window's own tick, rounded down; undefined where the venue takes no such price. */
const limitOnTick = (window: Window, limit: PriceTicks): PriceTicks | undefined => {
  const tick = window.tickSizeTicks
  const onTick = limit - (limit % tick)
  return onTick < tick || onTick > TICKS_PER_USD - tick ? undefined : priceTicks(onTick)
}

const depthWithin = (signal: EntrySignal, context: TradingContext, limit: PriceTicks): MicroShares => {
  const view = context.views.find(({ window }) => window.slug === signal.window.slug)
  const book = signal.outcome === "Up" ? view?.upBook : view?.downBook
  if (book === undefined) return ZERO_SHARES
  return addShares(
    ...book.asks.filter((level) => level.priceTicks <= limit).map((level) => level.sizeMicroShares)
  )
}

const budgetOf = (
  settings: SizerSettings,
  signal: EntrySignal,
  price: PriceTicks,
  cash: MicroUsd
): MicroUsd => {
  const most = Math.min(settings.orderUsd, cash)
  if (settings.method === "fixed") return microUsd(most)
  const stake = kellyStake({
    probabilityMicros: signal.probabilityMicros,
    price,
    fees: signal.window.fees,
    cash,
    kellyFraction: settings.kellyFraction
  })
  return microUsd(Math.min(most, stake))
}

/** Sizes a signal by the settings, cash, depth and the venue's rules, or says why it cannot be. */
export const size = (
  settings: SizerSettings,
  signal: EntrySignal,
  context: TradingContext
): Either.Either<Intent, Decline> => {
  const { outcome, window } = signal
  const decline = (reason: string) =>
    Either.left<Decline>({ module: "position-sizer", subject: `${window.slug} ${outcome}`, reason })
  const price = limitOnTick(window, signal.limitPriceTicks)
  if (price === undefined) {
    return decline(`no order can be placed at ${formatPrice(signal.limitPriceTicks)}`)
  }
  const windows = new Map(context.views.map((view) => [view.window.slug, view.window]))
  const cash = subUsd(context.cashMicroUsd, reservedCash(context.openOrders, windows))
  if (cash <= 0) return decline(`no free cash: $${formatUsd(cash)}`)
  return entrySize({
    orderType: settings.orderType,
    price,
    fees: window.fees,
    budget: budgetOf(settings, signal, price, cash),
    depth: settings.boundByDepth ? depthWithin(signal, context, price) : undefined,
    minSize: window.minSizeMicroShares
  }).pipe(
    Either.match({
      onLeft: decline,
      onRight: (sizeMicroShares) =>
        Either.right<Intent>({
          slug: window.slug,
          asset: window.asset,
          conditionId: window.conditionId,
          tokenId: tokenOf(window, outcome),
          outcome,
          side: "BUY",
          orderType: settings.orderType,
          priceTicks: price,
          sizeMicroShares,
          postOnly: false,
          expiresAtMs: null,
          purpose: "entry",
          reason: signal.reason,
          createdAtMs: context.nowMs
        })
    })
  )
}
