/** What the exchange's transports take, and how long they wait. */

export interface TransportLimits {
  /** A longer body is answered with 413. */
  readonly maxBodyBytes: number
  /** A longer frame of a client closes its socket with 1009. */
  readonly maxFrameBytes: number
  /** Connections at once, of HTTP and sockets together; further ones are refused. */
  readonly maxConnections: number
  /** A connection of HTTP that asks for nothing is closed after this. */
  readonly idleTimeoutMs: number
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs: number
  /** Bytes a client has not read; beyond, nothing more is written until it reads. */
  readonly maxUnsentBytes: number
  /** A socket that takes nothing for so long is cut. */
  readonly stalledTimeoutMs: number
  /** From the wish to end to the last connection being cut. */
  readonly closeTimeoutMs: number
}

/** The frame limit is PolyBolt's own (polymarket.md §5.5); the others are ours. */
export const DEFAULT_LIMITS: TransportLimits = {
  maxBodyBytes: 1_048_576,
  maxFrameBytes: 65_536,
  maxConnections: 1_000,
  idleTimeoutMs: 65_000,
  requestTimeoutMs: 30_000,
  maxUnsentBytes: 1_048_576,
  stalledTimeoutMs: 30_000,
  closeTimeoutMs: 2_000
}

const JSON_HEADERS = { "content-type": "application/json" }

/** The answer to a body beyond the limit. */
export const BODY_TOO_LARGE = {
  status: 413,
  headers: JSON_HEADERS,
  body: JSON.stringify({ error: "Payload Too Large" })
}
