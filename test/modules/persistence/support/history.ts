/** Random journal histories, and a plain model of what a journal must remember of them. */
import { Arbitrary, FastCheck as fc } from "effect"
import { microUsd } from "../../../../src/domain/money.ts"
import {
  Fill,
  Intent,
  Order,
  OrderIdentity,
  type OrderId,
  fillKey,
  isOpen,
  laterFillStatus
} from "../../../../src/domain/order.ts"
import { pendingOrder } from "../../../../src/domain/order-state.ts"
import { Position } from "../../../../src/domain/position.ts"
import { Resolution, TokenId, Window, type WindowSlug } from "../../../../src/domain/window.ts"
import type { Persistence } from "../../../../src/ports/persistence.ts"
import { orderNumber, slugNumber } from "./samples.ts"

export type Command =
  | { readonly _tag: "Intent"; readonly intent: Intent; readonly identity: OrderIdentity }
  | { readonly _tag: "Order"; readonly order: Order }
  | { readonly _tag: "Fill"; readonly fill: Fill; readonly position: Position }
  | { readonly _tag: "Position"; readonly position: Position }
  | { readonly _tag: "Window"; readonly window: Window }
  | {
      readonly _tag: "Settlement"
      readonly resolution: Resolution
      readonly positions: ReadonlyArray<Position>
    }
  | { readonly _tag: "Tick"; readonly tick: number; readonly atMs: number }

/** Stores a step. */
export const record = (journal: typeof Persistence.Service, step: Command) => {
  switch (step._tag) {
    case "Intent":
      return journal.recordIntent(step.intent, step.identity)
    case "Order":
      return journal.recordOrder(step.order)
    case "Fill":
      return journal.recordFill(step.fill, step.position)
    case "Position":
      return journal.recordPosition(step.position)
    case "Window":
      return journal.recordWindow(step.window)
    case "Settlement":
      return journal.recordSettlement(step.resolution, step.positions)
    case "Tick": {
      const { atMs, tick } = step
      return journal.recordTick({
        tick,
        atMs,
        durationMs: 1.5,
        spot: {},
        decisions: []
      })
    }
  }
}

/** Few of each kind, so that histories come back to the same ones. */
const FEW = 4

const slug = fc.nat({ max: FEW - 1 }).map(slugNumber)

/** What has a key is the same thing whenever it comes up; only its state changes. */
const fixed = <A>(arbitrary: fc.Arbitrary<A>): fc.Arbitrary<A> => {
  const samples = fc.sample(arbitrary, { numRuns: FEW, seed: 5 })
  return fc.constantFrom(...samples)
}

const sent = fc.constantFrom(
  ...fc
    .sample(fc.tuple(Arbitrary.make(Intent), Arbitrary.make(OrderIdentity), slug), { numRuns: FEW, seed: 5 })
    .map(([intent, identity, itsSlug], index) => ({
      intent: { ...intent, slug: itsSlug, reason: `'"\\ – 🙂\n${intent.reason}` },
      identity: { ...identity, orderId: orderNumber(index) }
    }))
)

const order = fc.tuple(sent, Arbitrary.make(Order)).map(
  ([{ identity, intent }, { evidence, filledMicroShares, note, status, updatedAtMs }]): Order => ({
    ...identity,
    intent,
    status,
    filledMicroShares,
    note,
    updatedAtMs,
    ...(evidence === undefined ? {} : { evidence })
  })
)

const position = fc.tuple(Arbitrary.make(Position), fc.nat({ max: FEW - 1 }), slug).map(
  ([state, index, itsSlug]): Position => ({
    ...state,
    slug: itsSlug,
    tokenId: TokenId.make(`token-${index}`),
    // So that their sums are still money.
    realizedPnlMicroUsd: microUsd(state.realizedPnlMicroUsd % 1_000_000_000_000),
    feesMicroUsd: microUsd(state.feesMicroUsd % 1_000_000_000_000)
  })
)

const fill = fc
  .tuple(fixed(fc.tuple(Arbitrary.make(Fill), slug)), Arbitrary.make(Fill))
  .map(([[known, itsSlug], { status }]): Fill => ({ ...known, slug: itsSlug, status }))

const windowAt = (index: number) =>
  fixed(Arbitrary.make(Window)).map((window): Window => ({ ...window, slug: slugNumber(index) }))

const resolution = fc
  .tuple(Arbitrary.make(Resolution), slug)
  .map(([result, itsSlug]): Resolution => ({ ...result, slug: itsSlug }))

export const command: fc.Arbitrary<Command> = fc.oneof(
  sent.map((both) => ({ _tag: "Intent" as const, ...both })),
  order.map((state) => ({ _tag: "Order" as const, order: state })),
  fc.record({ _tag: fc.constant("Fill" as const), fill, position }),
  position.map((state) => ({ _tag: "Position" as const, position: state })),
  fc
    .nat({ max: FEW - 1 })
    .chain(windowAt)
    .map((window) => ({ _tag: "Window" as const, window })),
  fc.record({
    _tag: fc.constant("Settlement" as const),
    resolution,
    positions: fc.array(position, { maxLength: 2 })
  }),
  fc.record({ _tag: fc.constant("Tick" as const), tick: fc.nat({ max: 200 }), atMs: fc.maxSafeInteger() })
)

export interface Model {
  readonly orders: Map<OrderId, Order>
  readonly fills: Map<string, Fill>
  readonly positions: Map<TokenId, Position>
  readonly windows: Map<WindowSlug, Window>
  readonly settlements: Map<WindowSlug, Resolution>
  readonly ticks: Map<number, number>
}

export const emptyModel = (): Model => ({
  orders: new Map(),
  fills: new Map(),
  positions: new Map(),
  windows: new Map(),
  settlements: new Map(),
  ticks: new Map()
})

const once = <K, V>(map: Map<K, V>, key: K, value: V): boolean => {
  if (map.has(key)) return false
  map.set(key, value)
  return true
}

const applyFill = (model: Model, news: Fill, its: Position): void => {
  const known = model.fills.get(fillKey(news))
  const status = known === undefined ? news.status : laterFillStatus(known.status, news.status)
  if (known?.status === status) return
  model.fills.set(fillKey(news), { ...news, status })
  model.positions.set(its.tokenId, its)
}

export const apply = (model: Model, step: Command): void => {
  switch (step._tag) {
    case "Intent":
      once(model.orders, step.identity.orderId, pendingOrder(step.intent, step.identity))
      return
    case "Order":
      model.orders.set(step.order.orderId, step.order)
      return
    case "Fill":
      applyFill(model, step.fill, step.position)
      return
    case "Position":
      model.positions.set(step.position.tokenId, step.position)
      return
    case "Window":
      once(model.windows, step.window.slug, step.window)
      return
    case "Settlement":
      if (once(model.settlements, step.resolution.slug, step.resolution)) {
        for (const its of step.positions) model.positions.set(its.tokenId, its)
      }
      return
    case "Tick":
      model.ticks.set(step.tick, step.atMs)
      return
  }
}

/** What `load` must answer: in the order things were first seen, positions by when they were opened. */
export const expectedState = (model: Model) => {
  const unsettled = (its: { readonly slug: WindowSlug }) => !model.settlements.has(its.slug)
  const lastTick = [...model.ticks.keys()].toSorted((a, b) => b - a)[0]
  return {
    orders: [...model.orders.values()].filter((its) => isOpen(its) || unsettled(its.intent)),
    fills: [...model.fills.values()].filter(unsettled),
    positions: [...model.positions.values()]
      .filter((its) => its.status !== "closed")
      .toSorted((a, b) => a.openedAtMs - b.openedAtMs || (a.tokenId < b.tokenId ? -1 : 1)),
    windows: [...model.windows.values()].filter(unsettled),
    lastTickAtMs: lastTick === undefined ? undefined : model.ticks.get(lastTick),
    tickCount: lastTick ?? 0
  }
}
