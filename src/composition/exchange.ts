/** `tradewind exchange`: the embedded exchange alone, on a real port of this machine, until a signal. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Cause, Deferred, Duration, Effect, Exit, Queue, Random, type Scope } from "effect"
import { CONFIG_INVALID_EXIT_CODE, ConfigInvalid } from "../config/config-invalid.ts"
import { layerConfig as loggerLayer } from "../modules/logger/logger.ts"
import { makeSecretRegistry } from "../modules/logger/secrets.ts"
import { EXIT_CODES, exitCodeOf } from "../orchestrator/policy.ts"
import type { FaultScript } from "../paper-exchange/protocol/faults/script.ts"
import { credentialsFrom } from "../paper-exchange/protocol/rest/credentials.ts"
import { DEFAULT_REST_SETTINGS } from "../paper-exchange/protocol/rest/options.ts"
import { makeExchangeServer } from "../paper-exchange/protocol/server.ts"
import {
  CannotListen,
  type Listening,
  listenOnLoopback
} from "../paper-exchange/transport/loopback-server.ts"
import { openKeeper } from "../paper-exchange/world/keeper.ts"
import { Machine } from "../ports/machine.ts"
import { MarketClock } from "../ports/market-clock.ts"
import { PersistenceError } from "../ports/persistence.ts"
import { ProcessId } from "../ports/process-id.ts"
import { holdDirectory, secureDirectory } from "../storage/state-directory.ts"
import { type DiscreteEventTime, makeDiscreteEventTime } from "../virtual-time/discrete-event.ts"
import type { AppConfig } from "./app-config.ts"
import { exchangeAddresses } from "./exchange-addresses.ts"
import { loadFaultScript } from "./fault-script.ts"
import { loadAppConfig } from "./load-app-config.ts"
import { PAPER_WALLET } from "./paper-wallet.ts"
import { VERSION } from "./version.ts"
import { builtInWorld } from "./worlds.ts"

/** What the command line says; absent flags are undefined. */
export interface ExchangeFlags {
  readonly port: number
  readonly seed: number | undefined
  readonly speed: number
  /** A fault script's file. */
  readonly faults: string | undefined
  readonly stateDir: string | undefined
}

type Platform = Machine | FileSystem.FileSystem | Path.Path

const MODULE = "exchange"
/** How far the market's clock may stand behind its pace when a request comes, in real milliseconds. */
const CLOCK_STEP_MS = 10
/** Real time from the first signal after which the process is ended whatever it does. */
const LAST_RESORT_MS = 10_000

const log = (event: string, fields: Readonly<Record<string, unknown>>) =>
  Effect.logInfo(event).pipe(Effect.annotateLogs({ module: MODULE, ...fields }))

/** All addresses are on one port (docs/exchange.md). */
const addressesOf = ({ httpUrl, socketUrl }: Listening) => {
  const { site: _site, ...addresses } = exchangeAddresses(httpUrl, socketUrl)
  return addresses
}

/** A folder that was named is this process's alone while it runs; without one, what happens is forgotten at the end. */
const stateOf = (flags: ExchangeFlags) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    if (flags.stateDir === undefined) {
      return yield* Effect.orDie(fs.makeTempDirectoryScoped({ prefix: "tradewind-exchange-" }))
    }
    const path = yield* Path.Path
    const directory = path.resolve(flags.stateDir)
    yield* secureDirectory(MODULE, directory)
    yield* holdDirectory(MODULE, directory)
    return directory
  })

/** Between two events of the market the clock would stand still, and a request would find it behind. */
const keepClockGoing = (speed: number) =>
  Effect.forever(Effect.sleep(Duration.millis(Math.max(1, CLOCK_STEP_MS * speed))))

/** The reason to end: a signal, or something that went wrong where nobody could mend it. */
const ending: Effect.Effect<number, never, Machine> = Effect.gen(function* () {
  const machine = yield* Machine
  const signal = Effect.gen(function* () {
    const name = yield* Queue.take(machine.signals)
    const lastWords = Effect.logError("exchange_forced").pipe(Effect.annotateLogs({ module: MODULE }))
    yield* machine.exitAfter(LAST_RESORT_MS, EXIT_CODES.forced, lastWords)
    yield* log("exchange_stopping", { signal: name })
    return EXIT_CODES.clean as number
  })
  const crash = Effect.gen(function* () {
    const cause = yield* Queue.take(machine.crashes)
    yield* Effect.logError("uncaught", cause).pipe(Effect.annotateLogs({ module: MODULE }))
    return EXIT_CODES.fatal as number
  })
  return yield* Effect.raceFirst(signal, crash)
})

/** Runs what must not end; its failure is logged, and ends the exchange with the code it calls for. */
const supervised = <E, R>(effect: Effect.Effect<never, E, R>, ended: Deferred.Deferred<number>) =>
  effect.pipe(
    Effect.catchAllCause((cause) =>
      Cause.isInterruptedOnly(cause)
        ? Effect.failCause(cause)
        : Effect.zipRight(
            Effect.logError("exchange_failed", cause).pipe(Effect.annotateLogs({ module: MODULE })),
            Deferred.succeed(ended, exitCodeOf(Cause.squash(cause)))
          )
    ),
    Effect.forkScoped
  )

const serve = (
  config: AppConfig,
  flags: ExchangeFlags,
  faults: FaultScript,
  time: DiscreteEventTime
): Effect.Effect<number, ConfigInvalid | PersistenceError | CannotListen, Platform | Scope.Scope> =>
  Effect.gen(function* () {
    const stateDir = yield* stateOf(flags)
    const world = yield* builtInWorld(config)
    const keeper = yield* openKeeper({
      settings: config.exchange,
      account: PAPER_WALLET.address,
      stateDir,
      source: world.source
    })
    const rest = {
      ...DEFAULT_REST_SETTINGS,
      startCashUsd: config.exchange.startCashUsd,
      credentials: credentialsFrom(`tradewind exchange ${config.seed}`),
      // Clients have their own clocks, which know nothing of the market's time.
      timestampWindowS: Number.POSITIVE_INFINITY
    }
    const { run, server } = yield* makeExchangeServer(keeper, { rest, faults, faultSeed: config.seed })
    const ended = yield* Deferred.make<number>()
    const listening = yield* listenOnLoopback(server, flags.port)
    yield* supervised(run, ended)
    yield* supervised(keepClockGoing(flags.speed), ended)
    yield* log("exchange_listening", {
      version: VERSION,
      ...addressesOf(listening),
      seed: config.seed,
      speed: flags.speed,
      marketTime: new Date(time.nowMs()).toISOString(),
      faults: faults.length,
      state: flags.stateDir === undefined ? `${stateDir} (temporary; --state-dir keeps it)` : stateDir
    })
    time.setSpeed(flags.speed)
    const exitCode = yield* Effect.raceFirst(ending, Deferred.await(ended))
    time.setSpeed(1)
    return exitCode
  })

const exitCodeFor = (error: ConfigInvalid | PersistenceError | CannotListen): number => {
  if (error instanceof ConfigInvalid) return CONFIG_INVALID_EXIT_CODE
  return error instanceof CannotListen ? EXIT_CODES.held : exitCodeOf(error)
}

/** Runs the exchange and answers with the exit code (design: 0 clean, 1 fatal, 74 disk, 75 held, 78 configuration). */
export const runExchange = (flags: ExchangeFlags): Effect.Effect<number, never, Platform> =>
  Effect.gen(function* () {
    const machine = yield* Machine
    const config = yield* loadAppConfig(
      {
        mode: "sim",
        seed: flags.seed,
        config: undefined,
        data: undefined,
        speed: undefined,
        forMs: undefined,
        stateDir: undefined,
        summary: undefined,
        transport: undefined
      },
      machine.environment
    )
    const faults = yield* loadFaultScript(flags.faults)
    const time = makeDiscreteEventTime(config.simulator.startMs, 1, machine.realTime)
    const session = Effect.exit(Effect.scoped(serve(config, flags, faults, time))).pipe(
      Effect.tap((exit) =>
        Exit.isSuccess(exit) ? log("exchange_stopped", { exitCode: exit.value }) : Effect.void
      ),
      Effect.flatten
    )
    return yield* session.pipe(
      Effect.provide(loggerLayer(config.logger, machine.output, makeSecretRegistry())),
      Effect.provideService(ProcessId, machine.processId),
      Effect.provideService(MarketClock, (nowMs) => Effect.sync(() => time.startAt(nowMs))),
      Effect.withClock(time.clock),
      Effect.withRandom(Random.make(config.seed)),
      Effect.withScheduler(time.scheduler)
    )
  }).pipe(
    Effect.catchAll((error) =>
      Effect.map(Machine, (machine) => {
        machine.writeError(error.message)
        return exitCodeFor(error)
      })
    )
  )
