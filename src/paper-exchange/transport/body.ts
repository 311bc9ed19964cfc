/** Bodies of requests on a real connection, read within bounds. */
import { Duration, Effect, Option } from "effect"
import type { IncomingMessage } from "node:http"
import { onWallClock } from "./wall-clock.ts"

/**
 * A connection that is closed in the middle of a body is reset, and the client may never see why. So much of a body that is too
 * long is read to no purpose, for so long: who ends within that sees the answer.
 */
const LINGER_BYTES = 16 * 1_048_576
const LINGER_MS = 2_000

/** Reads until the end, or until a reader has enough; false where the body broke off. */
const read = (message: IncomingMessage, take: (chunk: Buffer) => "more" | "enough"): Effect.Effect<boolean> =>
  Effect.async((resume) => {
    const stop = () => {
      message.pause()
      message.off("data", onData).off("end", onEnd).off("close", onBreak).off("error", onBreak)
    }
    const done = (whole: boolean) => {
      stop()
      resume(Effect.succeed(whole))
    }
    const onData = (chunk: Buffer) => {
      if (take(chunk) === "enough") done(true)
    }
    const onEnd = () => done(true)
    const onBreak = () => done(false)
    if (message.destroyed) return done(false)
    message.on("data", onData).on("end", onEnd).on("close", onBreak).on("error", onBreak)
    message.resume()
    return Effect.sync(stop)
  })

const discard = (message: IncomingMessage): Effect.Effect<unknown> => {
  let left = LINGER_BYTES
  return read(message, (chunk) => ((left -= chunk.length) > 0 ? "more" : "enough")).pipe(
    Effect.timeoutOption(Duration.millis(LINGER_MS)),
    onWallClock
  )
}

/** The text of a body of at most so many bytes, whether its length was announced or not; none where it is longer, or broke off. */
export const bodyWithin = (
  message: IncomingMessage,
  maxBytes: number
): Effect.Effect<Option.Option<string>> =>
  Effect.gen(function* () {
    const chunks: Array<Buffer> = []
    let length = Number(message.headers["content-length"] ?? 0)
    if (length <= maxBytes) {
      length = 0
      const whole = yield* read(message, (chunk) => {
        length += chunk.length
        if (length > maxBytes) return "enough"
        chunks.push(chunk)
        return "more"
      })
      if (!whole) return Option.none()
    }
    if (length <= maxBytes) return Option.some(Buffer.concat(chunks).toString())
    yield* discard(message)
    return Option.none()
  })
