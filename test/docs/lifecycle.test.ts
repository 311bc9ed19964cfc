import { describe, expect, it } from "@effect/vitest"
import { Cause, type Context, Effect, Either, Exit, Fiber, Layer, Option, Schema, TestClock } from "effect"
import { readFileSync } from "node:fs"
import * as Errors from "../../src/orchestrator/errors.ts"
import { MODULE_STATUSES } from "../../src/orchestrator/health.ts"
import { Orchestrator } from "../../src/orchestrator/orchestrator.ts"
import {
  CATEGORIES,
  EXIT_CODES,
  POLICY,
  type TradewindError,
  exitCodeOf,
  handlingOf
} from "../../src/orchestrator/policy.ts"
import { OrchestratorSettings } from "../../src/orchestrator/settings.ts"
import { SHUTDOWN_PHASES } from "../../src/orchestrator/shutdown.ts"
import { LoopState, PHASES, type Phase } from "../../src/orchestrator/state.ts"
import { ExchangeError, type ExchangeReason } from "../../src/ports/exchange.ts"
import { PersistenceError } from "../../src/ports/persistence.ts"
import { ReconciliationRefused } from "../../src/ports/reconciliation.ts"
import { SpotError } from "../../src/ports/spot.ts"
import { settings, silent, stackOf } from "../orchestrator/harness.ts"
import { readPage, tableWith, tablesOf } from "./tables.ts"

const page = readPage("lifecycle.md")
const tables = tablesOf(page)
const columnOf = (index: number, ...columns: ReadonlyArray<string>) =>
  tableWith(tables, ...columns).rows.map((row) => row[index])

describe("docs/lifecycle.md", () => {
  it("tables – name exactly what the code has, in its order", () => {
    expect(columnOf(0, "phase", "meaning")).toEqual(PHASES)
    expect(columnOf(0, "in phase")).toEqual(PHASES)
    expect(columnOf(0, "status", "meaning")).toEqual(MODULE_STATUSES)
    expect(columnOf(0, "phase", "does")).toEqual(SHUTDOWN_PHASES)
    expect(columnOf(0, "category", "what is done")).toEqual(CATEGORIES)
    expect(columnOf(0, "counter")).toEqual(Object.keys(LoopState.fields.counters.fields))
    const codes = tableWith(tables, "code", "name").rows.map(([code, name]) => [name, Number(code)])
    expect(codes).toEqual(Object.entries(EXIT_CODES))
  })

  it("settings – have their defaults", () => {
    const written = tableWith(tables, "setting", "default").rows.map(([name, value]) => [name, Number(value)])
    expect(written).toEqual(Object.entries(Schema.decodeSync(OrchestratorSettings)({})))
  })

  it("constants – have the values of their files", () => {
    const { rows } = tableWith(tables, "constant", "value", "file")
    expect(rows.length).toBeGreaterThan(0)
    for (const [name = "", value, file = ""] of rows) {
      const source = readFileSync(new URL(`../../src/orchestrator/${file}`, import.meta.url), "utf8")
      const [, stated] = new RegExp(`const ${name} = ([\\d_.]+)\\n`).exec(source) ?? []
      expect(stated?.replaceAll("_", ""), `${name} of ${file}`).toBe(value)
    }
  })
})

const site = { module: "a", operation: "b", message: "c" }
const EXCHANGE_REASONS: { readonly [Tag in ExchangeReason["_tag"]]: Extract<ExchangeReason, { _tag: Tag }> } =
  {
    Unavailable: { _tag: "Unavailable" },
    RateLimited: { _tag: "RateLimited", retryAfterMs: 1 },
    Maintenance: { _tag: "Maintenance", retryAfterMs: 1 },
    OutcomeUnknown: { _tag: "OutcomeUnknown", orderId: "0x1" },
    Refused: { _tag: "Refused" },
    Undecodable: { _tag: "Undecodable" },
    AuthFailed: { _tag: "AuthFailed" }
  }

/** An error of every tag and reason that the policy tells apart. */
const everyError: ReadonlyArray<readonly [string, TradewindError]> = [
  ...Object.values(EXCHANGE_REASONS).map(
    (reason) => [`ExchangeError.${reason._tag}`, new ExchangeError({ ...site, reason })] as const
  ),
  ...PersistenceError.fields.reason.literals.map(
    (reason) => [`PersistenceError.${reason}`, new PersistenceError({ ...site, reason, path: "" })] as const
  ),
  ...SpotError.fields.reason.literals.map(
    (reason) => [`SpotError.${reason}`, new SpotError({ ...site, reason })] as const
  ),
  ...[
    new ReconciliationRefused({ ...site, reason: "Differences" }),
    new Errors.ExecutionLoopError({ ...site, reason: "Defect" }),
    new Errors.OrchestratorNotInitialized(site),
    new Errors.OrchestratorAlreadyInitialized(site),
    new Errors.ModuleInitFailed(site),
    new Errors.ModuleInitTimeout({ ...site, timeoutMs: 1 }),
    new Errors.ModuleShutdownFailed(site),
    new Errors.ModuleShutdownTimeout({ ...site, timeoutMs: 1 }),
    new Errors.OrchestratorFatalError(site)
  ].map((error) => [error._tag, error] as const)
]

describe("errors", () => {
  it("errors – have the category and the exit code of the page, all of them", () => {
    expect(new Set(everyError.map(([, error]) => error._tag))).toEqual(new Set(Object.keys(POLICY)))
    const written = tableWith(tables, "error", "category", "exit code").rows
    const found = everyError.map(([name, error]) => [
      name,
      handlingOf(error).category,
      String(exitCodeOf(new Errors.OrchestratorFatalError({ ...site, cause: error })))
    ])
    expect(written).toEqual(found)
  })
})

type Service = Context.Tag.Service<Orchestrator>
const requested = { _tag: "Requested", by: "the test" } as const
const config = (slow: { readonly up: boolean; readonly down: boolean }) => ({
  settings: settings(),
  steps: [],
  modules: stackOf(
    [],
    [
      {
        name: "a",
        ...(slow.up ? { init: Effect.interruptible(Effect.never) } : {}),
        ...(slow.down ? { release: Effect.never } : {})
      }
    ]
  )
})
const quick = config({ up: false, down: false })
const settled = Effect.repeatN(Effect.yieldNow(), 200)
const left = TestClock.adjust("1 hour")

/** Brings a new orchestrator into a phase; what hangs there ends by its bound once time goes by. */
const INTO: { readonly [P in Phase]: (of: Service) => Effect.Effect<unknown, unknown> } = {
  idle: () => Effect.void,
  initializing: (of) =>
    Effect.zipRight(Effect.forkDaemon(of.init(config({ up: true, down: false }))), settled),
  ready: (of) => of.init(quick),
  running: (of) => Effect.zipRight(of.init(quick), of.start),
  paused: (of) => Effect.all([of.init(quick), of.start, of.pause]),
  stopping: (of) =>
    Effect.all([
      of.init(config({ up: false, down: true })),
      Effect.forkDaemon(of.shutdown(requested)),
      settled
    ]),
  stopped: (of) => Effect.zipRight(of.init(quick), of.shutdown(requested))
}

const COMMANDS: Readonly<Record<string, (of: Service) => Effect.Effect<unknown, unknown>>> = {
  init: (of) => of.init(quick),
  start: (of) => of.start,
  stop: (of) => of.stop,
  pause: (of) => of.pause,
  resume: (of) => of.resume,
  shutdown: (of) => of.shutdown(requested)
}

const codeOf = (exit: Exit.Exit<unknown, unknown>): string | undefined => {
  const error = Exit.isFailure(exit) ? Option.getOrUndefined(Cause.failureOption(exit.cause)) : undefined
  const decoded = Schema.decodeUnknownEither(Schema.Struct({ code: Schema.String }))(error)
  return Either.isRight(decoded) ? decoded.right.code : undefined
}

/** Where a command leads, in the words of the page. */
const outcomeOf = (from: Phase, command: string) =>
  Effect.gen(function* () {
    const of = yield* Orchestrator
    yield* INTO[from](of)
    expect((yield* of.getState).phase).toBe(from)
    const fiber = yield* Effect.fork(COMMANDS[command]?.(of) ?? Effect.dieMessage(command))
    yield* command === "shutdown" ? left : settled
    const code = codeOf(yield* Fiber.await(fiber))
    const { phase } = yield* of.getState
    // The scope's end waits for a shutdown under way.
    if (from === "stopping") yield* left
    if (code !== undefined) return code
    return phase === from ? "nothing" : phase
  }).pipe(Effect.provide(Layer.merge(Orchestrator.layer, silent)))

describe("transitions", () => {
  const { columns, rows } = tableWith(tables, "in phase")
  const cases = rows.flatMap(([from = "", ...outcomes]) =>
    outcomes.map((outcome, index) => ({ from, command: columns[index + 1] ?? "", outcome }))
  )

  it("transitions – are told of every command", () => {
    expect(columns.slice(1)).toEqual(Object.keys(COMMANDS))
  })

  it.effect.each(cases)("$command in $from – $outcome", ({ command, from, outcome }) =>
    Effect.gen(function* () {
      const phase = PHASES.find((known) => known === from)
      if (phase === undefined) return expect(PHASES).toContain(from)
      expect(yield* outcomeOf(phase, command)).toBe(outcome)
    })
  )

  it("diagram – has exactly the arrows of the table, through the phases on the way", () => {
    const drawn = [...page.matchAll(/^ {2}(\w+) --> (\w+): (.+)$/gm)].map(
      ([, from, to, by]) => `${from} ${by} ${to}`
    )
    const onTheWay: Readonly<Record<string, string>> = { init: "initializing", shutdown: "stopping" }
    const told = cases
      .filter(({ outcome }) => PHASES.some((phase) => phase === outcome))
      .filter(({ command, from }) => from !== onTheWay[command])
      .map(({ command, from, outcome }) => `${from} ${command} ${onTheWay[command] ?? outcome}`)
    const byItself = [
      "initializing every module is up ready",
      "initializing a module failed, all are released idle",
      "stopping the report is made stopped"
    ]
    expect(drawn.toSorted()).toEqual([...told, ...byItself].toSorted())
  })
})
