/** Sockets that do what a test says, for what the embedded exchange never does: half-open, garbage, refused. */
import { Deferred, Effect, Queue, type Scope } from "effect"
import { SocketEnded, Sockets, type TextSocket } from "../../../../src/ports/sockets.ts"

/** One socket, seen from the other end. */
export interface Peer {
  readonly sent: Array<string>
  readonly say: (text: string) => Effect.Effect<void>
  readonly end: (code: number | undefined) => Effect.Effect<void>
}

export interface Script {
  readonly sockets: typeof Sockets.Service
  /** When each was asked to open, by the clock. */
  readonly openedAtMs: Array<number>
  readonly peers: Array<Peer>
  /** Sockets that are open now. */
  readonly open: () => number
}

/** `refuse` says of each attempt, counted from 1, whether it is turned away. */
export const script = (
  nowMs: Effect.Effect<number>,
  refuse: (attempt: number) => boolean = () => false
): Script => {
  const openedAtMs: Array<number> = []
  const peers: Array<Peer> = []
  let open = 0
  const make: Effect.Effect<TextSocket, SocketEnded, Scope.Scope> = Effect.gen(function* () {
    openedAtMs.push(yield* nowMs)
    if (refuse(openedAtMs.length)) return yield* new SocketEnded({ message: "refused", code: undefined })
    yield* Effect.acquireRelease(
      Effect.sync(() => (open += 1)),
      () => Effect.sync(() => (open -= 1))
    )
    const frames = yield* Queue.unbounded<string>()
    const ended = yield* Deferred.make<never, SocketEnded>()
    const sent: Array<string> = []
    peers.push({
      sent,
      say: (text) => Effect.asVoid(Queue.offer(frames, text)),
      end: (code) => Effect.asVoid(Deferred.fail(ended, new SocketEnded({ message: "ended", code })))
    })
    return {
      receive: Effect.raceFirst(Queue.take(frames), Deferred.await(ended)),
      send: (frame) => Effect.sync(() => void sent.push(frame))
    }
  })
  return { sockets: { open: () => make }, openedAtMs, peers, open: () => open }
}
