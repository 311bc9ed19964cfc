/** Starts the daemon in a directory, as a process would, and says how it ended. */
import type { FileSystem, Path } from "@effect/platform"
import { Cause, Deferred, Effect, Layer, Logger, Random } from "effect"
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs"
import type { BuiltInWorld } from "../../../src/composition/worlds.ts"
import { Orchestrator } from "../../../src/orchestrator/orchestrator.ts"
import type { OrchestratorConfig } from "../../../src/orchestrator/run.ts"
import {
  type TickServices,
  cancelAndVerify,
  tradingSteps
} from "../../../src/orchestrator/trading/trading-tick.ts"
import { MarketClock } from "../../../src/ports/market-clock.ts"
import { Persistence } from "../../../src/ports/persistence.ts"
import type { DiscreteEventTime } from "../../../src/virtual-time/discrete-event.ts"
import type { Grounds } from "./ground.ts"
import { type End, type History, Life } from "./life.ts"
import { type LifeParts, moodyModules } from "./modules.ts"
import { Mortal } from "./mortal.ts"
import { moodySteps } from "./steps.ts"

type Platform = FileSystem.FileSystem | Path.Path

/** What of a state directory outlives a process that is killed; the shared memory of SQLite does not. */
const FILES = ["tradewind.db", "tradewind.db-wal", "exchange.db", "exchange.db-wal", "lock.db", "holder.json"]

/**
 * A process that has died leaves its files as they are, and the kernel closes them. Here the dead still hold them open, so
 * the next life gets them in a directory of its own, byte by byte.
 */
const inherit = (from: string, to: string): void => {
  mkdirSync(to, { mode: 0o700 })
  for (const name of FILES) {
    if (existsSync(`${from}/${name}`)) cpSync(`${from}/${name}`, `${to}/${name}`)
  }
  rmSync(from, { recursive: true, force: true })
}

/** What the composition has the orchestrator do besides its modules, as in src/composition/daemon.ts. */
const planOf = (life: Life, parts: LifeParts, grounds: Grounds) =>
  Effect.map(Effect.context<Platform>(), (platform): OrchestratorConfig<TickServices> => {
    const stack = moodyModules(life, parts, grounds)
    return {
      settings: parts.config.orchestrator,
      modules: {
        modules: stack.modules,
        layer: (hosting) => Layer.provide(stack.layer(hosting), Layer.succeedContext(platform))
      },
      steps: moodySteps(life, tradingSteps()),
      onUp: Effect.gen(function* () {
        const journal = yield* Persistence
        yield* journal.recordEvent("daemon_up", { life: life.number })
        return (yield* journal.load).tickCount
      }),
      onError: (report) =>
        Effect.flatMap(Persistence, (journal) => journal.recordEvent("error", { ...report })),
      cancelOrders: Effect.tap(cancelAndVerify, (verification) =>
        Effect.flatMap(Persistence, (journal) => journal.recordEvent("daemon_stopping", { ...verification }))
      )
    }
  })

const living = (life: Life, parts: LifeParts, grounds: Grounds) =>
  Effect.gen(function* () {
    const orchestrator = yield* Orchestrator
    life.orchestrator = orchestrator
    yield* orchestrator.init(yield* planOf(life, parts, grounds)).pipe(
      Effect.zipRight(orchestrator.start),
      Effect.catchAll((error) =>
        Effect.forkDaemon(orchestrator.shutdown({ _tag: "Requested", by: `no start: ${error.message}` }))
      ),
      // A shutdown that was asked for meanwhile has interrupted the init, and is what there is to wait for.
      Effect.catchAllCause((cause) =>
        Cause.isInterruptedOnly(cause) ? Effect.void : Effect.failCause(cause)
      )
    )
    return yield* orchestrator.awaitShutdown
  }).pipe(Effect.provide(Orchestrator.layer))

/** A process whose daemon runs in `directory`; it is there at once, and over when it is. */
export const startProcess = (
  history: History,
  options: {
    readonly number: number
    readonly root: string
    readonly from: string | undefined
    readonly world: BuiltInWorld
    readonly time: DiscreteEventTime
    readonly grounds: Grounds
    readonly logger: Layer.Layer<never>
  }
): Effect.Effect<Life, never, Platform> =>
  Effect.gen(function* () {
    const { from, grounds, logger, number, root, time, world } = options
    const directory = `${root}/life-${number}`
    if (from === undefined) mkdirSync(directory, { mode: 0o700 })
    else inherit(from, directory)
    const mortal = new Mortal(time)
    const life = new Life(history, number, directory, mortal, yield* Deferred.make<End>())
    const config = history.sabotage.config?.(history.config) ?? history.config
    const parts = { config, world, state: { path: directory, temporary: true } }
    const fiber = yield* living(life, parts, grounds).pipe(
      Effect.provide(logger),
      Effect.provideService(MarketClock, (nowMs) => Effect.sync(() => time.startAt(nowMs))),
      Effect.withClock(mortal.clock),
      Effect.withRandom(Random.make(history.config.seed)),
      Effect.withScheduler(mortal),
      Effect.forkDaemon
    )
    fiber.addObserver((exit) => {
      if (mortal.isDead) return
      // The process has ended: what it left undone is never done.
      mortal.kill()
      const report = exit._tag === "Success" ? exit.value : undefined
      history.witness.expect(
        report !== undefined,
        () => `the daemon broke: ${exit._tag === "Failure" ? Cause.pretty(exit.cause) : ""}`
      )
      const end: End = report === undefined ? { _tag: "Died" } : { _tag: "Stopped", report }
      Deferred.unsafeDone(life.over, Effect.succeed(end))
    })
    return life
  })

export const noLog = Logger.replace(Logger.defaultLogger, Logger.none)
