/** What a connection's client has not read yet: bounded, and its end is always the last thing in it. */
import { Effect, Queue } from "effect"
import type { ServerFrame } from "../wire.ts"

/** The close code for a reader that is too slow (RFC 6455, "try again later"). */
export const TOO_SLOW = 1013

export class Outbox {
  private readonly queue: Queue.Queue<ServerFrame>
  private readonly capacity: number
  private readonly tooSlow: number
  private size = 0
  private closed = false

  constructor(queue: Queue.Queue<ServerFrame>, capacity: number, tooSlow: number) {
    this.queue = queue
    this.capacity = capacity
    this.tooSlow = tooSlow
  }

  get isClosed(): boolean {
    return this.closed
  }

  /** Adds a frame; one too many closes the connection instead. */
  text(text: string): void {
    if (this.closed) return
    if (this.size >= this.capacity) return this.close(this.tooSlow, "too slow")
    this.add({ _tag: "Text", text })
  }

  json(value: unknown): void {
    this.text(JSON.stringify(value))
  }

  close(code: number, reason = ""): void {
    if (this.closed) return
    this.closed = true
    this.add({ _tag: "Close", code, reason })
  }

  get next(): Effect.Effect<ServerFrame> {
    return Effect.tap(Queue.take(this.queue), () => Effect.sync(() => (this.size -= 1)))
  }

  private add(frame: ServerFrame): void {
    this.size += 1
    this.queue.unsafeOffer(frame)
  }
}

/** Room for `capacity` frames, and for the close behind them. */
export const makeOutbox = (capacity: number, tooSlow = TOO_SLOW): Effect.Effect<Outbox> =>
  Effect.map(Queue.bounded<ServerFrame>(capacity + 1), (queue) => new Outbox(queue, capacity, tooSlow))
