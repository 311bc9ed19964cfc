import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, FastCheck as fc, Layer } from "effect"
import { type ModuleStack, add, empty } from "../../../src/orchestrator/module.ts"
import { Orchestrator } from "../../../src/orchestrator/orchestrator.ts"
import { exitCodeOf } from "../../../src/orchestrator/policy.ts"
import { type ModuleError, ModuleHost } from "../../../src/ports/module-host.ts"
import { settings, step } from "../harness.ts"
import { fatalErrors } from "./attempts.ts"
import { transient } from "./generators.ts"
import { LIMIT_MS, type LogLine, type Turns, type World, checkWorlds, inWorld, until } from "./world.ts"

const SOURCES = ["step", "retry", "fiber", "init", "onUp", "subscriber", "release"] as const
const BY_ITSELF_MS = 100_000

/** One thing that breaks for good: where, when, with which error, and whether its type says so. */
interface Fault {
  readonly source: (typeof SOURCES)[number]
  readonly atMs: number
  readonly error: ModuleError
  readonly typed: boolean
}

interface Plan {
  readonly faults: ReadonlyArray<Fault>
  /** The module that each fault is of. */
  readonly modules: number
  readonly at: ReadonlyArray<number>
}

const plans: fc.Arbitrary<Plan> = fc.record({
  faults: fc.array(
    fc.record({
      source: fc.constantFrom(...SOURCES),
      atMs: fc.integer({ min: 0, max: 20_000 }),
      error: fc.constantFrom(...fatalErrors),
      typed: fc.boolean()
    }),
    { minLength: 1, maxLength: 3 }
  ),
  modules: fc.integer({ min: 1, max: 6 }),
  at: fc.array(fc.nat(5), { minLength: 3, maxLength: 3 })
})

const raise = ({ error, typed }: Fault): Effect.Effect<never, ModuleError> =>
  typed ? Effect.fail(error) : Effect.die(error)

/** What exit code an error stands for: the table of the documentation, in short. */
const EXIT: Readonly<Record<string, number>> = {
  DiskFull: 74,
  NotWritable: 74,
  HeldByAnother: 75,
  WrongWorld: 78
}
const exitOf = ({ error }: Fault): number =>
  typeof error.reason === "string" ? (EXIT[error.reason] ?? 1) : 1

const ofSource = (plan: Plan, source: Fault["source"]) =>
  plan.faults.filter((fault) => fault.source === source)

interface Seen {
  readonly events: Array<string>
}

/** Modules, each with the faults that are its own: in its init, on a fiber, in its release. */
const stackOf = (plan: Plan, world: World, { events }: Seen) =>
  Array.from({ length: plan.modules }, (_, index) => index).reduce<ModuleStack<never, never>>(
    (stack, index) => {
      const own = plan.faults.filter((_, at) => (plan.at[at] ?? 0) % plan.modules === index)
      const layer = Layer.scopedDiscard(
        Effect.gen(function* () {
          yield* Effect.acquireRelease(
            Effect.sync(() => void events.push(`up m${index}`)),
            () =>
              Effect.gen(function* () {
                events.push(`down m${index}`)
                const fault = own.find(({ source }) => source === "release")
                if (fault !== undefined) return yield* Effect.die(fault.error)
              })
          )
          const host = yield* ModuleHost
          for (const [at, fault] of own.entries()) {
            if (fault.source === "init") return yield* raise(fault)
            if (fault.source !== "fiber") continue
            yield* host.fork(`fiber${at}`, Effect.zipRight(until(world, fault.atMs), raise(fault)))
          }
        })
      )
      return add({ name: `m${index}`, layer })(stack)
    },
    empty
  )

/** Steps of the tick: one that fails for good, one whose later try does, and one that gives the subscriber something to keep. */
const stepsOf = (plan: Plan, world: World) => [
  ...ofSource(plan, "step").map((fault, at) =>
    step("m0", () => (world.nowMs() >= fault.atMs ? raise(fault) : Effect.void), `step${at}`)
  ),
  ...ofSource(plan, "retry").map((fault, at) => {
    let isFirst = true
    return step(
      "m0",
      () =>
        Effect.suspend(() => {
          if (world.nowMs() < fault.atMs) return Effect.void
          if (!isFirst) return raise(fault)
          isFirst = false
          return Effect.fail(transient)
        }),
      `retry${at}`
    )
  }),
  step("m0", () => Effect.fail(transient), "noise")
]

const live = (plan: Plan, turns: Turns) =>
  inWorld(turns, (world) =>
    Effect.gen(function* () {
      const orchestrator = yield* Orchestrator
      const seen: Seen = { events: [] }
      let shutdowns = 0
      const [onUp] = ofSource(plan, "onUp")
      const [subscriber] = ofSource(plan, "subscriber")
      const begun = yield* Deferred.make<void>()
      const up = yield* orchestrator
        .init({
          settings: settings({ maxRetryAttempts: 3, retryBackoffMs: 500 }),
          modules: stackOf(plan, world, seen),
          steps: stepsOf(plan, world),
          onShutdown: Effect.zipRight(
            Effect.sync(() => void shutdowns++),
            Deferred.succeed(begun, undefined)
          ),
          ...(onUp === undefined ? {} : { onUp: raise(onUp) }),
          ...(subscriber === undefined
            ? {}
            : { onError: () => (world.nowMs() >= subscriber.atMs ? raise(subscriber) : Effect.void) })
        })
        .pipe(Effect.zipRight(orchestrator.start), Effect.exit)
      yield* until(world, BY_ITSELF_MS)
      // Where nothing was up long enough for a fatal error to find it, the composition asks for the end, as it does in the daemon.
      const wasByItself = shutdowns > 0
      const report = yield* orchestrator.shutdown({ _tag: "Requested", by: "the test" })
      const { phase } = yield* orchestrator.getState
      const entered = (yield* orchestrator.getState).capabilities
      return { ...seen, up: up._tag, shutdowns, wasByItself, report, phase, entered, logs: [...world.logs] }
    })
  )

const reasonOf = ({ error }: Fault) => (typeof error.reason === "string" ? error.reason : error.reason._tag)

/** Each fault has at most its one line, with who, at what, and where in the code it came from; one at least ended it all. */
const expectToldOnce = (plan: Plan, logs: ReadonlyArray<LogLine>) => {
  const lines = logs.filter(({ cause }) => cause !== "")
  let found = 0
  for (const reason of new Set(plan.faults.map(reasonOf))) {
    const own = lines.filter(({ cause }) => new RegExp(`\\b${reason}\\b`).test(cause))
    // Whoever cannot keep an error cannot keep the one that ends it all either.
    const most = plan.faults
      .filter((fault) => reasonOf(fault) === reason)
      .map(({ source }) => (source === "subscriber" ? 2 : 1))
      .reduce((sum, each) => sum + each, 0)
    expect(own.length).toBeLessThanOrEqual(most)
    found += own.length
  }
  expect(found).toBeGreaterThan(0)
  for (const { cause, fields } of lines) {
    for (const field of ["module", "operation", "code"]) expect(fields[field]).toMatch(/./)
    expect(cause).toMatch(/\n\s+at /)
  }
}

describe("a fatal error, wherever it comes from", () => {
  it(
    "a fatal error – from a step, a later try, a background fiber, an init, onUp, whoever keeps the errors or a release – leads to one graceful shutdown with its exit code",
    () =>
      checkWorlds(plans, async (plan, turns) => {
        const seen = await live(plan, turns)
        const failsInit = plan.faults.some(({ source }) => source === "init" || source === "onUp")
        const endsItself = plan.faults.some(({ source }) =>
          ["step", "retry", "fiber", "subscriber"].includes(source)
        )
        expect(seen.shutdowns).toBe(1)
        expect(seen.phase).toBe("stopped")
        if (!failsInit) expect(seen.wasByItself).toBe(endsItself)
        const codes = new Set(plan.faults.map(exitOf))
        expect(codes).toContain(seen.report.exitCode)
        expect(seen.report.fatalError).toBeDefined()
        expect(exitCodeOf(seen.report.fatalError)).toBe(seen.report.exitCode)
        const downs = seen.events.filter((event) => event.startsWith("down"))
        const ups = seen.events.filter((event) => event.startsWith("up"))
        expect(downs).toEqual(ups.toReversed().map((event) => event.replace("up", "down")))
        expect(seen.entered).not.toContain("enter")
        expectToldOnce(plan, seen.logs)
        const lines = seen.logs.filter(({ event }) => event === "orchestrator_shutdown_complete")
        expect(lines).toHaveLength(1)
        expect(lines[0]?.fields).toMatchObject({ exitCode: seen.report.exitCode, result: "fatal error" })
      }),
    LIMIT_MS
  )
})
