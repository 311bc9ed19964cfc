/** A client of the channels, for tests: it reads until an answer it waits for, and leaves nothing unread. */
import { Effect, type Scope } from "effect"
import { type SocketEnded, Sockets, type TextSocket } from "../../../../src/ports/sockets.ts"

export interface Event {
  readonly event_type?: string
  readonly [field: string]: unknown
}

/** Texts up to one that is meant, which is left out. */
const until = (socket: TextSocket, isMeant: (frame: string) => boolean) =>
  Effect.gen(function* () {
    const frames: Array<string> = []
    for (;;) {
      const frame = yield* socket.receive
      if (isMeant(frame)) return frames
      frames.push(frame)
    }
  })

const parsed = (frames: ReadonlyArray<string>): ReadonlyArray<Event> =>
  frames.flatMap((frame): ReadonlyArray<Event> => {
    const json: unknown = JSON.parse(frame)
    return (Array.isArray(json) ? json : [json]) as ReadonlyArray<Event>
  })

export interface Client extends TextSocket {
  readonly say: (message: unknown) => Effect.Effect<void, SocketEnded>
  /** All texts up to now: what comes before the answer to a PING. */
  readonly texts: Effect.Effect<ReadonlyArray<string>, SocketEnded>
  /** All events up to now, lists opened. */
  readonly events: Effect.Effect<ReadonlyArray<Event>, SocketEnded>
  /** What comes before the end, and its code. */
  readonly rest: Effect.Effect<{ readonly events: ReadonlyArray<Event>; readonly code: number | undefined }>
}

export const connect = (url: string): Effect.Effect<Client, SocketEnded, Sockets | Scope.Scope> =>
  Effect.gen(function* () {
    const socket = yield* Effect.flatMap(Sockets, (sockets) => sockets.open(url))
    const texts = Effect.zipRight(
      socket.send("PING"),
      until(socket, (frame) => frame === "PONG")
    )
    return {
      ...socket,
      say: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
      texts,
      events: Effect.map(texts, parsed),
      rest: Effect.gen(function* () {
        const frames: Array<string> = []
        for (;;) {
          const next = yield* Effect.either(socket.receive)
          if (next._tag === "Left") return { events: parsed(frames), code: next.left.code }
          frames.push(next.right)
        }
      })
    }
  })
