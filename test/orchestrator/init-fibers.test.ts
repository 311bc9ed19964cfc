import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { add, empty } from "../../src/orchestrator/module.ts"
import { Orchestrator } from "../../src/orchestrator/orchestrator.ts"
import { ModuleHost, type ModuleError } from "../../src/ports/module-host.ts"
import { settings, unavailable } from "./harness.ts"
import { inWorld } from "./properties/world.ts"

/** Brings up a module that begins to beat and then does not come up; answers with what is left of it in the end. */
const beatsAfter = (rest: Effect.Effect<void, ModuleError>, interruptedAtMs: number | undefined) =>
  inWorld({ seed: 1, yieldPercent: 0 }, (world) =>
    Effect.gen(function* () {
      const orchestrator = yield* Orchestrator
      let beats = 0
      const beat = Effect.forever(
        Effect.zipRight(
          Effect.sync(() => void beats++),
          Effect.sleep(100)
        )
      )
      const layer = Layer.scopedDiscard(
        Effect.zipRight(
          Effect.flatMap(ModuleHost, (host) => host.fork("beat", beat)),
          rest
        )
      )
      const modules = add({ name: "a", layer })(empty)
      const init = yield* Effect.fork(orchestrator.init({ settings: settings(), modules, steps: [] }))
      if (interruptedAtMs !== undefined) {
        yield* Effect.sleep(interruptedAtMs)
        yield* Fiber.interrupt(init)
      }
      yield* Fiber.await(init)
      const before = beats
      yield* Effect.sleep(60_000)
      return { before, after: beats, fibers: yield* world.fibers }
    })
  )

describe("init", () => {
  it.each<[string, Effect.Effect<void, ModuleError>, number | undefined]>([
    ["fails", Effect.zipRight(Effect.sleep(1_000), Effect.fail(unavailable)), undefined],
    ["dies", Effect.zipRight(Effect.sleep(1_000), Effect.die("broken")), undefined],
    ["hangs until its bound", Effect.never, undefined],
    ["succeeds after its bound", Effect.uninterruptible(Effect.sleep(7_000)), undefined],
    ["is interrupted", Effect.never, 1_000]
  ])(
    "init – the background fibers of a module whose init %s end with it",
    async (_, rest, interruptedAtMs) => {
      const { after, before, fibers } = await beatsAfter(rest, interruptedAtMs)
      expect(before).toBeGreaterThan(5)
      expect(after).toBe(before)
      expect(fibers).toBe(0)
    }
  )
})
