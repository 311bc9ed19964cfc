/** Faults of channels: events that do not come, come twice or late, and connections that end (polymarket.md §9). */
import { Clock, Deferred, Duration, Effect, type Scope } from "effect"
import type { ServerFrame, WireConnection, WireServer } from "../wire.ts"
import { type Scheduled, type Weather, isActive, striking } from "./weather.ts"

type Text = Extract<ServerFrame, { readonly _tag: "Text" }>

/** Events are JSON; answers are plain text or name the operation they answer. */
const isEvent = ({ text }: Text): boolean => /^[[{]/.test(text) && !text.startsWith('{"op"')

const concerning = (channel: string) => (fault: { readonly channels: ReadonlyArray<string> }) =>
  fault.channels.includes(channel)

/** What is to be given to the client instead of a frame. */
type Deliver = (frame: Text) => Effect.Effect<ReadonlyArray<Text>>

/** A trouble of events, on one connection to a channel. */
const troublesOf = (weather: Weather, channel: string): Effect.Effect<Deliver> =>
  Effect.sync(() => {
    const concerns = concerning(channel)
    const silences = weather.all("silent-socket").filter(({ fault }) => concerns(fault))
    const drops = weather.all("drop-events")
    const duplicates = weather.all("duplicate-events")
    const reorders = weather.all("reorder-events")
    /** A socket falls silent as a whole, or not at all. */
    const fallen = new Map<Scheduled<"silent-socket">, boolean>()
    let held: Text | undefined
    const isSilent = Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis
      for (const silence of silences) {
        if (!isActive(silence, nowMs)) continue
        const fell = fallen.get(silence) ?? (yield* silence.strikes)
        fallen.set(silence, fell)
        if (fell) return true
      }
      return false
    })
    return (frame) =>
      Effect.gen(function* () {
        if (!isEvent(frame)) return [frame]
        if ((yield* isSilent) || (yield* striking(drops, concerns)) !== undefined) return []
        const copies = (yield* striking(duplicates, concerns)) === undefined ? [frame] : [frame, frame]
        if (held !== undefined) {
          const before = held
          held = undefined
          return [...copies, before]
        }
        if ((yield* striking(reorders, concerns)) === undefined) return copies
        held = frame
        return []
      })
  })

/** Ends when a fault closes this connection, with the frame that does. */
const closing = (weather: Weather, channel: string): Effect.Effect<ServerFrame> =>
  Effect.gen(function* () {
    const faults = weather.all("closed-socket").filter(({ fault }) => concerning(channel)(fault))
    for (const { fault, fromMs, strikes, untilMs } of faults.toSorted((a, b) => a.fromMs - b.fromMs)) {
      const nowMs = yield* Clock.currentTimeMillis
      if (nowMs >= untilMs) continue
      if (nowMs < fromMs) yield* Effect.sleep(Duration.millis(fromMs - nowMs))
      if (yield* strikes) return { _tag: "Close", code: fault.code, reason: "" }
    }
    return yield* Effect.never
  })

const connectionWith = (
  inner: WireConnection,
  weather: Weather,
  channel: string
): Effect.Effect<WireConnection, never, Scope.Scope> =>
  Effect.gen(function* () {
    const deliver = yield* troublesOf(weather, channel)
    const ended = yield* Deferred.make<ServerFrame>()
    const canClose = weather.all("closed-socket").length > 0
    if (canClose) yield* Effect.forkScoped(Deferred.complete(ended, closing(weather, channel)))
    const ready: Array<ServerFrame> = []
    const take = canClose ? Effect.raceFirst(inner.next, Deferred.await(ended)) : inner.next
    return {
      receive: inner.receive,
      next: Effect.gen(function* () {
        for (;;) {
          const frame = ready.shift()
          if (frame !== undefined) return frame
          const taken = yield* take
          ready.push(...(taken._tag === "Text" ? yield* deliver(taken) : [taken]))
        }
      })
    }
  })

/** The server's channels, as the weather lets their events through. */
export const connectWith =
  (connect: WireServer["connect"], weather: Weather): WireServer["connect"] =>
  (path) =>
    Effect.flatMap(connect(path), (inner) =>
      inner === undefined
        ? Effect.succeed(undefined)
        : connectionWith(inner, weather, path.replace(/\/$/, ""))
    )
