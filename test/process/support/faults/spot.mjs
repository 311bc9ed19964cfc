// The spot module, with a fault.
import { Effect, Layer } from "effect"
import * as real from "../../../../dist/lib/modules/spot/spot.js"
import { Spot, SpotError } from "../../../../dist/lib/ports/spot.js"

export const { Settings } = real

/** Calls of refresh that go well before the fault shows: the daemon is in the middle of its work by then. */
const SOUND_CALLS = 3

const say = (event) => Effect.logInfo(event).pipe(Effect.annotateLogs({ module: "spot" }))

/** Ends when the process gets SIGUSR2. */
const told = Effect.async((resume) => {
  const hear = () => resume(Effect.void)
  process.once("SIGUSR2", hear)
  return Effect.sync(() => process.off("SIGUSR2", hear))
})

const unavailable = new SpotError({
  module: "spot",
  operation: "refresh",
  message: "the source is gone",
  reason: "Unavailable"
})

const refreshingAs = (instead) =>
  Layer.effect(
    Spot,
    Effect.map(Spot, (spot) => {
      let calls = 0
      return { ...spot, refresh: Effect.suspend(() => (++calls > SOUND_CALLS ? instead : spot.refresh)) }
    })
  )

const releasing = (release) =>
  Layer.scoped(
    Spot,
    Effect.tap(Spot, () => Effect.addFinalizer(() => release))
  )

/** Nothing gets a turn meanwhile, no timer either. */
const block = (ms) => Effect.sync(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms))

const FAULTS = {
  "init hangs": Layer.effect(Spot, Effect.zipRight(say("init_hangs"), Effect.never)),
  "tick waits": refreshingAs(Effect.zipRight(say("refresh_waits"), told)),
  "tick hangs": refreshingAs(Effect.zipRight(say("refresh_waits"), Effect.never)),
  "step fails": refreshingAs(Effect.fail(unavailable)),
  "release hangs": releasing(Effect.never),
  "release dies": releasing(Effect.die(new Error("the release broke"))),
  "release blocks": releasing(block(7_000))
}

export const layerConfig = (settings) => {
  const fault = FAULTS[process.env.FAULT]
  const sound = real.layerConfig(settings)
  return fault === undefined ? sound : Layer.provide(fault, sound)
}
