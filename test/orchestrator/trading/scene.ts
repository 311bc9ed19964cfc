/** A trading world in a few lines: every service the tick reaches, what it answers, and what was asked of it in which order. */
import { Context, Effect, Either, Layer } from "effect"
import { DEFAULT_LIMITS } from "../../../src/domain/limits.ts"
import { type MicroUsd, microUsd } from "../../../src/domain/money.ts"
import { type Fill, type Intent, type Order, OrderId, type OrderIdentity } from "../../../src/domain/order.ts"
import type { Position } from "../../../src/domain/position.ts"
import { type Bars, NO_BARS } from "../../../src/domain/risk.ts"
import type { EntrySignal, ExitSignal } from "../../../src/domain/signal.ts"
import { type Resolution, tokenOf } from "../../../src/domain/window.ts"
import { layerConfig as safetyLayer } from "../../../src/modules/safety/safety.ts"
import { add, empty } from "../../../src/orchestrator/module.ts"
import { Exchange, type PlaceOutcome, type VenueBalance } from "../../../src/ports/exchange.ts"
import type { ModuleError } from "../../../src/ports/module-host.ts"
import { Persistence, type TickSummary } from "../../../src/ports/persistence.ts"
import { Reconciler } from "../../../src/ports/reconciliation.ts"
import { Spot, type SpotView } from "../../../src/ports/spot.ts"
import {
  type Decisions,
  OrderManager,
  PositionManager,
  PositionSizer,
  StopLoss,
  Strategy,
  TakeProfit,
  type TradingContext,
  WindowExpiry,
  WindowManager,
  type WindowView
} from "../../../src/ports/trading.ts"
import { makeSpot, settledStakes } from "../../domain/trading-world.ts"
import { FakeJournal } from "../../modules/order-manager/fakes.ts"

const unused = Effect.die("unused")
const nothing = { wanted: [], declined: [] }

/** What can be made to fail, by the name of the call. */
export type Call =
  | "refresh"
  | "roll"
  | "sync"
  | "resolveUnknown"
  | "applyFill"
  | "expire"
  | "resolutions"
  | "settle"
  | "cash"
  | "balances"
  | "reconcile"
  | "submit"
  | "recordTick"

export class Scene {
  readonly calls: Array<string> = []
  readonly failing = new Map<Call, ModuleError>()
  readonly ticks: Array<TickSummary> = []
  views: ReadonlyArray<WindowView> = []
  positions: ReadonlyArray<Position> = []
  openOrders: ReadonlyArray<Order> = []
  cash: MicroUsd = microUsd(100_000_000)
  balances: ReadonlyArray<VenueBalance> = []
  spot: SpotView | undefined = makeSpot(0)
  fills: ReadonlyArray<{ readonly fill: Fill; readonly intent: Intent }> = []
  resolutions: ReadonlyArray<Resolution> = []
  left: ReadonlyArray<OrderId> = []
  outcome: (intent: Intent, identity: Pick<OrderIdentity, "orderId">) => PlaceOutcome = (_, { orderId }) => ({
    _tag: "Accepted",
    orderId,
    status: "matched"
  })
  entries: (context: TradingContext) => Decisions<EntrySignal> = () => nothing
  exits: Record<"expiry" | "stop-loss" | "take-profit", (context: TradingContext) => Decisions<ExitSignal>> =
    { expiry: () => nothing, "stop-loss": () => nothing, "take-profit": () => nothing }
  bars: Bars = NO_BARS
  isReconcileDue = false
  hasNewFills = false
  sendTakesMs = 0
  onFill: (fill: Fill) => void = () => undefined
  /** The venue is asked about orders. */
  onQuestions: () => void = () => undefined

  /** A call by name: written down, and failed where it is told to. */
  private answer<A>(call: Call, value: () => A, words: string = call) {
    return Effect.suspend(() => {
      const error = this.failing.get(call)
      if (error !== undefined)
        return Effect.zipRight(
          Effect.sync(() => void this.calls.push(`${words} fails`)),
          Effect.fail(error as never)
        )
      this.calls.push(words)
      return Effect.sync(value)
    })
  }

  /** Calls of these kinds, in order. */
  did(...kinds: ReadonlyArray<string>): ReadonlyArray<string> {
    return this.calls.filter((call) => kinds.includes(call.split(" ")[0] ?? "") && !call.endsWith("fails"))
  }

  private readonly market = Layer.mergeAll(
    Layer.succeed(Spot, {
      refresh: this.answer("refresh", () => undefined),
      view: () => Effect.sync(() => (this.failing.has("refresh") ? undefined : this.spot)),
      priceAt: () => unused
    }),
    Layer.succeed(WindowManager, {
      roll: this.answer("roll", () => undefined),
      resolutions: this.answer("resolutions", () => this.resolutions),
      settled: (slug) =>
        Effect.sync(() => {
          this.calls.push(`settled ${slug}`)
          this.resolutions = this.resolutions.filter((resolution) => resolution.slug !== slug)
        }),
      views: Effect.sync(() => {
        this.calls.push("views")
        return this.views
      }),
      counts: unused
    }),
    Layer.succeed(Exchange, {
      account: "0xaccount",
      findWindow: () => unused,
      priceToBeat: () => unused,
      follow: () => unused,
      beat: Effect.sync(() => void this.calls.push("beat")),
      book: () => unused,
      identify: () => unused,
      place: () => unused,
      cancel: () => unused,
      takeUpdates: unused,
      newsStreams: unused,
      order: () => unused,
      openOrders: unused,
      trades: () => unused,
      resolution: () => unused,
      cashMicroUsd: this.answer("cash", () => this.cash),
      balances: this.answer("balances", () => this.balances)
    })
  )

  private readonly books = Layer.mergeAll(
    Layer.succeed(PositionManager, {
      applyFill: (fill) => this.answer("applyFill", () => this.onFill(fill), `applyFill ${fill.tradeId}`),
      settle: (resolution) =>
        this.answer(
          "settle",
          () => this.positions.filter(({ slug }) => slug === resolution.slug),
          `settle ${resolution.slug}`
        ),
      expire: () => this.answer("expire", () => undefined),
      booked: unused,
      open: Effect.sync(() => this.positions),
      atStake: Effect.sync(() => settledStakes(this.positions)),
      totals: unused
    }),
    Layer.succeed(OrderManager, {
      submit: (intent) =>
        Effect.suspend(() => {
          const words = `submit ${intent.purpose} ${intent.tokenId}`
          const orderId = OrderId.make(`0x${this.calls.length}`)
          const answer = this.answer("submit", () => this.outcome(intent, { orderId }), words)
          return Effect.zipLeft(answer, this.sendTakesMs === 0 ? Effect.void : Effect.sleep(this.sendTakesMs))
        }),
      sync: this.answer("sync", () => {
        const told = this.fills
        this.fills = []
        return told
      }),
      resolveUnknown: this.answer("resolveUnknown", () => this.onQuestions()),
      resendLost: Effect.void,
      cancel: () => unused,
      cancelAllAndVerify: Effect.sync(() => ({ cancelled: 2, left: this.left })),
      compare: () => unused,
      notBooked: () => unused,
      barred: unused,
      hasNewFills: Effect.sync(() => this.hasNewFills),
      openOrders: Effect.sync(() => this.openOrders),
      counts: unused
    })
  )

  private readonly reconciler = Layer.succeed(Reconciler, {
    ifDue: <E, R>(book: Effect.Effect<void, E, R>): Effect.Effect<void, E, R> =>
      Effect.flatMap(
        this.answer("reconcile", () => undefined),
        (): Effect.Effect<void, E, R> => (this.isReconcileDue ? book : Effect.void)
      ),
    bars: Effect.sync(() => this.bars),
    state: unused
  })

  private readonly decisions = Layer.mergeAll(
    Layer.succeed(Strategy, { evaluate: (context) => Effect.sync(() => this.entries(context)) }),
    Layer.succeed(PositionSizer, {
      size: (signal, context) =>
        Effect.sync(() =>
          context.cashMicroUsd <= 0
            ? Either.left({ module: "position-sizer", subject: signal.window.slug, reason: "no free cash" })
            : Either.right(entryIntent(signal, context.nowMs))
        )
    }),
    Layer.succeed(WindowExpiry, { exits: (context) => Effect.sync(() => this.exits.expiry(context)) }),
    Layer.succeed(StopLoss, { exits: (context) => Effect.sync(() => this.exits["stop-loss"](context)) }),
    Layer.succeed(TakeProfit, { exits: (context) => Effect.sync(() => this.exits["take-profit"](context)) })
  )

  private readonly journal = Layer.map(new FakeJournal().layer, (context) =>
    Context.add(context, Persistence, {
      ...Context.get(context, Persistence),
      recordTick: (summary) => this.answer("recordTick", () => void this.ticks.push(summary))
    })
  )

  /** Everything, with the real gate. */
  readonly layer = Layer.mergeAll(
    this.market,
    this.books,
    this.reconciler,
    this.decisions,
    safetyLayer(DEFAULT_LIMITS)
  ).pipe(Layer.provideMerge(this.journal))

  get stack() {
    return add({ name: "scene", layer: this.layer })(empty)
  }
}

/** Five shares at the signal's limit. */
const entryIntent = (signal: EntrySignal, nowMs: number): Intent => ({
  slug: signal.window.slug,
  asset: signal.window.asset,
  conditionId: signal.window.conditionId,
  tokenId: tokenOf(signal.window, signal.outcome),
  outcome: signal.outcome,
  side: "BUY",
  orderType: "FAK",
  priceTicks: signal.limitPriceTicks,
  sizeMicroShares: signal.window.minSizeMicroShares,
  postOnly: false,
  expiresAtMs: null,
  purpose: "entry",
  reason: signal.reason,
  createdAtMs: nowMs
})
