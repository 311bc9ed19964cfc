/** Text sockets to the venue, whatever carries them: real WebSockets, or the embedded exchange in-process. */
import { Context, Data, type Effect, type Scope } from "effect"

/** Why a socket cannot be used (any more): it could not be opened, or it was closed, by whom and why. */
export class SocketEnded extends Data.TaggedError("SocketEnded")<{
  readonly message: string
  /** The WebSocket close code; undefined where the connection broke or never was. */
  readonly code: number | undefined
}> {}

/** An open socket. Frames are whole text messages. */
export interface TextSocket {
  /** The next frame, in the order of their coming; waits for it. Frames that came before the end are given first. */
  readonly receive: Effect.Effect<string, SocketEnded>
  readonly send: (frame: string) => Effect.Effect<void, SocketEnded>
}

export class Sockets extends Context.Tag("tradewind/Sockets")<
  Sockets,
  {
    /** Opens a socket that is closed with its scope. Bounded in time and in unread frames. */
    readonly open: (url: string) => Effect.Effect<TextSocket, SocketEnded, Scope.Scope>
  }
>() {}
