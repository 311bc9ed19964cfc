/** The exchange's channels, and who is connected to them (paths: docs/exchange.md). */
import { Effect, type Scope } from "effect"
import { createHash } from "node:crypto"
import type { Keeper } from "../../world/keeper.ts"
import type { WorldEvent } from "../../world/hub.ts"
import type { World } from "../../world/world.ts"
import { type CredentialsOf, isSecret } from "../rest/credentials.ts"
import type { WireConnection } from "../wire.ts"
import { MarketChannel } from "./market-channel.ts"
import { type Outbox, TOO_SLOW, makeOutbox } from "./outbox.ts"
import { PolyBoltChannel } from "./polybolt-channel.ts"
import { PriceBoard } from "./price-board.ts"
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
}

/** The channels over one world. What is told is told in the moment it happens. */
const makeChannels = (world: World, settings: StreamSettings) => {
  const authenticate = authenticateWith(world, settings.credentials)
  const board = new PriceBoard(world)
  const market = new MarketChannel(world)
  const user = new UserChannel(world, authenticate, settings.isHushed ?? (() => false))
  const rtds = new RtdsChannel(board)
  const bolt = new PolyBoltChannel(board, authenticate)
  const notice = (event: WorldEvent): void => {
    market.notice(event)
    user.notice(event)
    if (event._tag !== "Market" || event.event._tag !== "Spot" || !board.add(event.event)) return
    rtds.priced(event.event, event.event.atMs)
    bolt.priced(event.event, event.event.atMs)
  }
  const paths: ReadonlyMap<string, Path> = new Map<string, Path>([
    ["/ws/market", { tooSlow: TOO_SLOW, open: (outbox) => market.open(outbox) }],
    ["/ws/user", { tooSlow: TOO_SLOW, open: (outbox) => user.open(outbox) }],
    ["/rtds", { tooSlow: TOO_SLOW, open: (outbox, id) => rtds.open(outbox, id) }],
    ["/polybolt/ws", { tooSlow: BOLT_TOO_SLOW, open: (outbox) => bolt.open(outbox) }]
  ])
  return { notice, paths }
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
    const { notice, paths } = makeChannels(keeper.world, settings)
    yield* Effect.acquireRelease(
      Effect.sync(() => keeper.world.hub.subscribe(notice)),
      (unsubscribe) => Effect.sync(unsubscribe)
    )
    let connections = 0
    return (path) =>
      Effect.gen(function* () {
        const found = paths.get(path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path)
        if (found === undefined) return undefined
        const outbox = yield* makeOutbox(settings.maxUnreadFrames, found.tooSlow)
        connections += 1
        const id = connectionIdOf(connections)
        const session = yield* Effect.acquireRelease(
          Effect.sync(() => found.open(outbox, id)),
          (opened) => Effect.sync(() => opened.end())
        )
        return connectionOf(keeper, session, outbox)
      })
  })
