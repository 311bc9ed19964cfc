/** One run of the whole daemon in this process, on virtual time that never waits. */
import { NodeContext } from "@effect/platform-node"
import { Effect, Layer, Logger, Random } from "effect"
import type { AppConfig } from "../../src/composition/app-config.ts"
import { loadAppConfig } from "../../src/composition/load-app-config.ts"
import { builtInWorld } from "../../src/composition/worlds.ts"
import { Orchestrator } from "../../src/orchestrator/orchestrator.ts"
import { cancelAndVerify, tradingSteps } from "../../src/orchestrator/trading/trading-tick.ts"
import type { RealTime } from "../../src/ports/machine.ts"
import { MarketClock } from "../../src/ports/market-clock.ts"
import { Reconciler } from "../../src/ports/reconciliation.ts"
import { Exchange } from "../../src/ports/exchange.ts"
import { makeDiscreteEventTime } from "../../src/virtual-time/discrete-event.ts"
import { withChecks } from "./checks.ts"
import { modulesUnderWatch } from "./modules.ts"
import { Watch } from "./watch.ts"

/**
 * Real time that stands still: nothing that waits for real time is ever woken by it. Start and stop go at speed 1, so
 * their time-outs never pass while files are opened; in between time does not wait.
 */
const standingStill: RealTime = {
  nowMs: () => 0,
  after: () => () => undefined,
  afterEventLoopTurn: (callback) => void setImmediate(callback)
}

export interface Scenario {
  readonly seed: number
  readonly forMs: number
  readonly stateDir: string
  readonly configure: (config: AppConfig) => AppConfig
}

const NO_FLAGS = {
  mode: "sim",
  config: undefined,
  data: undefined,
  speed: undefined,
  transport: undefined,
  forMs: undefined
} as const

/** The packaged configuration, changed as the scenario says. */
export const configOf = ({ configure, seed, stateDir }: Scenario) =>
  Effect.map(loadAppConfig({ ...NO_FLAGS, seed, stateDir, summary: undefined }, {}), configure)

export const simulate = (scenario: Scenario) =>
  Effect.gen(function* () {
    const config = yield* configOf(scenario)
    const world = yield* builtInWorld(config)
    const watch = new Watch(config.safety)
    const platform = yield* Effect.context<Layer.Layer.Success<typeof NodeContext.layer>>()
    const time = makeDiscreteEventTime(world.startMs, 1, standingStill)
    const parts = { config, world, state: { path: scenario.stateDir, temporary: true } }
    const stack = modulesUnderWatch(parts, watch)
    const { startCashUsd } = config.exchange
    let cashAtEnd: number | undefined
    const run = Effect.gen(function* () {
      const orchestrator = yield* Orchestrator
      yield* orchestrator.init({
        settings: config.orchestrator,
        modules: {
          modules: stack.modules,
          layer: (hosting) => Layer.provide(stack.layer(hosting), Layer.succeedContext(platform))
        },
        steps: withChecks(tradingSteps(), watch, startCashUsd),
        cancelOrders: Effect.zipLeft(
          cancelAndVerify,
          Effect.flatMap(Exchange, (exchange) =>
            Effect.map(exchange.cashMicroUsd, (cash) => void (cashAtEnd = cash))
          )
        ),
        reconciliation: Effect.flatMap(Reconciler, ({ state }) => state),
        onShutdown: Effect.sync(() => time.setSpeed(1))
      })
      const startedAtMs = time.nowMs()
      yield* orchestrator.start
      time.setSpeed(Number.POSITIVE_INFINITY)
      yield* Effect.sleep(scenario.forMs)
      const { reconciliation } = yield* orchestrator.getState
      const report = yield* orchestrator.shutdown({ _tag: "Requested", by: "the simulation is over" })
      const endedAtMs = time.nowMs()
      return { report, reconciliation, state: yield* orchestrator.getState, startedAtMs, endedAtMs }
    })
    const result = yield* run.pipe(
      Effect.provide(Layer.merge(Orchestrator.layer, Logger.replace(Logger.defaultLogger, Logger.none))),
      Effect.provideService(MarketClock, (nowMs) => Effect.sync(() => time.startAt(nowMs))),
      Effect.withClock(time.clock),
      Effect.withRandom(Random.make(config.seed)),
      Effect.withScheduler(time.scheduler)
    )
    return { ...result, config, watch, cashAtEnd }
  }).pipe(Effect.provide(NodeContext.layer))
