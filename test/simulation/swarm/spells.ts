/** Faults that come for a while, each kind in its own time. */
import { Effect, type Scope } from "effect"
import { connect } from "../../../src/storage/connection.ts"
import type { History, Life } from "./life.ts"
import type { Spell } from "./weather.ts"

/** The life that is lived now, if any. */
export type Now = () => Life | undefined

const LONGEST_PAUSE_MS = 60_000
const LONGEST_LOCK_MS = 5_000
const LONGEST_STORM_MS = 60_000
const LONGEST_HALT_MS = 180_000
const LONGEST_LOOP_PAUSE_MS = 30_000
const LONGEST_SKEW_MS = 120_000
const LARGEST_STEPS_MS = [3_000, 60_000, 3_600_000]

/** Another program writes to the journal and does not let go. */
const lockJournal = (life: Life, forMs: number) =>
  Effect.scoped(
    Effect.gen(function* () {
      const path = `${life.directory}/tradewind.db`
      const sql = yield* connect(
        { module: "simulation", operation: "lock", path },
        { readonly: false, busyTimeoutMs: 0 }
      )
      yield* sql.unsafe("BEGIN IMMEDIATE")
      yield* Effect.sleep(forMs)
    })
  ).pipe(Effect.ignore)

const sleepFor = ({ weather }: History, mostMs: number) =>
  Effect.suspend(() => Effect.sleep(weather.chance.between(100, mostMs)))

const pauseProcess = (history: History, life: Life) =>
  Effect.gen(function* () {
    life.mortal.pause()
    yield* sleepFor(history, LONGEST_PAUSE_MS)
    life.mortal.resume()
  })

const stepClock = (history: History, life: Life) =>
  Effect.gen(function* () {
    const { chance } = history.weather
    const mostMs = chance.pick(LARGEST_STEPS_MS)
    life.mortal.skewMs = chance.between(-mostMs, mostMs)
    history.witness.trace(`wall clock off by ${life.mortal.skewMs}`)
    yield* sleepFor(history, LONGEST_SKEW_MS)
    life.mortal.skewMs = 0
  })

const haltEntries = (history: History, life: Life) =>
  Effect.gen(function* () {
    life.halted.add("enter")
    life.halted.add("quote")
    yield* sleepFor(history, LONGEST_HALT_MS)
    life.halted.clear()
  })

/** A command to a daemon that is up: it runs in the daemon's process, and nobody waits for it. */
export const inProcess = ({ mortal }: Life, command: Effect.Effect<unknown>) =>
  command.pipe(Effect.withClock(mortal.clock), Effect.withScheduler(mortal), Effect.forkDaemon)

const pauseLoop = (history: History, life: Life) =>
  Effect.gen(function* () {
    const { orchestrator } = life
    if (orchestrator === undefined) return
    const isStopped = history.weather.chance.hit(0.5)
    yield* inProcess(life, isStopped ? orchestrator.stop : orchestrator.pause)
    yield* sleepFor(history, LONGEST_LOOP_PAUSE_MS)
    yield* inProcess(life, isStopped ? Effect.ignore(orchestrator.start) : orchestrator.resume)
  })

const stopDaemon = (history: History, life: Life) => {
  const { orchestrator } = life
  if (orchestrator === undefined) return Effect.void
  const stop = inProcess(life, orchestrator.shutdown({ _tag: "Signal", signal: "SIGTERM" }))
  const again = Effect.zipRight(sleepFor(history, 5_000), inProcess(life, orchestrator.hurry))
  return Effect.zipRight(stop, history.weather.chance.hit(0.3) ? again : Effect.void)
}

const storm = (history: History) =>
  Effect.gen(function* () {
    const kind = history.weather.beginStorm()
    history.witness.trace(`a storm of ${kind}`)
    yield* sleepFor(history, LONGEST_STORM_MS)
    history.weather.endStorm()
  })

const SPELLS: Readonly<Record<Spell, (history: History, life: Life) => Effect.Effect<void>>> = {
  crash: (_, life) => Effect.sync(() => life.die()),
  "journal-locked": ({ weather }, life) => lockJournal(life, weather.chance.between(5, LONGEST_LOCK_MS)),
  "process-paused": pauseProcess,
  // A venue inside the daemon has no clock but the daemon's.
  "clock-stepped": (history, life) => (history.isInside ? Effect.void : stepClock(history, life)),
  "stop-and-restart": stopDaemon,
  "entries-halted": haltEntries,
  "loop-paused": pauseLoop,
  storm
}

const recur = (history: History, now: Now, spell: Spell, everyMs: number) =>
  Effect.gen(function* () {
    const { chance } = history.weather
    for (;;) {
      yield* Effect.sleep(chance.waitMs(everyMs))
      const life = now()
      if (life === undefined || history.weather.healed) continue
      history.weather.note(spell)
      yield* SPELLS[spell](history, life)
    }
  })

/** All spells that the seed knows, until the scope closes. */
export const beginSpells = (history: History, now: Now): Effect.Effect<void, never, Scope.Scope> =>
  Effect.forEach(
    Object.keys(SPELLS) as ReadonlyArray<Spell>,
    (spell) => {
      const everyMs = history.weather.everyMs(spell)
      return everyMs === undefined ? Effect.void : Effect.forkScoped(recur(history, now, spell, everyMs))
    },
    { discard: true }
  )
