/** The exchange on a real port of this machine: HTTP and WebSockets side by side, as the venue's hosts have them. */
import { Duration, Effect, Schema, type Scope } from "effect"
import { type Server, createServer } from "node:http"
import type { WireServer } from "../protocol/wire.ts"
import { httpListener } from "./http-side.ts"
import { DEFAULT_LIMITS, type TransportLimits } from "./limits.ts"
import { type OpenSockets, serveSockets } from "./socket-side.ts"
import { onWallClock } from "./wall-clock.ts"

/** The exchange cannot be reached on the port that was asked for. */
export class CannotListen extends Schema.TaggedError<CannotListen>()("CannotListen", {
  port: Schema.Number,
  message: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {}

export interface Listening {
  readonly port: number
  /** Such as `http://127.0.0.1:8787`; channels are at the same place with `ws:`. */
  readonly httpUrl: string
  readonly socketUrl: string
}

const HOST = "127.0.0.1"
const LOOK_EVERY_MS = 10
/** The close code of a server that goes away. */
const GOING_AWAY = 1001

const whyNot: Readonly<Record<string, string>> = {
  EADDRINUSE: "it is in use: choose another one, or 0 for any that is free",
  EACCES: "this user may not use it: choose one above 1023, or 0 for any that is free"
}

const cannotListen = (port: number, cause: unknown): CannotListen => {
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : ""
  const reason = whyNot[code] ?? (cause instanceof Error ? cause.message : String(cause))
  return new CannotListen({ port, cause, message: `cannot listen on port ${port} of ${HOST}: ${reason}` })
}

const listen = (http: Server, port: number): Effect.Effect<number, CannotListen> =>
  Effect.async((resume) => {
    const onError = (cause: Error) => resume(Effect.fail(cannotListen(port, cause)))
    http.once("error", onError)
    http.listen({ host: HOST, port }, () => {
      http.off("error", onError)
      const address = http.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : port))
    })
  })

/** Everybody is told, and has until the deadline to go; who is still there then is cut off. */
const close = (http: Server, open: OpenSockets, limits: TransportLimits): Effect.Effect<void> =>
  Effect.gen(function* () {
    let closed = false
    yield* Effect.sync(() => {
      http.close(() => (closed = true))
      http.closeIdleConnections()
      for (const webSocket of open.values()) webSocket.close(GOING_AWAY, "the exchange ends")
    })
    yield* Effect.sleep(LOOK_EVERY_MS).pipe(
      Effect.repeat({ until: () => closed && open.size === 0 }),
      Effect.timeoutOption(Duration.millis(limits.closeTimeoutMs)),
      Effect.interruptible
    )
    yield* Effect.sync(() => {
      http.closeAllConnections()
      for (const tcp of open.keys()) tcp.destroy()
    })
  }).pipe(onWallClock)

/**
 * Serves the exchange on a port of 127.0.0.1 (0: any that is free) until the scope ends. Requests and frames are handled
 * on the clock of the caller; the network's own waits are real time.
 */
export const listenOnLoopback = (
  server: WireServer,
  port: number,
  limits: TransportLimits = DEFAULT_LIMITS
): Effect.Effect<Listening, CannotListen, Scope.Scope> =>
  Effect.gen(function* () {
    const http = yield* Effect.sync(() =>
      createServer({
        keepAliveTimeout: limits.idleTimeoutMs,
        headersTimeout: limits.requestTimeoutMs,
        requestTimeout: limits.requestTimeoutMs
      })
    )
    http.maxConnections = limits.maxConnections
    http.on("request", yield* httpListener(server, limits))
    const open: OpenSockets = new Map()
    yield* Effect.forkScoped(serveSockets(server, http, open, limits))
    // Handshakes are heard by whoever waits for the server to listen, which must come first.
    yield* Effect.yieldNow().pipe(Effect.repeat({ until: () => http.listenerCount("upgrade") > 0 }))
    const actual = yield* Effect.acquireRelease(listen(http, port), () => close(http, open, limits))
    return { port: actual, httpUrl: `http://${HOST}:${actual}`, socketUrl: `ws://${HOST}:${actual}` }
  })
