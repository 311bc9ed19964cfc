/** A server that says what it was asked, so that a test sees what a transport carries. */
import { Effect, Queue } from "effect"
import type { ServerFrame, WireServer } from "../../../src/paper-exchange/protocol/wire.ts"

export interface Echo {
  readonly server: WireServer
  /** Paths of channels that were opened and have not ended. */
  readonly open: Set<string>
  /** Requests to `/slow` that were interrupted. */
  readonly interrupted: () => number
  /** Frames that were taken for clients. */
  readonly taken: () => number
}

/** Frames of 10,000 characters that `flood` is answered with: more than the buffers of any connection. */
export const FLOOD = 10_000

/** Frames of `/channel`: `close` is answered with a close, `burst n` with n frames, anything else with itself. */
const answerTo = (frame: string): ReadonlyArray<ServerFrame> => {
  if (frame === "close") return [{ _tag: "Close", code: 1013, reason: "too slow" }]
  if (frame === "break") return [{ _tag: "Close", code: 1006, reason: "" }]
  if (frame === "flood") {
    const text = "x".repeat(10_000)
    return Array.from({ length: FLOOD }, () => ({ _tag: "Text", text }))
  }
  const burst = /^burst (\d+)$/.exec(frame)
  const texts = burst === null ? [frame] : Array.from({ length: Number(burst[1]) }, (_, index) => `${index}`)
  return texts.map((text) => ({ _tag: "Text", text }))
}

export const makeEcho = (): Echo => {
  const open = new Set<string>()
  let interrupted = 0
  let taken = 0
  return {
    open,
    interrupted: () => interrupted,
    taken: () => taken,
    server: {
      handle: (request) =>
        request.path === "/slow"
          ? Effect.onInterrupt(Effect.never, () => Effect.sync(() => (interrupted += 1)))
          : Effect.succeed({
              status: request.path === "/teapot" ? 418 : 200,
              headers: { "content-type": "application/json", "x-echo": "yes" },
              body: JSON.stringify({ ...request, query: [...request.query] })
            }),
      connect: (path) =>
        Effect.gen(function* () {
          if (path !== "/channel") return undefined
          const frames = yield* Queue.bounded<ServerFrame>(100_000)
          yield* Effect.acquireRelease(
            Effect.sync(() => open.add(path)),
            () => Effect.sync(() => open.delete(path))
          )
          return {
            receive: (frame) => Queue.offerAll(frames, answerTo(frame)),
            next: Effect.tap(Queue.take(frames), () => Effect.sync(() => (taken += 1)))
          }
        })
    }
  }
}
