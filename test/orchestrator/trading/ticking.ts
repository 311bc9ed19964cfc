/** Runs the trading tick over a scene, on the test's clock. */
import { Duration, Effect, Layer, TestClock } from "effect"
import type { Capability } from "../../../src/domain/capability.ts"
import type { Outcome, Window } from "../../../src/domain/window.ts"
import type { EntrySignal, ExitSignal } from "../../../src/domain/signal.ts"
import { microShares, priceTicks } from "../../../src/domain/money.ts"
import { ErrorLog } from "../../../src/orchestrator/error-log.ts"
import { Orchestrator } from "../../../src/orchestrator/orchestrator.ts"
import { TickPermit } from "../../../src/orchestrator/permit.ts"
import { makeStepRunner } from "../../../src/orchestrator/step-runner.ts"
import { Supervisor } from "../../../src/orchestrator/supervisor.ts"
import { tradingSteps } from "../../../src/orchestrator/trading/trading-tick.ts"
import { Safety } from "../../../src/ports/trading.ts"
import { NOW_MS, WINDOW } from "../../domain/trading-world.ts"
import { settings, silent } from "../harness.ts"
import type { Scene } from "./scene.ts"

/** Lets so much time pass. */
export const pass = (ms: number) => TestClock.adjust(Duration.millis(ms))

/** Starts the loop over a scene at NOW_MS, with its first tick done, and gives the orchestrator. */
export const ticking = <A, E>(
  scene: Scene,
  body: (orchestrator: typeof Orchestrator.Service) => Effect.Effect<A, E>
) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(NOW_MS)
    const orchestrator = yield* Orchestrator
    yield* orchestrator.init({ settings: settings(), modules: scene.stack, steps: tradingSteps() })
    yield* orchestrator.start
    yield* pass(0)
    const result = yield* body(orchestrator)
    yield* orchestrator.stop
    return result
  }).pipe(Effect.provide(Layer.merge(Orchestrator.layer, silent)))

/** One tick of a scene under a supervisor of the test's own, with the gate's capabilities changed first. */
export const oneTick = (made: Scene, held: ReadonlyArray<Capability>, revoked: ReadonlyArray<Capability>) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(NOW_MS)
    const supervisor = yield* Supervisor.make(settings(), yield* ErrorLog.make)
    for (const capability of held) supervisor.capabilities.hold(capability, "test", "said the test")
    const safety = yield* Safety
    for (const capability of revoked) yield* safety.revoke(capability, "said the test")
    const context = yield* Effect.context<Layer.Layer.Success<Scene["layer"]>>()
    const runner = yield* makeStepRunner(supervisor, new TickPermit(), () => true, context)
    for (const step of tradingSteps()) yield* runner.run(step, 1)
  }).pipe(Effect.scoped, Effect.provide(Layer.merge(made.layer, silent)))

export const exitSignal = (
  purpose: ExitSignal["purpose"],
  outcome: Outcome = "Up",
  window: Window = WINDOW
): ExitSignal => ({
  window,
  outcome,
  side: "SELL",
  purpose,
  limitPriceTicks: priceTicks(2_000),
  sizeMicroShares: microShares(10_000_000),
  reason: `${purpose} is due`
})

export const entrySignal = (outcome: Outcome = "Up", window: Window = WINDOW): EntrySignal => ({
  window,
  outcome,
  limitPriceTicks: priceTicks(5_100),
  probabilityMicros: 700_000,
  edgeTicks: 500,
  reason: "worth it"
})

export const wanting = <A>(...wanted: ReadonlyArray<A>) => ({ wanted, declined: [] })
