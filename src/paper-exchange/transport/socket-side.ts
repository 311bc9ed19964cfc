/** Channels over real WebSockets. */
import { Socket } from "@effect/platform"
import * as NodeSocketServer from "@effect/platform-node/NodeSocketServer"
import { Context, Effect, Exit, FiberSet, Option, Queue, Scope } from "effect"
import type { IncomingMessage, Server } from "node:http"
import type { Socket as NetSocket } from "node:net"
import type { ServerFrame, WireConnection, WireServer } from "../protocol/wire.ts"
import type { TransportLimits } from "./limits.ts"
import { onWallClock } from "./wall-clock.ts"

/** Frames of a client that wait for their turn; who sends faster is sent away. */
const MAX_UNHANDLED_FRAMES = 1_000
const LOOK_EVERY_MS = 10
/** PolyBolt's own times (polymarket.md §5.5), for all channels: a peer that misses two pongs is gone. */
const PING_EVERY_MS = 25_000
const MISSED_PONGS = 2
/** The close code that stands for a connection that broke: it is never sent, the connection just ends. */
const BROKEN = 1006

/** What Node's WebSocket has beyond the browser's. */
interface NodeWebSocket {
  readonly bufferedAmount: number
  readonly ping: () => void
  readonly on: (event: "pong", listener: () => void) => void
}

const isNodeWebSocket = (socket: object): socket is NodeWebSocket => "ping" in socket && "on" in socket

/** A handshake that was agreed to, and its channel. */
interface Held {
  readonly connection: WireConnection
  /** Open sockets, so that they can be told of the end. */
  readonly tcp: NetSocket
}

type Verify = (
  info: { readonly req: IncomingMessage },
  answer: (accepted: boolean, code?: number, message?: string) => void
) => void

/** Agrees to a handshake where the exchange has the channel; the channel ends with its TCP connection. */
const verifyWith = (server: WireServer, held: WeakMap<IncomingMessage, Held>) =>
  Effect.map(
    FiberSet.makeRuntime<never>(),
    (run): Verify =>
      ({ req }, answer) => {
        const opening = Effect.gen(function* () {
          const scope = yield* Scope.make()
          req.socket.once("close", () => void run(Scope.close(scope, Exit.void)))
          if (req.socket.destroyed) yield* Scope.close(scope, Exit.void)
          const path = (req.url ?? "/").split("?")[0] ?? "/"
          const connection = yield* Scope.extend(server.connect(path), scope)
          if (connection === undefined) return answer(false, 404, "Not Found")
          held.set(req, { connection, tcp: req.socket })
          answer(true)
        })
        void run(opening)
      }
  )

/** Waits while the client does not read what was written; cuts the connection of one that does not read at all. */
const whileUnread = (socket: NodeWebSocket, tcp: NetSocket, limits: TransportLimits): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (socket.bufferedAmount <= limits.maxUnsentBytes) return Effect.void
    return Effect.sleep(LOOK_EVERY_MS).pipe(
      Effect.repeat({ while: () => socket.bufferedAmount > limits.maxUnsentBytes }),
      Effect.timeoutTo({
        duration: limits.stalledTimeoutMs,
        onSuccess: () => undefined,
        onTimeout: () => void tcp.destroy()
      }),
      onWallClock
    )
  })

const keepAlive = (socket: NodeWebSocket, tcp: NetSocket): Effect.Effect<void> =>
  Effect.suspend(() => {
    let unanswered = 0
    socket.on("pong", () => (unanswered = 0))
    const ping = Effect.sync(() => {
      if (unanswered >= MISSED_PONGS) return void tcp.destroy()
      unanswered += 1
      socket.ping()
    })
    return Effect.forever(Effect.zipRight(Effect.sleep(PING_EVERY_MS), ping))
  }).pipe(onWallClock)

type Write = (chunk: string | Socket.CloseEvent) => Effect.Effect<void, Socket.SocketError>

/** Ends a connection as told, and cuts it where the client does not answer the farewell in time. */
const farewell = (
  frame: Extract<ServerFrame, { _tag: "Close" }>,
  write: Write,
  held: Held,
  limits: TransportLimits
) =>
  frame.code === BROKEN
    ? Effect.sync(() => void held.tcp.destroy())
    : Effect.ignore(write(new Socket.CloseEvent(frame.code, frame.reason))).pipe(
        Effect.zipRight(Effect.sleep(limits.closeTimeoutMs)),
        Effect.zipRight(Effect.sync(() => void held.tcp.destroy())),
        onWallClock
      )

const pumpOut = (held: Held, webSocket: NodeWebSocket, write: Write, limits: TransportLimits) =>
  Effect.gen(function* () {
    for (;;) {
      const frame = yield* held.connection.next
      yield* whileUnread(webSocket, held.tcp, limits)
      if (frame._tag === "Close") return yield* farewell(frame, write, held, limits)
      yield* write(frame.text)
    }
  }).pipe(Effect.ignore)

const serveSocket = (socket: Socket.Socket, held: Held, webSocket: NodeWebSocket, limits: TransportLimits) =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const write = yield* socket.writer
    const frames = yield* Queue.bounded<string>(MAX_UNHANDLED_FRAMES)
    const leave = (code: number, reason: string) => write(new Socket.CloseEvent(code, reason))
    const pumpIn = Effect.forever(Effect.flatMap(Queue.take(frames), held.connection.receive))
    const onOpen = Effect.gen(function* () {
      yield* Effect.forkIn(pumpIn, scope)
      yield* Effect.forkIn(pumpOut(held, webSocket, write, limits), scope)
      yield* Effect.forkIn(keepAlive(webSocket, held.tcp), scope)
    })
    yield* socket.runRaw(
      (frame) => {
        if (typeof frame !== "string") return leave(1003, "text frames only")
        return frames.unsafeOffer(frame) ? undefined : leave(1008, "too many frames")
      },
      { onOpen }
    )
  }).pipe(Effect.scoped, Effect.ignore)

/** The sockets that are open, by their TCP connections. */
export type OpenSockets = Map<NetSocket, globalThis.WebSocket>

/**
 * Serves channels on a server that does not listen yet. `ready` once handshakes are heard; the effect goes on until it is
 * interrupted.
 */
export const serveSockets = (server: WireServer, http: Server, open: OpenSockets, limits: TransportLimits) =>
  Effect.gen(function* () {
    const held = new WeakMap<IncomingMessage, Held>()
    const verifyClient = yield* verifyWith(server, held)
    const sockets = yield* NodeSocketServer.makeWebSocket({
      server: http,
      maxPayload: limits.maxFrameBytes,
      perMessageDeflate: false,
      verifyClient
    })
    return yield* sockets.run((socket) =>
      Effect.gen(function* () {
        const context = yield* Effect.context<never>()
        const request = Context.getOption(context, NodeSocketServer.IncomingMessage)
        const webSocket = Context.getOption(context, Socket.WebSocket)
        if (Option.isNone(request) || Option.isNone(webSocket)) return
        const channel = held.get(request.value)
        if (channel === undefined || !isNodeWebSocket(webSocket.value)) return
        open.set(channel.tcp, webSocket.value)
        yield* Effect.ensuring(
          serveSocket(socket, channel, webSocket.value, limits),
          Effect.sync(() => open.delete(channel.tcp))
        )
      })
    )
  })
