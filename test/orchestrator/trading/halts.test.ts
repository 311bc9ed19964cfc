import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import { CAPABILITIES, type Capability } from "../../../src/domain/capability.ts"
import { Orchestrator } from "../../../src/orchestrator/orchestrator.ts"
import { tradingSteps } from "../../../src/orchestrator/trading/trading-tick.ts"
import type { ModuleError } from "../../../src/ports/module-host.ts"
import { NOW_MS, WINDOW, makePosition, makeView, makeWindow } from "../../domain/trading-world.ts"
import { settings } from "../harness.ts"
import { mildErrors } from "../properties/attempts.ts"
import { LIMIT_MS, type Turns, checkWorlds, inWorld } from "../properties/world.ts"
import { resolutionOf } from "./samples.ts"
import { type Call, Scene } from "./scene.ts"
import { entrySignal, exitSignal, oneTick, wanting } from "./ticking.ts"

const STOP = `submit stop-loss ${WINDOW.upTokenId}`
const ENTRY = `submit entry ${WINDOW.downTokenId}`
const ENDED = makeWindow("2")

/** A position to be stopped out, an entry that is wanted, and a window that the venue has resolved. */
const busyScene = () => {
  const scene = new Scene()
  scene.views = [makeView(5_000, 5_100)]
  scene.positions = [makePosition(10, 5_000)]
  scene.resolutions = [resolutionOf(ENDED)]
  scene.exits["stop-loss"] = () => wanting(exitSignal("stop-loss"))
  scene.entries = () => wanting(entrySignal("Down"))
  return scene
}

/** Every subset, by the bits of its number. */
const subsets = (of: ReadonlyArray<Capability>): ReadonlyArray<ReadonlyArray<Capability>> =>
  Array.from({ length: 2 ** of.length }, (_, number) =>
    of.filter((_each, bit) => ((number >> bit) & 1) === 1)
  )

const CALLS: ReadonlyArray<Call> = [
  "refresh",
  "roll",
  "sync",
  "resolveUnknown",
  "applyFill",
  "expire",
  "resolutions",
  "settle",
  "cash",
  "recordTick"
]
const TICKS = 30

/** Lets a scene trade while calls fail, each from one tick to another, and counts what was done in which tick. */
const trade = (
  failing: ReadonlyArray<{
    readonly call: Call
    readonly error: ModuleError
    readonly from: number
    readonly to: number
  }>,
  escalateAfterFailures: number,
  turns: Turns
) =>
  inWorld(turns, (world) =>
    Effect.gen(function* () {
      const orchestrator = yield* Orchestrator
      const scene = busyScene()
      world.stepWall(NOW_MS - 1_000_000)
      yield* Effect.orDie(
        orchestrator.init({
          settings: settings({ escalateAfterFailures, tickIntervalMs: 1_000, retryBackoffMs: 300 }),
          modules: scene.stack,
          steps: tradingSteps()
        })
      )
      yield* Effect.orDie(orchestrator.start)
      yield* Effect.sleep(500)
      const done: Array<ReadonlyArray<string>> = []
      for (let tick = 0; tick < TICKS; tick++) {
        scene.failing.clear()
        for (const { call, error, from, to } of failing) {
          if (from <= tick && tick < to) scene.failing.set(call, error)
        }
        const before = scene.calls.length
        yield* Effect.sleep(1_000)
        done.push(scene.calls.slice(before).filter((call) => !call.endsWith("fails")))
      }
      yield* orchestrator.stop
      const { capabilities, loop } = yield* orchestrator.getState
      return { done, scene, capabilities, loop }
    })
  )

describe("halts", () => {
  it.effect(
    "halts – for every set of capabilities held by the loop and revoked at the gate: exits, cancels and settlement go on unless the set says otherwise",
    () =>
      Effect.gen(function* () {
        for (const held of subsets(CAPABILITIES)) {
          for (const revoked of subsets(["enter", "exit"])) {
            const scene = busyScene()
            yield* oneTick(scene, held, revoked)
            const may = (capability: Capability) =>
              !held.includes(capability) && !revoked.includes(capability)
            const submitted = [...(may("exit") ? [STOP] : []), ...(may("enter") ? [ENTRY] : [])]
            const set = `held ${held.join()}, revoked ${revoked.join()}`
            expect(scene.did("submit"), set).toEqual(submitted)
            expect(scene.did("settled"), set).toHaveLength(held.includes("settle") ? 0 : 1)
            expect(scene.did("resolveUnknown"), set).toHaveLength(held.includes("cancel") ? 0 : 1)
            expect(scene.did("sync", "cash", "recordTick"), set).toHaveLength(3)
          }
        }
      })
  )

  it(
    "halts – whatever fails for however long, without being fatal: the stop-loss is sent in every tick, and all goes on once it works again",
    () =>
      checkWorlds(
        fc.record({
          failing: fc.array(
            fc.record({
              call: fc.constantFrom(...CALLS),
              error: fc.constantFrom(...mildErrors),
              from: fc.integer({ min: 0, max: 15 }),
              to: fc.integer({ min: 1, max: 20 })
            }),
            { maxLength: 5 }
          ),
          escalateAfterFailures: fc.integer({ min: 1, max: 4 })
        }),
        async ({ escalateAfterFailures, failing }, turns) => {
          const seen = await trade(failing, escalateAfterFailures, turns)
          for (const calls of seen.done) expect(calls.filter((call) => call === STOP)).toHaveLength(1)
          expect(seen.scene.did("settled")).toEqual([`settled ${ENDED.slug}`])
          expect(seen.capabilities).toEqual(CAPABILITIES)
          expect(seen.done.at(-1)).toContain("resolveUnknown")
          expect(seen.loop.counters).toMatchObject({ due: TICKS + 1, skippedOverlap: 0 })
        }
      ),
    LIMIT_MS
  )
})
