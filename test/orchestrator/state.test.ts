import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Schema, TestClock } from "effect"
import { Orchestrator } from "../../src/orchestrator/orchestrator.ts"
import { OrchestratorState, PHASES } from "../../src/orchestrator/state.ts"
import { type Behaviour, exchangeError, settings, silent, stackOf, step } from "./harness.ts"

const requested = { _tag: "Requested", by: "the test" } as const
const advance = (ms: number) => TestClock.adjust(`${ms} millis`)

const modules: ReadonlyArray<Behaviour> = [
  { name: "a", init: Effect.sleep(1_000) },
  { name: "b", release: Effect.sleep(1_000) }
]
const refused = step("b", () => Effect.fail(exchangeError({ _tag: "Refused" })))

describe("getState", () => {
  it.effect("getState – is complete in every phase", () =>
    Effect.gen(function* () {
      const orchestrator = yield* Orchestrator
      const seen: Array<OrchestratorState> = []
      const look = Effect.map(orchestrator.getState, (state) => void seen.push(state))
      const config = { settings: settings(), modules: stackOf([], modules), steps: [refused] }
      yield* look
      const init = yield* Effect.fork(orchestrator.init(config))
      yield* advance(500)
      yield* look
      yield* advance(500)
      yield* Fiber.join(init)
      yield* look
      yield* orchestrator.start
      yield* advance(1_000)
      yield* look
      yield* orchestrator.pause
      yield* look
      const shutdown = yield* Effect.fork(orchestrator.shutdown(requested))
      yield* advance(500)
      yield* look
      yield* advance(500)
      yield* Fiber.join(shutdown)
      yield* look
      expect(seen.map(({ phase }) => phase)).toEqual(PHASES)
      for (const state of seen) {
        const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(OrchestratorState)(state)))
        expect(Schema.decodeUnknownSync(OrchestratorState, { onExcessProperty: "error" })(json)).toEqual(
          state
        )
      }
      const statuses = seen.map((state) => Object.values(state.modules).map(({ status }) => status))
      expect(statuses).toEqual([
        [],
        ["initializing", "pending"],
        ["ready", "ready"],
        ["ready", "degraded"],
        ["ready", "degraded"],
        ["ready", "stopping"],
        ["stopped", "stopped"]
      ])
      expect(seen[4]).toMatchObject({
        version: 1,
        initialized: true,
        running: true,
        paused: true,
        startedAt: 0,
        loop: { state: "paused", tickCount: 2, lastTickAt: 2_000, lastTickAgeMs: 0, tickInProgress: false },
        errors: {
          errorCount: 2,
          recoveryCount: 0,
          lastError: { module: "venue", code: "ExchangeError.Refused" }
        },
        modules: { b: { sinceMs: 1_000, lastError: { operation: "work" }, consecutiveFailures: 2 } }
      })
    }).pipe(Effect.provide(Layer.provideMerge(Orchestrator.layer, silent)))
  )
})
