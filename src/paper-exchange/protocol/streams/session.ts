/** Channels without I/O: sessions hear their clients' frames, channels hear the world, both write to outboxes. */
import { Schema } from "effect"
import type { WorldEvent } from "../../world/hub.ts"
import type { Outbox } from "./outbox.ts"

/** One client's connection to a channel. */
export interface Session {
  /** A frame of the client, with the world brought up to this moment. */
  readonly hear: (frame: string, nowMs: number) => void
  /** The connection is gone. */
  readonly end: () => void
}

export interface Channel {
  readonly open: (outbox: Outbox, connectionId: string) => Session
  /** Something happened in the world: in the middle of its step, so nothing of it may be changed. */
  readonly notice: (event: WorldEvent) => void
}

/** A frame as JSON; left where it is none. */
export const parseFrame = Schema.decodeUnknownEither(Schema.parseJson())

/** The venue's keep-alive on the market and user channels. */
export const PING = "PING"
export const PONG = "PONG"
