/** Steps 3 and 4 of a tick: exits first, then entries. */
import { Effect, Either } from "effect"
import { toExitIntent, withoutPromised } from "../../domain/exits.ts"
import type { Intent } from "../../domain/order.ts"
import type { Decline, ExitSignal } from "../../domain/signal.ts"
import {
  type Decisions,
  OrderManager,
  PositionSizer,
  StopLoss,
  Strategy,
  TakeProfit,
  type TradingContext,
  WindowExpiry
} from "../../ports/trading.ts"
import { monotonicMs } from "../../ports/monotonic.ts"
import type { Step } from "../step.ts"
import { submit } from "./submit.ts"
import { type TickMemory, type TradingServices, contextOf } from "./tick-memory.ts"

export type DecisionServices =
  | TradingServices
  | Strategy
  | PositionSizer
  | StopLoss
  | TakeProfit
  | WindowExpiry

const declineAll = (memory: TickMemory, declined: ReadonlyArray<Decline>): void => {
  for (const decline of declined) memory.decline(decline)
}

type Exits = (context: TradingContext) => Effect.Effect<Decisions<ExitSignal>, never, DecisionServices>

/**
 * A send may take as long as the venue leaves us without an answer. What was decided before it on other books is not sent
 * after it, once it took longer than this.
 */
const DECISIONS_SERVE_MS = 2_000

/** Sends an intent, and says whether the other decisions of its step still hold. */
const sendInTime = (memory: TickMemory, intent: Intent, context: TradingContext) =>
  Effect.gen(function* () {
    const beganAtMs = yield* monotonicMs
    yield* submit(memory, intent, context)
    return (yield* monotonicMs) - beganAtMs <= DECISIONS_SERVE_MS
  })

const decideExits = (memory: TickMemory, exits: Exits) =>
  Effect.gen(function* () {
    const context = yield* contextOf(memory)
    const decided = yield* exits(context)
    declineAll(memory, decided.declined)
    const kept = withoutPromised(decided.wanted, memory.promised)
    declineAll(memory, kept.declined)
    return { context, wanted: kept.wanted }
  })

/** Exits that had to wait long for an earlier one are decided anew: no token has to wait for the next tick. */
const exitStep = (memory: TickMemory, module: string, exits: Exits): Step<DecisionServices> => ({
  module,
  operation: "exits",
  capability: "exit",
  run: () =>
    Effect.gen(function* () {
      let { context, wanted } = yield* decideExits(memory, exits)
      for (let signal = wanted[0]; signal !== undefined; signal = wanted[0]) {
        const intent = toExitIntent(signal, context.nowMs)
        const isInTime = yield* sendInTime(memory, intent, context)
        // Not before: an exit that could not be journalled has sold nothing, and is tried again.
        memory.promised = new Set(memory.promised).add(intent.tokenId)
        wanted = wanted.slice(1)
        if (!isInTime && wanted.length > 0) ({ context, wanted } = yield* decideExits(memory, exits))
      }
    })
})

const entryStep = (memory: TickMemory): Step<DecisionServices> => ({
  module: "strategy",
  operation: "entries",
  capability: "enter",
  run: () =>
    Effect.gen(function* () {
      // A question to the venue after the sync may have brought fills, and then have failed before they were booked.
      const areFillsWaiting =
        memory.fills.length > 0 || (yield* Effect.flatMap(OrderManager, (orders) => orders.hasNewFills))
      if (!memory.areOrdersSynced || areFillsWaiting) {
        const reason = "the orders' news are not in our books: what is at stake is not known"
        return memory.decline({ module: "strategy", subject: "entries", reason })
      }
      const context = yield* contextOf(memory)
      const sizer = yield* PositionSizer
      const decided = yield* Effect.flatMap(Strategy, (strategy) => strategy.evaluate(context))
      declineAll(memory, decided.declined)
      let isInTime = true
      for (const signal of decided.wanted) {
        const intent = yield* sizer.size(signal, context)
        if (Either.isLeft(intent)) memory.decline(intent.left)
        else if (isInTime) isInTime = yield* sendInTime(memory, intent.right, context)
        else {
          const reason = "the send before it took long: the next tick decides anew"
          memory.decline({ module: "strategy", subject: intent.right.slug, reason })
        }
      }
    })
})

/** Exits in the order expiry, stop-loss, take-profit; a token that one sells the next leaves alone. */
export const decisionSteps = (memory: TickMemory): ReadonlyArray<Step<DecisionServices>> => [
  exitStep(memory, "window-expiry", (context) =>
    Effect.flatMap(WindowExpiry, (module) => module.exits(context))
  ),
  exitStep(memory, "stop-loss", (context) => Effect.flatMap(StopLoss, (module) => module.exits(context))),
  exitStep(memory, "take-profit", (context) => Effect.flatMap(TakeProfit, (module) => module.exits(context))),
  entryStep(memory)
]
