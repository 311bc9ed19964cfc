import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck as fc } from "effect"
import { microUsd } from "../../../src/domain/money.ts"
import { makePosition, makeView, makeWindow, WINDOW } from "../../domain/trading-world.ts"
import { exchangeError, unavailable } from "../harness.ts"
import { type Call, Scene } from "./scene.ts"
import { resolutionOf, spotStale, storeBusy } from "./samples.ts"
import { entrySignal, exitSignal, pass, ticking, wanting } from "./ticking.ts"

const ENDED = makeWindow("2")

/** A position to be stopped out, an ended window that the venue has resolved, and an entry that is wanted. */
const busyScene = () => {
  const scene = new Scene()
  scene.views = [makeView(5_000, 5_100), makeView(5_000, 5_100, { window: ENDED, phase: "ended" })]
  scene.positions = [
    makePosition(10, 5_000),
    makePosition(10, 5_000, { status: "awaiting-settlement" }, ENDED)
  ]
  scene.resolutions = [resolutionOf(ENDED)]
  scene.exits["stop-loss"] = () => wanting(exitSignal("stop-loss"))
  // As the strategy does: without a price of the asset there is nothing to say.
  scene.entries = ({ spot }) => (spot.has("BTC") ? wanting(entrySignal("Down")) : wanting())
  return scene
}

const STOP = `submit stop-loss ${WINDOW.upTokenId}`
const ENTRY = `submit entry ${WINDOW.downTokenId}`
const HARMLESS: ReadonlyArray<Call> = ["refresh", "roll", "sync", "resolveUnknown", "cash", "recordTick"]
const SETTLING: ReadonlyArray<Call> = ["expire", "resolutions", "settle"]

describe("a failing step", () => {
  it.effect("tick – works through all of it where nothing fails", () => {
    const scene = busyScene()
    return ticking(scene, () =>
      Effect.sync(() => {
        expect(scene.did("submit", "settle", "settled")).toEqual([
          `settle ${ENDED.slug}`,
          `settled ${ENDED.slug}`,
          STOP,
          ENTRY
        ])
        expect(scene.ticks).toHaveLength(1)
      })
    )
  })

  it.effect.prop(
    "tick – whatever else fails, the stop-loss is sent and the window settled in the same tick",
    { failing: fc.subarray([...HARMLESS]) },
    ({ failing }) => {
      const scene = busyScene()
      for (const call of failing) scene.failing.set(call, call === "refresh" ? spotStale : unavailable)
      return ticking(scene, (orchestrator) =>
        Effect.gen(function* () {
          expect(scene.did("settle", "settled")).toEqual([`settle ${ENDED.slug}`, `settled ${ENDED.slug}`])
          expect(scene.did("submit")[0]).toBe(STOP)
          // An entry needs a price, cash, and books that have all news of its orders.
          const mayEnter = !failing.some((call) => call === "refresh" || call === "cash" || call === "sync")
          expect(scene.did("submit").includes(ENTRY)).toBe(mayEnter)
          const { errors, loop } = yield* orchestrator.getState
          expect(errors.errorCount).toBe(failing.length)
          expect(loop.counters).toMatchObject({ due: 1, failed: failing.length > 0 ? 1 : 0 })
        })
      )
    },
    { fastCheck: { numRuns: 25 } }
  )

  it.effect.prop(
    "tick – a settlement that fails holds up no exit, and is made up for once it works again",
    { call: fc.constantFrom(...SETTLING) },
    ({ call }) => {
      const scene = busyScene()
      scene.failing.set(call, call === "resolutions" ? unavailable : storeBusy)
      return ticking(scene, () =>
        Effect.gen(function* () {
          expect(scene.did("submit")).toEqual([STOP, ENTRY])
          expect(scene.did("settled")).toEqual([])
          scene.failing.clear()
          yield* pass(3_000)
          expect(scene.did("settled")).toEqual([`settled ${ENDED.slug}`])
        })
      )
    },
    { fastCheck: { numRuns: 4 } }
  )

  it.effect("spot – entries come back with the price, without a restart", () => {
    const scene = busyScene()
    scene.failing.set("refresh", spotStale)
    return ticking(scene, () =>
      Effect.gen(function* () {
        yield* pass(5_000)
        expect(scene.did("submit")).not.toContain(ENTRY)
        scene.failing.clear()
        yield* pass(10_000)
        expect(scene.did("submit")).toContain(ENTRY)
      })
    )
  })

  it.effect("cash – what it was a tick ago is not what it is: unknown counts as none", () => {
    const scene = busyScene()
    scene.entries = () => wanting()
    return ticking(scene, () =>
      Effect.gen(function* () {
        scene.failing.set("cash", unavailable)
        scene.entries = () => wanting(entrySignal("Down"))
        for (let tick = 0; tick < 6; tick++) yield* pass(1_000)
        expect(scene.did("submit")).not.toContain(ENTRY)
        expect(scene.did("submit").length).toBeGreaterThan(5)
        expect(scene.ticks.flatMap(({ decisions }) => decisions)).toContain(
          `position-sizer: ${WINDOW.slug}: no free cash`
        )
      })
    )
  })

  it.effect("books – a window without them is not entered; what is held elsewhere is still sold", () => {
    const scene = busyScene()
    const other = makeWindow("3")
    scene.views = [...scene.views, makeView(0, 0, { window: other, upBook: undefined, downBook: undefined })]
    scene.entries = () => wanting(entrySignal("Up", other))
    return ticking(scene, () =>
      Effect.sync(() => {
        expect(scene.did("submit")).toEqual([STOP])
        expect(scene.ticks.flatMap(({ decisions }) => decisions)).toContain(
          `safety: ${other.slug}: the Up book is not fit: missing`
        )
      })
    )
  })

  it.effect("maintenance – the venue's own pause holds entries back, and exits go on", () => {
    const scene = busyScene()
    scene.failing.set("roll", exchangeError({ _tag: "Maintenance", retryAfterMs: 5_000 }))
    return ticking(scene, (orchestrator) =>
      Effect.gen(function* () {
        yield* pass(3_000)
        expect(new Set(scene.did("submit"))).toEqual(new Set([STOP]))
        expect((yield* orchestrator.getState).capabilities).not.toContain("enter")
        scene.failing.clear()
        scene.cash = microUsd(100_000_000)
        yield* pass(5_000)
        expect(scene.did("submit")).toContain(ENTRY)
      })
    )
  })
})
