/** The order-manager over a venue and a journal in memory. */
import { Effect, Either, Layer, Schema } from "effect"
import { DEFAULT_LIMITS } from "../../../src/domain/limits.ts"
import { microShares, microUsd, priceTicks } from "../../../src/domain/money.ts"
import { type FillStatus, type Intent, OrderId, fillKey } from "../../../src/domain/order.ts"
import { approve } from "../../../src/domain/risk.ts"
import type { Outcome } from "../../../src/domain/window.ts"
import { tokenOf } from "../../../src/domain/window.ts"
import { Settings, layerConfig } from "../../../src/modules/order-manager/order-manager.ts"
import { layer as positionManagerLayer } from "../../../src/modules/position-manager/position-manager.ts"
import type { AccountUpdate, VenueOrder, VenueTrade } from "../../../src/ports/exchange.ts"
import { OrderManager, PositionManager } from "../../../src/ports/trading.ts"
import { NOW_MS, WINDOW, makeOrder, makePosition, makeRisk } from "../../domain/trading-world.ts"
import { FakeJournal, FakeVenue } from "./fakes.ts"

export const SHARE = 1_000_000
const settings = Schema.decodeSync(Settings)({})

export const approvedIntent = (
  side: "BUY" | "SELL" = "BUY",
  outcome: Outcome = "Up",
  patch: Partial<Intent> = {}
) =>
  Either.getOrThrow(
    approve(
      DEFAULT_LIMITS,
      makeRisk({ positions: side === "SELL" ? [makePosition(100, 5_000, { outcome })] : [] }),
      { ...makeOrder(side, 5, 5_100, {}, outcome).intent, ...patch }
    )
  )

export const FIRST = OrderId.make("0x1")
export const venueOrder = (orderId: OrderId, patch: Partial<VenueOrder> = {}): VenueOrder => ({
  orderId,
  conditionId: WINDOW.conditionId,
  tokenId: tokenOf(WINDOW, "Up"),
  side: "BUY",
  priceTicks: priceTicks(5_100),
  sizeMicroShares: microShares(5 * SHARE),
  filledMicroShares: microShares(0),
  status: "live",
  ...patch
})
export const venueTrade = (tradeId: string, shares: number, patch: Partial<VenueTrade> = {}): VenueTrade => ({
  tradeId,
  orderId: FIRST,
  conditionId: WINDOW.conditionId,
  tokenId: tokenOf(WINDOW, "Up"),
  side: "BUY",
  role: "taker",
  priceTicks: priceTicks(5_100),
  sizeMicroShares: microShares(shares * SHARE),
  feeMicroUsd: microUsd(1_000),
  status: "matched",
  matchedAtMs: NOW_MS,
  ...patch
})
export const ofOrder = (order: VenueOrder): AccountUpdate => ({
  _tag: "OrderUpdate",
  order,
  atMs: NOW_MS,
  note: ""
})
export const ofTrade = (trade: VenueTrade): AccountUpdate => ({ _tag: "TradeUpdate", trade, atMs: NOW_MS })

/** A fresh venue and journal whose calls are in one list, and the module over them. */
export const world = (patch: Partial<typeof Settings.Type> = {}) => {
  const venue = new FakeVenue()
  const journal = new FakeJournal(venue.calls)
  const layer = layerConfig({ ...settings, ...patch }).pipe(
    Layer.provideMerge(positionManagerLayer),
    Layer.provideMerge(Layer.merge(venue.layer, journal.layer))
  )
  return { venue, journal, layer }
}
export type World = ReturnType<typeof world>

/** Runs with the module as it comes up over this world, as after a start. */
export const started = <A, E>(
  { layer }: World,
  body: (
    orders: typeof OrderManager.Service,
    positions: typeof PositionManager.Service
  ) => Effect.Effect<A, E>
) =>
  Effect.gen(function* () {
    return yield* body(yield* OrderManager, yield* PositionManager)
  }).pipe(Effect.provide(layer))

export const placed = (calls: ReadonlyArray<string>) => calls.filter((call) => call.startsWith("place"))
export const keys = (
  fills: ReadonlyArray<{ readonly fill: { tradeId: string; orderId: OrderId; status: FillStatus } }>
) => fills.map(({ fill }) => `${fillKey(fill)} ${fill.status}`)
