/** Real WebSockets as text sockets: bounded in unread frames, with a time-out for the handshake. */
import { Socket } from "@effect/platform"
import * as NodeSocket from "@effect/platform-node/NodeSocket"
import { Deferred, Effect, Exit, Layer, MutableQueue, type Scope } from "effect"
import { SocketEnded, Sockets, type TextSocket } from "../../ports/sockets.ts"
import { onWallClock } from "./wall-clock.ts"

export interface WebSocketLimits {
  /** From the first packet to the end of the handshake, milliseconds of real time. */
  readonly connectTimeoutMs: number
  /** Frames that came and were not received yet; the socket ends beyond. */
  readonly maxUnreadFrames: number
  /** A longer frame ends the socket. */
  readonly maxFrameChars: number
}

/** A busy window sends some 500 frames a second (spot-feeds.md §9): the backlog of 20 s. */
export const DEFAULT_WEB_SOCKET_LIMITS: WebSocketLimits = {
  connectTimeoutMs: 10_000,
  maxUnreadFrames: 10_000,
  maxFrameChars: 16_777_216
}

const decoder = new TextDecoder()

const endOf = (url: string, exit: Exit.Exit<void, Socket.SocketError>): SocketEnded => {
  if (Exit.isSuccess(exit)) return new SocketEnded({ code: 1000, message: `${url}: the socket was closed` })
  const error = exit.cause._tag === "Fail" ? exit.cause.error : undefined
  if (error?.reason === "Close") {
    return new SocketEnded({ code: error.code, message: `${url}: the socket was closed: ${error.message}` })
  }
  const why =
    error?.reason === "OpenTimeout"
      ? "no answer to the handshake in time"
      : error?.reason === "Open"
        ? "it cannot be opened"
        : "the connection broke"
  return new SocketEnded({ code: undefined, message: `${url}: ${why}` })
}

/** What was received and not taken yet, and behind it the end. What waits already is taken without a turn of the scheduler. */
class Inbox {
  private readonly frames: MutableQueue.MutableQueue<string>
  private readonly news = Effect.unsafeMakeLatch(false)
  ended: SocketEnded | undefined

  constructor(capacity: number) {
    this.frames = MutableQueue.bounded(capacity)
  }

  /** False where there is no room. */
  add(frame: string): boolean {
    if (this.ended !== undefined) return true
    if (!MutableQueue.offer(this.frames, frame)) return false
    this.news.unsafeOpen()
    return true
  }

  end(reason: SocketEnded): void {
    if (this.ended !== undefined) return
    this.ended = reason
    this.news.unsafeOpen()
  }

  readonly take: Effect.Effect<string, SocketEnded> = Effect.suspend(() => {
    const frame = MutableQueue.poll(this.frames, undefined)
    if (frame !== undefined) return Effect.succeed(frame)
    if (this.ended !== undefined) return Effect.fail(this.ended)
    this.news.unsafeClose()
    return Effect.zipRight(this.news.await, this.take)
  })
}

const openSocket = (
  url: string,
  limits: WebSocketLimits
): Effect.Effect<TextSocket, SocketEnded, Scope.Scope | Socket.WebSocketConstructor> =>
  Effect.gen(function* () {
    const socket = yield* Socket.makeWebSocket(url, {
      openTimeout: limits.connectTimeoutMs,
      closeCodeIsError: () => true
    })
    const inbox = new Inbox(limits.maxUnreadFrames)
    const opened = yield* Deferred.make<void, SocketEnded>()
    const overflow = yield* Deferred.make<void>()
    const hear = (frame: string | Uint8Array) => {
      const text = typeof frame === "string" ? frame : decoder.decode(frame)
      const isTooLong = text.length > limits.maxFrameChars
      if (!isTooLong && inbox.add(text)) return
      const what = isTooLong
        ? `a frame of ${text.length} characters`
        : `${limits.maxUnreadFrames} unread frames`
      inbox.end(new SocketEnded({ code: undefined, message: `${url}: ${what}: the socket was given up` }))
      Deferred.unsafeDone(overflow, Effect.void)
    }
    yield* socket.runRaw(hear, { onOpen: Deferred.succeed(opened, undefined) }).pipe(
      Effect.raceFirst(Deferred.await(overflow)),
      onWallClock,
      Effect.onExit((exit) =>
        Effect.suspend(() => {
          const ended = endOf(url, exit)
          inbox.end(ended)
          return Deferred.fail(opened, ended)
        })
      ),
      Effect.ignore,
      Effect.forkScoped
    )
    yield* Deferred.await(opened)
    const write = yield* socket.writer
    return {
      receive: inbox.take,
      send: (frame) =>
        Effect.suspend(() =>
          inbox.ended === undefined
            ? Effect.mapError(write(frame), () => endOf(url, Exit.fail(broken)))
            : Effect.fail(inbox.ended)
        )
    }
  })

const broken = new Socket.SocketGenericError({ reason: "Write", cause: undefined })

/** Sockets over the network. */
export const webSocketsLayer = (limits: WebSocketLimits = DEFAULT_WEB_SOCKET_LIMITS): Layer.Layer<Sockets> =>
  Layer.effect(
    Sockets,
    Effect.map(Socket.WebSocketConstructor, (construct) => ({
      open: (url: string) =>
        Effect.provideService(openSocket(url, limits), Socket.WebSocketConstructor, construct)
    }))
  ).pipe(Layer.provide(NodeSocket.layerWebSocketConstructor))
