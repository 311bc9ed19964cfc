/** The embedded exchange's side of HTTP and WebSocket, whatever carries them: real sockets, or the daemon's own process. */
import type { Effect, Scope } from "effect"

/** A request as it comes over the wire. */
export interface WireRequest {
  /** In capitals. */
  readonly method: string
  /** Without the query, as it was sent: what L2 signatures cover. */
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The raw text: what L2 signatures cover; empty where there is none. */
  readonly body: string
}

export interface WireResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What the exchange does to a client's socket. */
export type ServerFrame =
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Close"; readonly code: number; readonly reason: string }

/** One client's connection to a channel. */
export interface WireConnection {
  /** A text frame of the client. */
  readonly receive: (frame: string) => Effect.Effect<void>
  /** The next thing for the client; waits for it. After `Close` there is nothing more. */
  readonly next: Effect.Effect<ServerFrame>
}

/** The exchange behind its protocol. Never fails: what is wrong with a request is in the answer. */
export interface WireServer {
  readonly handle: (request: WireRequest) => Effect.Effect<WireResponse>
  /** Opens a channel by its path; undefined where there is none. The connection ends with its scope. */
  readonly connect: (path: string) => Effect.Effect<WireConnection | undefined, never, Scope.Scope>
}
