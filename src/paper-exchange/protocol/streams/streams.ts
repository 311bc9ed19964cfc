/** The exchange's channels, and who is connected to them (paths: docs/exchange.md). */
import { Effect, type Scope } from "effect"
import { createHash } from "node:crypto"
import type { Keeper } from "../../world/keeper.ts"
import type { WorldEvent } from "../../world/hub.ts"
import type { MarketEvent } from "../../market-source.ts"
import type { World } from "../../world/world.ts"
import { type CredentialsOf, isSecret } from "../rest/credentials.ts"
import type { WireConnection } from "../wire.ts"
import { MarketChannel } from "./market-channel.ts"
import { type Outbox, TOO_SLOW, makeOutbox } from "./outbox.ts"
import { PolyBoltChannel } from "./polybolt-channel.ts"
import { PriceBoard } from "./price-board.ts"
import type { PriceChannel } from "./price-channel.ts"
import { RtdsChannel } from "./rtds-channel.ts"
import type { Session } from "./session.ts"
import { type Authenticate, UserChannel } from "./user-channel.ts"

export interface StreamSettings {
  /** An address's API credentials by its nonce: those that the REST side gives. */
  readonly credentials: CredentialsOf
  /** Frames that wait for a client; one more closes its connection. */
  readonly maxUnreadFrames: number
  /** Trades of which nobody hears more than that they matched. */
  readonly isHushed?: (tradeId: string) => boolean
}

/** A busy window sends some 500 frames a second (spot-feeds.md §9): the backlog of 20 s. */
export const DEFAULT_MAX_UNREAD_FRAMES = 10_000

/** PolyBolt has its own code for it (spot-feeds.md §1a). */
const BOLT_TOO_SLOW = 4002
const INTERNAL_ERROR = 1011

export type Connect = (path: string) => Effect.Effect<WireConnection | undefined, never, Scope.Scope>

const authenticateWith =
  (world: World, credentialsOf: CredentialsOf): Authenticate =>
  ({ apiKey, passphrase, secret }) => {
    const key = world.registry.key(apiKey)
    if (key === undefined) return undefined
    const known = credentialsOf(key.address, key.nonce)
    return isSecret(known.secret, secret) && isSecret(known.passphrase, passphrase) ? key.address : undefined
  }

interface Path {
  readonly tooSlow: number
  readonly open: (outbox: Outbox, connectionId: string) => Session
  /** Those who are connected. */
  readonly outboxes: Set<Outbox>
}

/**
 * Who is connected to a channel that failed may have missed something and cannot know: they are sent away, and begin anew. The
 * other channels, and whoever connects next, are not concerned.
 */
const sendingAway =
  ({ outboxes }: Path, hear: (event: WorldEvent) => void) =>
  (event: WorldEvent): void => {
    try {
      hear(event)
    } catch (defect) {
      for (const outbox of outboxes) outbox.close(INTERNAL_ERROR, "internal error")
      throw defect
    }
  }

type Priced = Extract<MarketEvent, { readonly _tag: "Spot" | "Average" }>

/** The channels over one world, and what each hears of it, in this order. What is told is told in the moment it happens. */
const makeChannels = (world: World, settings: StreamSettings) => {
  const authenticate = authenticateWith(world, settings.credentials)
  const board = new PriceBoard(world)
  const market = new MarketChannel(world)
  const user = new UserChannel(world, authenticate, settings.isHushed ?? (() => false))
  const rtds = new RtdsChannel(board)
  const bolt = new PolyBoltChannel(board, authenticate)
  const pathOf = (open: Path["open"], tooSlow = TOO_SLOW): Path => ({ open, tooSlow, outboxes: new Set() })
  const paths = {
    "/ws/market": pathOf((outbox) => market.open(outbox)),
    "/ws/user": pathOf((outbox) => user.open(outbox)),
    "/rtds": pathOf((outbox, id) => rtds.open(outbox, id)),
    "/polybolt/ws": pathOf((outbox) => bolt.open(outbox), BOLT_TOO_SLOW)
  }
  /** The price or the average of this event, once it is on the board. */
  let news: Priced | undefined
  const tell = (channel: PriceChannel) => () => {
    if (news?._tag === "Spot") channel.priced(news, news.atMs)
    else if (news?._tag === "Average") channel.averaged(news, news.atMs)
  }
  const hears: Readonly<Record<keyof typeof paths | "price-board", (event: WorldEvent) => void>> = {
    "/ws/market": (event) => market.notice(event),
    "/ws/user": (event) => user.notice(event),
    "price-board": (event) => {
      news = undefined
      if (event._tag !== "Market") return
      if (event.event._tag === "Spot" && board.add(event.event)) news = event.event
      if (event.event._tag === "Average" && board.tellAverage(event.event)) news = event.event
    },
    "/rtds": tell(rtds),
    "/polybolt/ws": tell(bolt)
  }
  return { hears: Object.entries(hears), paths: new Map<string, Path>(Object.entries(paths)) }
}

const connectionIdOf = (count: number): string =>
  createHash("sha256").update(`connection ${count}`).digest("base64url").slice(0, 16)

const connectionOf = (keeper: Keeper, session: Session, outbox: Outbox): WireConnection => ({
  receive: (frame) =>
    keeper
      .now((_, nowMs) => {
        if (!outbox.isClosed) session.hear(frame, nowMs)
      })
      .pipe(
        Effect.catchAllCause((cause) =>
          Effect.zipRight(
            Effect.logError("exchange_channel_failed", cause).pipe(Effect.annotateLogs("module", "exchange")),
            Effect.sync(() => outbox.close(INTERNAL_ERROR, "internal error"))
          )
        )
      ),
  next: outbox.next
})

/** Opens connections to the channels of a keeper's world, until the scope ends. */
export const makeStreams = (
  keeper: Keeper,
  settings: StreamSettings
): Effect.Effect<Connect, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { hears, paths } = makeChannels(keeper.world, settings)
    for (const [name, hear] of hears) {
      const path = paths.get(name)
      yield* Effect.acquireRelease(
        Effect.sync(() =>
          keeper.world.hub.subscribe(name, path === undefined ? hear : sendingAway(path, hear))
        ),
        (unsubscribe) => Effect.sync(unsubscribe)
      )
    }
    let connections = 0
    return (path) =>
      Effect.gen(function* () {
        const found = paths.get(path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path)
        if (found === undefined) return undefined
        const outbox = yield* makeOutbox(settings.maxUnreadFrames, found.tooSlow)
        connections += 1
        const id = connectionIdOf(connections)
        const session = yield* Effect.acquireRelease(
          Effect.sync(() => {
            found.outboxes.add(outbox)
            return found.open(outbox, id)
          }),
          (opened) =>
            Effect.sync(() => {
              found.outboxes.delete(outbox)
              opened.end()
            })
        )
        return connectionOf(keeper, session, outbox)
      })
  })
