/** Steps 3 and 4 of a tick: exits first, then entries. */
import { Effect, Either } from "effect"
import { toExitIntent, withoutPromised } from "../../domain/exits.ts"
import type { Decline, ExitSignal } from "../../domain/signal.ts"
import {
  type Decisions,
  PositionSizer,
  StopLoss,
  Strategy,
  TakeProfit,
  type TradingContext,
  WindowExpiry
} from "../../ports/trading.ts"
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

const exitStep = (memory: TickMemory, module: string, exits: Exits): Step<DecisionServices> => ({
  module,
  operation: "exits",
  capability: "exit",
  run: () =>
    Effect.gen(function* () {
      const context = yield* contextOf(memory)
      const decided = yield* exits(context)
      declineAll(memory, decided.declined)
      const kept = withoutPromised(decided.wanted, memory.promised)
      declineAll(memory, kept.declined)
      for (const signal of kept.wanted) {
        const intent = toExitIntent(signal, context.nowMs)
        yield* submit(memory, intent, context)
        // Not before: an exit that could not be journalled has sold nothing, and is tried again.
        memory.promised = new Set(memory.promised).add(intent.tokenId)
      }
    })
})

const entryStep = (memory: TickMemory): Step<DecisionServices> => ({
  module: "strategy",
  operation: "entries",
  capability: "enter",
  run: () =>
    Effect.gen(function* () {
      if (!memory.areOrdersSynced) {
        const reason = "the orders' news are not in our books: what is at stake is not known"
        return memory.decline({ module: "strategy", subject: "entries", reason })
      }
      const context = yield* contextOf(memory)
      const sizer = yield* PositionSizer
      const decided = yield* Effect.flatMap(Strategy, (strategy) => strategy.evaluate(context))
      declineAll(memory, decided.declined)
      for (const signal of decided.wanted) {
        const intent = yield* sizer.size(signal, context)
        if (Either.isLeft(intent)) memory.decline(intent.left)
        else yield* submit(memory, intent.right, context)
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
