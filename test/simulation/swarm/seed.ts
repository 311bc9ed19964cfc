/** One seed: so many virtual hours of a daemon among faults, its healing, and what it left behind. */
import * as Path from "@effect/platform/Path"
import { Clock, Deferred, Effect, Exit, Fiber, Layer, Logger, Random, Scope } from "effect"
import { mkdirSync, mkdtempSync, existsSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import type { AppConfig } from "../../../src/composition/app-config.ts"
import { loadAppConfig } from "../../../src/composition/load-app-config.ts"
import { type BuiltInWorld, builtInWorld } from "../../../src/composition/worlds.ts"
import type { RealTime } from "../../../src/ports/machine.ts"
import { makeDiscreteEventTime } from "../../../src/virtual-time/discrete-event.ts"
import { type Tables, tablesOf } from "../journal.ts"
import { type Market, markets } from "../markets.ts"
import { venueInside, venueOutside } from "./ground.ts"
import { heal } from "./healing.ts"
import type { End, History, Life, Sabotage } from "./life.ts"
import { noLog, startProcess } from "./process.ts"
import { beginSpells } from "./spells.ts"
import { synchronousFiles } from "./synchronous-files.ts"
import { Weather } from "./weather.ts"
import { Witness } from "./witness.ts"

const HOUR_MS = 3_600_000
/** How long a supervisor takes to start the daemon again. */
const LONGEST_DOWN_MS = 20_000
/** Lives that end so soon and so often are no lives: the world is broken, not the daemon. */
const MOST_LIVES = 2_000
/** A seed's venue lives inside the daemon so often. */
const INSIDE = 0.25

/** Virtual time waits for nothing; the event loop gets a turn every now and then. */
const unpaced: RealTime = {
  nowMs: () => performance.now(),
  after: () => () => undefined,
  afterEventLoopTurn: (callback) => void setImmediate(callback)
}

export interface SeedOptions {
  readonly seed: number
  readonly hours: number
  /** Told of everything that happens, line by line. */
  readonly tell?: (line: string) => void
  /** No fault strikes. */
  readonly isCalm?: boolean
  /** The simulated day; drawn where it is not given. */
  readonly market?: Market
  readonly sabotage?: Sabotage
}

export interface SeedResult {
  readonly seed: number
  readonly problems: ReadonlyArray<string>
  readonly digest: string
  readonly injected: Readonly<Record<string, number>>
  readonly counts: Readonly<Record<string, number>>
  readonly tables: Tables
}

/**
 * The packaged configuration in one of the simulated days. An order of unknown outcome is given up so early, and asked
 * about so often, that a minute after the last fault everything must be known.
 */
const configOf = (seed: number, market: Market) => {
  const flags = {
    mode: "sim",
    config: undefined,
    data: undefined,
    speed: undefined,
    forMs: undefined,
    stateDir: undefined,
    transport: undefined,
    summary: undefined
  } as const
  return Effect.map(loadAppConfig({ ...flags, seed }, {}), (loaded): AppConfig => {
    const config = market.configure(loaded)
    return {
      ...config,
      persistence: { ...config.persistence, busyTimeoutMs: 0 },
      orderManager: {
        ...config.orderManager,
        unknownTimeoutMs: 40_000,
        recheckAfterMs: 20_000,
        maxAskIntervalMs: 8_000
      }
    }
  })
}

const MEMORY_DISK = "/dev/shm"
const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(`${existsSync(MEMORY_DISK) ? MEMORY_DISK : tmpdir()}/tradewind-simulation-`)),
  (root) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
)

/** Starts the daemon again whenever it has ended, until it shall not be started any more. */
class Supervision {
  life: Life | undefined
  lives = 0
  deaths = 0
  readonly exitCodes = new Map<number, number>()
  goesOn = true
  lastDirectory: string | undefined

  note(end: End, witness: Witness): void {
    if (end._tag === "Died") {
      this.deaths += 1
      witness.trace("died")
      return
    }
    const { exitCode, reason, verification } = end.report
    this.exitCodes.set(exitCode, (this.exitCodes.get(exitCode) ?? 0) + 1)
    witness.trace(`stopped with ${exitCode} (${reason}): ${verification.details}`)
  }
}

export const runSeed = (options: SeedOptions): Effect.Effect<SeedResult, unknown> =>
  Effect.gen(function* () {
    const { hours, seed, tell } = options
    let witness: Witness | undefined
    const weather = new Weather(seed, options.isCalm ?? false, (words) => witness?.trace(`fault ${words}`))
    const config = yield* configOf(seed, options.market ?? weather.chance.pick(markets))
    witness = new Witness(config.safety, tell)
    const world = yield* builtInWorld(config)
    const time = makeDiscreteEventTime(world.startMs, Number.POSITIVE_INFINITY, unpaced)
    const isInside = options.isCalm !== true && weather.chance.hit(INSIDE)
    const history: History = {
      seed,
      config,
      weather,
      witness,
      isInside,
      sabotage: options.sabotage ?? {},
      nowMs: () => time.nowMs()
    }
    return yield* live(history, hours, world, time, options).pipe(
      Effect.withClock(time.clock),
      Effect.withRandom(Random.make(seed)),
      Effect.withScheduler(time.scheduler)
    )
  }).pipe(Effect.scoped, Effect.provide(Layer.mergeAll(synchronousFiles, Path.layer, noLog)))

const live = (
  history: History,
  hours: number,
  world: BuiltInWorld,
  time: ReturnType<typeof makeDiscreteEventTime>,
  options: SeedOptions
) =>
  Effect.gen(function* () {
    const { config, isInside, weather, witness } = history
    const root = yield* temporary
    const supervision = new Supervision()
    mkdirSync(`${root}/venue`, { mode: 0o700 })
    const ofTheVenue = { config, world, state: { path: `${root}/venue`, temporary: true } }
    const grounds = isInside ? venueInside : yield* venueOutside(ofTheVenue)
    const beginMs = yield* Clock.currentTimeMillis
    const supervise = Effect.gen(function* () {
      while (supervision.goesOn && supervision.lives < MOST_LIVES) {
        supervision.lives += 1
        const life = yield* startProcess(history, {
          number: supervision.lives,
          root,
          from: supervision.lastDirectory,
          world,
          time,
          grounds,
          logger: options.tell === undefined ? noLog : logTo(options.tell)
        })
        supervision.life = life
        const end = yield* Deferred.await(life.over)
        supervision.note(end, witness)
        supervision.life = undefined
        supervision.lastDirectory = life.directory
        if (supervision.goesOn) {
          yield* Effect.sleep(weather.healed ? 1_000 : weather.chance.between(100, LONGEST_DOWN_MS))
        }
      }
    })
    const spells = yield* Scope.make()
    yield* Scope.extend(
      beginSpells(history, () => supervision.life),
      spells
    )
    const supervisor = yield* Effect.forkScoped(supervise)
    yield* Effect.sleep(hours * HOUR_MS)
    weather.healed = true
    yield* Scope.close(spells, Exit.void)
    const endMs = yield* Clock.currentTimeMillis
    yield* heal(
      history,
      () => supervision.life,
      () => void (supervision.goesOn = false)
    )
    yield* Fiber.join(supervisor)
    const tables = yield* tablesOf(`${supervision.lastDirectory}/tradewind.db`)
    return resultOf(history, supervision, tables, { root, beginMs, endMs })
  })

const logTo = (tell: (line: string) => void) =>
  Logger.replace(
    Logger.defaultLogger,
    Logger.make(({ annotations, logLevel, message }) => {
      if (logLevel.ordinal < 20_000) return
      tell(
        `  ${logLevel.label} ${JSON.stringify(message)} ${JSON.stringify(Object.fromEntries(annotations))}`
      )
    })
  )

const resultOf = (
  { seed, weather, witness }: History,
  supervision: Supervision,
  tables: Tables,
  { root, beginMs, endMs }: { readonly root: string; readonly beginMs: number; readonly endMs: number }
): SeedResult => {
  for (const [name, rows] of tables) {
    // The migrator stamps its own table with the time of the machine; messages name the directory of this run.
    if (name === "effect_sql_migrations") continue
    witness.trace(`${name} ${JSON.stringify(rows).replaceAll(root, "")}`)
  }
  return {
    seed,
    problems: witness.problems,
    digest: witness.digest(),
    injected: Object.fromEntries(weather.injected),
    counts: {
      virtualMs: endMs - beginMs,
      ticks: witness.ticks,
      checks: witness.checks,
      audits: witness.audits,
      orders: witness.sent.size,
      unknown: witness.outcomes.Unknown,
      refused: witness.outcomes.Refused,
      fills: tables.get("fills")?.length ?? 0,
      settlements: tables.get("settlements")?.length ?? 0,
      exitsUnderHalt: witness.exitsUnderHalt,
      lives: supervision.lives,
      deaths: supervision.deaths,
      ...Object.fromEntries([...supervision.exitCodes].map(([code, times]) => [`exit${code}`, times]))
    },
    tables
  }
}
