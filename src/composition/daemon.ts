/** One run of the daemon, from the command line's flags to the exit code. */
import type { CommandExecutor, FileSystem, Path } from "@effect/platform"
import { Cause, Clock, Effect, Layer, type Scope } from "effect"
import { CONFIG_INVALID_EXIT_CODE, type ConfigInvalid } from "../config/config-invalid.ts"
import { layerConfig as loggerLayer } from "../modules/logger/logger.ts"
import { makeSecretRegistry } from "../modules/logger/secrets.ts"
import type { ModuleStack } from "../orchestrator/module.ts"
import type { Ways } from "../modules/reconciler/reconciler.ts"
import { Orchestrator } from "../orchestrator/orchestrator.ts"
import type { OrchestratorConfig } from "../orchestrator/run.ts"
import type { ShutdownReport } from "../orchestrator/shutdown.ts"
import type { OrchestratorState } from "../orchestrator/state.ts"
import { type TickServices, cancelAndVerify, tradingSteps } from "../orchestrator/trading/trading-tick.ts"
import { Machine } from "../ports/machine.ts"
import { Persistence } from "../ports/persistence.ts"
import { ProcessId } from "../ports/process-id.ts"
import { Reconciler } from "../ports/reconciliation.ts"
import { Stopwatch } from "../ports/stopwatch.ts"
import { variableName } from "../config/environment.ts"
import { configHash } from "../config/hash.ts"
import { announce } from "./announce.ts"
import type { AppConfig } from "./app-config.ts"
import type { RunFlags } from "./flags.ts"
import { loadAppConfig } from "./load-app-config.ts"
import { type RunTime, builtInTime, realTime } from "./run-time.ts"
import { type StateDirectory, stateDirectory } from "./state-directory.ts"
import { endAtLast, stopAfter, stopOnCrashes, stopOnSignals } from "./stopping.ts"
import { type Books, readBooks, summaryOf, summaryText } from "./summary.ts"
import { checkSummaryFile, writeSummary } from "./summary-file.ts"
import { VERSION } from "./version.ts"
import { type TrackedConfig, checkWiring, trackReads } from "./wiring.ts"
import { type MarketWorld, marketWorld } from "./worlds.ts"

export type Platform = Machine | FileSystem.FileSystem | Path.Path | CommandExecutor.CommandExecutor

/** What the modules of a run are made from. */
export interface DaemonParts {
  readonly config: AppConfig
  readonly world: MarketWorld
  readonly state: StateDirectory
  /** How books and venue are compared; left out, as the daemon does it. */
  readonly ways?: Ways
}

/** The modules in their order, made from a run's parts. */
export type Modules = (parts: DaemonParts) => ModuleStack<TickServices, Platform>

/** Variables that may hold a secret: what they say has been read, and no child or dump is to find it. */
const SECRETS_BEGIN_WITH = variableName(["polymarket"])

/** What a configuration makes of a run, with its orchestrator and its logger in place. */
export interface Stage {
  readonly parts: DaemonParts
  readonly unread: TrackedConfig["unread"]
  readonly time: RunTime
}

/** Runs the daemon and answers with the exit code. */
export const runDaemon = (modules: Modules) => (flags: RunFlags) =>
  onStage(
    flags,
    (config) => config.logger,
    (stage) => session(stage, flags, modules)
  )

/** Sets the stage that the flags ask for, and answers with the exit code of what is played on it. */
export const onStage = (
  flags: RunFlags,
  logging: (config: AppConfig) => AppConfig["logger"],
  play: (stage: Stage) => Effect.Effect<number, ConfigInvalid, Orchestrator | Platform | Scope.Scope>
): Effect.Effect<number, never, Platform> =>
  Effect.scoped(
    Effect.gen(function* () {
      const machine = yield* Machine
      const { config, unread } = trackReads(yield* loadAppConfig(flags, machine.environment))
      if (flags.summary !== undefined) yield* checkSummaryFile(flags.summary)
      const secrets = makeSecretRegistry()
      const world = yield* marketWorld(config, {
        ownUserId: machine.userId,
        register: secrets.register
      })
      yield* machine.forgetVariables(SECRETS_BEGIN_WITH)
      const state = yield* stateDirectory(config, flags, machine.environment, world)
      const time =
        world._tag === "BuiltIn" ? builtInTime(world.startMs, config.seed, machine.realTime) : realTime
      const logger = loggerLayer(logging(config), machine.output, secrets)
      return yield* play({ parts: { config, world, state }, unread, time }).pipe(
        Effect.provide(Layer.merge(logger, Orchestrator.layer)),
        Effect.provideService(ProcessId, machine.processId),
        Effect.provideService(Stopwatch, Effect.sync(machine.realTime.nowMs)),
        time.govern
      )
    })
  ).pipe(Effect.catchAll(refuse))

const refuse = (error: ConfigInvalid): Effect.Effect<number, never, Machine> =>
  Effect.map(Machine, (machine) => {
    machine.writeError(error.message)
    return CONFIG_INVALID_EXIT_CODE
  })

/** What is remembered for the summary. */
interface Memory {
  books: Books | undefined
  before: OrchestratorState | undefined
}

const session = (
  { parts, time, unread }: Stage,
  flags: RunFlags,
  modules: Modules
): Effect.Effect<number, ConfigInvalid, Orchestrator | Platform | Scope.Scope> =>
  Effect.gen(function* () {
    const { config, world } = parts
    const { mode, speed } = config
    const orchestrator = yield* Orchestrator
    const plan = yield* planOf(parts, flags, modules, time)
    // Before anything tells of the configuration: to be told is not to be used.
    yield* checkWiring({ mode, unread: unread(), modules: plan.modules.modules, steps: plan.steps })
    yield* announce(parts)
    // What came earlier has been kept: only from here on is there anything to stop.
    yield* stopOnSignals(orchestrator)
    yield* stopOnCrashes(orchestrator)
    yield* orchestrator.init(plan).pipe(
      Effect.zipRight(orchestrator.start),
      Effect.zipRight(goOn(orchestrator, time, speed, flags, world)),
      // The shutdown's report has the exit code.
      Effect.catchAll((error) =>
        Effect.zipRight(
          tellAtOnce(config, error.message),
          Effect.forkDaemon(orchestrator.shutdown({ _tag: "Requested", by: `no start: ${error.message}` }))
        )
      ),
      // A shutdown that was asked for meanwhile has interrupted the init, and is what there is to wait for.
      Effect.catchAllCause((cause) =>
        Cause.isInterruptedOnly(cause) ? Effect.void : Effect.failCause(cause)
      )
    )
    return (yield* orchestrator.awaitShutdown).exitCode
  })

/** Whether what is written to the output is meant to be read as it comes. */
const isForAPerson = ({ logger }: AppConfig, { output }: typeof Machine.Service): boolean =>
  logger.format === "pretty" || (logger.format === "auto" && output.isTerminal)

/** Where the log is for machines, a person learns here why there was no start. */
const tellAtOnce = (config: AppConfig, message: string): Effect.Effect<void, never, Machine> =>
  Effect.map(Machine, (machine) => {
    if (!isForAPerson(config, machine)) machine.writeError(message)
  })

const goOn = (
  orchestrator: typeof Orchestrator.Service,
  time: RunTime,
  speed: number,
  flags: RunFlags,
  world: MarketWorld
) =>
  Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    if (flags.forMs !== undefined) yield* stopAfter(orchestrator, flags.forMs, "the time of --for is over")
    if (world.endMs !== undefined) {
      yield* stopAfter(orchestrator, Math.max(0, world.endMs - nowMs), "the recording is over")
    }
    time.setSpeed(speed)
  })

/**
 * Orders of a journal that somebody took over are his: they are not cancelled. Writing tells; that it fails otherwise is no
 * reason to leave orders open.
 */
const stillOurs = Effect.flatMap(Persistence, (journal) => journal.recordEvent("daemon_cancelling", {})).pipe(
  Effect.catchIf(
    ({ reason }) => reason !== "HeldByAnother",
    (error) =>
      Effect.logWarning("event_not_recorded", error).pipe(Effect.annotateLogs({ module: "persistence" }))
  )
)

const planOf = (
  parts: DaemonParts,
  flags: RunFlags,
  modules: Modules,
  time: RunTime
): Effect.Effect<OrchestratorConfig<TickServices>, never, Orchestrator | Platform> =>
  Effect.gen(function* () {
    const platform = yield* Effect.context<Platform>()
    const orchestrator = yield* Orchestrator
    const memory: Memory = { books: undefined, before: undefined }
    const stack = modules(parts)
    const remember = Effect.gen(function* () {
      memory.before ??= yield* orchestrator.getState
      memory.books = yield* readBooks
    })
    return {
      settings: parts.config.orchestrator,
      modules: {
        modules: stack.modules,
        layer: (hosting) => Layer.provide(stack.layer(hosting), Layer.succeedContext(platform))
      },
      steps: tradingSteps(),
      reconciliation: Effect.flatMap(Reconciler, ({ state }) => state),
      onUp: Effect.gen(function* () {
        const journal = yield* Persistence
        const { mode, seed } = parts.config
        const { tickCount } = yield* journal.load
        yield* journal.recordEvent("daemon_up", {
          version: VERSION,
          mode,
          seed,
          config: configHash(parts.config)
        })
        return tickCount
      }),
      onError: (report) =>
        Effect.flatMap(Persistence, (journal) => journal.recordEvent("error", { ...report })),
      // Whatever the venue answers, the books are read; and once more when it has.
      cancelOrders: Effect.gen(function* () {
        yield* remember
        yield* stillOurs
        const verification = yield* cancelAndVerify
        yield* Effect.flatMap(Persistence, (journal) =>
          journal.recordEvent("daemon_stopping", { ...verification })
        )
        yield* remember
        return verification
      }),
      // Shutdown waits are meant in real seconds, not in market seconds.
      onShutdown: Effect.zipRight(
        Effect.sync(() => time.setSpeed(1)),
        Effect.provide(endAtLast(parts.config.orchestrator), platform)
      ),
      onReport: (report) =>
        Effect.provide(tellSummary(parts, flags, memory, report), platform).pipe(
          Effect.provideService(Orchestrator, orchestrator)
        )
    }
  })

const tellSummary = (
  { config }: DaemonParts,
  flags: RunFlags,
  memory: Memory,
  report: ShutdownReport
): Effect.Effect<void, never, Orchestrator | Platform> =>
  Effect.gen(function* () {
    const machine = yield* Machine
    const after = yield* Effect.flatMap(Orchestrator, ({ getState }) => getState)
    const summary = summaryOf({ config, report, after, ...memory })
    if (isForAPerson(config, machine)) machine.output.write(summaryText(summary, memory.books !== undefined))
    else yield* Effect.logInfo("run_summary").pipe(Effect.annotateLogs({ module: "tradewind", summary }))
    const path = flags.summary
    if (path === undefined) return
    yield* Effect.catchAll(writeSummary(path, summary), (error) =>
      Effect.logError("summary_not_written", error).pipe(Effect.annotateLogs({ module: "tradewind", path }))
    )
  })
