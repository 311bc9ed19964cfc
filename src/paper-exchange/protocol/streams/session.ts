/** Channels without I/O: sessions hear their clients' frames, channels hear the world, both write to outboxes. */
import { Either, Schema } from "effect"
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

/**
 * Decodes what a frame says. To choose among the members of a union a Schema makes a text of a field, and what cannot be
 * one (an object with a `toString` of its own, a list nested too deep) throws: such a frame is no request either.
 */
export const decodeSafely = <A, I>(schema: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknownEither(schema)
  return (json: unknown): Either.Either<A, unknown> => {
    try {
      return decode(json)
    } catch (error) {
      return Either.left(error)
    }
  }
}

/** The venue's keep-alive on the market and user channels. */
export const PING = "PING"
export const PONG = "PONG"
